// Which branches are merged and in which order: dependencies first, otherwise as the plan lists them. Pure.
import type { Piece } from '../contract/plan.ts'

export interface MergeOrder {
  /** Piece ids to merge, in order. */
  readonly order: readonly string[]
  readonly leftOut: readonly LeftOut[]
}

/** A piece that is not merged now; `reason` is half a sentence for the operator. */
export interface LeftOut {
  readonly piece: string
  readonly reason: string
}

export interface Standing {
  readonly finished: ReadonlySet<string>
  /** Already in the target: neither merged again nor left out. */
  readonly landed?: ReadonlySet<string>
}

type OrderedPiece = Pick<Piece, 'id' | 'depends_on'>

/** Orders the finished pieces; one that is unfinished, or waits for one that is not merged, is left out with the reason. */
export function mergeOrder(pieces: readonly OrderedPiece[], standing: Standing): MergeOrder {
  const landed = standing.landed ?? new Set<string>()
  const open = pieces.filter(({ id }) => !landed.has(id))
  const order: string[] = []
  const placed = new Set(landed)
  for (let next = ready(open, placed, standing); next !== undefined; next = ready(open, placed, standing)) {
    order.push(next.id)
    placed.add(next.id)
  }
  const leftOut = open
    .filter(({ id }) => !placed.has(id))
    .map((piece) => ({ piece: piece.id, reason: reasonOf(piece, { pieces, placed, standing }) }))
  return { order, leftOut }
}

function ready(
  open: readonly OrderedPiece[],
  placed: ReadonlySet<string>,
  { finished }: Standing,
): OrderedPiece | undefined {
  return open.find(
    ({ id, depends_on }) => finished.has(id) && !placed.has(id) && depends_on.every((on) => placed.has(on)),
  )
}

function reasonOf(
  piece: OrderedPiece,
  known: {
    readonly pieces: readonly OrderedPiece[]
    readonly placed: ReadonlySet<string>
    readonly standing: Standing
  },
): string {
  if (!known.standing.finished.has(piece.id)) return 'it is not finished'
  const missing = piece.depends_on.filter((on) => !known.placed.has(on))
  const unknown = missing.find((on) => !known.pieces.some(({ id }) => id === on))
  if (unknown !== undefined) return `it depends on ${unknown}, which the plan does not have`
  const unfinished = missing.find((on) => !known.standing.finished.has(on))
  if (unfinished !== undefined) return `it depends on ${unfinished}, which is not finished`
  return `it depends on ${missing.join(' and ')}, which is left out itself`
}
