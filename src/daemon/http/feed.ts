// The event stream: server-sent events, facts with their sequence number as id, live activity without one. Every
// subscriber reads the log at its own pace, so a slow one costs no memory; activity is dropped when it cannot keep up.
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { StreamMessage } from '../../contract/api.ts'
import { parseFact } from '../../contract/facts.ts'
import type { Store } from '../../store/store.ts'
import { STREAMED, type Request } from './server.ts'

const POLL_MS = 100
const BATCH = 200
const HEARTBEAT_MS = 15_000
const ACTIVITY_MAX = 200
/** How long a daemon that ends waits for those who watch to take in the last words. */
const FAREWELL_MS = 1_000

interface Subscriber {
  readonly run: string
  readonly after: number
  readonly response: ServerResponse
  readonly signal: AbortSignal
}

export class Feed {
  readonly #store: Store
  readonly #activity = new Map<string, string>()
  readonly #listeners = new Set<(session: string, text: string) => void>()
  readonly #served = new Set<Promise<void>>()
  readonly #ending = new AbortController()

  constructor(store: Store) {
    this.#store = store
  }

  /** Tells whoever watches what a session is doing. */
  announce(session: string, text: string): void {
    const short = text.replaceAll(/\s+/g, ' ').trim().slice(0, ACTIVITY_MAX)
    if (short === '' || this.#activity.get(session) === short) return
    this.#activity.set(session, short)
    for (const listener of this.#listeners) listener(session, short)
  }

  /** What each session of a run was last seen doing. */
  activities(run: string): readonly (readonly [session: string, text: string])[] {
    return [...this.#activity].filter(([session]) => session.startsWith(`${run}/`))
  }

  /** Tells everybody who watches, after the facts so far, that the daemon was told to end. */
  async end(): Promise<void> {
    this.#ending.abort()
    const patience = new AbortController()
    await Promise.race([Promise.allSettled(this.#served), pause(FAREWELL_MS, patience.signal)])
    patience.abort()
  }

  /** Serves facts of a run after `after`, then whatever comes, until the client goes away or the daemon ends. */
  async serve(run: string, after: number, { response, signal }: Request): Promise<typeof STREAMED> {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    const listener = (session: string, text: string): void => {
      if (session.startsWith(`${run}/`) && !response.writableNeedDrain)
        write(response, { kind: 'activity', session, text })
    }
    for (const [session, text] of this.activities(run)) listener(session, text)
    const served = this.#serve({ run, after, response, signal }, listener)
    this.#served.add(served)
    try {
      await served
    } finally {
      this.#served.delete(served)
    }
    return STREAMED
  }

  async #serve(to: Subscriber, listener: (session: string, text: string) => void): Promise<void> {
    this.#listeners.add(listener)
    try {
      await this.#follow(to)
    } finally {
      this.#listeners.delete(listener)
      await ended(to.response)
    }
  }

  async #follow(to: Subscriber): Promise<void> {
    const { run, response, signal } = to
    const either = AbortSignal.any([signal, this.#ending.signal])
    let after = to.after
    let quiet = 0
    while (!signal.aborted) {
      let read = 0
      const last = this.#ending.signal.aborted
      for (const event of this.#store.events({ prefix: `${run}/`, after, limit: BATCH })) {
        read++
        after = event.seq
        const { seq, stream, type, at, data } = event
        if (parseFact(type, data) !== null) write(response, { kind: 'fact', seq, stream, type, at, data })
      }
      if (response.writableNeedDrain) await drained(response, signal)
      if (read === BATCH) continue
      if (last) {
        write(response, { kind: 'ending' })
        return
      }
      quiet = read > 0 ? 0 : quiet + POLL_MS
      if (quiet >= HEARTBEAT_MS) {
        response.write(': still here\n\n')
        quiet = 0
      }
      await pause(POLL_MS, either)
    }
  }
}

function write(response: ServerResponse, message: StreamMessage): void {
  const id = message.kind === 'fact' ? `id: ${message.seq}\n` : ''
  response.write(`${id}data: ${JSON.stringify(message)}\n\n`)
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    response.once('drain', resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Resolves when everything written has left this process, or nobody is there to take it. */
async function ended(response: ServerResponse): Promise<void> {
  if (response.destroyed) return
  await new Promise<void>((resolve) => {
    response.once('close', resolve)
    response.end(resolve)
  })
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
