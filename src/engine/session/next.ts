// What a session does next: the pure heart of the session workflow. Every transition of the state machine is here;
// the workflow only carries out what these functions return.
import type { AgentQuestion, AgentAnswer } from '../../contract/agent.ts'
import type { ErrorData } from '../../contract/errors.ts'
import type { Evidence } from '../../contract/session.ts'
import { missingEvidence, missingSummary } from '../../coordination/evidence.ts'
import type { OperatorSignal } from './signals.ts'

/** What the next prompt is about; its words are composed when the turn begins. */
export type PromptSpec =
  | { readonly kind: 'first'; readonly handoff: string | null }
  | { readonly kind: 'missing'; readonly evidence: Evidence }
  | { readonly kind: 'operator'; readonly text: string }
  | { readonly kind: 'continue'; readonly why: string }

export type TurnResult =
  | { readonly kind: 'stopped'; readonly reason: string }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly error?: ErrorData }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'unresumable'; readonly why: string }

export type Next =
  | { readonly kind: 'prepare' }
  | { readonly kind: 'turn'; readonly prompt: PromptSpec }
  | { readonly kind: 'attempt'; readonly why: string }
  | { readonly kind: 'evidence' }
  | {
      readonly kind: 'wait'
      readonly standing: 'waiting' | 'failed'
      readonly reason: string
      readonly error?: ErrorData
    }
  | { readonly kind: 'operator' }
  | { readonly kind: 'finish'; readonly evidence: Evidence }
  | { readonly kind: 'abandon'; readonly reason: string }

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
  const { breaks } = turn
  switch (result.kind) {
    case 'interrupted':
      return { kind: 'operator' }
    case 'unresumable':
      return { kind: 'attempt', why: result.why }
    case 'stopped':
      return { kind: 'evidence' }
    case 'lost':
      if (breaks < BREAK_LIMIT) return { kind: 'turn', prompt: { kind: 'continue', why: result.why } }
      return {
        kind: 'wait',
        standing: 'failed',
        reason: `The agent was lost ${breaks} times in a row: ${result.why}`,
      }
    case 'failed':
      return afterFailure(result, turn)
  }
}

/** An agent that cannot be started has not heard its prompt: it is given the same one again, or none. */
function afterFailure(result: Extract<TurnResult, { kind: 'failed' }>, { prompt, breaks }: PlayedTurn): Next {
  const unheard = result.error !== undefined
  const final = breaks >= BREAK_LIMIT || (unheard && result.code !== PASSING)
  if (!final) return { kind: 'turn', prompt: unheard ? prompt : { kind: 'continue', why: result.message } }
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
}

/** After the evidence was gathered. `required`: names of the piece's checks. */
export function afterEvidence(
  evidence: Evidence,
  required: readonly string[],
  { reprompts, limit }: Patience,
): Next {
  const missing = missingEvidence(evidence, required)
  if (missing.length === 0) return { kind: 'finish', evidence }
  if (reprompts < limit) return { kind: 'turn', prompt: { kind: 'missing', evidence } }
  return {
    kind: 'wait',
    standing: 'waiting',
    reason: `Still missing after ${reprompts + 1} turns: ${missingSummary(missing)}.`,
  }
}

/** What the operator wants. `prepared`: the workspace stands. */
export function afterOperator(signal: OperatorSignal, prepared: boolean): Next {
  switch (signal.kind) {
    case 'abandon':
      return { kind: 'abandon', reason: signal.reason }
    case 'reset':
      return prepared ? { kind: 'attempt', why: signal.reason } : { kind: 'prepare' }
    case 'retry':
      return prepared
        ? { kind: 'turn', prompt: { kind: 'operator', text: signal.reason } }
        : { kind: 'prepare' }
  }
}

/** Which part of a permission question is decided by rule; null: the operator decides. Only ever allow-once. */
export function permissionAnswer(
  question: AgentQuestion,
  judge: (paths: readonly string[]) => { readonly outOfScope: readonly { readonly path: string }[] },
): AgentAnswer | null {
  if (question.kind !== 'permission') return null
  const allow = question.options.find(({ effect }) => effect === 'allow_once')
  const reject = question.options.find(({ effect }) => effect === 'reject')
  const foreign = judge(question.paths).outOfScope.length > 0
  const option = foreign ? reject : allow
  if (option !== undefined) return { kind: 'option', id: option.id }
  return foreign ? { kind: 'declined' } : null
}
