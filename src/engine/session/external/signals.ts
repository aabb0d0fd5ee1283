// What an external session is told, beside the operator's words to all sessions: how its branch was found, and that the
// work is complete.
import * as v from 'valibot'

export const BRANCH = 'branch'
export const DONE = 'done'

export const BranchSignal = v.variant('kind', [
  v.object({ kind: v.literal('at'), commit: v.string() }),
  v.object({ kind: v.literal('absent') }),
  v.object({ kind: v.literal('unreachable'), why: v.string() }),
])

export const DoneSignal = v.object({ reason: v.string() })
