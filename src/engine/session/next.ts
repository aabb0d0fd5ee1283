// What a session does next: the pure heart of the session workflow. Every transition of the state machine is here;
// the workflow only carries out what these functions return.
import type { AgentQuestion, AgentAnswer } from '../../contract/agent.ts'
import type { ErrorData } from '../../contract/errors.ts'
import type { Evidence } from '../../contract/session.ts'
import { isOwnTool } from '../../contract/tools.ts'
import { missingEvidence, missingSummary } from '../../coordination/evidence.ts'
import type { OperatorSignal } from './signals.ts'

/** What a prompt wants of the agent; its words are composed when the turn begins. */
export type Message =
  | { readonly kind: 'first'; readonly handoff: string | null }
  | { readonly kind: 'missing'; readonly evidence: Evidence; readonly refused?: readonly RefusedPath[] }
  | { readonly kind: 'refused'; readonly refused: readonly RefusedPath[] }
  | { readonly kind: 'news' }
  | { readonly kind: 'operator'; readonly text: string }
  | { readonly kind: 'handback'; readonly text: string }

/** A prompt: a message, or a new try after the agent did not hear the last one out. `unheard` is said again then. */
export type PromptSpec =
  | (Message & { readonly unheard?: Message })
  | { readonly kind: 'continue'; readonly why: string; readonly unheard?: Message }

/** A path that the agent asked leave to write and did not get. */
export interface RefusedPath {
  readonly path: string
  /** A piece, `operator`, or null for nobody. */
  readonly owner: string | null
}

/** What was refused in a turn; `cut`: the agent did nothing any more after the last refusal. */
export interface Refusals {
  readonly refused: readonly RefusedPath[]
  readonly cut: boolean
}

export type TurnResult =
  | ({ readonly kind: 'stopped'; readonly reason: string } & Partial<Refusals>)
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly error?: ErrorData }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'unresumable'; readonly why: string }

export type Next =
  /** Brings the workspace into order, then goes on. */
  | { readonly kind: 'prepare'; readonly next: Next }
  | { readonly kind: 'turn'; readonly prompt: PromptSpec }
  | { readonly kind: 'attempt'; readonly why: string; readonly unheard?: Message }
  | { readonly kind: 'evidence'; readonly refusals?: Refusals }
  | {
      readonly kind: 'wait'
      readonly standing: 'waiting' | 'failed'
      readonly reason: string
      readonly error?: ErrorData
    }
  | { readonly kind: 'operator' }
  | { readonly kind: 'finish'; readonly evidence: Evidence }
  | { readonly kind: 'abandon'; readonly reason: string }

/** How a session begins. */
export const BEGINNING: Next = {
  kind: 'prepare',
  next: { kind: 'turn', prompt: { kind: 'first', handoff: null } },
}

/** How often a turn may break off in a row before the operator is asked. */
const BREAK_LIMIT = 3

/** A start may fail because the process was killed; every other reason will be there a moment later, too. */
const PASSING = 'E_AGENT_EXITED'

export interface PlayedTurn {
  readonly prompt: PromptSpec
  /** Turns in a row that did not come to an ordinary end, this one included. */
  readonly breaks: number
}

/** After a turn. */
export function afterTurn(result: TurnResult, turn: PlayedTurn): Next {
  switch (result.kind) {
    case 'interrupted':
      return { kind: 'operator' }
    case 'unresumable':
      return { kind: 'attempt', why: result.why, ...unheardIn(turn.prompt) }
    case 'stopped':
      return afterStop(result)
    case 'lost':
      return afterLoss(result.why, turn)
    case 'failed':
      return afterFailure(result, turn)
  }
}

/** Some agents end their turn when they are refused something, and none is told why: that is said with the next prompt. */
function afterStop({ refused = [], cut = false }: Extract<TurnResult, { kind: 'stopped' }>): Next {
  return refused.length === 0 ? { kind: 'evidence' } : { kind: 'evidence', refusals: { refused, cut } }
}

/** What an agent was to be told when it was lost. The first prompt needs no repeating: whoever resumes, remembers it, and
 *  a new attempt begins with it. */
function unheardIn(prompt: PromptSpec): { readonly unheard?: Message } {
  if (
    prompt.kind === 'missing' ||
    prompt.kind === 'refused' ||
    prompt.kind === 'operator' ||
    prompt.kind === 'handback'
  )
    return { unheard: prompt }
  return prompt.unheard === undefined ? {} : { unheard: prompt.unheard }
}

function afterLoss(why: string, { prompt, breaks }: PlayedTurn): Next {
  if (breaks < BREAK_LIMIT) return { kind: 'turn', prompt: { kind: 'continue', why, ...unheardIn(prompt) } }
  return { kind: 'wait', standing: 'failed', reason: `The agent was lost ${breaks} times in a row: ${why}` }
}

