// The heartbeat of a worker: one statement renews all its leases. When it stops succeeding, the worker's own clock ends
// its effects before a lease is over.
import type { Claims } from '../../store/claims.ts'
import { isPassing } from '../../store/failures.ts'
import type { LeaseTerms, Tenure } from './lease.ts'

export interface HeartOptions {
  readonly claims: Claims
  readonly owner: string
  readonly terms: LeaseTerms
  /** A hold is gone: taken by another worker, or given up by the own clock. Told at least once. */
  readonly onLost: (tenure: Tenure) => void
  /** A heartbeat failed for a reason that will not pass. */
  readonly onProblem: (error: unknown) => void
}

export class Heart {
  readonly #options: HeartOptions
  readonly #tenures = new Set<Tenure>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: HeartOptions) {
    this.#options = options
  }

  /** Beats for one more hold, whose lease has just begun. */
  add(tenure: Tenure): void {
    this.#tenures.add(tenure)
    if (this.#timer === undefined) this.#schedule(this.#options.terms.beatMs)
  }

  /** Beats for one less; without any it stands still and costs nothing. */
  remove(tenure: Tenure): void {
    this.#tenures.delete(tenure)
    if (this.#tenures.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** One heartbeat. What was given up is renewed in the file too, so that nobody takes over before its effects are over. */
  beat(): void {
    const { claims, owner, terms, onProblem } = this.#options
    const from = performance.now()
    let nextMs = terms.retryMs
    try {
      const kept = new Map(
        claims.renew(owner, terms.leaseMs, terms.retryMs).map(({ id, epoch }) => [id, epoch]),
      )
      for (const tenure of this.#tenures) {
        if (kept.get(tenure.fence.workflow) === tenure.fence.epoch) tenure.renew(from)
        else tenure.lose()
      }
      nextMs = terms.beatMs
    } catch (error) {
      if (!isPassing(error)) onProblem(error)
    }
    this.#report(performance.now())
    this.#schedule(nextMs)
  }

  #report(now: number): void {
    for (const tenure of this.#tenures) {
      if (tenure.held(now)) continue
      tenure.lose()
      this.#options.onLost(tenure)
    }
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#tenures.size === 0) return
    const now = performance.now()
    const held = [...this.#tenures]
      .filter((tenure) => tenure.held(now))
      .map((tenure) => tenure.deadline - now)
    this.#timer = setTimeout(() => this.beat(), Math.max(1, Math.min(delayMs, ...held)))
  }
}
