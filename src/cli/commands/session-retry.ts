import type { Invocation } from '../command.ts'
import { moveSession } from '../move-session.ts'

/** Lets a waiting or failed session go on in its conversation. */
export async function run(invocation: Invocation): Promise<number> {
  return await moveSession(invocation, {
    outcome: 'goes on in its conversation',
    move: (client, session, reason) => client.retry(session, reason),
  })
}
