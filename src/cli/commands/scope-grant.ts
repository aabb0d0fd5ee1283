import type { Invocation } from '../command.ts'
import { moveScope } from '../scope-move.ts'

/** Moves paths to a session. */
export async function run(invocation: Invocation): Promise<number> {
  return await moveScope(invocation, 'grant')
}
