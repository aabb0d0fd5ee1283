// One turn: find or open the conversation, prompt, listen, answer, and come back with how it ended. Played again after
// a crash, it first proves that nothing of the old process tree is alive, then resumes the conversation.
import type { AgentEvent, TurnOutcome } from '../../../contract/agent.ts'
import { errorData, QuintetError } from '../../../contract/errors.ts'
import type { EffectContext } from '../../port.ts'
import { probeAfterTurn, type PlayedTurn } from '../../health/auto-probe.ts'
import { nudgePrompt } from '../../../coordination/prompt.ts'
import { MESSAGE_CHARS } from '../../health/attempt-health.ts'
import { measureHandoff } from '../../health/gates.ts'
import { resetBefore } from '../../health/before.ts'
import { lostAdvice } from '../../health/lost-advice.ts'
import { watchTurn } from '../../health/open.ts'
import type { TraceRecorder } from '../../health/recorder.ts'
import { recordTurn } from '../../health/session-trace.ts'
import type { TurnWatch } from '../../health/watch.ts'
import { isControl } from '../../breakdown.ts'
import { record } from '../../record.ts'
import { fileReported } from '../../scope/reported.ts'
import type { Services } from '../../services.ts'
import { ChangeObserver } from './observe.ts'
import { LastWords } from './last-words.ts'
import { withLogin } from './login.ts'
import { openConversation } from './open.ts'
import type { Live } from './conversations.ts'
import { spoken, type TurnResult } from '../next.ts'
import { unlessOperator } from '../interrupt.ts'
import { afterTerminals } from '../../attached/before-turn.ts'
import { spentBefore } from '../../spend/before.ts'
import { afterMs, SpendWatch } from '../../spend/watch.ts'
import { composePrompt } from '../words/prompt.ts'
import { ObjectImporter } from './objects.ts'
import { QuestionDesk } from './questions.ts'
import type { RefusalBook } from './refusals.ts'
import { boxFingerprint } from '../box.ts'
import type { SessionSpec } from '../spec.ts'
import type { TurnInput } from './input.ts'
import { followConfiguration } from './shared-config.ts'
import { followStatus } from './status.ts'
import { UsageRecorder } from './usage.ts'

/** Plays a turn to its end. Failures of the agent are results; losing the claim or shutting down is thrown. */
export async function playTurn(
  services: Services,
  effect: EffectContext,
  input: TurnInput,
): Promise<TurnResult> {
  const { session, attempt, turn, prompt } = input
  const held = await afterTerminals(services, effect, session)
  if (held !== null) return held
  const spent = spentBefore(services, effect, input)
  if (spent !== null) return { kind: 'stopped', reason: 'cancelled', unsent: true, spent }
  const cutOff = !record(effect, 'turn.started', String(turn), { attempt, turn, prompt: prompt.kind })
  try {
    const hearing = { cutOff, sent: false }
    const played = await unlessOperator(effect, (signal) =>
      promptAgent(services, effect, input, { hearing, signal }),
    )
    const ended: TurnResult = played ?? { kind: 'interrupted', unsent: !hearing.sent }
    const result = await withLogin(services, input, ended)
    await recordEnd(services, effect, input, result)
    return result
  } catch (error) {
    if (effect.signal.aborted) {
      await services.conversations.stop(session.label)
      throw effect.signal.reason
    }
    if (!(error instanceof QuintetError)) throw error
    await services.conversations.stop(session.label)
    if (error.code === 'E_RESUME_FAILED') return { kind: 'unresumable', why: error.message }
    const data = errorData(error)
    return await withLogin(services, input, {
      kind: 'failed',
      code: data.code,
      message: data.message,
      error: data,
    })
  }
}

interface Hearing {
  /** The turn was begun before and cut off by a crash. */
  readonly cutOff: boolean
  /** The agent was given the prompt. */
  sent: boolean
}

interface Prompting {
  readonly hearing: Hearing
  /** Aborts when the operator steps in. */
  readonly signal: AbortSignal
}

async function promptAgent(
  services: Services,
  effect: EffectContext,
  input: TurnInput,
  { hearing, signal }: Prompting,
): Promise<TurnResult> {
  const live = usable(services, input) ?? (await openConversation(services, effect, input))
  const remembers = live.conversation.how !== 'new'
  const text = await composePrompt(services, input, { cutOff: hearing.cutOff, remembers, signal })
  return converse(services, effect, input, { live, text, hearing, signal })
}

