import type { Invocation } from '../command.ts'
import { moveScope } from '../scope-move.ts'

/** Leaves paths with their owner and hands it the change. */
export async function run(invocation: Invocation): Promise<number> {
  return await moveScope(invocation, 'hand')
}
