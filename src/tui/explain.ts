// The explanation of a path as text: who owns it, why, and what it has to do with others. Pure.
import type { ByPattern, Explanation, Neighbours, Surroundings } from '../plan/explain/explain.ts'
import { toned } from './style.ts'
import { counted, oneLine } from './text.ts'

const NOBODY = 'nobody'

/** The explanation by one plan. */
export function renderExplanation(explanation: Explanation, colour: boolean): string[] {
  const { plan, path, there, inside, surroundings } = explanation
  const state = there === 'nothing' ? ' (nothing tracked is there yet)' : ''
  return [
    `${toned(oneLine(path === '' ? './' : path), 'busy', colour)} by the plan ${plan}${state}`,
    `  ${ownerLine(explanation)}`,
    ...because(explanation).map((line) => `  ${line}`),
    ...inside.map(({ owner, files }) => `  ${counted(files, 'file')}: ${owner ?? NOBODY}`),
    ...(surroundings === null ? [] : surroundingLines(surroundings).map((line) => `  ${line}`)),
  ]
}

function ownerLine({ owner }: Explanation): string {
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

function surroundingLines({ kind, codeOwners, hub, ...lists }: Surroundings): string[] {
  return [
    ...(kind === null ? [] : [`Kind: ${kind}.`]),
    ...(codeOwners.length === 0 ? [] : [`Owners by CODEOWNERS: ${codeOwners.map(oneLine).join(', ')}.`]),
    ...(hub === null ? [] : [`A hub file: ${oneLine(hub)}`]),
    ...neighbourLines('imported by', lists.importedBy),
    ...neighbourLines('imports', lists.imports),
    ...neighbourLines('changes with', lists.changesWith),
    ...neighbourLines('tested by', lists.testedBy),
  ]
}

function neighbourLines(title: string, { first, more }: Neighbours): string[] {
  if (first.length === 0) return []
  return [
    `${title}:`,
    ...first.map(({ path, owner }) => `  ${oneLine(path)}  (${owner ?? NOBODY})`),
    ...(more === 0 ? [] : [`  and ${more} more`]),
  ]
}
