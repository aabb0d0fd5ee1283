// Telling a refused login from work where an agent has no code for it. Three of the measured agents have one (failures.ts);
// one answers with a general error and its provider's words, one ends its turn with the error as its message, and one ends
// it without a word. Only the words that were met are known here, and only where nothing else is told. Pure.
import type { AgentEvent, TurnOutcome } from '../../contract/agent.ts'

/** Words of providers and agents for credentials that are missing, wrong or expired. */
const REFUSED =
  /\b(?:invalid|incorrect|missing|expired) (?:x-)?(?:api[ -]?key|credentials|token)\b|\bauthentication(?: is)? (?:required|failed)|\bauthentication_error\b|\binvalid_api_key\b|\bunauthori[sz]ed\b|\bnot (?:logged|signed) in\b|\brun \/login\b|\b(?:login|session|token) (?:has )?expired\b|\bapi key (?:is )?(?:not valid|missing|expired)/i

/** True when the message of an error answer says that the agent's provider does not know its user. */
export function saysLogin(message: string): boolean {
  return REFUSED.test(message)
}

interface Habit {
  /** A last message that is the agent's own, not its model's. */
  readonly error?: RegExp
  /** Texts that are no answer of the model. */
  readonly chatter?: RegExp
  /** It ends a turn without a word when its provider fails. */
  readonly silent?: true
}

/** By the names that agents tell of themselves. */
const HABITS: Readonly<Record<string, Habit>> = {
  Copilot: {
    error: /^Error: (?=[^]*(?:\bHTTP \d{3}\b|\bprovider\b|\bAPI error\b|\brequest failed\b))/i,
    chatter: /^Info: /,
  },
  'pi-acp': { chatter: /^New version available/, silent: true },
}

/** What an agent said in one turn, as far as it matters for how an `end_turn` is to be taken. */
export class TurnWords {
  readonly #habit: Habit | undefined
  #last = ''
  #quiet = true

  constructor(agent: string) {
    this.#habit = Object.hasOwn(HABITS, agent) ? HABITS[agent] : undefined
  }

  /** Takes in any event of the turn. */
  note(event: AgentEvent): void {
    if (this.#habit === undefined) return
    if (event.kind === 'text') {
      if (this.#habit.chatter?.test(event.text) === true) return
      this.#last = event.text
      this.#quiet = false
    } else if (event.kind === 'tool' || event.kind === 'thought') {
      this.#last = ''
      this.#quiet = false
    }
  }

  /** The failure that an ordinary end of the turn hides; null when it hides none. */
  hidden(): Extract<TurnOutcome, { kind: 'failed' }> | null {
    const { error, silent } = this.#habit ?? {}
    if (error?.test(this.#last) === true) {
      const message = this.#last.replace(error, '').replaceAll(/\s+/g, ' ').trim()
      return { kind: 'failed', code: saysLogin(message) ? 'E_AGENT_AUTH' : 'E_AGENT_ERROR', message }
    }
    if (silent === true && this.#quiet) return { kind: 'failed', code: 'E_AGENT_ERROR', message: SILENCE }
    return null
  }
}

const SILENCE =
  'The agent ended its turn without a word, as it does when its provider fails or does not know its user.'
