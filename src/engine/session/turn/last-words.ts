// The last message of a turn. Where a run goes without coordination files, an agent reports in it under the same headings.
import type { AgentEvent } from '../../../contract/agent.ts'
import { parseStatus } from '../../../coordination/status.ts'
import type { EffectContext } from '../../port.ts'
import { record } from '../../record.ts'

/** Characters of the message that are kept. */
const LIMIT = 16_000

export class LastWords {
  #text = ''

  /** Takes in any event of the agent; a tool call begins a new message. */
  note(event: AgentEvent): void {
    if (event.kind === 'tool') this.#text = ''
    else if (event.kind === 'text') this.#text = (this.#text + event.text).slice(-LIMIT)
  }

  /** Records the report that the message holds, if it holds one; returns what it is blocked on. */
  record(effect: EffectContext, turn: number): readonly string[] {
    const { completed, inProgress, blockedOn, verbatim } = parseStatus(this.#text)
    if (completed.length + inProgress.length + blockedOn.length === 0) return []
    const lists = { completed: [...completed], inProgress: [...inProgress], blockedOn: [...blockedOn] }
    record(effect, 'status.read', `words:${turn}`, { ...lists, verbatim })
    return blockedOn
  }
}
