// Making one piece of two: the first takes over what the second owns, waits for what both waited for, and stands wherever
// the second was named. Together they own exactly what they owned before. Pure.
import { QuintetError } from '../../contract/errors.ts'
import type { Check, Piece } from '../../contract/plan.ts'
import { parsePlan } from '../load.ts'
import { Draft, withoutDefault } from './draft.ts'
import {
  checkCommand,
  explainCommand,
  meeting,
  outside,
  requireMoved,
  requirePiece,
  takesBack,
  type Edited,
  type Ground,
} from './ground.ts'

/** Makes one piece of `into` and `from`. Throws `E_PIECE_UNKNOWN`, `E_MERGE_SAME`, `E_MERGE_WIDENS`. */
export function mergePieces(
  ground: Ground,
  { into, from }: { readonly into: string; readonly from: string },
): Edited {
  const kept = requirePiece(ground, into)
  const gone = requirePiece(ground, from)
  if (into === from) {
    throw new QuintetError('E_MERGE_SAME', 'usage', `The piece ${into} cannot be merged with itself.`, {
      hints: [{ text: 'Name two of its pieces.', command: checkCommand(ground.name) }],
    })
  }
  const draft = new Draft(ground.text)
  uniteScopes({ ground, draft, index: kept.index }, kept.piece, gone.piece)
  uniteWords(draft, kept, gone.piece)
  uniteLists(draft, kept, gone.piece)
  follow(ground, draft, { into, from })
  draft.remove(['pieces', gone.index], ['pieces', gone.index < kept.index ? kept.index - 1 : kept.index])
  const text = draft.finish(new Set([into, from]))
  requireMoved(ground, parsePlan(text, ground.name), (_, holder) => (holder === from ? into : holder))
  return {
    text,
    notes: [...notesOn(kept.piece, gone.piece), ...draft.notes],
    lineage: new Map([[into, [into, from]]]),
  }
}

interface At {
  readonly ground: Ground
  readonly draft: Draft
  readonly index: number
}

function uniteScopes({ ground, draft, index }: At, kept: Piece, gone: Piece): void {
  if (takesBack(gone.scope.include)) {
    const message = `The scope of ${gone.id} takes paths back with "!", which cannot be added to another list.`
    throw new QuintetError('E_MERGE_WIDENS', 'precondition', message, {
      hints: [{ text: 'Write those as exclude first.', command: checkCommand(ground.name) }],
    })
  }
  const lifted = liftable(ground, kept, gone)
  const brought = gone.scope.exclude.filter((own) => !liftable(ground, gone, kept).includes(own))
  draft.take(['pieces', index, 'scope', 'exclude'], lifted)
  const added = gone.scope.include.filter((own) => outside(ground, [own], kept.scope.include) !== null)
  draft.add(['pieces', index, 'scope', 'include'], added.map(untold))
  const needed = brought.filter((own) => !kept.scope.exclude.includes(own) || lifted.includes(own))
  draft.add(['pieces', index, 'scope', 'exclude'], needed.map(untold))
}

const untold = (text: string): { readonly text: string; readonly comment: null } => ({ text, comment: null })

/** Exclusions of a piece that hold something of the other, and must go. */
function liftable(ground: Ground, piece: Piece, other: Piece): readonly string[] {
  const meets = piece.scope.exclude.filter((own) => meeting(ground, { include: [own] }, other.scope) !== null)
  for (const own of meets) {
    // What is excluded here and does not belong to the other would become theirs.
    const wider = meeting(
      ground,
      { include: [own], exclude: other.scope.include },
      { include: piece.scope.include },
    )
    if (wider === null) continue
    const message = `The piece ${piece.id} excludes ${own}, of which ${other.id} owns only a part: ${wider.example} would be theirs.`
    throw new QuintetError('E_MERGE_WIDENS', 'precondition', message, {
      hints: [
        {
          text: 'Exclude exactly what belongs to others, then merge.',
          command: explainCommand(ground, wider.example),
        },
      ],
    })
  }
  return meets
}

function uniteWords(
  draft: Draft,
  { piece, index }: { readonly piece: Piece; readonly index: number },
  gone: Piece,
): void {
  draft.set(['pieces', index, 'title'], `${piece.title}; ${gone.title}`)
  draft.set(['pieces', index, 'brief'], `${piece.brief.trimEnd()}\n\n${gone.brief.trim()}\n`)
}

function uniteLists(
  draft: Draft,
  { piece, index }: { readonly piece: Piece; readonly index: number },
  gone: Piece,
): void {
  const needs = gone.depends_on.filter((id) => id !== piece.id)
  draft.take(['pieces', index, 'depends_on'], piece.depends_on.includes(gone.id) ? [gone.id] : [])
  draft.add(['pieces', index, 'depends_on'], needs.map(untold))
  draft.add(['pieces', index, 'reads'], gone.reads.map(untold))
  const checks = newChecks(piece.checks, gone)
  if (checks.length > 0) draft.addTables(['pieces', index, 'checks'], checks)
}

/** Checks that the piece has not; a name that would mean two things is told apart by the id. */
function newChecks(own: readonly Check[], gone: Piece): readonly Readonly<Record<string, unknown>>[] {
  return gone.checks
    .filter((check) => !own.some(({ run }) => JSON.stringify(run) === JSON.stringify(check.run)))
    .map((check) =>
      own.some(({ name }) => name === check.name) ? { ...check, name: `${gone.id} ${check.name}` } : check,
    )
    .map(withoutDefault)
}

/** Everybody who named the piece that goes names the other now. */
function follow(
  { plan }: Ground,
  draft: Draft,
  { into, from }: { readonly into: string; readonly from: string },
): void {
  for (const [index, { id, depends_on }] of plan.pieces.entries()) {
    if (id === into || id === from || !depends_on.includes(from)) continue
    const path = ['pieces', index, 'depends_on']
    const [told] = draft.carry(path, [from])
    draft.add(path, [{ text: into, comment: told?.comment ?? null }])
  }
  for (const [index, file] of plan.shared.entries()) {
    if (file.policy === 'owner' && file.owner === from) draft.set(['shared', index, 'owner'], into)
  }
}

function notesOn(kept: Piece, gone: Piece): readonly string[] {
  return [
    `The brief of ${gone.id} stands below that of ${kept.id}, and its comments above the piece; make one text of them.`,
    ...(kept.agent !== gone.agent && gone.agent !== undefined
      ? [`The agent of ${gone.id}, ${gone.agent}, is not used any more.`]
      : []),
    ...(gone.script === undefined ? [] : [`The script of ${gone.id} is not played any more.`]),
  ]
}
