// Splitting a piece: some of its patterns become those of a new piece right behind it. Together the two own what the one
// owned, and whoever waited for it waits for both. Pure.
import { QuintetError } from '../../contract/errors.ts'
import type { Piece } from '../../contract/plan.ts'
import { typedWords } from '../../contract/shell.ts'
import { compileScope } from '../../scope/patterns.ts'
import { enumerate } from '../findings.ts'
import { parsePlan } from '../load.ts'
import { Draft, withoutDefault } from './draft.ts'
import {
  checkCommand,
  explainCommand,
  isEmptied,
  meeting,
  outside,
  requireMoved,
  requirePiece,
  takesBack,
  type Edited,
  type Ground,
} from './ground.ts'
import { patternMeant } from './meant.ts'

export interface SplitInput {
  readonly piece: string
  /** Id of the new piece. */
  readonly id: string
  /** Patterns or paths. */
  readonly patterns: readonly string[]
  readonly title?: string
  readonly brief?: string
}

/** Splits a piece. Throws `E_PIECE_UNKNOWN`, `E_PIECE_THERE`, `E_PIECE_EMPTY`, `E_SPLIT_OUTSIDE`. */
export function splitPiece(ground: Ground, input: SplitInput): Edited {
  const { piece, index } = requirePiece(ground, input.piece)
  if (ground.plan.pieces.some(({ id }) => id === input.id)) throw isThere(ground, input)
  const patterns = [...new Set(input.patterns.map((word) => patternMeant(ground, word)))]
  requireInside(ground, piece, patterns)
  const draft = new Draft(ground.text)
  takeOut({ ground, draft, index }, piece, patterns)
  const exclude = piece.scope.exclude.filter(
    (own) => meeting(ground, { include: [own] }, { include: patterns }) !== null,
  )
  draft.insert(['pieces', index], newPiece(piece, input, { include: patterns, exclude }))
  const moved = compileScope({ include: patterns }, { ignoreCase: ground.ignoreCase })
  const notes = [...follow(ground, draft, input, (path) => moved.matches(path)), ...briefNotes(input)]
  const text = draft.finish(new Set([piece.id, input.id]))
  requireMoved(ground, parsePlan(text, ground.name), (file, holder) =>
    holder === piece.id && moved.matches(file) ? input.id : holder,
  )
  return {
    text,
    notes: [...notes, ...draft.notes],
    lineage: new Map([[input.id, [piece.id]]]),
  }
}

function isThere({ name }: Ground, { id, patterns }: SplitInput): QuintetError {
  const command = typedWords(['quintet', 'plan', 'move', name, patterns[0] ?? '', '--to', id])
  return new QuintetError('E_PIECE_THERE', 'usage', `The plan ${name} has a piece ${id} already.`, {
    hints: [{ text: 'Move the patterns to it.', command }],
  })
}

/** What a split hands on must have been the piece's own. */
function requireInside(ground: Ground, piece: Piece, patterns: readonly string[]): void {
  for (const pattern of patterns) {
    if (meeting(ground, piece.scope, { include: [pattern] }) === null) {
      const held = compileScope({ include: [pattern] }, { ignoreCase: ground.ignoreCase })
      const example = ground.tree.files.find((file) => held.matches(file)) ?? null
      throw notIts(ground, { piece, example }, `The piece ${piece.id} owns nothing of ${pattern}.`)
    }
    const wider = outside(ground, [pattern], piece.scope.include)
    if (wider !== null) {
      const message = `The pattern ${pattern} also holds ${wider.example}, which ${piece.id} does not own.`
      throw notIts(ground, { piece, example: wider.example }, message)
    }
  }
}

function notIts(
  ground: Ground,
  { piece: { id, scope }, example }: { readonly piece: Piece; readonly example: string | null },
  message: string,
): QuintetError {
  const command = example === null ? checkCommand(ground.name) : explainCommand(ground, example)
  return new QuintetError('E_SPLIT_OUTSIDE', 'precondition', message, {
    hints: [{ text: `The scope of ${id} is ${enumerate(scope.include)}.`, command }],
  })
}

function unrooted(pattern: string): string {
  return pattern.replace(/^\//, '')
}

function takeOut(
  { ground, draft, index }: { readonly ground: Ground; readonly draft: Draft; readonly index: number },
  piece: Piece,
  patterns: readonly string[],
): void {
  const { id, scope } = piece
  const { include, exclude } = scope
  const going = takesBack(include) ? [] : include.filter((own) => outside(ground, [own], patterns) === null)
  const left = include.filter((own) => !going.includes(own))
  if (isEmptied(ground, piece, { left, taken: patterns })) {
    throw new QuintetError('E_PIECE_EMPTY', 'precondition', `The piece ${id} would own nothing any more.`, {
      hints: [{ text: 'Leave it at least one of its patterns.', command: checkCommand(ground.name) }],
    })
  }
  draft.take(['pieces', index, 'scope', 'include'], going)
  const still = patterns.filter(
    (pattern) => meeting(ground, { include: left, exclude }, { include: [pattern] }) !== null,
  )
  draft.add(
    ['pieces', index, 'scope', 'exclude'],
    still.map((text) => ({ text, comment: null })),
  )
}

function newPiece(
  piece: Piece,
  { id, title, brief }: SplitInput,
  scope: Piece['scope'],
): Readonly<Record<string, unknown>> {
  const told = `Only what lies in ${enumerate(scope.include.map(unrooted))}; the rest belongs to the piece ${piece.id}.`
  return {
    id,
    title: title ?? `${piece.title}: ${id}`,
    brief: brief === undefined ? `${told}\n\n${piece.brief}` : `${brief}\n`,
    scope: scope.exclude.length === 0 ? { include: scope.include } : scope,
    ...(piece.reads.length === 0 ? {} : { reads: piece.reads }),
    ...(piece.depends_on.length === 0 ? {} : { depends_on: piece.depends_on }),
    ...(piece.agent === undefined ? {} : { agent: piece.agent }),
    ...(piece.script === undefined ? {} : { script: piece.script }),
    ...(piece.checks.length === 0 ? {} : { checks: piece.checks.map(withoutDefault) }),
  }
}

/** Whoever waits for the piece waits for the new one too; shared files of it go along with what they stand in. */
function follow(
  { plan }: Ground,
  draft: Draft,
  { piece, id }: SplitInput,
  isMoved: (path: string) => boolean,
): readonly string[] {
  const positions = plan.pieces.map((_, at) => at)
  const old = plan.pieces.findIndex((one) => one.id === piece)
  for (const at of positions) {
    // Those behind the new piece stand one place further down by now.
    const now = at > old ? at + 1 : at
    if (plan.pieces[at]?.depends_on.includes(piece) === true) {
      draft.add(['pieces', now, 'depends_on'], [{ text: id, comment: null }])
    }
  }
  const notes: string[] = []
  for (const [index, file] of plan.shared.entries()) {
    if (file.policy !== 'owner' || file.owner !== piece || !isMoved(file.path)) continue
    draft.set(['shared', index, 'owner'], id)
    notes.push(`The shared file ${file.path} belongs to ${id} now.`)
  }
  return notes
}

function briefNotes({ piece, id, brief }: SplitInput): readonly string[] {
  return brief === undefined
    ? [`The brief of ${piece} was copied to ${id}; say in both what is to be done where.`]
    : [`Look over the brief of ${piece}: what ${id} does now is no longer its affair.`]
}
