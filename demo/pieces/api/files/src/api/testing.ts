// Calls the routes of a service in memory, without a socket between.
import { createAuth } from '../auth/auth.ts'
import { createLoginSessions } from '../auth/login-sessions.ts'
import { openRepositories } from '../data/repositories.ts'
import { createDispatch } from './dispatch.ts'
import { replyTo } from './respond.ts'
import type { Call, Reply } from './route.ts'

export function openService(databasePath = ':memory:') {
  const clock = (): Date => new Date('2026-01-15T09:00:00Z')
  const repositories = openRepositories(databasePath, clock)
  const { users, loginSessions } = repositories
  const auth = createAuth({ users, loginSessions, clock })
  const sessions = createLoginSessions({ store: loginSessions, clock, days: 1 })
  const dispatch = createDispatch({ repositories, auth })

  function call(line: string, body?: object, authorization?: string): Promise<Reply> {
    const [method = '', target = ''] = line.split(' ')
    const url = new URL(target, 'http://localhost')
    const request: Call = {
      method,
      path: url.pathname,
      query: url.searchParams,
      authorization,
      body: async () => ({ ...body }),
    }
    return dispatch(request).catch(replyTo)
  }

  /** Opens a login session past the password, whose hash is slow on purpose. */
  function login(userId: number): string {
    return `Bearer ${sessions.open(userId)}`
  }

  function addUser(name = 'Ada') {
    return users.insertUser({ email: `${name}@example.com`, name, passwordHash: 'none' })
  }

  return { ...repositories, auth, call, addUser, login }
}
