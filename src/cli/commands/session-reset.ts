import type { Invocation } from '../command.ts'
import { moveSession } from '../move-session.ts'

/** Starts the next attempt of a session with a handoff. */
export async function run(invocation: Invocation): Promise<number> {
  return await moveSession(invocation, {
    outcome: 'starts its next attempt',
    whileOpen: 'It begins when that is closed.',
    move: (client, session, reason) => client.reset(session, reason),
  })
}
