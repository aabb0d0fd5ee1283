// Login sessions: token -> user id. Lost on restart, and they never expire.
// TODO: move to the database
const sessions = new Map<string, number>()

export function createSession(userId: number): string {
  const token = Math.random().toString(36).slice(2) + Date.now().toString(36)
  sessions.set(token, userId)
  return token
}

export function sessionUser(token: string): number | undefined {
  return sessions.get(token)
}

export function destroySession(token: string): void {
  sessions.delete(token)
}
