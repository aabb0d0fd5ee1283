// By file type: code, tests, documentation and settings are pieces of their own; what is too much for one piece is divided
// further by its folders. Pure.
import { cellOfFile, type Cell } from './cells.ts'
import { cellGraph, divisionOf, groundCells, mixOf, type Wanted } from './coupling.ts'
import type { Division, Place } from './division.ts'
import { cutGraph } from './graph.ts'
import type { Ground } from './ground.ts'

type Sort = 'code' | 'test' | 'docs' | 'config'

const LIMITS = { most: 90, folder: 0.006, file: 0.012 }
const FOLDER = 0.01
/** A sort with less of the work than this goes with the rest. */
const LEAST = 0.03
/** Endings by which tests among the code are told. */
const TEST_NAMES = [
  '.test.ts',
  '.test.tsx',
  '.test.js',
  '.test.jsx',
  '.spec.ts',
  '.spec.tsx',
  '.spec.js',
  '_test.go',
]

/** Pieces by sort of file; null where there is but one sort. */
export function byFiletype(ground: Ground, wanted: Wanted): Division | null {
  const cells = groundCells(ground, LIMITS)
  const names = testNames(ground, cells)
  const sorts = cells.map((cell) => sortOf(ground, cell, names.files))
  const weights = new Map<Sort, number>()
  for (const [index, sort] of sorts.entries())
    weights.set(sort, (weights.get(sort) ?? 0) + (cells[index]?.weight ?? 0))
  const ranked = [...weights].filter(([, weight]) => weight >= LEAST).toSorted(([, a], [, b]) => b - a)
  if (ranked.length < 2 || wanted.parts < 2) return null
  const kept = ranked.slice(0, wanted.parts)
  const [main = 'code'] = kept.map(([sort]) => sort)
  const known = new Set(kept.map(([sort]) => sort))
  const counts = shareOut(kept, wanted.parts)
  const part = new Int32Array(cells.length)
  let next = 0
  const first = new Map<Sort, number>()
  for (const [sort] of kept) {
    const mine = cells.flatMap((_, index) =>
      (known.has(sorts[index] ?? main) ? sorts[index] : main) === sort ? [index] : [],
    )
    first.set(sort, next)
    const parts = Math.min(counts.get(sort) ?? 1, mine.length)
    const found = parts < 2 ? null : cutSome(ground, { cells, mine }, parts)
    for (const [position, cell] of mine.entries()) part[cell] = next + (found?.[position] ?? 0)
    next += Math.max(1, parts)
  }
  const division = divisionOf(ground, cells, part)
  return withNames(division, names.places, { tests: testPiece(cells, sorts, part) })
}

function cutSome(
  ground: Ground,
  { cells, mine }: { readonly cells: readonly Cell[]; readonly mine: readonly number[] },
  parts: number,
): Int32Array {
  const graph = cellGraph(ground, cells, mixOf(ground, FOLDER))
  const at = new Map(mine.map((cell, index) => [cell, index]))
  const ties = graph.ties.flatMap(({ a, b, weight }) => {
    const [left, right] = [at.get(a), at.get(b)]
    return left === undefined || right === undefined ? [] : [{ a: left, b: right, weight }]
  })
  const nodes = mine.map((cell) => graph.nodes[cell] ?? 0)
  return cutGraph({ nodes, ties }, { parts, cap: 1.4 / parts, evenness: 0.3 }).part
}

/** As many pieces for each sort as its work deserves, one at least. */
function shareOut(kept: readonly (readonly [Sort, number])[], parts: number): ReadonlyMap<Sort, number> {
  const counts = new Map(kept.map(([sort]) => [sort, 1]))
  for (let left = parts - kept.length; left > 0; left--) {
    const [most] = kept.toSorted(([a, x], [b, y]) => y / (counts.get(b) ?? 1) - x / (counts.get(a) ?? 1))
    if (most !== undefined) counts.set(most[0], (counts.get(most[0]) ?? 1) + 1)
  }
  return counts
}

function sortOf(ground: Ground, cell: Cell, named: ReadonlySet<number>): Sort {
  const weights = new Map<Sort, number>()
  for (const file of cell.files) {
    if (named.has(file)) continue
    const kind = ground.facts.files[file]?.kind
    const sort = kind === 'test' || kind === 'docs' || kind === 'code' ? kind : 'config'
    weights.set(sort, (weights.get(sort) ?? 0) + (ground.weights[file] ?? 0))
  }
  return [...weights].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? 'code'
}

/** Names of tests that lie among code, and the files that have them. */
function testNames(
  ground: Ground,
  cells: readonly Cell[],
): { readonly places: readonly Place[]; readonly files: ReadonlySet<number> } {
  const of = cellOfFile(cells, ground.paths.length)
  const [root] = ground.roots
  if (ground.roots.length !== 1 || root?.place.kind !== 'folder') return { places: [], files: new Set() }
  const files = new Set<number>()
  const places: Place[] = []
  for (const suffix of TEST_NAMES) {
    const found = ground.files.filter((file) => (ground.paths[file] ?? '').endsWith(suffix))
    const among = found.filter((file) => {
      const cell = cells[of[file] ?? -1]
      return cell !== undefined && cell.files.some((other) => ground.facts.files[other]?.kind === 'code')
    })
    if (among.length < 3) continue
    places.push({ kind: 'names', path: root.place.path, suffix })
    for (const file of found) files.add(file)
  }
  return { places, files }
}

/** The piece with most of the tests, as numbered after empty ones were left out. */
function testPiece(cells: readonly Cell[], sorts: readonly Sort[], part: Int32Array): number | null {
  const used = [
    ...new Set(cells.flatMap(({ files }, index) => (files.length > 0 ? [part[index] ?? 0] : []))),
  ].toSorted((a, b) => a - b)
  const weights = new Map<number, number>()
  for (const [index, sort] of sorts.entries()) {
    const piece = used.indexOf(part[index] ?? 0)
    if (sort === 'test' && piece !== -1)
      weights.set(piece, (weights.get(piece) ?? 0) + (cells[index]?.weight ?? 0))
  }
  return [...weights].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? null
}

function withNames(
  division: Division,
  places: readonly Place[],
  { tests }: { readonly tests: number | null },
): Division {
  if (places.length === 0) return division
  const piece = tests ?? division.pieces
  return {
    pieces: tests === null ? division.pieces + 1 : division.pieces,
    given: [...division.given, ...places.map((place) => ({ place, piece }))],
  }
}
