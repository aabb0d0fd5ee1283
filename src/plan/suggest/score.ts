// What a division promises: how much of the work will cross pieces, how even it is, how far pieces build on each other, and how
// few patterns say it. Numbers of what was measured first, one cost to rank by last. Pure.
import { Owners, type Division } from './division.ts'
import type { Ground } from './ground.ts'
import type { Tie } from './graph.ts'
import { patternsOf } from './patterns.ts'

export interface Score {
  /** Share of what was changed together that lies in different pieces; null where no history tells. */
  readonly overlap: number | null
  /** Share of the imports that go from one piece to another; null where there are none. */
  readonly imports: number | null
  /** Hub files that two pieces or more are likely to touch. */
  readonly hubs: number
  /** Share of the expected work of each piece. */
  readonly shares: readonly number[]
  /** The longest chain of pieces of which each builds on the next; 1: all stand alone. */
  readonly depth: number
  readonly patterns: number
  readonly mostPatterns: number
  /** Files of the goal that no piece owns. */
  readonly unowned: number
  /** What was changed together across each two pieces, as a share of all that was changed together. */
  readonly pairs: readonly { readonly a: number; readonly b: number; readonly share: number }[]
  /** Lower is better. */
  readonly cost: number
}

/** What each counts against a whole of overlap. */
const COST = { imports: 0.25, hub: 0.004, uneven: 0.1, depth: 0.01, pattern: 0.0015 }
/** Patterns that anybody reads at a glance. */
const EASY = 4
/** A piece builds on another when it takes this share of its imports from there, and twice what goes back. */
const BUILDS_ON = 0.1

/** Judges a division. `patterns`: how many each piece has, where they are written down already. */
export function scoreOf(ground: Ground, division: Division, patterns?: readonly number[]): Score {
  const owners = new Owners(division)
  const owner = Int32Array.from(ground.paths, (path) => owners.ownerOf(path) ?? -1)
  const shares = sharesOf(ground, owner, division.pieces)
  const overlap = cutShare(ground.together, owner)
  const imports = cutShare(ground.imports, owner)
  const counts =
    patterns ?? patternsOf(division).map(({ include, exclude }) => include.length + exclude.length)
  const measured = {
    overlap,
    imports,
    hubs: contendedHubs(ground, owner),
    shares,
    depth: depthOf(ground.imports, owner, division.pieces),
    patterns: counts.reduce((sum, count) => sum + count, 0),
    mostPatterns: Math.max(0, ...counts),
    unowned: ground.files.filter((file) => owner[file] === -1).length,
    pairs: pairsOf(ground.together, owner),
  }
  return { ...measured, cost: costOf(measured, ground.trust) }
}

function costOf(score: Omit<Score, 'cost'>, trust: number): number {
  const { overlap, imports, hubs, shares, depth, patterns } = score
  const uneven = Math.max(0, ...shares) * shares.length - 1
  const coupling =
    (overlap ?? imports ?? 0) * trust + (imports ?? overlap ?? 0) * (COST.imports + (1 - trust))
  const unclear = Math.max(0, patterns - EASY * shares.length)
  return coupling + COST.hub * hubs + COST.uneven * uneven + COST.depth * (depth - 1) + COST.pattern * unclear
}

function sharesOf({ weights, files }: Ground, owner: Int32Array, pieces: number): readonly number[] {
  const found = new Float64Array(pieces)
  for (const file of files) {
    const piece = owner[file] ?? -1
    if (piece >= 0) found[piece] = (found[piece] ?? 0) + (weights[file] ?? 0)
  }
  return [...found]
}

function cutShare(ties: readonly Tie[], owner: Int32Array): number | null {
  let [cut, all] = [0, 0]
  for (const { a, b, weight } of ties) {
    all += weight
    if (owner[a] !== owner[b]) cut += weight
  }
  return all === 0 ? null : cut / all
}

function pairsOf(ties: readonly Tie[], owner: Int32Array): Score['pairs'] {
  const found = new Map<string, { a: number; b: number; share: number }>()
  const all = ties.reduce((sum, { weight }) => sum + weight, 0)
  for (const tie of ties) {
    const [left = -1, right = -1] = [owner[tie.a], owner[tie.b]]
    if (left === right || left < 0 || right < 0) continue
    const [a, b] = [Math.min(left, right), Math.max(left, right)]
    const known = found.get(`${a} ${b}`) ?? { a, b, share: 0 }
    known.share += tie.weight / all
    found.set(`${a} ${b}`, known)
  }
  return [...found.values()].toSorted((x, y) => y.share - x.share)
}

/** Hub files that were changed together with files of two pieces or more. */
function contendedHubs({ facts }: Ground, owner: Int32Array): number {
  const seen = new Map<number, Set<number>>(facts.hubs.map(({ file }) => [file, new Set()]))
  for (const [a, b] of facts.together) {
    for (const [hub, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const piece = owner[other] ?? -1
      if (piece >= 0) seen.get(hub)?.add(piece)
    }
  }
  return [...seen.values()].filter((pieces) => pieces.size > 1).length
}

/** Pieces that each piece builds on, by its imports. */
export function buildsOn(
  ties: readonly Tie[],
  owner: ArrayLike<number>,
  pieces: number,
): readonly (readonly number[])[] {
  const flow = Array.from({ length: pieces }, () => new Float64Array(pieces))
  for (const { a, b, weight } of ties) {
    const [from = -1, to = -1] = [owner[a], owner[b]]
    if (from >= 0 && to >= 0) flow[from]?.fill((flow[from]?.[to] ?? 0) + weight, to, to + 1)
  }
  return flow.map((row, from) => {
    const total = row.reduce((sum, weight) => sum + weight, 0)
    return [...row.keys()].filter((to) => {
      const out = row[to] ?? 0
      return to !== from && out >= total * BUILDS_ON && out > 0 && out >= 2 * (flow[to]?.[from] ?? 0)
    })
  })
}

function depthOf(ties: readonly Tie[], owner: Int32Array, pieces: number): number {
  const below = buildsOn(ties, owner, pieces)
  const depth = (piece: number, above: readonly number[]): number =>
    1 +
    Math.max(
      0,
      ...(below[piece] ?? [])
        .filter((next) => !above.includes(next))
        .map((next) => depth(next, [...above, next])),
    )
  return Math.max(1, ...Array.from({ length: pieces }, (_, piece) => depth(piece, [piece])))
}
