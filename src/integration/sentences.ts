// Why an integration stopped short, in one sentence each, for the log and the operator. Pure.
import { typedWords } from '../contract/shell.ts'
import type { StackConflict } from './stack.ts'
import type { AdvanceOutcome } from './target.ts'

const SHOWN = 5

/** What a branch conflicts with, and where. */
export function conflictSentence({ piece, files, against }: StackConflict, target: string): string {
  return files.length === 0
    ? `The branch of ${piece} has no history in common with ${target}.`
    : `The branch of ${piece} conflicts with ${against ?? target} in ${some(files)}.`
}

/** Why the target could not be moved, or what did not follow it; null when all is well or it has to be tried again. */
export function targetSentence(target: string, outcome: AdvanceOutcome): string | null {
  switch (outcome.kind) {
    case 'moved':
      return null
    case 'worktree-dirty':
      return `${target} is checked out in ${outcome.path}, where ${some(outcome.files)} would be overwritten.${hiding(outcome.hidden)}`
    case 'worktree-busy':
      return `${target} is checked out in ${outcome.path}, which is busy: ${outcome.why}.`
    case 'advanced':
      return outcome.behind === null
        ? null
        : `${target} has moved, but the files in ${outcome.behind.path} have not followed it: ${outcome.behind.why}.`
  }
}

/** The command that puts aside what is in the way of the target, ignored files too where they are named; null where nothing
 *  is, or where git hides it from every command. */
export function clearingCommand(outcome: AdvanceOutcome): string | null {
  if (outcome.kind !== 'worktree-dirty' || outcome.hidden !== undefined) return null
  const { path, files } = outcome
  if (files.length > SHOWN) return `git ${typedWords(['-C', path, 'stash', 'push', '--include-untracked'])}`
  // To git `[id].ts` is a pattern too, of other files.
  const literal = files.some((file) => /^:|[*?[\\]/.test(file)) ? ['--literal-pathspecs'] : []
  return `git ${typedWords(['-C', path, ...literal, 'stash', 'push', '--all', '--', ...files])}`
}

/** Why a check is not green although it ended well. */
export function changedFilesSentence(files: readonly string[]): string {
  return `The check changed tracked files and is not green for that, for what it tested is not what is committed: ${some(files)}.`
}

function hiding(files: readonly string[] = []): string {
  return files.length === 0
    ? ''
    : ` Git status does not show ${some(files)}: marked skip-worktree or assume-unchanged.`
}

/** Names in a sentence, the first `most` of them only. */
export function some(names: readonly string[], most = SHOWN): string {
  const rest = names.length - most
  const shown = names.slice(0, most).join(', ')
  return rest > 0 ? `${shown} and ${rest} more` : shown
}
