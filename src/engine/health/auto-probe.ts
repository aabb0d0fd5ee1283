// The probe that nobody has to ask for: after a turn in which the context was compacted or shrank as if it had been, and
// after the first turn of an attempt that began with a handoff, a copy of the conversation is asked what it still knows.
// Constraints and decisions that it does not know are stated again with the next prompt; the rest is listed.
import * as v from 'valibot'
import { errorData } from '../../contract/errors.ts'
import { FACTS, type FactData } from '../../contract/facts.ts'
import type { Store } from '../../store/store.ts'
import { isControl } from '../breakdown.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { Services } from '../services.ts'
import type { Live } from '../session/turn/conversations.ts'
import type { TurnInput } from '../session/turn/input.ts'
import type { HealthAdvice } from './advice.ts'
import type { Followed } from './followed.ts'
import { storedHandoff } from './handoff-files.ts'
import { probeSession } from './probe.ts'

/** What is always worth saying again; files and state are only listed, they can be looked up. */
const RESTATED: readonly string[] = ['constraints', 'decision']

export interface PlayedTurn {
  readonly live: Live
  readonly followed: Followed
  /** Compactions that the attempt had behind it when the turn began. */
  readonly compactions: number
  /** What is done about the context after the turn; null: nothing. */
  readonly advice: HealthAdvice | null
  readonly signal: AbortSignal
}

/** Probes after a turn where that is due and the agent can fork. What keeps it from being done is told and costs the turn
 *  nothing. */
export async function probeAfterTurn(
  services: Services,
  effect: EffectContext,
  input: TurnInput,
  played: PlayedTurn,
): Promise<void> {
  const cause = causeOf(input, played)
  if (cause === null || played.live.conversation.fork === undefined) return
  const { label, stream } = input.session
  const key = `${input.attempt}:${input.turn}`
  // The turn is played again after a crash.
  if (services.store.event(stream, `health.probed:${key}`) !== undefined) return
  try {
    await probe(services, effect, input, { ...played, cause, key })
  } catch (error) {
    if (isControl(error) || played.signal.aborted) throw error
    services.announce(label, `the conversation cannot be probed: ${errorData(error).message}`)
  }
}

type Cause = 'compaction' | 'reset'

function causeOf({ attempt, prompt }: TurnInput, played: PlayedTurn): Cause | null {
  const { followed, compactions, advice } = played
  // What is about to be replaced by a handoff is asked nothing any more.
  if (advice?.kind === 'reset' || advice?.kind === 'abandon') return null
  if (attempt > 1 && prompt.kind === 'first') return 'reset'
  return followed.health.reading.compactions > compactions ? 'compaction' : null
}

async function probe(
  services: Services,
  effect: EffectContext,
  { session, workspace, attempt, turn }: TurnInput,
  { live, followed, cause, key, signal }: PlayedTurn & { readonly cause: Cause; readonly key: string },
): Promise<void> {
  const handoff = attempt === 1 ? null : await storedHandoff(services, session, attempt)
  const probed = await probeSession(services, live, { session, workspace, attempt, handoff }, signal)
  if (probed.kind === 'none') {
    services.announce(session.label, `not probed: ${probed.why}`)
    return
  }
  // The handoff is measured by it.
  if (cause === 'reset') followed.probe = probed.score
  record(effect, 'health.probed', key, { attempt, turn, probe: probed.result, cause })
}

/** Constraints and decisions that probes since the event `after` have found lost, word for word. Those that the operator has
 *  asked for are restored when the operator says so. */
export function lostInProbes(store: Store, stream: string, after: number): readonly string[] {
  const lost = [...store.events({ stream, types: ['health.probed'], after })].flatMap(({ data }) =>
    lostIn(v.parse(FACTS['health.probed'], data)),
  )
  return [...new Set(lost)]
}

/** The same of one probe. */
export function lostIn({ cause, probe: { act, items } }: FactData<'health.probed'>): readonly string[] {
  if (cause === undefined || act === null) return []
  return items.filter((item) => item.lost && RESTATED.includes(item.class)).map(({ fact }) => fact)
}
