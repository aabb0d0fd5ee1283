// Moving a pattern, a path or a shared file to one piece: taken out of whoever has it, put into the scope of that piece.
// Pure.
import { QuintetError } from '../../contract/errors.ts'
import type { Piece } from '../../contract/plan.ts'
import { compileScope } from '../../scope/patterns.ts'
import { parsePlan } from '../load.ts'
import { Draft, type Told } from './draft.ts'
import {
  isSamePattern,
  meeting,
  outside,
  patternMeant,
  requireMoved,
  requirePiece,
  takesBack,
  type Edited,
  type Ground,
} from './ground.ts'

/** Moves what `what` stands for to the piece `to`. Throws `E_PIECE_UNKNOWN`, `E_PIECE_EMPTY`, `E_PIECE_EXCLUDES`. */
export function movePattern(
  ground: Ground,
  { what, to }: { readonly what: string; readonly to: string },
): Edited {
  const { index } = requirePiece(ground, to)
  const shared = ground.plan.shared.findIndex(({ path }) => path === what.replace(/^(?:\.?\/)+/, ''))
  if (shared !== -1) return moveShared(ground, shared, to)
  const pattern = patternMeant(ground, what)
  const draft = new Draft(ground.text)
  // A pattern of a piece is what that piece owns by it; what others hold of it stays theirs.
  const from = ground.plan.pieces.find(
    ({ id, scope }) => id !== to && scope.include.some((own) => isSamePattern(own, pattern)),
  )
  const move = { ground, draft, pattern, to }
  const told = ground.plan.pieces.flatMap((piece, at) =>
    piece.id === to || (from !== undefined && from !== piece) ? [] : takeFrom(move, piece, at),
  )
  const brought = (from?.scope.exclude ?? []).filter(
    (own) => meeting(ground, { include: [own] }, { include: [pattern] }) !== null,
  )
  giveTo(move, index, { told: told[0] ?? { text: pattern, comment: null }, brought })
  const text = draft.finish()
  const only = compileScope({ include: [pattern], exclude: brought }, { ignoreCase: ground.ignoreCase })
  requireMoved(ground, parsePlan(text, ground.name), (file, holder) =>
    only.matches(file) && (from === undefined || holder === from.id) ? to : holder,
  )
  return { text, notes: sharedInside(ground, (path) => only.matches(path)) }
}

interface Move {
  readonly ground: Ground
  readonly draft: Draft
  readonly pattern: string
  readonly to: string
}

/** Patterns that lie wholly in what moves go; what is left of it is excluded. */
function takeFrom({ ground, draft, pattern, to }: Move, piece: Piece, index: number): readonly Told[] {
  const { include, exclude } = piece.scope
  if (meeting(ground, piece.scope, { include: [pattern] }) === null) return []
  const going = takesBack(include) ? [] : include.filter((own) => outside(ground, [own], [pattern]) === null)
  const left = include.filter((own) => !going.includes(own))
  if (left.length === 0) throw emptied(ground, piece.id, to)
  const list = ['pieces', index, 'scope', 'include']
  const told = draft.carry(
    list,
    going.filter((own) => isSamePattern(own, pattern)),
  )
  draft.take(list, going)
  if (meeting(ground, { include: left, exclude }, { include: [pattern] }) !== null) {
    draft.add(['pieces', index, 'scope', 'exclude'], [{ text: pattern, comment: null }])
  }
  return told
}

function giveTo(
  { ground, draft, pattern, to }: Move,
  index: number,
  { told, brought }: { readonly told: Told; readonly brought: readonly string[] },
): void {
  const { piece } = requirePiece(ground, to)
  const { include, exclude } = piece.scope
  const lifted = exclude.filter((own) => !brought.includes(own) && outside(ground, [own], [pattern]) === null)
  const kept = exclude.filter((own) => !lifted.includes(own) && !brought.includes(own))
  const barred = kept.length === 0 ? null : meeting(ground, { include: [pattern] }, { include: kept })
  if (barred !== null) {
    const message = `The piece ${to} excludes a part of ${pattern}: ${barred.right} holds ${barred.example}.`
    throw new QuintetError('E_PIECE_EXCLUDES', 'precondition', message, {
      hints: [{ text: 'Take the exclusion out of its scope first, or move less.' }],
    })
  }
  draft.take(['pieces', index, 'scope', 'exclude'], lifted)
  const isHeld = outside(ground, [pattern], include) === null
  if (!isHeld) draft.add(['pieces', index, 'scope', 'include'], [told])
  else if (told.comment !== null) draft.note(['pieces', index, 'scope', 'include'], told.comment)
  // What the target has of it already stays its own.
  const barring = brought.filter((own) => meeting(ground, { include: [own] }, piece.scope) === null)
  draft.add(
    ['pieces', index, 'scope', 'exclude'],
    barring.map((text) => ({ text, comment: null })),
  )
}

function moveShared({ text, plan }: Ground, index: number, to: string): Edited {
  const file = plan.shared[index]
  if (file?.policy === 'owner' && file.owner === to) return { text, notes: [] }
  const draft = new Draft(text)
  if (file?.policy === 'operator') draft.set(['shared', index, 'policy'], 'owner')
  draft.set(['shared', index, 'owner'], to)
  return { text: draft.finish(), notes: [] }
}

function sharedInside({ plan }: Ground, isInside: (path: string) => boolean): readonly string[] {
  return plan.shared
    .filter(({ path }) => isInside(path))
    .map(({ path }) => `The shared file ${path} keeps its policy; it can be moved by its own path.`)
}

function emptied({ name }: Ground, piece: string, to: string): QuintetError {
  const message = `The piece ${piece} would own nothing any more.`
  return new QuintetError('E_PIECE_EMPTY', 'precondition', message, {
    hints: [{ text: 'Make one piece of the two.', command: `quintet plan merge ${name} ${to} ${piece}` }],
  })
}
