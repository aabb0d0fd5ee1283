import type { Route } from './route.ts'
import { accountRoutes } from './routes/accounts.ts'
import { entryRoutes } from './routes/entries.ts'
import { loginSessionRoutes } from './routes/login-sessions.ts'
import { userRoutes } from './routes/users.ts'

const health: Route = {
  method: 'GET',
  path: '/health',
  access: 'public',
  handle: () => ({ status: 200, body: { status: 'ok' } }),
}

/** All there is to call. */
export const routes: readonly Route[] = [
  health,
  ...userRoutes,
  ...loginSessionRoutes,
  ...accountRoutes,
  ...entryRoutes,
]
