// What a terminal's conversation uses is counted as the session's: every response of the model once, by what its provider
// counted. What was counted before, by whomever, is in the log and not counted again. Nothing is ended for it.
import * as v from 'valibot'
import type { AgentEvent } from '../../contract/agent.ts'
import { FACTS, type FactData } from '../../contract/facts.ts'
import type { Store } from '../../store/store.ts'

/** Growth that is written down while the agent is at work. */
const TOKENS_STEP = 20_000

export class TerminalSpend {
  readonly #written = new Map<string, number>()
  #told = 0

  /** The record is read from its beginning. */
  begin(): void {
    this.#told = 0
  }

  note(event: AgentEvent): void {
    if (event.kind === 'usage') this.#told += event.usage.used
  }

  /** What is to be written now; null: nothing, or not worth it yet. `last`: whatever there is. */
  growth(
    store: Store,
    {
      stream,
      conversation,
      agent,
    }: { readonly stream: string; readonly conversation: string; readonly agent: string },
    last: boolean,
  ): FactData<'spend.counted'> | null {
    const before = this.#written.get(conversation) ?? counted(store, stream, conversation)
    const tokens = this.#told - before
    this.#written.set(conversation, before)
    if (tokens <= 0 || (!last && tokens < TOKENS_STEP)) return null
    this.#written.set(conversation, this.#told)
    const nothing = { cost: null, currency: null, ms: 0, costTold: null }
    return {
      attempt: 0,
      turn: 0,
      tokens,
      derived: tokens,
      conversation,
      by: `terminal with ${agent}`,
      ...nothing,
    }
  }
}

/** Tokens of a conversation that are in the log. */
function counted(store: Store, stream: string, conversation: string): number {
  let sum = 0
  for (const { data } of store.events({ stream, types: ['spend.counted'] })) {
    const fact = v.parse(FACTS['spend.counted'], data)
    if (fact.conversation === conversation) sum += fact.tokens ?? 0
  }
  return sum
}
