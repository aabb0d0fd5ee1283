// The state of a worktree's files after what may have changed them, as a hash. Taken off the agent's way: at most once in a
// while, the dearer the rarer, and for several changes in quick succession once, after the last.
import { setTimeout as delay } from 'node:timers/promises'

/** Pause before a state is taken, and the share of time that taking states may use. */
const SETTLE_MS = 300
const SHARE = 10

export interface TreeWatchOptions {
  /** The hash of the files as they are. */
  readonly tree: () => Promise<string>
  readonly onTree: (hash: string, action: number) => void
  /** Hears of what keeps states from being taken; none is tried after that. */
  readonly onFailure: (error: unknown) => void
  readonly settleMs?: number
}

export class TreeWatch implements AsyncDisposable {
  readonly #options: TreeWatchOptions
  readonly #over = new AbortController()
  #running: Promise<void> | null = null
  #action: number | null = null
  #failed = false

  constructor(options: TreeWatchOptions) {
    this.#options = options
  }

  /** An action has ended that may have changed files. */
  changed(action: number): void {
    if (this.#failed) return
    this.#action = action
    this.#running ??= this.#loop()
  }

  async #loop(): Promise<void> {
    let pauseMs = this.#options.settleMs ?? SETTLE_MS
    while (this.#action !== null && !this.#failed && !this.#over.signal.aborted) {
      await pause(pauseMs, this.#over.signal)
      const began = performance.now()
      await this.#take()
      pauseMs = Math.max(this.#options.settleMs ?? SETTLE_MS, (performance.now() - began) * SHARE)
    }
    this.#running = null
  }

  async #take(): Promise<void> {
    const action = this.#action
    this.#action = null
    if (action === null) return
    try {
      this.#options.onTree(await this.#options.tree(), action)
    } catch (error) {
      this.#failed = true
      this.#options.onFailure(error)
    }
  }

  /** Takes the last state, if one is missing. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort()
    await this.#running
    if (!this.#failed) await this.#take()
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
