// Looks one after the other, of which none keeps anybody waiting for longer than is allowed: a look that takes longer goes on
// alone, none is begun beside it, and what was known before it holds until it is through.
import { errorData } from '../../contract/errors.ts'

const CLOSE_MS = 2_000

export interface LooksOptions {
  /** Looks once; ends early when the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Hears what goes wrong, in one sentence. */
  readonly tell: (text: string) => void
  /** How long anybody waits for one look. */
  readonly limitMs: number
}

interface Look {
  /** Resolves when it is through or has taken too long. */
  readonly waited: Promise<void>
  late: boolean
}

export class Looks {
  readonly #options: LooksOptions
  readonly #closing = new AbortController()
  #now: Look | null = null

  constructor(options: LooksOptions) {
    this.#options = options
  }

  /** Looks once; who asks while somebody looks is told what that one sees after having asked. Returns at once while a look
   *  hangs. Rejects with its reason when `signal` aborts. */
  async once(signal?: AbortSignal): Promise<void> {
    while (this.#now !== null && !this.#now.late) await unlessAborted(this.#now.waited, signal)
    signal?.throwIfAborted()
    if (this.#closing.signal.aborted || this.#now !== null) return
    await unlessAborted(this.#begin().waited, signal)
  }

  #begin(): Look {
    const { run, tell, limitMs } = this.#options
    const over = Promise.withResolvers<void>()
    const look: Look = { waited: over.promise, late: false }
    this.#now = look
    const limit = setTimeout(() => {
      look.late = true
      tell(`Looking for terminals takes longer than ${limitMs / 1_000} s; nobody waits for it.`)
      over.resolve()
    }, limitMs)
    limit.unref()
    void run(this.#closing.signal)
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted)
          tell(`Terminals could not be looked for: ${errorData(error).message}`)
      })
      .finally(() => {
        clearTimeout(limit)
        this.#now = null
        over.resolve()
      })
    return look
  }

  /** Ends the look under way, and waits a little for its end, but not for one that hangs. */
  async close(): Promise<void> {
    this.#closing.abort()
    if (this.#now === null || this.#now.late) return
    const enough = Promise.withResolvers<void>()
    const limit = setTimeout(enough.resolve, Math.min(this.#options.limitMs, CLOSE_MS))
    await Promise.race([this.#now.waited, enough.promise])
    clearTimeout(limit)
  }
}

async function unlessAborted(promise: Promise<void>, signal?: AbortSignal): Promise<void> {
  if (signal === undefined) return await promise
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
