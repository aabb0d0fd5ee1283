// How many of the kernel's watches may be set, and whether events of them were lost. The kernel has a limited number of
// watches for all programs of a user, and keeps a limited number of events for one who does not read them: what comes beyond
// is dropped, and Node does not say so. All watches of a process share one queue, so whoever finds that it may have been full
// looks everywhere again.
import { inotifyLimits, inotifyUse } from '../../process/inotify.ts'

/** The part of all watches of a user that is taken at most, and the part of those that nobody else has. */
const SHARE = 0.25
const FREE_SHARE = 0.5
/** Of these, for folders in which no session is expected to write; each costs a kilobyte or two of memory as well. */
const SPARE_SHARE = 0.5
const MOST_SPARE = 10_000
const WITHOUT_LIMIT = 4_096
/** Beyond the rest: two for each session's folder of git's own, so few that they are always to be had. */
const MOST_ADMIN = 512
const QUEUED = 16_384

/** `own`: a folder that the session may write, or has written in. `beyond`: any other. `admin`: a folder of git's own. */
export type WatchKind = 'own' | 'beyond' | 'admin'

interface Closable {
  close(): void
}

interface BudgetOptions {
  readonly queued?: number
  /** What it was reckoned from, a part of a sentence. */
  readonly basis?: string
}

/** How many watches may still be set. */
export class WatchBudget {
  /** Events of all that is watched on it. */
  readonly queue: EventQueue
  readonly basis: string | null
  readonly limit: number
  readonly #taken = { own: 0, beyond: 0, admin: 0 }
  #ceiling: number
  #why: string | null = null

  constructor(limit: number, { queued = QUEUED, basis }: BudgetOptions = {}) {
    this.limit = limit
    this.#ceiling = limit
    this.queue = new EventQueue(queued)
    this.basis = basis ?? null
  }

  get left(): number {
    return Math.max(0, this.#ceiling - this.#taken.own - this.#taken.beyond)
  }

  get taken(): number {
    return this.#taken.own + this.#taken.beyond + this.#taken.admin
  }

  /** Why there is none left, half a sentence; null as long as there are some. */
  get lack(): string | null {
    if (this.#why !== null) return this.#why
    return this.left > 0 ? null : `the ${this.limit} watches that are spared for it are taken`
  }

  /** Whether all that are spared are taken, so that one that is given back can be had. */
  get full(): boolean {
    return this.#why === null && this.left === 0
  }

  /** Takes one; false when there is none. */
  take(kind: WatchKind = 'own'): boolean {
    if (!this.#has(kind)) return false
    this.#taken[kind] += 1
    return true
  }

  #has(kind: WatchKind): boolean {
    if (kind === 'admin') return this.#why === null && this.#taken.admin < MOST_ADMIN
    const spare = Math.min(Math.floor(this.limit * SPARE_SHARE), MOST_SPARE)
    return this.left > 0 && (kind === 'own' || this.#taken.beyond < spare)
  }

  give(kind: WatchKind = 'own'): void {
    this.#taken[kind] -= 1
  }

  /** The kernel has refused one, whatever was counted: none is taken until it is tried `anew`. */
  refused(errno: string): void {
    this.#ceiling = 0
    this.#why =
      errno === 'ENOSPC'
        ? 'the kernel has no watches left for this user (ENOSPC)'
        : `the kernel opens nothing more to watch with (${errno})`
  }

  /** What the kernel has refused may be had again. */
  anew(): void {
    this.#ceiling = this.limit
    this.#why = null
  }
}

/** A part of the watches that this user may have and that no other program has taken. */
export async function machineBudget(): Promise<WatchBudget> {
  const limits = await inotifyLimits()
  if (limits === null) return new WatchBudget(WITHOUT_LIMIT)
  const { watches: others } = await inotifyUse()
  const free = Math.max(0, limits.watches - others)
  const limit = Math.floor(Math.min(limits.watches * SHARE, free * FREE_SHARE))
  const basis = `of ${limits.watches} that a user may have, ${others} of them in use by others`
  return new WatchBudget(limit, { queued: limits.queued, basis })
}

/** Counts the events that come in one go. As many as half of what the kernel keeps, and some may have been dropped. */
export class EventQueue {
  readonly #enough: number
  readonly #listeners = new Set<() => void>()
  #count = 0
  #waiting = false
  #overflows = 0

  constructor(queued: number) {
    // Others in this process read from the same queue, and are not counted here.
    this.#enough = Math.max(1, Math.floor(queued / 2))
  }

  /** How often it may have been full. */
  get overflows(): number {
    return this.#overflows
  }

  /** One event has come. The loop reads until the queue is empty before it goes on. */
  note(): void {
    this.#count += 1
    if (this.#waiting) return
    this.#waiting = true
    setImmediate(() => {
      const full = this.#count >= this.#enough
      this.#count = 0
      this.#waiting = false
      if (full) this.#overflow()
    })
  }

  /** Ends a watch, of which the kernel tells as of any other event: only Node does not. */
  close(watcher: Closable): void {
    watcher.close()
    this.note()
  }

  /** Hears that events may have been lost, until disposed. */
  onOverflow(listener: () => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  #overflow(): void {
    this.#overflows += 1
    for (const listener of this.#listeners) listener()
  }
}
