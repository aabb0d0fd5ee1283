// Opens the watch of a turn: the health of its attempt goes on in memory while its conversation is alive, and is made again
// from the trace after a crash.
import * as v from 'valibot'
import { FACTS } from '../../contract/facts.ts'
import { readOwnStatus } from '../../coordination/folder.ts'
import type { EffectContext } from '../port.ts'
import { decisions } from '../session/words/context.ts'
import type { Services } from '../services.ts'
import { isFromOutside, messagesOf, type PromptSpec } from '../session/next.ts'
import type { SessionSpec } from '../session/spec.ts'
import { turnBegan } from '../session/stored.ts'
import type { Live } from '../session/turn/conversations.ts'
import type { TurnInput } from '../session/turn/input.ts'
import { AttemptHealth } from './attempt-health.ts'
import { attemptBudget } from './budget.ts'
import type { Followed } from './followed.ts'
import { storedHandoff } from './handoff-files.ts'
import { answered, hasLearned, storedAnswers, storedLadder, storedTolerances } from './log.ts'
import { lostNudge, withoutLostReset } from './lost-advice.ts'
import { phaseCompleted } from './phases.ts'
import { healthPolicy } from './policy.ts'
import { attemptEvents } from './session-trace.ts'
import { toldSoFar } from './told.ts'
import { TurnWatch } from './watch.ts'

/** The watch of a turn that is about to begin. */
export async function watchTurn(
  services: Services,
  effect: EffectContext,
  input: TurnInput,
  live: Live,
): Promise<TurnWatch> {
  const { session, attempt, turn, prompt } = input
  const { store } = services
  const agent = live.conversation.capabilities.name
  live.followed ??= await followAttempt(services, session, { attempt, root: input.workspace.path, agent })
  // What was decided meanwhile is told with the prompt.
  live.followed.health.decide(decisions(store, session.run.run))
  const stored = storedLadder(store, session.stream)
  // A word from outside is an answer to what was proposed.
  const ladder =
    isFromOutside(prompt) && stored.pending !== null ? answered(stored) : withoutLostReset(stored, input)
  const from = turnBegan(store, session.stream, turn)
  return new TurnWatch(effect, {
    attempt,
    turn,
    policy: healthPolicy(session.run.plan),
    ...live.followed,
    ladder,
    nudges: ruleNudges(prompt),
    lostNudge: isFromOutside(prompt) ? null : lostNudge(store, input),
    tolerances: () => storedTolerances(store),
    answers: () => storedAnswers(store, session.stream),
    phase: () => reportedPhase(services, input, from),
    learned: () => hasLearned(store, session.stream, attempt),
    budget: attemptBudget(store, session.stream, { attempt, now: Date.now() }),
    now: Date.now,
    tell: (text) => services.announce(session.label, text),
  })
}

/** The nudges in a prompt that no operator asked for. */
function ruleNudges(prompt: PromptSpec): readonly string[] {
  return messagesOf(prompt).flatMap((message) =>
    message.kind === 'nudge' && message.by !== 'operator' ? [message.text] : [],
  )
}

interface JudgedAttempt {
  readonly attempt: number
  readonly root: string
  readonly agent: string
}

/** The judge of an attempt that has not heard anything yet: it knows what the operator demanded in those before. */
export async function attemptHealth(
  services: Pick<Services, 'store' | 'state'>,
  session: SessionSpec,
  { attempt, root, agent }: JudgedAttempt,
): Promise<AttemptHealth> {
  return (await followable(services, session, { attempt, root, agent })).health
}

async function followable(
  services: Pick<Services, 'store' | 'state'>,
  session: SessionSpec,
  { attempt, root, agent }: JudgedAttempt,
): Promise<Followed> {
  const { run } = session
  const told = await toldSoFar(services, session, { attempt })
  const health = new AttemptHealth({
    agent,
    root,
    limits: healthPolicy(run.plan).limits,
    ledger: told.ledger.map((entry) => ({ ...entry, lastSeen: null })),
    decisions: decisions(services.store, run.run).map(({ text }) => text),
    handoff: attempt === 1 ? null : await storedHandoff(services, session, attempt),
  })
  return { health, before: told.actions, probe: null }
}

/** The health of an attempt as its trace has it so far. */
async function followAttempt(
  services: Services,
  session: SessionSpec,
  place: JudgedAttempt,
): Promise<Followed> {
  const followed = await followable(services, session, place)
  const events = attemptEvents(services.state, session.name, place.attempt)
  for await (const event of events) followed.health.note(event)
  return followed
}

async function reportedPhase(
  { store, config }: Services,
  { session, workspace }: TurnInput,
  from: number,
): Promise<string | null> {
  const { stream, piece, run } = session
  const before: string[] = []
  let now: readonly string[] = []
  for (const { seq, data } of store.events({ stream, types: ['status.read'] })) {
    const { completed } = v.parse(FACTS['status.read'], data)
    if (seq < from) before.push(...completed)
    else now = completed
  }
  // What was written in the last moment of the turn is not in the log yet.
  const own = run.coordination.on ? await readOwnStatus(workspace.path, config.coordination_folder) : null
  return phaseCompleted(piece.phases ?? [], own?.completed ?? now, before)
}
