// Leases by two clocks. The file holds wall time, because processes share nothing else; each process judges by its own
// monotonic clock, because wall time jumps and a machine that slept must not look like a dead one. Pure: times come in.

export interface LeaseTerms {
  readonly leaseMs: number
  /** Time between two heartbeats. */
  readonly beatMs: number
  /** Time until a heartbeat that failed is tried again; also how long one may wait for the lock. */
  readonly retryMs: number
  /** Time after the last heartbeat when the owner gives up: before the lease ends, so that its effects are over by then. */
  readonly patienceMs: number
}

/** The terms of leases of `leaseMs`. */
export function leaseTerms(leaseMs: number): LeaseTerms {
  return { leaseMs, beatMs: leaseMs / 3, retryMs: leaseMs / 12, patienceMs: (leaseMs * 3) / 4 }
}

/** One process's hold on one workflow. Monotonic milliseconds. */
export class Tenure {
  readonly fence: { readonly workflow: string; readonly owner: string; readonly epoch: number }
  readonly #patienceMs: number
  #deadline: number
  #lost = false

  constructor(fence: Tenure['fence'], patienceMs: number, from: number) {
    this.fence = fence
    this.#patienceMs = patienceMs
    this.#deadline = from + patienceMs
  }

  /** When this process has to give up. */
  get deadline(): number {
    return this.#deadline
  }

  /** Whether this process may act at `now` without asking. */
  held(now: number): boolean {
    return now < this.#deadline
  }

  /** A heartbeat that began at `from` has found the claim unchanged, so that nobody else has acted meanwhile. */
  renew(from: number): void {
    if (!this.#lost) this.#deadline = from + this.#patienceMs
  }

  /** Another process has the claim, or this one has given it up. For good. */
  lose(): void {
    this.#lost = true
    this.#deadline = Number.NEGATIVE_INFINITY
  }
}

export interface ForeignClaim {
  readonly id: string
  readonly epoch: number
  readonly leaseUntil: number | null
}

export interface Now {
  /** Milliseconds since 1970. */
  readonly wall: number
  readonly monotonic: number
}

interface Sighting {
  readonly epoch: number
  readonly leaseUntil: number | null
  readonly since: number
}

/** The leases of other processes: one has lapsed when its time is over by the wall clock and nobody has renewed it for a
 *  whole lease by ours. */
export class ForeignLeases {
  readonly #leaseMs: number
  #sightings = new Map<string, Sighting>()

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs
  }

  /** Takes note of what others hold now; forgets what they no longer hold. */
  observe(claims: readonly ForeignClaim[], now: Now): void {
    const next = new Map<string, Sighting>()
    for (const { id, epoch, leaseUntil } of claims) {
      const known = this.#sightings.get(id)
      const same = known !== undefined && known.epoch === epoch && known.leaseUntil === leaseUntil
      next.set(id, same ? known : { epoch, leaseUntil, since: now.monotonic })
    }
    this.#sightings = next
  }

  /** Whether the lease on `id` has lapsed. */
  hasLapsed(id: string, now: Now): boolean {
    const seen = this.#sightings.get(id)
    return seen !== undefined && this.#remaining(seen, now) <= 0
  }

  /** Whether a heartbeat is overdue: time to see whether the owner is alive. */
  isOverdue(id: string, now: Now): boolean {
    const seen = this.#sightings.get(id)
    return seen !== undefined && now.monotonic - seen.since >= this.#leaseMs / 2
  }

  /** Milliseconds until something here may change without anybody writing; null when nothing will. */
  nextIn(now: Now): number | null {
    const times = [...this.#sightings.values()].map((seen) => {
      const half = this.#leaseMs / 2 - (now.monotonic - seen.since)
      return half > 0 ? half : this.#remaining(seen, now)
    })
    return times.length === 0 ? null : Math.max(0, Math.min(...times))
  }

  #remaining(seen: Sighting, now: Now): number {
    return Math.max((seen.leaseUntil ?? 0) - now.wall, this.#leaseMs - (now.monotonic - seen.since))
  }
}
