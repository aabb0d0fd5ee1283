// The longest chain of pieces that wait for each other. Pure.
import type { Piece } from '../../contract/plan.ts'
import { dependencyOrder } from '../graph.ts'

export interface CriticalPath {
  /** Each waits for the one before it. */
  readonly pieces: readonly string[]
  /** Tracked files that they own together; a piece without any counts as one. */
  readonly size: number
  /** Of all pieces. */
  readonly total: number
  /** Pieces at work one after the other, at the least. */
  readonly steps: number
}

/** The chain with the most files, and for every piece what it waits for, directly or not. */
export function pathsOf(
  pieces: readonly Pick<Piece, 'id' | 'depends_on'>[],
  files: ReadonlyMap<string, number>,
): { readonly path: CriticalPath; readonly before: ReadonlyMap<string, ReadonlySet<string>> } {
  const sizeOf = (id: string): number => Math.max(1, files.get(id) ?? 0)
  const { order, waves } = dependencyOrder(pieces)
  const needs = new Map(pieces.map(({ id, depends_on }) => [id, depends_on]))
  const chains = new Map<string, { readonly pieces: readonly string[]; readonly size: number }>()
  const before = new Map<string, ReadonlySet<string>>()
  for (const id of order) {
    const direct = needs.get(id) ?? []
    before.set(id, new Set(direct.flatMap((need) => [need, ...(before.get(need) ?? [])])))
    const longest = direct
      .flatMap((need) => chains.get(need) ?? [])
      .reduce((best, one) => (one.size > best.size ? one : best), { pieces: [], size: 0 })
    chains.set(id, { pieces: [...longest.pieces, id], size: longest.size + sizeOf(id) })
  }
  const longest = [...chains.values()].reduce((best, one) => (one.size > best.size ? one : best), {
    pieces: [],
    size: 0,
  })
  const total = order.reduce((sum, id) => sum + sizeOf(id), 0)
  return { path: { ...longest, total, steps: waves.length }, before }
}
