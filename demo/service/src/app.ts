import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { createHandler } from './api/handler.ts'
import { createAuth } from './auth/auth.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { openStore } from './data/store.ts'
import { silent } from './log.ts'
import type { Log } from './log.ts'

export type AppOptions = {
  readonly databasePath: string
  readonly clock?: Clock
  readonly log?: Log
}

export type App = {
  readonly server: Server
  close(): Promise<void>
}

/** Puts the service together. It does not listen yet: that is the caller's decision. */
export function createApp(options: AppOptions): App {
  const clock = options.clock ?? systemClock
  const store = openStore(options.databasePath, clock)
  const auth = createAuth({ users: store, clock })
  const server = createServer(createHandler({ store, auth, log: options.log ?? silent }))

  async function close(): Promise<void> {
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
    store.close()
  }

  return { server, close }
}
