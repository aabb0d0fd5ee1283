// When a worktree is read as a whole: soon after something in it may have changed, but never twice in a row without a rest
// that is in proportion to what reading it costs; and all of them about every minute, never for more than a hundredth of
// the time.

const ROUND_MS = 60_000
/** Rest after reading a worktree, as a multiple of what it took. */
const REST = 8
/** Rest after a round, as a multiple of what it took. */
const ROUND_REST = 100

export class Pace implements Disposable {
  readonly #read: (label: string) => Promise<void>
  readonly #waiting = new Map<string, { readonly timer: NodeJS.Timeout; readonly at: number }>()
  readonly #rested = new Map<string, number>()
  #round: NodeJS.Timeout | undefined
  #closed = false

  constructor(read: (label: string) => Promise<void>) {
    this.#read = read
  }

  /** Reads a worktree after `ms`, or when it has rested; calls until then are one, at the earliest of their times. */
  soon(label: string, ms: number): void {
    if (this.#closed) return
    const now = performance.now()
    const at = Math.max(now + ms, this.#rested.get(label) ?? 0)
    const waiting = this.#waiting.get(label)
    if (waiting !== undefined && waiting.at <= at) return
    clearTimeout(waiting?.timer)
    const timer = setTimeout(() => void this.#due(label), at - now).unref()
    this.#waiting.set(label, { timer, at })
  }

  async #due(label: string): Promise<void> {
    this.#waiting.delete(label)
    const started = performance.now()
    await this.#read(label)
    const now = performance.now()
    this.#rested.set(label, now + (now - started) * REST)
  }

  /** Calls `work` about every minute, less often when it takes long. */
  everyRound(work: () => Promise<void>): void {
    const next = (ms: number): void => {
      if (this.#closed) return
      this.#round = setTimeout(() => void round(), ms).unref()
    }
    const round = async (): Promise<void> => {
      const started = performance.now()
      await work()
      next(Math.max(ROUND_MS, (performance.now() - started) * ROUND_REST))
    }
    next(ROUND_MS)
  }

  [Symbol.dispose](): void {
    this.#closed = true
    clearTimeout(this.#round)
    for (const { timer } of this.#waiting.values()) clearTimeout(timer)
  }
}
