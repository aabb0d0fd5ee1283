// What is spent beside the turns of a session: by copies of its conversation that are asked something, and by looks at it.
// It counts into its tokens and its cost; the time is none of its time at work.
import { randomUUID } from 'node:crypto'
import { toJson } from '../record.ts'
import type { Services } from '../services.ts'
import type { Metered } from './meter.ts'

export interface SpentAside extends Omit<Metered, 'costTold'> {
  readonly stream: string
  readonly attempt: number
  /** Who spent it, as it is shown: "a fork", "claude -p". */
  readonly by: string
}

/** Writes down what was spent; nothing where nothing was told. */
export function countAside({ store }: Pick<Services, 'store'>, spent: SpentAside): void {
  const { stream, attempt, by, tokens, cost, currency, derived, estimated } = spent
  const share = (part: boolean): number => (part ? (tokens ?? 0) : 0)
  if (tokens === null && cost === null) return
  // It is never spoken to again, so what it cost so far is of no use to anybody.
  const conversation = `aside ${randomUUID()}`
  store.append({
    stream,
    key: `spend.counted:${conversation}`,
    type: 'spend.counted',
    data: toJson({
      attempt,
      turn: 0,
      tokens,
      cost,
      currency,
      ms: 0,
      derived: share(derived),
      estimated: share(estimated),
      conversation,
      costTold: null,
      by,
    }),
  })
}
