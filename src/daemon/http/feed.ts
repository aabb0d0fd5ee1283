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

export class Feed {
  readonly #store: Store
  readonly #activity = new Map<string, string>()
  readonly #listeners = new Set<(session: string, text: string) => void>()

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

  /** Serves facts of a run after `after`, then whatever comes, until the client goes away. */
  async serve(run: string, after: number, { response, signal }: Request): Promise<typeof STREAMED> {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    const listener = (session: string, text: string): void => {
      if (session.startsWith(`${run}/`) && !response.writableNeedDrain)
        write(response, { kind: 'activity', session, text })
    }
    for (const [session, text] of this.activities(run)) listener(session, text)
    this.#listeners.add(listener)
    try {
      await this.#follow({ run, after, response, signal })
    } finally {
      this.#listeners.delete(listener)
      response.end()
    }
    return STREAMED
  }

  async #follow(to: {
    run: string
    after: number
    response: ServerResponse
    signal: AbortSignal
  }): Promise<void> {
    const { run, response, signal } = to
    let after = to.after
    let quiet = 0
    while (!signal.aborted) {
      let read = 0
      for (const event of this.#store.events({ prefix: `${run}/`, after, limit: BATCH })) {
        read++
        after = event.seq
        const { seq, stream, type, at, data } = event
        if (parseFact(type, data) !== null) write(response, { kind: 'fact', seq, stream, type, at, data })
      }
      if (response.writableNeedDrain) await drained(response, signal)
      if (read === BATCH) continue
      quiet = read > 0 ? 0 : quiet + POLL_MS
      if (quiet >= HEARTBEAT_MS) {
        response.write(': still here\n\n')
        quiet = 0
      }
      await pause(signal)
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

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await delay(POLL_MS, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
