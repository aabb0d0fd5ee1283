// When a worktree is read as a whole: soon after something in it may have changed, but never twice in a row without a rest
// that is in proportion to what reading it costs; and now and then one after the other, for no more than a five-hundredth of
// the time: meanwhile everything is looked at without git.

/** All of them were read when they came. */
const FIRST_MS = 300_000
const STEP_MS = 10_000
/** Rest after reading a worktree, as a multiple of what it took. */
const REST = 8
/** Rest after a step through all of them, as a multiple of what it took. */
const STEP_REST = 500
/** Where reading one of them takes seconds, all of them are read within some hours. */
export const LONGEST_STEP_MS = 600_000

/** Milliseconds from one step that took `tookMs` to the next. */
export function stepPause(tookMs: number): number {
  return Math.min(LONGEST_STEP_MS, Math.max(STEP_MS, tookMs * STEP_REST))
}

export class Pace implements Disposable {
  readonly #read: (label: string) => Promise<void>
  readonly #waiting = new Map<string, { readonly timer: NodeJS.Timeout; readonly at: number }>()
  readonly #rested = new Map<string, number>()
  #step: NodeJS.Timeout | undefined
  #closed = false
  #stepping = true

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

  /** Calls `work` again and again, the more rarely the longer it takes. */
  everyStep(work: () => Promise<void>): void {
    const next = (ms: number): void => {
      if (!this.#stepping) return
      this.#step = setTimeout(() => void step(), ms).unref()
    }
    const step = async (): Promise<void> => {
      const started = performance.now()
      await work()
      next(stepPause(performance.now() - started))
    }
    next(FIRST_MS)
  }

  /** Ends that. */
  noSteps(): void {
    this.#stepping = false
    clearTimeout(this.#step)
  }

  [Symbol.dispose](): void {
    this.#closed = true
    this.noSteps()
    for (const { timer } of this.#waiting.values()) clearTimeout(timer)
  }
}
