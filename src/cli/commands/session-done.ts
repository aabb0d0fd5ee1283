import type { Invocation } from '../command.ts'
import { moveSession } from '../move-session.ts'

/** Says that the work of an external session is complete. */
export async function run(invocation: Invocation): Promise<number> {
  return await moveSession(invocation, {
    outcome: 'is said to be complete, and is judged now',
    whileOpen: 'What is there now is judged; what is done in it later is not.',
    move: (client, session, reason) => client.declareDone(session, reason),
  })
}
