// When a daemon ends: on SIGTERM or SIGINT, by the API, or after half an hour in which it had nothing to do.
import type { Server } from 'node:http'
import type { Store } from '../store/store.ts'

export interface EndSignal {
  readonly reached: Promise<void>
  readonly now: () => void
}

/** Ends once; further signals change nothing, so that the ending is orderly. A closed terminal is no reason. */
export function endSignal(): EndSignal {
  let now: () => void = () => undefined
  const reached = new Promise<void>((resolve) => {
    now = resolve
  })
  process.on('SIGTERM', () => now())
  process.on('SIGINT', () => now())
  process.on('SIGHUP', () => undefined)
  return { reached, now: () => now() }
}

const LOOK_MS = 60_000
const IDLE_LOOKS = 30

/** What a daemon may have to do. */
export interface Duties {
  readonly store: Store
  readonly server: Server
  /** Whether it makes something that belongs to no workflow. */
  readonly busy: () => boolean
  /** What nobody needs while no daemon runs is put away. */
  readonly retire: () => Promise<unknown>
}

/** Ends the daemon once no workflow was open, nothing was made and nobody connected for half an hour. Stops looking when
 *  disposed. */
export function endWhenIdle({ store, server, busy, retire }: Duties, end: EndSignal): Disposable {
  let idle = 0
  const timer = setInterval(() => {
    server.getConnections((_error, connections) => {
      idle = connections === 0 && store.claims.open().length === 0 && !busy() ? idle + 1 : 0
      if (idle === IDLE_LOOKS) void retire().finally(end.now)
    })
  }, LOOK_MS)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
