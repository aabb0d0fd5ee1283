// The mode that an agent is in, against the one that it was put into. Pure.
import type { Conversation } from '../../../agents/driver.ts'

/** Why an agent may write unasked, one sentence; none when it is in the mode that was wished for. No agent keeps its mode
 *  over a resume, and some consent to one that they do not take. */
export function modeGaps({ wanted, actual }: Conversation['mode']): readonly string[] {
  if (wanted === null || wanted === actual) return []
  const is = actual === null ? 'in no mode that it tells of' : `in the mode ${actual}`
  return [`The agent is ${is} instead of ${wanted}, so it may write without asking.`]
}
