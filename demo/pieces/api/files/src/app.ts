import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { createDispatch } from './api/dispatch.ts'
import { createHandler } from './api/handler.ts'
import { createAuth } from './auth/auth.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { openRepositories } from './data/repositories.ts'
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
  const repositories = openRepositories(options.databasePath, clock)
  const { users, loginSessions } = repositories
  const auth = createAuth({ users, loginSessions, clock })
  const dispatch = createDispatch({ repositories, auth })
  const server = createServer(createHandler(dispatch, options.log ?? silent))

  async function close(): Promise<void> {
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
    repositories.close()
  }

  return { server, close }
}
