import { typedWords } from '../../contract/shell.ts'
import { splitPiece } from '../../plan/edit/split.ts'
import type { Invocation } from '../command.ts'
import { usageError } from '../failure.ts'
import { editPlan } from '../plan-edit.ts'

/** Makes a new piece of some of the patterns of another. */
export function run(invocation: Invocation): Promise<number> {
  const [plan = '', piece = '', id = ''] = invocation.arguments
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(id)) {
    throw usageError(`The id ${JSON.stringify(id)} cannot be used: it becomes part of branch names.`, [
      {
        text: 'Take lower-case letters, digits and dashes, at most 40 of them, beginning with a letter.',
        command: typedWords(['quintet', 'plan', 'split', plan, piece, usable(id), ...invocation.words]),
      },
    ])
  }
  const [title, brief] = [invocation.options.text('title'), invocation.options.text('brief')]
  return editPlan(invocation, (ground) =>
    splitPiece(ground, {
      piece,
      id,
      patterns: invocation.words,
      ...(title === undefined ? {} : { title }),
      ...(brief === undefined ? {} : { brief }),
    }),
  )
}

/** An id like this one that can be used. */
function usable(id: string): string {
  const plain = id.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  return plain.replace(/^[^a-z]+/, '').slice(0, 40) || 'part'
}