/** The conversation of the attempt, if it is alive in a box that still is the right one: a running box cannot gain or lose
 *  a mount, so after a change of the scope it is opened anew and goes on where it was. */
function usable({ conversations }: Services, { session, attempt }: TurnInput): Live | null {
  const live = conversations.current(session.label, attempt)
  if (live === null || live.fingerprint === null) return live
  return live.fingerprint === boxFingerprint(session) ? live : null
}

async function converse(
  services: Services,
  effect: EffectContext,
  input: TurnInput,
  { live, text, hearing, signal }: Prompting & { readonly live: Live; readonly text: string },
): Promise<TurnResult> {
  const { session, workspace, attempt, turn } = input
  using watch = await watchTurn(services, effect, input, live)
  const { followed: earlier } = live
  const before = earlier === null ? null : resetBefore(effect, input, { followed: earlier, now: Date.now() })
  const due = lostAdvice(services.store, input) ?? before
  if (due !== null) return { kind: 'stopped', reason: 'cancelled', unsent: true, health: due }
  const compactions = live.followed?.health.reading.compactions ?? 0
  const desk = new QuestionDesk(services, effect, session, turn)
  const usage = new UsageRecorder(effect, input)
  using spend = spendWatch(services, effect, input, live)
  const words = new LastWords()
  await using observer = new ChangeObserver(services, effect, { session, workspace })
  await using _status = await followStatus(services, effect, { session, workspace })
  await using _objects = new ObjectImporter(services, session)
  await using _configuration =
    live.boxed.box === null ? await followConfiguration(services, effect, { session, turn }) : undefined
  const { name: agent, version } = live.conversation.capabilities
  await using trace = await recordTurn(services, input, {
    agent,
    version,
    actions: live.followed?.health.actions ?? 0,
    listen: (event) => watch.note(event),
    lacks: (why) => noteGap(effect, attempt, why),
  })
  // From here to the call nothing waits: what is written down as said is said.
  signal.throwIfAborted()
  const prompt = [text, ...recordPrompt(trace.recorder, watch, { input, text, live, hearing })].join('\n\n')
  const over = new AbortController()
  const heard = [usage, spend, words, observer, desk.refusals, trace.recorder]
  using _line = live.line.connect({
    onEvent: (event) => {
      for (const one of heard) one.note(event)
      announce(services, session, event)
    },
    onQuestion: (asked, until) => spend.waiting(desk.answer(asked, AbortSignal.any([until, over.signal]))),
  })
  try {
    hearing.sent = live.conversation.alive
    const until = AbortSignal.any([signal, watch.signal, spend.signal])
    const outcome = await live.conversation.prompt(prompt, until)
    trace.recorder.end(outcome)
    effect.signal.throwIfAborted()
    usage.end(outcome)
    spend.end(outcome)
    if (!session.run.coordination.on) await fileReported(services, session, words.record(effect, turn))
    const health = await healthOf(watch, outcome)
    const advice = health.health ?? null
    if (outcome.kind === 'stopped' && !signal.aborted)
      await lookBack(services, effect, input, { live, compactions, advice, signal })
    return { ...turnResult(outcome, desk.refusals), ...health, ...pausedBy(spend, outcome) }
  } finally {
    over.abort(new QuintetError('E_TURN_OVER', 'internal', 'The turn is over.'))
  }
}

interface Telling {
  readonly input: TurnInput
  readonly text: string
  readonly live: Live
  readonly hearing: Hearing
}

/** Writes down what the agent is told; answers with what is to be said besides, over what the operator says in it. */
function recordPrompt(
  recorder: TraceRecorder,
  watch: TurnWatch,
  { input, text, live, hearing }: Telling,
): readonly string[] {
  recorder.prompt(text, { meta: true })
  // What the operator said, without what is said around it; once, also when the turn was cut off after it.
  const before = hearing.cutOff ? (live.followed?.health.messages ?? []) : []
  for (const { text: words } of spoken(input.prompt)) {
    if (!before.includes(words.slice(0, MESSAGE_CHARS))) recorder.prompt(words, { meta: false })
  }
  const besides = watch.sending().map((nudge) => nudgePrompt(nudge))
  for (const words of besides) recorder.aside(words)
  return besides
}

