// Moving a pattern, a path or a shared file to one piece: taken out of whoever has it, put into the scope of that piece.
// Pure.
import { QuintetError } from '../../contract/errors.ts'
import type { Piece } from '../../contract/plan.ts'
import { typedWords } from '../../contract/shell.ts'
import { compileScope } from '../../scope/patterns.ts'
import { parsePlan } from '../load.ts'
import { Draft, type Told } from './draft.ts'
import {
  explainCommand,
  isEmptied,
  isSamePattern,
  meeting,
  outside,
  requireMoved,
  requirePiece,
  takesBack,
  type Edited,
  type Ground,
} from './ground.ts'
import { pathsMeant, patternMeant } from './meant.ts'

export interface MoveInput {
  /** A pattern of the plan, a path, or a pattern of its own. */
  readonly what: string
  /** Id of the piece that owns it from then on. */
  readonly to: string
}

/** Moves what `what` stands for to the piece `to`. Throws `E_PIECE_UNKNOWN`, `E_PIECE_EMPTY`, `E_PIECE_EXCLUDES`. */
export function movePattern(ground: Ground, { what, to }: MoveInput): Edited {
  const { index } = requirePiece(ground, to)
  const shared = sharedMeant(ground, what)
  if (shared !== -1) return moveShared(ground, shared, to)
  const pattern = patternMeant(ground, what)
  const draft = new Draft(ground.text)
  const from = holderOf(ground, pattern, to)
  const move = { ground, draft, pattern, to }
  const taken = ground.plan.pieces.flatMap((piece, at) =>
    piece.id === to || (from !== undefined && from !== piece) ? [] : takeFrom(move, piece, at),
  )
  const brought = (from?.scope.exclude ?? []).filter(
    (own) => meeting(ground, { include: [own] }, { include: [pattern] }) !== null,
  )
  const lifted = giveTo(move, index, {
    told: taken.flatMap(({ told }) => told)[0] ?? { text: pattern, comment: null },
    brought,
  })
  const text = draft.finish(new Set([to, ...taken.map(({ piece }) => piece)]))
  const only = compileScope({ include: [pattern], exclude: brought }, { ignoreCase: ground.ignoreCase })
  requireMoved(ground, parsePlan(text, ground.name), (file, holder) =>
    only.matches(file) && (from === undefined || holder === from.id) ? to : holder,
  )
  return {
    text,
    notes: [
      ...lifted.map((own) => `The piece ${to} excluded ${own} and owns it now.`),
      ...sharedInside(ground, (path) => only.matches(path)),
      ...draft.notes,
    ],
    lineage: new Map([[to, [to, ...taken.map(({ piece }) => piece)]]]),
  }
}

/** The piece, other than `to`, that has this very pattern: it is what that piece owns by it that moves, and what others hold of
 *  it stays theirs. */
function holderOf({ plan }: Ground, pattern: string, to: string): Piece | undefined {
  return plan.pieces.find(
    ({ id, scope }) => id !== to && scope.include.some((own) => isSamePattern(own, pattern)),
  )
}

interface Move {
  readonly ground: Ground
  readonly draft: Draft
  readonly pattern: string
  readonly to: string
}

interface Taken {
  readonly piece: string
  /** Patterns as they stood there. */
  readonly told: readonly Told[]
}

/** Patterns that lie wholly in what moves go; what is left of it is excluded. */
function takeFrom({ ground, draft, pattern, to }: Move, piece: Piece, index: number): readonly Taken[] {
  const { include, exclude } = piece.scope
  if (meeting(ground, piece.scope, { include: [pattern] }) === null) return []
  const going = takesBack(include) ? [] : include.filter((own) => outside(ground, [own], [pattern]) === null)
  const left = include.filter((own) => !going.includes(own))
  if (isEmptied(ground, piece, { left, taken: [pattern] })) throw emptied(ground, piece.id, to)
  const list = ['pieces', index, 'scope', 'include']
  const told = draft.carry(
    list,
    going.filter((own) => isSamePattern(own, pattern)),
  )
  draft.take(list, going)
  if (meeting(ground, { include: left, exclude }, { include: [pattern] }) !== null) {
    draft.add(['pieces', index, 'scope', 'exclude'], [{ text: pattern, comment: null }])
  }
  return [{ piece: piece.id, told }]
}

/** Answers the exclusions of the piece that had to go. */
function giveTo(
  { ground, draft, pattern, to }: Move,
  index: number,
  { told, brought }: { readonly told: Told; readonly brought: readonly string[] },
): readonly string[] {
  const { piece } = requirePiece(ground, to)
  const { include, exclude } = piece.scope
  const lifted = exclude.filter((own) => !brought.includes(own) && outside(ground, [own], [pattern]) === null)
  const kept = exclude.filter((own) => !lifted.includes(own) && !brought.includes(own))
  const barred = kept.length === 0 ? null : meeting(ground, { include: [pattern] }, { include: kept })
  if (barred !== null) {
    const message = `The piece ${to} excludes a part of ${pattern}: ${barred.right} holds ${barred.example}.`
    throw new QuintetError('E_PIECE_EXCLUDES', 'precondition', message, {
      hints: [
        {
          text: 'Take the exclusion out of its scope first, or move less.',
          command: explainCommand(ground, barred.example),
        },
      ],
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
  return lifted
}

/** Position of the shared file that a word stands for; -1: of none. */
function sharedMeant(ground: Ground, word: string): number {
  const { shared } = ground.plan
  const meant = pathsMeant(ground, word).find(
    (path) => shared.some((file) => file.path === path) || ground.tree.files.includes(path),
  )
  return word.endsWith('/') ? -1 : shared.findIndex(({ path }) => path === meant)
}

function moveShared({ text, plan }: Ground, index: number, to: string): Edited {
  const file = plan.shared[index]
  if (file?.policy === 'owner' && file.owner === to) return { text, notes: [], lineage: new Map() }
  const draft = new Draft(text)
  if (file?.policy === 'operator') draft.set(['shared', index, 'policy'], 'owner')
  draft.set(['shared', index, 'owner'], to)
  return { text: draft.finish(), notes: [], lineage: new Map() }
}

function sharedInside({ plan }: Ground, isInside: (path: string) => boolean): readonly string[] {
  return plan.shared
    .filter(({ path }) => isInside(path))
    .map(({ path }) => `The shared file ${path} keeps its policy; it can be moved by its own path.`)
}

function emptied({ name }: Ground, piece: string, to: string): QuintetError {
  const message = `The piece ${piece} would own nothing any more.`
  return new QuintetError('E_PIECE_EMPTY', 'precondition', message, {
    hints: [
      {
        text: 'Make one piece of the two.',
        command: typedWords(['quintet', 'plan', 'merge', name, to, piece]),
      },
    ],
  })
}
