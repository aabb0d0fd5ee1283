import { budgetRaise } from '../budget-argument.ts'
import type { Invocation } from '../command.ts'
import { moveSession } from '../move-session.ts'

/** Lets a waiting or failed session go on in its conversation, with more to spend where that is what it waits for. */
export async function run(invocation: Invocation): Promise<number> {
  const words = invocation.options.text('budget')
  const budget = words === undefined ? undefined : budgetRaise(words)
  return await moveSession(invocation, {
    outcome: 'goes on in its conversation',
    whileOpen: 'It goes on when that is closed.',
    move: (client, session, reason) => client.retry(session, reason, budget),
  })
}
