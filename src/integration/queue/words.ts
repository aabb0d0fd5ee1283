// What the queue tells people and sessions. Pure.
import { conflictSentence, some } from '../sentences.ts'
import { INSTALLATION, type Back, type Unit } from './port.ts'

/** How a red unit is called. */
export function unitName({ check, file, id }: Unit): string {
  if (check === INSTALLATION.check) return 'the installation of the dependencies'
  return id ?? file ?? `the check "${check}"`
}

const NAMED = 10

/** Why a branch does not land, one sentence for log and operator. */
export function backSentence(back: Back, target: string): string {
  if (back.kind === 'conflict') return conflictSentence(back, target)
  const red = some(back.tests.map(unitName), NAMED)
  switch (back.verdict.kind) {
    case 'alone':
      return `With nothing but the branch of ${back.piece} on ${target} this is red: ${red}.`
    case 'interacts':
      return `The branch of ${back.piece} together with ${back.verdict.with.join(' and ')} makes this red: ${red}.`
    case 'stacked':
      return `The branch of ${back.piece} on top of the branches before it makes this red: ${red}.`
  }
}

interface BackEvidence {
  readonly target: string
  /** What the pieces that it interacts with have changed. */
  readonly others: string
  /** Paragraphs on a conflict. */
  readonly conflict?: string
}

/** What is told to the session whose branch comes back. */
export function backMessage(back: Back, { target, others, conflict = '' }: BackEvidence): string {
  return [
    `${backSentence(back, target)} The branch has not landed; other branches may have.`,
    ...evidence(back),
    ...(others === '' ? [] : [`What the other side has changed:\n\n${fenced(others, 'diff')}`]),
    ...(conflict === '' ? [] : [conflict]),
    ask(back, target),
  ].join('\n\n')
}

function evidence(back: Back): readonly string[] {
  if (back.kind === 'conflict' || back.output.trim() === '') return []
  return [`What it printed:\n\n${fenced(back.output, 'text')}`]
}

function ask(back: Back, target: string): string {
  const merge = `run \`git merge ${target}\` in this worktree, for this and nothing else`
  if (back.kind === 'conflict') {
    return `To mend it, ${merge}, resolve the conflict in favour of both sides, and commit the merge.`
  }
  return (
    `To see it, ${merge}, and run what is red. Mend it on this branch, inside its scope, so that what the others have ` +
    'brought goes on working, and commit. If the fault is on the other side, say so under "Blocked On".'
  )
}

function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text.trim()}\n${fence}`
}
