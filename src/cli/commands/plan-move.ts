import { typedWords } from '../../contract/shell.ts'
import { movePattern } from '../../plan/edit/move.ts'
import type { Invocation } from '../command.ts'
import { usageError } from '../failure.ts'
import { editPlan } from '../plan-edit.ts'

/** Gives a pattern, a path or a shared file to one piece. */
export async function run(invocation: Invocation): Promise<number> {
  const what = invocation.arguments[1] ?? ''
  const to = invocation.options.text('to')
  if (to === undefined) {
    throw usageError('The piece that is to own it is missing.', [
      {
        text: 'Name it.',
        command: `${typedWords(['quintet', 'plan', 'move', invocation.arguments[0] ?? '', what])} --to <piece>`,
      },
    ])
  }
  return await editPlan(invocation, (ground) => movePattern(ground, { what, to }))
}
