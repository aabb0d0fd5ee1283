// Notices that nothing was heard for a while.

export class Silence implements Disposable {
  readonly #timer: NodeJS.Timeout
  readonly #now: () => number
  #heardAt: number

  /** Calls `silent` again and again while nothing was heard for `ms`; times by `now`, milliseconds. */
  constructor(ms: number, now: () => number, silent: () => void) {
    this.#now = now
    this.#heardAt = now()
    this.#timer = setInterval(() => {
      if (now() - this.#heardAt >= ms) silent()
    }, ms / 4)
    this.#timer.unref()
  }

  /** When something was heard last. */
  get heardAt(): number {
    return this.#heardAt
  }

  heard(): void {
    this.#heardAt = this.#now()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
