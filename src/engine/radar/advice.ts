// What can be done about two sessions that will collide, as commands that can be run. Pure.
import type { RadarAdvice } from '../../contract/radar.ts'
import { quoted } from '../../contract/shell.ts'

export interface Opponent {
  /** `<run>/<piece>`. */
  readonly session: string
  readonly piece: string
  readonly finished: boolean
}

export interface Collision {
  readonly left: Opponent
  /** Null: the target. */
  readonly right: Opponent | null
  /** Paths that are in the way, the first one the most telling. */
  readonly paths: readonly string[]
  /** Piece that owns the first path; null when nobody does. */
  readonly owner: string | null
  readonly target: string
}

const MOST_NAMED = 3

/** The ways out, the cheapest first. */
export function adviceFor(collision: Collision): readonly RadarAdvice[] {
  const { left, right, target } = collision
  const files = named(collision.paths)
  if (right === null) {
    return [
      {
        what: 'merge-first',
        text: `${left.piece} takes in what has landed on ${target}.`,
        command: retry(left, `Merge ${target} into this branch and resolve ${files}.`),
      },
    ]
  }
  const [first, second] = order(collision, right)
  return [
    {
      what: 'tell-both',
      text: 'Both read a decision about who changes what.',
      command: `quintet decide ${quoted(`${first.piece} and ${second.piece} both change ${files}: ${first.piece} makes the change, ${second.piece} leaves it alone.`)}`,
    },
    ...ownership(collision, { first, second }),
    {
      what: 'serialise',
      text: `${second.piece} leaves the file alone until ${first.piece} has landed.`,
      command: retry(second, `Undo the change to ${files} and do it last, when ${first.piece} has landed.`),
    },
    {
      what: 'merge-first',
      text: `${first.piece} lands as soon as it is finished; ${second.piece} then takes it in.`,
      command: first.finished
        ? 'quintet merge'
        : retry(first, `Finish what touches ${files} and commit it: it lands first.`),
    },
  ]
}

/** One of them writes the path: its owner, who is given what the other has made of it, or the first where nobody owns it. */
function ownership(
  { paths, owner }: Collision,
  { first, second }: { readonly first: Opponent; readonly second: Opponent },
): readonly RadarAdvice[] {
  const [path] = paths
  if (path === undefined) return []
  if (owner === null) {
    return [
      {
        what: 'move-path',
        text: `The path moves to ${first.piece}; nobody else may write it from then on.`,
        command: `quintet scope grant ${first.session} ${quoted(path)}`,
      },
    ]
  }
  const other = owner === second.piece ? first : second
  return [
    {
      what: 'move-path',
      text: `The path stays with ${owner}, which is given what ${other.piece} has made of it.`,
      command: `quintet scope hand ${other.session} ${quoted(path)}`,
    },
  ]
}

/** Who should go first: who is finished, else who owns the path. */
function order({ left, owner }: Collision, right: Opponent): readonly [Opponent, Opponent] {
  if (left.finished !== right.finished) return left.finished ? [left, right] : [right, left]
  return owner === right.piece ? [right, left] : [left, right]
}

function retry({ session }: Opponent, reason: string): string {
  return `quintet session retry ${session} ${quoted(reason)}`
}

function named(paths: readonly string[]): string {
  const more = paths.length - MOST_NAMED
  return more > 0
    ? `${paths.slice(0, MOST_NAMED).join(', ')} and ${more} more`
    : paths.slice(0, MOST_NAMED).join(', ')
}
