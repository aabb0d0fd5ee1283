// The last look before the target moves: whoever was checked must still want to land. The operator may have spoken to a
// session, or stopped the run, while the checks ran.
import * as v from 'valibot'
import { FACTS } from '../../contract/facts.ts'
import { runWorkflowId, sessionWorkflowId } from '../names.ts'
import type { IntegrationInput } from '../run/input.ts'
import { STOP } from '../run/milestone.ts'
import type { Services } from '../services.ts'
import { OPERATOR } from '../session/signals.ts'

type Branch = IntegrationInput['branches'][number]
type ConsentServices = Pick<Services, 'store'>

/** Pieces whose session does not stand by the tip any more, or has a word of the operator to hear first. */
export function withdrawnPieces(
  services: ConsentServices,
  run: string,
  branches: readonly Branch[],
): readonly string[] {
  return branches.filter((branch) => !standsBy(services, run, branch)).map(({ piece }) => piece)
}

function standsBy({ store }: ConsentServices, run: string, { piece, tip }: Branch): boolean {
  const stream = sessionWorkflowId({ run, piece })
  if (store.outbox.oldest(stream, [OPERATOR]) !== undefined) return false
  let standing = false
  for (const event of store.events({
    stream,
    types: ['session.finished', 'session.continued', 'session.abandoned'],
  })) {
    standing = event.type === 'session.finished' && v.parse(FACTS['session.finished'], event.data).tip === tip
  }
  return standing
}

/** Whether the operator has stopped the run, whether or not it has heard of it yet. */
export function stopAsked({ store }: ConsentServices, run: string): boolean {
  const id = runWorkflowId(run)
  if (store.outbox.oldest(id, [STOP]) !== undefined) return true
  return store.event(id, `run.stopped:${run}`) !== undefined
}