/** What is asked and measured when a turn has come to its end. */
async function lookBack(
  services: Services,
  effect: EffectContext,
  input: TurnInput,
  ended: Omit<PlayedTurn, 'followed'>,
): Promise<void> {
  const { followed } = ended.live
  if (followed === null) return
  await probeAfterTurn(services, effect, input, { ...ended, followed })
  await measureHandoff(services, effect, input, { ...ended, followed })
}

/** What is to be done about the context; `cut` only where the turn did not come to its own end. */
async function healthOf(watch: TurnWatch, outcome: TurnOutcome): Promise<Pick<TurnResult, 'health'>> {
  const health = await watch.end()
  if (health === null) return {}
  const ownEnd = outcome.kind === 'stopped' && outcome.reason !== 'cancelled'
  return { health: { ...health, cut: health.cut && !ownEnd } }
}

function spendWatch(
  services: Services,
  effect: EffectContext,
  { session, attempt, turn }: TurnInput,
  { conversation: { id: conversation } }: Live,
): SpendWatch {
  return new SpendWatch(services, effect, {
    session,
    attempt,
    turn,
    conversation,
    now: Date.now,
    after: afterMs,
  })
}

type PausedTurn = Partial<Extract<TurnResult, { kind: 'stopped' }>>

/** Only where the turn did not come to its own end. */
function pausedBy({ spent }: SpendWatch, outcome: TurnOutcome): Pick<PausedTurn, 'spent'> {
  return spent !== null && outcome.kind === 'stopped' && outcome.reason === 'cancelled' ? { spent } : {}
}

function turnResult(outcome: TurnOutcome, refusals: RefusalBook): TurnResult {
  switch (outcome.kind) {
    case 'stopped':
      return { kind: 'stopped', reason: outcome.reason, ...refusals.refusals(outcome.reason) }
    case 'failed':
      return outcome
    case 'lost': {
      const how =
        outcome.signal === null ? `exit code ${outcome.exitCode ?? 'unknown'}` : `signal ${outcome.signal}`
      return { kind: 'lost', why: `The agent process ended with ${how}. ${lastLine(outcome.stderr)}`.trim() }
    }
  }
}

async function recordEnd(
  services: Services,
  effect: EffectContext,
  input: TurnInput,
  result: TurnResult,
): Promise<void> {
  const { session, attempt, turn } = input
  if (result.kind === 'lost') {
    await services.conversations.stop(session.label)
    record(effect, 'session.lost', String(turn), { reason: result.why })
  }
  const outcome =
    result.kind === 'stopped'
      ? { kind: 'stopped' as const, reason: result.reason }
      : result.kind === 'interrupted'
        ? { kind: 'interrupted' as const, by: 'operator' }
        : result.kind === 'failed'
          ? { kind: 'failed' as const, code: result.code, message: result.message }
          : { kind: 'lost' as const, exitCode: null, signal: null, stderr: result.why }
  const followed = services.conversations.current(session.label, attempt)?.followed ?? null
  const actions = followed === null ? {} : { actions: followed.health.actions }
  const unsent = result.unsent === true ? { unsent: true } : {}
  record(effect, 'turn.ended', String(turn), { attempt, turn, outcome, ...actions, ...unsent })
}

/** Once for an attempt: one notice is enough. */
function noteGap(effect: EffectContext, attempt: number, why: string): void {
  if (effect.signal.aborted) return
  try {
    record(effect, 'health.unrecorded', String(attempt), { attempt, why })
  } catch (error) {
    // It is told while lines are written: nobody is there to be thrown at.
    if (!isControl(error)) process.emitWarning(errorData(error).message)
  }
}

function announce(services: Services, session: SessionSpec, event: AgentEvent): void {
  if (event.kind === 'tool') services.announce(session.label, event.title)
  else if (event.kind === 'text' || event.kind === 'notice')
    services.announce(session.label, lastLine(event.text))
  else if (event.kind === 'compaction') services.announce(session.label, `compaction ${event.phase}`)
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
