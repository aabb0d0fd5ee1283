import { mergePieces } from '../../plan/edit/merge.ts'
import type { Invocation } from '../command.ts'
import { editPlan } from '../plan-edit.ts'

/** Makes one piece of two. */
export function run(invocation: Invocation): Promise<number> {
  const [, into = '', from = ''] = invocation.arguments
  return editPlan(invocation, (ground) => mergePieces(ground, { into, from }))
}
