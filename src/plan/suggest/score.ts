// What a division promises: how much of the work will cross pieces, how even it is, how far pieces build on each other, and how
// few patterns say it. Numbers of what was measured first, one cost to rank by last. Pure.
import type { RepositoryFacts } from '../facts/facts.ts'
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
  /** Share of the work that has to be done one after the other: that of the largest piece, or of pieces that wait for each other. */
  readonly longest: number
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
const COST = { imports: 0.25, hub: 0.004, uneven: 0.1, depth: 0.01, pattern: 0.0015, range: 0.003 }
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
    longest: longestChain(shares, waitsFor(ground, division, owner)),
    depth: depthOf(ground.imports, owner, division.pieces),
    patterns: counts.reduce((sum, count) => sum + count, 0),
    mostPatterns: Math.max(0, ...counts),
    unowned: ground.files.filter((file) => owner[file] === -1).length,
    pairs: pairsOf(ground.together, owner, division.pieces),
  }
  const ranges = division.given.filter(({ place }) => place.kind === 'range').length
  return { ...measured, cost: costOf(measured, ground.trust) + COST.range * ranges }
}

function costOf(score: Omit<Score, 'cost'>, trust: number): number {
  const { overlap, imports, hubs, shares, longest, depth, patterns } = score
  const owned = shares.reduce((sum, share) => sum + share, 0)
  // Pieces that wait for each other take as long as one that is as large as all of them.
  const uneven = owned === 0 ? 0 : (Math.max(0, longest) / owned) * shares.length - 1
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
    // What no piece owns is not together with anything: whoever changes it has to ask.
    if (owner[a] !== owner[b] || owner[a] === -1) cut += weight
  }
  return all === 0 ? null : cut / all
}

function pairsOf(ties: readonly Tie[], owner: Int32Array, pieces: number): Score['pairs'] {
  const found = new Float64Array(pieces * pieces)
  let all = 0
  for (const { a, b, weight } of ties) {
    all += weight
    const [left = -1, right = -1] = [owner[a], owner[b]]
    if (left === right || left < 0 || right < 0) continue
    const pair = Math.min(left, right) * pieces + Math.max(left, right)
    found[pair] = (found[pair] ?? 0) + weight
  }
  return [...found]
    .flatMap((weight, pair) =>
      weight === 0 ? [] : [{ a: Math.floor(pair / pieces), b: pair % pieces, share: weight / all }],
    )
    .toSorted((x, y) => y.share - x.share)
}

/** Hub files that were changed together with files of two pieces or more. */
function contendedHubs({ facts }: Ground, owner: Int32Array): number {
  return hubTies(facts).filter((others) => {
    const pieces = new Set(others.map((other) => owner[other] ?? -1))
    pieces.delete(-1)
    return pieces.size > 1
  }).length
}

/** What each hub file was changed together with: asked for every division, and the same for all. */
function hubTies(facts: RepositoryFacts): readonly (readonly number[])[] {
  const known = HUB_TIES.get(facts)
  if (known !== undefined) return known
  const seen = new Map<number, number[]>(facts.hubs.map(({ file }) => [file, []]))
  for (const [a, b] of facts.together) {
    seen.get(a)?.push(b)
    seen.get(b)?.push(a)
  }
  const found = [...seen.values()]
  HUB_TIES.set(facts, found)
  return found
}

const HUB_TIES = new WeakMap<RepositoryFacts, readonly (readonly number[])[]>()

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

/** For each piece those that it waits for, where the division has an order: what it builds on, without what those wait for
 *  anyway. */
export function waitsFor(
  { imports }: Pick<Ground, 'imports'>,
  { pieces, ordered = false }: Division,
  owner: ArrayLike<number>,
): readonly (readonly number[])[] {
  if (!ordered) return Array.from({ length: pieces }, () => [])
  const below = buildsOn(imports, owner, pieces).map((found, piece) => found.filter((other) => other < piece))
  const reached = (piece: number): readonly number[] =>
    (below[piece] ?? []).flatMap((other) => [other, ...reached(other)])
  return below.map((found) =>
    found.filter((other) => !found.some((between) => between !== other && reached(between).includes(other))),
  )
}

/** The most work on a way from a piece down through those that it waits for. */
function longestChain(shares: readonly number[], waits: readonly (readonly number[])[]): number {
  const chains: number[] = []
  for (const [piece, share] of shares.entries())
    chains.push(share + Math.max(0, ...(waits[piece] ?? []).map((other) => chains[other] ?? 0)))
  return Math.max(0, ...chains)
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
