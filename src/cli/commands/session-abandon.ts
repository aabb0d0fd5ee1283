import type { Invocation } from '../command.ts'
import { moveSession } from '../move-session.ts'

/** Ends a session unmerged; its branch and worktree are kept until they are saved. */
export async function run(invocation: Invocation): Promise<number> {
  return await moveSession(invocation, {
    outcome: 'is abandoned; its work is kept',
    whileOpen: 'It stays open, and so does the worktree; close it before: quintet clean',
    move: (client, session, reason) => client.abandon(session, reason),
  })
}
