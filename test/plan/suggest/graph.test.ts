import { describe, expect, test } from 'vitest'
import { cellsOf } from '../../../src/plan/suggest/cells.ts'
import { cutGraph, type Graph } from '../../../src/plan/suggest/graph.ts'

/** Groups of four nodes that all hang together, each tied to the next by one weak tie. */
function cliques(count: number): Graph {
  const ties = Array.from({ length: count }, (_, group) => {
    const nodes = [0, 1, 2, 3].map((node) => group * 4 + node)
    const inside = nodes.flatMap((a, index) => nodes.slice(index + 1).map((b) => ({ a, b, weight: 1 })))
    return group === 0 ? inside : [...inside, { a: group * 4 - 1, b: group * 4, weight: 0.2 }]
  })
  return { nodes: Array.from({ length: count * 4 }, () => 1), ties: ties.flat() }
}

describe('cutGraph', () => {
  test('cuts where the fewest ties are', () => {
    const { part } = cutGraph(cliques(4), { parts: 4, cap: 0.4, evenness: 0.3 })
    const groups = [0, 1, 2, 3].map((group) => new Set(part.slice(group * 4, group * 4 + 4)))
    expect(groups.map(({ size }) => size)).toEqual([1, 1, 1, 1])
    expect(new Set(part).size).toBe(4)
  })

  test('holds the cap, though one part would cut nothing', () => {
    const { part } = cutGraph(cliques(3), { parts: 2, cap: 0.7, evenness: 0 })
    const sizes = [0, 1].map((one) => part.filter((other) => other === one).length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8)
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(4)
  })

  test('answers the same every time', () => {
    const options = { parts: 3, cap: 0.5, evenness: 0.3 }
    expect(cutGraph(cliques(5), options)).toEqual(cutGraph(cliques(5), options))
  })

  test('no ties at all, and weights of nothing, are divided all the same', () => {
    const { part } = cutGraph({ nodes: [0, 0, 0, 0], ties: [] }, { parts: 2, cap: 0.7, evenness: 0.3 })
    expect(part.filter((one) => one === 0)).toHaveLength(2)
  })
})

describe('cellsOf', () => {
  const paths = ['a/big.ts', 'a/x/1.ts', 'a/x/2.ts', 'a/y/1.ts', 'b/1.ts', 'c.ts']
  const weights = [0.3, 0.15, 0.15, 0.02, 0.35, 0.03]
  const roots = [{ place: { kind: 'folder', path: '' } as const, files: [0, 1, 2, 3, 4, 5] }]

  test('heavy folders and files are cells, the rest stays with what is around', () => {
    const cells = cellsOf({ roots, paths, weights }, { most: 10, folder: 0.2, file: 0.25 })
    const told = cells.map(({ place, files }) => `${place.kind} ${place.path}: ${files.join(' ')}`)
    expect(told.toSorted()).toEqual([
      'file a/big.ts: 0',
      'folder : 5',
      'folder a/x: 1 2',
      'folder a: 3',
      'folder b: 4',
    ])
    expect(cells.flatMap(({ files }) => files).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('a closed folder stays with what is around it', () => {
    const cells = cellsOf(
      { roots, paths, weights },
      { most: 10, folder: 0.2, file: 0.25, closed: (path) => path === 'a' },
    )
    expect(cells.map(({ place }) => place.path).toSorted()).toEqual(['', 'b'])
  })
})
