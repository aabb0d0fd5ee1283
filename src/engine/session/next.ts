// What a session does next: the pure heart of the session workflow. Every transition of the state machine is here;
// the workflow only carries out what these functions return.
import type { AgentQuestion, AgentAnswer } from '../../contract/agent.ts'
import type { ErrorData } from '../../contract/errors.ts'
import type { Evidence } from '../../contract/session.ts'
import { ASKED_RESET, NO_REASON } from '../../contract/reasons.ts'
import { isOwnTool } from '../../contract/tools.ts'
import type { HandoffReason } from '../../contract/handoff.ts'
import type { HealthAdvice } from '../health/advice.ts'
import { missingEvidence, missingSummary } from '../../coordination/evidence.ts'
import type { OperatorSignal } from './signals.ts'

/** What a prompt wants of the agent; its words are composed when the turn begins. */
export type Message =
  /** `reason`: of the reset that it follows; absent when the conversation before was lost. */
  | { readonly kind: 'first'; readonly handoff: string | null; readonly reason?: HandoffReason }
  | { readonly kind: 'missing'; readonly evidence: Evidence; readonly refused?: readonly RefusedPath[] }
  | { readonly kind: 'refused'; readonly refused: readonly RefusedPath[] }
  | { readonly kind: 'news' }
  /** `again`: an agent was given it before, and was lost over it. */
  | { readonly kind: 'operator'; readonly text: string; readonly again?: true }
  | { readonly kind: 'handback'; readonly text: string }
  /** Evidence of going round in circles, or what was forgotten. */
  | {
      readonly kind: 'nudge'
      readonly text: string
      readonly by?: 'operator'
      /** What of it the operator has said, word for word. */
      readonly words?: string
      readonly again?: true
    }

/** A prompt: a message, or a new try after the agent did not hear the last one out. `unheard`: what else was to be said and
 *  did not reach an agent, or reached one that was lost over it; oldest first. */
export type PromptSpec =
  | (Message & { readonly unheard?: readonly Message[] })
  | { readonly kind: 'continue'; readonly why: string; readonly unheard?: readonly Message[] }

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

/** `unsent`: no agent was given the prompt. */
export type TurnResult = Ended & {
  readonly health?: HealthAdvice | undefined
  readonly unsent?: boolean | undefined
}

type Ended =
  /** `spent`: it was ended, or not begun, because what may be spent is spent; and the raise that would let it go on. */
  | ({
      readonly kind: 'stopped'
      readonly reason: string
      readonly spent?: { readonly why: string; readonly raise: string } | undefined
    } & Partial<Refusals>)
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly error?: ErrorData }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'unresumable'; readonly why: string }

