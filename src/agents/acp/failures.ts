// What can go wrong between us and an agent, as our errors and turn outcomes. Codes of the protocol decide; words only where
// an agent has no code for a login that was refused.
import * as v from 'valibot'
import type { TurnOutcome } from '../../contract/agent.ts'
import { QuintetError } from '../../contract/errors.ts'
import { saysLogin } from './refused-login.ts'

/** An error answer of the agent: the code of the protocol and what it said. */
export interface AgentRefusal {
  readonly code: number
  readonly message: string
}

/** How an agent's process ended, as far as is known. */
export interface Ending {
  readonly exitCode: number | null
  readonly signal: string | null
}

const AUTH_REQUIRED = -32000
/** Not of the protocol, but one agent passes its provider's HTTP status on as the code. */
const UNAUTHORIZED = 401
/** What is left to agents that have no code for what happened. */
const INTERNAL = -32603
const MAX_MESSAGE = 500
const Refusal = v.object({ code: v.number(), data: v.optional(v.unknown()) })
const Details = v.object({ details: v.string() })
const ProviderAnswer = v.object({ error: v.object({ message: v.string() }) })

/** The error answer in a thrown value, or null when it is something else (a closed connection, a fault of ours). */
export function refusalOf(error: unknown): AgentRefusal | null {
  const refusal = v.safeParse(Refusal, error)
  if (!(error instanceof Error) || !refusal.success) return null
  const { code, data } = refusal.output
  const details = v.safeParse(Details, data)
  const detail = details.success ? details.output.details : typeof data === 'string' ? data : ''
  const said = providersWords(error.message)
  const text = detail === '' || said.includes(detail) ? said : `${said}: ${detail}`
  return { code, message: text.replaceAll(/\s+/g, ' ').slice(0, MAX_MESSAGE) }
}

/** Some agents pass on what their provider answered as it came, as JSON. */
function providersWords(message: string): string {
  if (!message.startsWith('{')) return message
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), ProviderAnswer), message)
  return parsed.success ? parsed.output.error.message : message
}

/** True when the agent wants its user to log in first. */
export function wantsLogin(refusal: AgentRefusal): boolean {
  const { code, message } = refusal
  return code === AUTH_REQUIRED || code === UNAUTHORIZED || (code === INTERNAL && saysLogin(message))
}

/** The outcome of a turn that was answered with an error. */
export function failedOutcome(error: AgentRefusal | QuintetError): TurnOutcome {
  if (error instanceof QuintetError) return { kind: 'failed', code: error.code, message: error.message }
  const code = wantsLogin(error) ? 'E_AGENT_AUTH' : 'E_AGENT_ERROR'
  return { kind: 'failed', code, message: error.message }
}

/** There is no such program. */
export function missingError(program: string): QuintetError {
  return new QuintetError('E_AGENT_MISSING', 'environment', `The agent program ${program} was not found.`, {
    details: { program },
    hints: [{ text: 'See which agents can be started and how to install them.', command: 'quintet doctor' }],
  })
}

/** The agent's process ended before it was ready. `said` is the tail of what it printed. */
export function exitedError(program: string, ending: Ending, said: string): QuintetError {
  const how =
    ending.signal === null
      ? `ended with ${ending.exitCode ?? 'an unknown code'}`
      : `was ended by ${ending.signal}`
  const last = said.trim().split('\n').at(-1)?.trim() ?? ''
  return new QuintetError(
    'E_AGENT_EXITED',
    'agent',
    `The agent ${program} ${how} before it was ready${last === '' ? '.' : `: ${last.slice(0, MAX_MESSAGE)}`}`,
    {
      details: { ...ending, said },
      hints: [{ text: 'See which agents can be started.', command: 'quintet doctor' }],
    },
  )
}

/** The agent did not do a step of the start in time. */
export function timeoutError(program: string, step: string, timeoutMs: number): QuintetError {
  return new QuintetError(
    'E_AGENT_PROTOCOL',
    'agent',
    `The agent ${program} did not answer ${step} within ${Math.round(timeoutMs / 1000)} seconds.`,
    {
      details: { step, timeoutMs },
      hints: [{ text: 'See which agents can be started.', command: 'quintet doctor' }],
    },
  )
}

/** The agent wants its user to log in. `logins` are the ways it offers. */
export function authError(program: string, refusal: AgentRefusal, logins: readonly string[]): QuintetError {
  return new QuintetError(
    'E_AGENT_AUTH',
    'agent',
    `The agent ${program} is not logged in: ${refusal.message}`,
    {
      details: { code: refusal.code, logins },
      hints: [
        {
          text:
            logins.length === 0
              ? `Log in with ${program} once, or set its key in the environment.`
              : `Log in with ${program} once (it offers: ${logins.join(', ')}), or set its key in the environment.`,
        },
      ],
    },
  )
}

/** What the agent itself said in the message of `authError`; of any other message the whole. */
export function loginWords(message: string): string {
  return message.replace(/^The agent .*? is not logged in: /, '')
}

/** The agent answered a step of the start with an error. */
export function refusedError(program: string, step: string, refusal: AgentRefusal): QuintetError {
  return new QuintetError(
    'E_AGENT_REFUSED',
    'agent',
    `The agent ${program} refused ${step}: ${refusal.message}`,
    { details: { step, code: refusal.code } },
  )
}
