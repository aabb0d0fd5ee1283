// The explanation of a path as text: who owns it, why, and what it has to do with others. Pure.
import type { ByPattern, Explanation, Neighbours, Surroundings } from '../plan/explain/explain.ts'
import { toned } from './style.ts'
import { counted, oneLine } from './text.ts'

const NOBODY = 'nobody'

/** The explanation by one plan, or without any. */
export function renderExplanation(explanation: Explanation, colour: boolean): string[] {
  const { plan, path, there, inside, surroundings } = explanation
  const by = plan === null ? '' : ` by the plan ${plan}`
  const state = there === 'nothing' ? ' (nothing tracked is there yet)' : ''
  return [
    `${toned(oneLine(path === '' ? './' : path), 'busy', colour)}${by}${state}`,
    `  ${ownerLine(explanation)}`,
    ...because(explanation).map((line) => `  ${line}`),
    ...inside.map(({ owner, files }) =>
      plan === null ? `  ${counted(files, 'file')}` : `  ${counted(files, 'file')}: ${owner ?? NOBODY}`,
    ),
    ...(surroundings === null
      ? []
      : surroundingLines(surroundings, plan !== null).map((line) => `  ${line}`)),
  ]
}

function ownerLine({ plan, owner }: Explanation): string {
  if (plan === null && owner.kind !== 'forbidden') return 'There is no plan yet, so nobody owns it.'
  switch (owner.kind) {
    case 'owned':
      return `${owner.piece} owns it${owner.pattern === null ? '' : ` by ${owner.pattern}`}: ${oneLine(owner.title)}.`
    case 'shared':
      return owner.piece === null
        ? 'It is shared with the policy operator: no piece writes it, the operator merges what is asked for.'
        : `It is shared, and ${owner.piece} alone writes it.`
    case 'divided':
      return 'Several own parts of it.'
    case 'free':
      return 'Nobody owns it; a session that needs it asks for it.'
    case 'forbidden':
      return `Nobody may write it. ${owner.why}`
  }
}

function because({ excludedBy, overruled, readBy }: Explanation): string[] {
  const told = (list: readonly ByPattern[], words: string): string[] =>
    list.map(({ piece, pattern }) => `${piece} ${words} ${oneLine(pattern)}.`)
  return [
    ...told(excludedBy, 'would hold it, but excludes'),
    ...told(overruled, 'holds it too, which does not count, by'),
    ...told(readBy, 'reads it, by'),
  ]
}

function surroundingLines({ kind, codeOwners, hub, ...lists }: Surroundings, isPlanned: boolean): string[] {
  return [
    ...(kind === null ? [] : [`Kind: ${kind}.`]),
    ...(codeOwners.length === 0 ? [] : [`Owners by CODEOWNERS: ${codeOwners.map(oneLine).join(', ')}.`]),
    ...(hub === null ? [] : [`A hub file: ${oneLine(hub)}`]),
    ...neighbourLines('imported by', lists.importedBy, isPlanned),
    ...neighbourLines('imports', lists.imports, isPlanned),
    ...neighbourLines('changes with', lists.changesWith, isPlanned),
    ...neighbourLines('tested by', lists.testedBy, isPlanned),
  ]
}

function neighbourLines(title: string, { first, more }: Neighbours, isPlanned: boolean): string[] {
  if (first.length === 0) return []
  return [
    `${title}:`,
    ...first.map(({ path, owner }) => `  ${oneLine(path)}${isPlanned ? `  (${owner ?? NOBODY})` : ''}`),
    ...(more === 0 ? [] : [`  and ${more} more`]),
  ]
}
