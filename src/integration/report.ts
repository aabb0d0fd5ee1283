// What an integration brought and what it did not, as text for the operator. Pure.
import type { CheckResult } from '../contract/session.ts'
import type { LeftOut } from './order.ts'
import type { StackConflict } from './stack.ts'
import type { AdvanceOutcome } from './target.ts'

export interface IntegrationReport {
  readonly target: string
  /** Pieces whose merges are on the commit that was checked, in order. */
  readonly merged: readonly { readonly piece: string; readonly title: string }[]
  readonly upToDate: readonly string[]
  readonly leftOut: readonly LeftOut[]
  readonly conflict: StackConflict | null
  /** Pieces behind the conflict, not tried. */
  readonly notTried: readonly string[]
  /** Results of the checks on the union; empty when none ran. */
  readonly checks: readonly CheckResult[]
  /** How the target was moved; null when that was not tried. */
  readonly advance: AdvanceOutcome | null
  /** Where the union stands, for a look at what is red. */
  readonly worktree: string | null
}

/** The report as lines without colour; the first is the verdict. */
export function integrationReport(report: IntegrationReport): string {
  return [
    verdict(report),
    ...report.merged.map(
      ({ piece, title }) => `  ${landed(report) ? 'landed' : 'merged'}  ${piece}: ${title}`,
    ),
    ...report.upToDate.map((piece) => `  nothing new  ${piece}`),
    ...conflictLines(report),
    ...report.leftOut.map(({ piece, reason }) => `  left out  ${piece}: ${reason}`),
    ...checkLines(report),
    ...behindLines(report),
  ].join('\n')
}

/** Why the integration stopped short, one sentence; null when everything that was asked for landed. */
export function stopReason(report: IntegrationReport): string | null {
  const red = report.checks.filter(({ green }) => !green).map(({ name }) => name)
  if (red.length > 0)
    return `The ${red.length === 1 ? 'check' : 'checks'} ${list(red)} ${red.length === 1 ? 'is' : 'are'} red on the union.`
  const moved = report.advance === null ? null : advanceProblem(report.target, report.advance)
  if (moved !== null) return moved
  if (report.conflict !== null) return conflictSentence(report.conflict, report.target)
  return null
}

function verdict(report: IntegrationReport): string {
  const reason = stopReason(report)
  const all = report.merged.length
  const head = landed(report)
    ? `${count(all, 'piece')} landed on ${report.target}.`
    : all === 0 && reason === null
      ? `There was nothing to land on ${report.target}.`
      : `Nothing landed on ${report.target}.`
  return reason === null ? head : `${head} ${reason}`
}

function landed({ advance, merged }: IntegrationReport): boolean {
  return advance?.kind === 'advanced' && merged.length > 0
}

function advanceProblem(target: string, advance: AdvanceOutcome): string | null {
  if (advance.kind === 'advanced') return null
  if (advance.kind === 'moved') {
    return advance.now === null
      ? `The branch ${target} does not exist any more.`
      : `The branch ${target} moved to ${advance.now.slice(0, 12)} in the meantime.`
  }
  const where = `The worktree ${advance.path} has ${target} checked out`
  return advance.kind === 'worktree-dirty'
    ? `${where} with changes in the way: ${some(advance.files)}.`
    : `${where} and cannot be updated: ${advance.why}.`
}

function conflictSentence({ piece, files, against }: StackConflict, target: string): string {
  const other = against ?? target
  return files.length === 0
    ? `The branch of ${piece} has no history in common with ${target}.`
    : `The branch of ${piece} conflicts with ${other} in ${some(files)}.`
}

function conflictLines({ conflict, notTried, target }: IntegrationReport): string[] {
  if (conflict === null) return []
  return [
    `  conflict  ${conflict.piece}: ${conflictSentence(conflict, target)}`,
    ...notTried.map((piece) => `  not tried  ${piece}: it comes after ${conflict.piece}`),
  ]
}

function checkLines({ checks, worktree }: IntegrationReport): string[] {
  const red = checks.some(({ green }) => !green)
  return [
    ...checks.map(
      (check) =>
        `  ${check.green ? 'green' : 'red'}  ${check.name}${check.green ? '' : `, log: ${check.log}`}`,
    ),
    ...(red && worktree !== null ? [`  The union is kept in ${worktree}.`] : []),
  ]
}

function behindLines({ advance, target }: IntegrationReport): string[] {
  if (advance?.kind !== 'advanced' || advance.behind === null) return []
  const { path, why } = advance.behind
  return [`  The files in ${path} have not followed ${target}: ${why}.`]
}

const SHOWN = 5

function some(files: readonly string[]): string {
  const rest = files.length - SHOWN
  return rest > 0 ? `${files.slice(0, SHOWN).join(', ')} and ${rest} more` : list(files)
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
