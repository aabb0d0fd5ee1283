// One turn: find or open the conversation, prompt, listen, answer, and come back with how it ended. Played again after
// a crash, it first proves that nothing of the old process tree is alive, then resumes the conversation.
import type { AgentEvent, TurnOutcome } from '../../../contract/agent.ts'
import { errorData, QuintetError } from '../../../contract/errors.ts'
import type { EffectContext } from '../../port.ts'
import { record } from '../../record.ts'
import { fileReported } from '../../scope/reported.ts'
import type { Services } from '../../services.ts'
import { ChangeObserver } from './observe.ts'
import { LastWords } from './last-words.ts'
import { openConversation } from './open.ts'
import type { Live } from './conversations.ts'
import type { TurnResult } from '../next.ts'
import { unlessOperator } from '../interrupt.ts'
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
  const cutOff = !record(effect, 'turn.started', String(turn), { attempt, turn, prompt: prompt.kind })
  try {
    const played = await unlessOperator(effect, (signal) =>
      promptAgent(services, effect, input, { cutOff, signal }),
    )
    const result: TurnResult = played ?? { kind: 'interrupted' }
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
    return { kind: 'failed', code: data.code, message: data.message, error: data }
  }
}

interface Hearing {
  /** The turn was begun before and cut off by a crash. */
  readonly cutOff: boolean
  /** Aborts when the operator steps in. */
  readonly signal: AbortSignal
}

async function promptAgent(
  services: Services,
  effect: EffectContext,
  input: TurnInput,
  { cutOff, signal }: Hearing,
): Promise<TurnResult> {
  const live = usable(services, input) ?? (await openConversation(services, effect, input))
  const remembers = live.conversation.how !== 'new'
  const text = await composePrompt(services, input, { cutOff, remembers })
  return converse(services, effect, input, { live, text, signal })
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
  { live, text, signal }: { readonly live: Live; readonly text: string; readonly signal: AbortSignal },
): Promise<TurnResult> {
  const { session, workspace, turn } = input
  const desk = new QuestionDesk(services, effect, session, turn)
  const usage = new UsageRecorder(effect, turn)
  const words = new LastWords()
  await using observer = new ChangeObserver(services, effect, { session, workspace })
  await using _status = await followStatus(services, effect, { session, workspace })
  await using _objects = new ObjectImporter(services, session)
  await using _configuration =
    live.boxed.box === null ? await followConfiguration(services, effect, { session, turn }) : undefined
  const over = new AbortController()
  using _line = live.line.connect({
    onEvent: (event) => {
      usage.note(event)
      words.note(event)
      observer.note(event)
      desk.refusals.note(event)
      announce(services, session, event)
    },
    onQuestion: (question, asked) => desk.answer(question, AbortSignal.any([asked, over.signal])),
  })
  try {
    const outcome = await live.conversation.prompt(text, signal)
    effect.signal.throwIfAborted()
    if (!session.run.coordination.on) await fileReported(services, session, words.record(effect, turn))
    return turnResult(outcome, desk.refusals)
  } finally {
    over.abort(new QuintetError('E_TURN_OVER', 'internal', 'The turn is over.'))
  }
}

function turnResult(outcome: TurnOutcome, refusals: RefusalBook): TurnResult {
  switch (outcome.kind) {
    case 'stopped':
      return { ...outcome, ...refusals.refusals(outcome.reason) }
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
  record(effect, 'turn.ended', String(turn), { attempt, turn, outcome })
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
