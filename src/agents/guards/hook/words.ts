// What a session is told when something of it is refused: whose the path is, what its owner is at, how to ask. Pure.
import type { GuardRecord } from '../../../contract/guard.ts'
import type { OwnershipMap } from '../../../scope/ownership.ts'

const MOST_PATHS = 20

/** One sentence about whose a path is, without a full stop. */
export function belongsTo(record: GuardRecord, map: OwnershipMap, path: string): string {
  const owner = map.ownerOf(path)
  switch (owner.kind) {
    case 'owned':
      return `belongs to ${titled(record, owner.piece)}`
    case 'shared':
      return owner.policy.policy === 'owner'
        ? `is shared and written by ${titled(record, owner.policy.owner)} alone`
        : 'is shared, and the operator alone writes it'
    case 'free':
      return 'belongs to no piece of the plan'
    case 'forbidden':
      return `may be written by nobody: ${owner.why.replace(/\.$/, '')}`
  }
}

function titled({ pieces }: GuardRecord, id: string): string {
  const title = pieces.find((piece) => piece.id === id)?.title
  return title === undefined ? `the piece ${id}` : `the piece ${id} (${title})`
}

/** What the session owns, in the words of the plan. */
function ownScope({ pieces, piece }: GuardRecord): string {
  const scope = pieces.find(({ id }) => id === piece)?.scope
  const without =
    scope?.exclude === undefined || scope.exclude.length === 0 ? '' : ` without ${scope.exclude.join(', ')}`
  return `The scope of this session (${piece}) is ${scope?.include.join(', ') ?? 'empty'}${without}.`
}

/** The refusal of a tool use. */
export function toolRefusal(record: GuardRecord, findings: readonly string[]): string {
  return [...shortened(findings), ownScope(record), ...record.ask].join('\n')
}

/** The refusal of a commit. */
export function commitRefusal(record: GuardRecord, foreign: readonly string[], map: OwnershipMap): string {
  return [
    `quintet: This commit holds paths that the session ${record.run}/${record.piece} may not write:`,
    ...shortened(foreign.map((path) => `${path} ${belongsTo(record, map, path)}`)).map((line) => `  ${line}`),
    `  ${ownScope(record)}`,
    '  Take them out with: git restore --staged -- <path>',
    ...record.ask.map((line) => `  ${line}`),
  ].join('\n')
}

function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST_PATHS) return lines
  return [...lines.slice(0, MOST_PATHS), `… and ${lines.length - MOST_PATHS} more`]
}
