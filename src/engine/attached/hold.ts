// While a person works in a session's worktree, nobody else is prompted there: turns wait here until the terminal is gone.

/** Sessions, by label, in whose worktrees terminals are open. */
export class TerminalHold {
  readonly #held = new Set<string>()
  readonly #waiting = new Set<() => void>()
  #look: (signal?: AbortSignal) => Promise<void> = () => Promise.resolve()

  /** Says how terminals are looked for: within a time, and rejecting when the signal aborts. */
  lookedForBy(look: (signal?: AbortSignal) => Promise<void>): void {
    this.#look = look
  }

  set(label: string, held: boolean): void {
    if (held) this.#held.add(label)
    else if (this.#held.delete(label)) for (const wake of this.#waiting) wake()
  }

  /** Whether a terminal is open for the session, going by a look that is taken now, or by what was
   *  known where that one takes too long. Rejects with its reason when `signal` aborts. */
  async holdsNow(label: string, signal?: AbortSignal): Promise<boolean> {
    await this.#look(signal)
    return this.#held.has(label)
  }

  /** Resolves when no terminal is open for the session. Rejects with its reason when `signal` aborts. */
  async released(label: string, signal: AbortSignal): Promise<void> {
    while (this.#held.has(label)) await this.#change(signal)
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const over = (): void => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', abort)
      }
      const wake = (): void => {
        over()
        resolve()
      }
      const abort = (): void => {
        over()
        reject(signal.reason)
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', abort, { once: true })
      if (signal.aborted) abort()
    })
  }
}
