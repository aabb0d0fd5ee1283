// What is known of a session from its log and the traces of its attempts: the handoff, the probe and the judge of the next
// attempt all begin with it.
import type { Ledger } from '../../health/ledger/ledger.ts'
import { buildLedger } from '../../health/ledger/ledger.ts'
import { Telling, type Told } from '../../health/handoff/told.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from '../session/spec.ts'
import { decisions } from '../session/words/context.ts'
import { attemptEvents } from './session-trace.ts'

/** What the traces of all attempts before this one tell; actions count through all of them. */
export async function toldSoFar(
  services: Pick<Services, 'store' | 'state'>,
  session: SessionSpec,
  { attempt }: { readonly attempt: number },
): Promise<Told> {
  const telling = new Telling(sessionLedger(services, session))
  for (let earlier = 1; earlier < attempt; earlier++) {
    for await (const event of attemptEvents(services.state, session.name, earlier)) telling.note(event)
    telling.nextAttempt()
  }
  return telling.told
}

/** What is demanded of a session before its agent has heard a word of the operator. */
function sessionLedger({ store }: Pick<Services, 'store'>, { piece, run }: SessionSpec): Ledger {
  return buildLedger({ brief: piece.brief, scope: piece.scope, decisions: decisions(store, run.run) })
}