export type Next =
  /** Brings the workspace into order, then goes on. */
  | { readonly kind: 'prepare'; readonly next: Next }
  | { readonly kind: 'turn'; readonly prompt: PromptSpec }
  /** `told`: what the next attempt is told with its first prompt. */
  | {
      readonly kind: 'attempt'
      readonly why: string
      readonly reason?: HandoffReason
      readonly told?: readonly Message[]
    }
  | { readonly kind: 'evidence'; readonly refusals?: Refusals }
  | {
      readonly kind: 'wait'
      readonly standing: 'waiting' | 'failed'
      readonly reason: string
      readonly error?: ErrorData
      /** It is the health of the context that the operator is asked about. */
      readonly health?: true
      /** What may be spent is spent: the raise that would let it go on. */
      readonly spend?: string
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

/** What stands where the operator gave no words. */
const NO_WORDS: readonly string[] = [NO_REASON, ASKED_RESET]

/** A start may fail because the process was killed; every other reason will be there a moment later, too. */
const PASSING = 'E_AGENT_EXITED'

export interface PlayedTurn {
  readonly prompt: PromptSpec
  /** Turns in a row that did not come to an ordinary end, this one included. */
  readonly breaks: number
}

/** After a turn; what it leaves unsaid, `unheardAfter` says. */
export function afterTurn(result: TurnResult, turn: PlayedTurn): Next {
  switch (result.kind) {
    case 'interrupted':
      return { kind: 'operator' }
    case 'unresumable':
      return { kind: 'attempt', why: result.why }
    case 'stopped':
      return afterStop(result)
    case 'lost':
      return afterLoss(result.why, turn)
    case 'failed':
      return afterFailure(result, turn)
  }
}

/** Some agents end their turn when they are refused something, and none is told why: that is said with the next prompt. */
function afterStop({ refused = [], cut = false, spent }: Extract<TurnResult, { kind: 'stopped' }>): Next {
  if (spent !== undefined) return { ...waiting(spent.why), spend: spent.raise }
  return refused.length === 0 ? { kind: 'evidence' } : { kind: 'evidence', refusals: { refused, cut } }
}

/** What a turn leaves to be said with the next prompt. An agent that was given the first prompt needs no repeating:
 *  whoever resumes, remembers it, and a new attempt begins with it. */
export function unheardAfter(result: TurnResult, turn: PlayedTurn): readonly Message[] {
  const messages = messagesOf(turn.prompt)
  if (result.unsent === true) return messages
  switch (result.kind) {
    case 'stopped':
    case 'interrupted':
      return []
    case 'lost':
    case 'unresumable':
      return repeated(messages)
    case 'failed':
      if (result.error === undefined) return repeated(messages)
      // It was not started: the same prompt goes again, or waits for the operator.
      return isFinal(result, turn) ? messages : []
  }
}

/** Everything that a prompt says, oldest first. To go on says nothing. */
export function messagesOf({ unheard = [], ...prompt }: PromptSpec): readonly Message[] {
  if (prompt.kind === 'continue' || prompt.kind === 'news') return unheard
  return prompt.kind === 'first' ? [prompt, ...unheard] : [...unheard, prompt]
}

function repeated(messages: readonly Message[]): readonly Message[] {
  return messages.flatMap((message) => {
    if (message.kind === 'first') return []
    return [wordsIn(message) === null ? message : { ...message, again: true as const }]
  })
}

/** A prompt with what was not heard before. A first prompt that nobody has heard comes before all else. */
export function withUnheard(prompt: PromptSpec, unheard: readonly Message[]): PromptSpec {
  if (unheard.length === 0) return prompt
  const first = unheard.find(({ kind }) => kind === 'first')
  const earlier = unheard.filter(({ kind }) => kind !== 'first')
  if (first !== undefined && prompt.kind !== 'first') {
    return { ...first, unheard: [...earlier, ...messagesOf(prompt)] }
  }
  const last = earlier.at(-1)
  // Nothing but to go on: what is left to be said is the prompt.
  if (prompt.kind === 'news' && prompt.unheard === undefined && last !== undefined) {
    return { ...last, unheard: earlier.slice(0, -1) }
  }
  return { ...prompt, unheard: [...earlier, ...(prompt.unheard ?? [])] }
}

/** The operator's words in a prompt that no agent was given before. */
export function spoken(prompt: PromptSpec): readonly { readonly text: string }[] {
  return messagesOf(prompt).flatMap((message) => {
    const text = wordsIn(message)
    const said = 'again' in message && message.again
    return text === null || said || NO_WORDS.includes(text) ? [] : [{ text }]
  })
}

/** What the operator says in a message, also in passing on what a program has seen; null: nothing. */
function wordsIn(message: Message): string | null {
  if (message.kind === 'operator') return message.text
  return message.kind === 'nudge' ? (message.words ?? null) : null
}

/** Whether a prompt holds a word of the operator or of the merge queue. */
export function isFromOutside(prompt: PromptSpec): boolean {
  return messagesOf(prompt).some(
    (message) =>
      message.kind === 'operator' ||
      message.kind === 'handback' ||
      (message.kind === 'nudge' && message.by === 'operator'),
  )
}

/** What the health of the context asks for before the next prompt, which is kept. */
export function afterAdvice(advice: HealthAdvice): Next {
  switch (advice.kind) {
    case 'nudge':
      return { kind: 'turn', prompt: { kind: 'nudge', text: advice.text } }
    case 'reset':
      return { kind: 'attempt', why: advice.why, reason: advice.reason }
    case 'abandon':
      return advice.auto
        ? { kind: 'abandon', reason: advice.why }
        : { ...waiting(`To abandon it is proposed: ${advice.why}`), health: true }
  }
}

function afterLoss(why: string, { breaks }: PlayedTurn): Next {
  if (breaks < BREAK_LIMIT) return { kind: 'turn', prompt: { kind: 'continue', why } }
  return { kind: 'wait', standing: 'failed', reason: `The agent was lost ${breaks} times in a row: ${why}` }
}

type Failure = Extract<TurnResult, { kind: 'failed' }>

/** An agent that cannot be started has not heard its prompt: it is given the same one again, or none. */
function afterFailure(result: Failure, turn: PlayedTurn): Next {
  if (!isFinal(result, turn)) {
    const again: PromptSpec = { kind: 'continue', why: result.message }
    return { kind: 'turn', prompt: result.error === undefined ? again : turn.prompt }
  }
  return {
    kind: 'wait',
    standing: 'failed',
    reason: result.message,
    ...(result.error === undefined ? {} : { error: result.error }),
  }
}

function isFinal({ code, error }: Failure, { breaks }: PlayedTurn): boolean {
  return breaks >= BREAK_LIMIT || (error !== undefined && code !== PASSING)
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

function waiting(reason: string): Extract<Next, { kind: 'wait' }> {
  return { kind: 'wait', standing: 'waiting', reason }
}

/** What the operator wants. The workspace is looked after first: it may be what went wrong. */
export function afterOperator(word: OperatorSignal, started: boolean): Next {
  switch (word.kind) {
    case 'abandon':
      return { kind: 'abandon', reason: word.reason }
    case 'reset':
      return started
        ? {
            kind: 'prepare',
            next: { kind: 'attempt', why: word.reason, reason: 'operator', told: resetWords(word.reason) },
          }
        : beginning(resetWords(word.reason))
    case 'nudge': {
      const words = word.words === undefined ? {} : { words: word.words }
      const nudge: Message = { kind: 'nudge', text: word.text, by: 'operator', ...words }
      if (started) return { kind: 'prepare', next: { kind: 'turn', prompt: nudge } }
      return word.words === undefined ? BEGINNING : beginning([nudge])
    }
    case 'handback':
      return { kind: 'prepare', next: { kind: 'turn', prompt: { kind: 'handback', text: word.text } } }
    case 'look':
      return started ? { kind: 'prepare', next: { kind: 'evidence' } } : BEGINNING
    case 'retry': {
      const message: Message = { kind: 'operator', text: word.reason }
      if (started) return { kind: 'prepare', next: { kind: 'turn', prompt: message } }
      return beginning([message])
    }
  }
}

function beginning(unheard: readonly Message[]): Next {
  if (unheard.length === 0) return BEGINNING
  return { kind: 'prepare', next: { kind: 'turn', prompt: { kind: 'first', handoff: null, unheard } } }
}

/** Why the operator resets holds for the next attempt; the heading of its handoff only says it in short. */
function resetWords(words: string): readonly Message[] {
  if (NO_WORDS.includes(words)) return []
  return [{ kind: 'nudge', text: `The operator says: ${words}`, by: 'operator', words }]
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
