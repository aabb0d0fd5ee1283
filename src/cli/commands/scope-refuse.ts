import type { Invocation } from '../command.ts'
import { moveScope } from '../scope-move.ts'

/** Refuses what a session has asked for. */
export async function run(invocation: Invocation): Promise<number> {
  return await moveScope(invocation, 'refuse')
}