/** An agent that cannot be started has not heard its prompt: it is given the same one again, or none. */
function afterFailure(result: Extract<TurnResult, { kind: 'failed' }>, { prompt, breaks }: PlayedTurn): Next {
  const notStarted = result.error !== undefined
  const final = breaks >= BREAK_LIMIT || (notStarted && result.code !== PASSING)
  if (!final) {
    const again: PromptSpec = { kind: 'continue', why: result.message, ...unheardIn(prompt) }
    return { kind: 'turn', prompt: notStarted ? prompt : again }
  }
  return {
    kind: 'wait',
    standing: 'failed',
    reason: result.message,
    ...(result.error === undefined ? {} : { error: result.error }),
  }
}

export interface Patience {
  /** How often the session was told what is missing, and how often it is told at most. */
  readonly reprompts: number
  readonly limit: number
  /** The session has to be told something before it may finish. */
  readonly news?: boolean
  /** Number of a request of its own that the operator has not decided on. */
  readonly awaits?: number | null
  /** What was refused in the turn that is judged. */
  readonly refusals?: Refusals | undefined
}

/**
 * After the evidence was gathered. `required`: names of the piece's checks. What the session says it is blocked on comes
 * first, then what it has to be told, then the answers that it was promised; only then what is missing.
 */
export function afterEvidence(evidence: Evidence, required: readonly string[], patience: Patience): Next {
  const { reprompts, limit, news = false, awaits = null, refusals } = patience
  const blocked = evidence.blockedOn ?? []
  if (blocked.length > 0) return waiting(`Blocked on: ${blocked.join('; ')}`)
  const missing = missingEvidence(evidence, required)
  const patient = reprompts < limit
  const refused = refusals === undefined ? {} : { refused: refusals.refused }
  const remind: Next = { kind: 'turn', prompt: { kind: 'missing', evidence, ...refused } }
  // News is a turn in its own right, however often it was reminded. While an answer is out it is not pressed for the rest.
  if (news) {
    const press = missing.length > 0 && patient && awaits === null
    return press ? remind : { kind: 'turn', prompt: { kind: 'news' } }
  }
  if (awaits !== null) return waiting(`It waits for the answer to scope request ${awaits}.`)
  if (missing.length > 0) {
    if (patient) return remind
    return waiting(`Still missing after ${reprompts + 1} turns: ${missingSummary(missing)}.`)
  }
  // A turn that our refusal cut short may have left undone what no check asks for.
  if (refusals?.cut === true && patient)
    return { kind: 'turn', prompt: { kind: 'refused', refused: refusals.refused } }
  return { kind: 'finish', evidence }
}

function waiting(reason: string): Next {
  return { kind: 'wait', standing: 'waiting', reason }
}

/** What the operator wants. The workspace is looked after first: it may be what went wrong. */
export function afterOperator(word: OperatorSignal, started: boolean): Next {
  switch (word.kind) {
    case 'abandon':
      return { kind: 'abandon', reason: word.reason }
    case 'reset':
      return started ? { kind: 'prepare', next: { kind: 'attempt', why: word.reason } } : BEGINNING
    case 'handback':
      return { kind: 'prepare', next: { kind: 'turn', prompt: { kind: 'handback', text: word.text } } }
    case 'retry': {
      const message: Message = { kind: 'operator', text: word.reason }
      if (started) return { kind: 'prepare', next: { kind: 'turn', prompt: message } }
      return {
        kind: 'prepare',
        next: { kind: 'turn', prompt: { kind: 'first', handoff: null, unheard: message } },
      }
    }
  }
}

export interface PermissionRules {
  readonly judge: (paths: readonly string[]) => { readonly outOfScope: readonly { readonly path: string }[] }
  /** What becomes of requests that name no path: they are brought before the operator, or allowed. */
  readonly pathless: 'ask' | 'allow'
}

/** Tools that change nothing by themselves, whatever paths they name. */
const HARMLESS: ReadonlySet<string> = new Set(['read', 'search', 'think', 'fetch'])

/** Whether the question is about writing the paths that it names. */
export function isAboutWriting(question: AgentQuestion): boolean {
  return question.kind === 'permission' && !HARMLESS.has(question.tool ?? 'other') && !isOwnTool(question)
}

/** Which part of a permission question is decided by rule; null: the operator decides. Only ever allow-once. */
export function permissionAnswer(
  question: AgentQuestion,
  { judge, pathless }: PermissionRules,
): AgentAnswer | null {
  if (question.kind !== 'permission') return null
  const allow = question.options.find(({ effect }) => effect === 'allow_once')
  const reject = question.options.find(({ effect }) => effect === 'reject')
  const writing = isAboutWriting(question)
  if (writing && judge(question.paths).outOfScope.length > 0)
    return reject === undefined ? { kind: 'declined' } : { kind: 'option', id: reject.id }
  const decided = !writing || question.paths.length > 0 || pathless === 'allow'
  return decided && allow !== undefined ? { kind: 'option', id: allow.id } : null
}
