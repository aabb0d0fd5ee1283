// A branch that broke the union, or conflicts with it, becomes work for its session again, with what was found. After a
// bounded number of rounds the operator decides.
import * as v from 'valibot'
import { FACTS } from '../../contract/facts.ts'
import { runGit } from '../../git/run.ts'
import type { Back } from '../../integration/queue/port.ts'
import { backMessage, backSentence } from '../../integration/queue/words.ts'
import { sessionWorkflowId } from '../names.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { IntegrationInput } from '../run/input.ts'
import type { Services } from '../services.ts'
import { OPERATOR } from '../session/signals.ts'
import { loadRunInput } from '../session/spec.ts'
import { stopAsked } from './consent.ts'
import { conflictEvidence } from './meeting.ts'
import { branchesOf } from './stack.ts'

const ROUNDS = 2
/** What is shown of the other side's change; characters. */
const DIFF_KEPT = 8_000

export interface HandedBack {
  readonly back: readonly string[]
  /** Pieces that have been sent back as often as they may be. */
  readonly held: readonly string[]
}

/** Sends branches back to their sessions; a branch whose rounds are used up is held. */
export async function handBack(
  services: Services,
  effect: EffectContext,
  input: IntegrationInput,
  backs: readonly Back[],
): Promise<HandedBack> {
  const { plan, target } = loadRunInput(services, input.run)
  const of = plan.limits.handbacks ?? ROUNDS
  const [sent, held]: [string[], string[]] = [[], []]
  for (const back of backs) {
    const { piece } = back
    const round = roundsBefore(services, input, piece) + 1
    if (round > of || stopAsked(services, input.run)) {
      held.push(piece)
      continue
    }
    const reason = backSentence(back, target)
    const text = backMessage(back, {
      target,
      others: await othersDiff(services, input, back),
      conflict: back.kind === 'conflict' ? await conflictEvidence(services, input, back) : '',
    })
    record(effect, 'integration.handed-back', piece, { piece, reason, round, of })
    services.engine().signal(sessionWorkflowId({ run: input.run, piece }), {
      name: OPERATOR,
      data: { kind: 'handback', reason, text },
      dedupe: `handback:${input.n}:${piece}`,
    })
    sent.push(piece)
  }
  return { back: sent, held }
}

/** How often the piece was sent back by earlier integrations of the run. */
function roundsBefore({ store }: Services, { run, n }: IntegrationInput, piece: string): number {
  let rounds = 0
  for (const { stream, data } of store.events({
    prefix: `${run}/integration/`,
    types: ['integration.handed-back'],
  })) {
    const own = stream.endsWith(`/${n}`)
    if (!own && v.parse(FACTS['integration.handed-back'], data).piece === piece) rounds += 1
  }
  return rounds
}

/** What the pieces that a branch interacts with have changed, bounded. */
async function othersDiff({ repo }: Services, input: IntegrationInput, back: Back): Promise<string> {
  if (back.kind === 'conflict' || back.verdict.kind !== 'interacts') return ''
  const parts: string[] = []
  for (const { piece, base, tip } of branchesOf(input, back.verdict.with)) {
    const { stdout } = await runGit(
      ['diff', '--no-color', '--no-ext-diff', '--no-textconv', `${base}...${tip}`],
      { cwd: repo.root, op: 'read what another piece has changed' },
    )
    const rest = stdout.length - DIFF_KEPT
    parts.push(`# ${piece}\n${stdout.slice(0, DIFF_KEPT)}${rest > 0 ? `\n# ${rest} more characters` : ''}`)
  }
  return parts.join('\n')
}
