// What is said to whoever works on an external piece, a person or an agent elsewhere: the task, and what is still wrong.
// It is text to be handed over; nothing of it reaches a session by itself. Pure.
import type { ExternalDone } from '../contract/external.ts'
import { missingEvidence } from './evidence.ts'
import type { Evidence } from '../contract/session.ts'
import { bullets, code, codeList, commandLine, document, fence, type Section } from './markdown.ts'
import { decisionsSection, ownersSection, scopeSection, type PromptInput } from './sections.ts'
import { movedSection } from './scope-news.ts'

const OUTPUT_TAIL = 4_000

/** Where the work is to arrive. */
export interface Delivery {
  /** As the plan names it. */
  readonly branch: string
  readonly target: string
  readonly done: ExternalDone
  /** What is still to be told, oldest first. */
  readonly told: readonly string[]
}

/** The whole text for whoever does the work. */
export function externalPrompt(input: PromptInput, delivery: Delivery): string {
  const { piece } = input
  return document(
    `Piece ${piece.id}: ${piece.title}`,
    [
      'This is one part of a larger plan; others work on the rest at the same time. The rules below are checked by a program when the branch arrives.',
    ],
    [
      { title: 'Goal of the whole plan', lines: [input.goal.trim()] },
      { title: 'Task', lines: [piece.brief.trim()] },
      ...toldSections(delivery.told),
      { ...scopeSection(input), title: 'Scope: what this branch may change' },
      owners(input),
      movedSection(input.moved ?? []),
      branchSection(delivery),
      checksSection(input),
      decisions(input),
      doneSection(input, delivery),
    ],
  )
}

function toldSections(told: readonly string[]): readonly Section[] {
  return told.length === 0 ? [] : [{ title: 'What is to be mended now', lines: [told.join('\n\n')] }]
}

/** Requests go through the operator: there is no status file and no tool. */
function owners(input: PromptInput): Section {
  const section = ownersSection(input)
  const rule =
    'When the task needs a change outside of the scope: do not make it, and ask the operator of the plan for the path. Until it is granted, write against the repository as it is.'
  return { ...section, lines: [...section.lines.slice(0, -1), rule] }
}

function branchSection({ branch, target }: Delivery): Section {
  return {
    title: 'Branch',
    lines: [
      `- Commit on ${code(branch)}, started from ${code(target)}. It is only read: nothing is ever pushed to it, and it is not deleted.`,
      '- New commits may be pushed at any time. A rewritten branch is taken as it then is.',
      `- Do not merge it into ${code(target)}: that is done by a program, after the checks.`,
    ],
  }
}

function checksSection({ piece }: PromptInput): Section {
  if (piece.checks.length === 0) return { title: '', lines: [] }
  const lines = piece.checks.map(({ name, run }) => `- ${code(name)}: ${code(commandLine(run))}`)
  return {
    title: 'Checks',
    lines: [...lines, '', 'They are run on the last commit, in the root of the repository.'],
  }
}

function decisions(input: PromptInput): Section {
  const { decisions: made } = input
  if (made.length === 0) return { title: '', lines: [] }
  const section = decisionsSection(input)
  return { ...section, lines: ['Binding; a later one replaces an earlier one.', ...section.lines.slice(1)] }
}

function doneSection({ piece }: PromptInput, { done }: Delivery): Section {
  const checks = piece.checks.map(({ name }) => name)
  return {
    title: 'Done means',
    lines: [
      '- Everything that the task asks for is committed, and pushed where the branch is at a remote.',
      '- The commits change only paths inside the scope.',
      ...(checks.length === 0 ? [] : [`- Green on the last commit: ${codeList(checks)}.`]),
      done === 'commit'
        ? '- Every commit that arrives counts as complete work: push what is complete.'
        : '- Then tell the operator of the plan that it is complete.',
    ],
  }
}

/** What is wrong with the branch, to be told; empty when nothing is. */
export function externalMissing(
  evidence: Evidence,
  {
    piece,
    branch,
    required,
  }: { readonly piece: string; readonly branch: string; readonly required: readonly string[] },
): string {
  const parts = missingEvidence(evidence, required).flatMap((missing): string[] => {
    switch (missing.kind) {
      case 'no-commits':
        return ['It has no commit of its own.']
      case 'uncommitted':
        return [`The checks leave files behind that git does not ignore: ${codeList(missing.paths)}.`]
      case 'out-of-scope':
        return [outOfScope(missing.paths)]
      case 'finding':
        return [`${code(missing.finding.path)}: ${missing.finding.text}`]
      case 'red-check':
        return [redCheck(missing.check)]
      case 'check-not-run':
        return []
    }
  })
  if (parts.length === 0) return ''
  return [`${code(branch)} (piece ${piece}) at ${evidence.tip.slice(0, 10)}:`, ...parts].join('\n\n')
}

function outOfScope(paths: Evidence['outOfScope']): string {
  const lines = paths.map(
    ({ path, owner }) => `${code(path)}: ${owner === null ? 'owned by nobody' : `owned by ${code(owner)}`}`,
  )
  return [
    'These paths are outside of the scope. Take the changes off the branch with a commit or by rewriting it, and ask the operator for the path where it is needed:',
    '',
    ...bullets(lines),
    '',
    'Where they are not of this branch: it was started from, or merged, a state that is newer than the target of the plan.',
  ].join('\n')
}

function redCheck({ name, exitCode, signal, output }: Evidence['checks'][number]): string {
  const how = signal === null ? `exit code ${String(exitCode)}` : signal
  const first = `The check ${code(name)} is red (${how}).`
  return output === '' ? first : [first, '', fence(output.slice(-OUTPUT_TAIL))].join('\n')
}
