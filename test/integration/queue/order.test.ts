import { describe, expect, it } from 'vitest'
import { heaviestSpared } from '../../../src/integration/queue/first.ts'
import { heaviestIndependent, type Edges } from '../../../src/integration/queue/independent.ts'
import { leastRework, rework, type OrderedBranch } from '../../../src/integration/queue/least-rework.ts'
import { random } from '../../../bench/queue/world.ts'

const branch = (piece: string, more: Partial<OrderedBranch> = {}): OrderedBranch => ({
  piece,
  needs: [],
  files: 1,
  moved: 0,
  installs: false,
  ...more,
})

describe('leastRework', () => {
  it('keeps the given order where nothing conflicts, needs first', () => {
    expect(leastRework([branch('b', { needs: ['a'] }), branch('a'), branch('c')], [])).toEqual([
      'a',
      'b',
      'c',
    ])
  })

  it('lets one branch that conflicts with many go last', () => {
    const branches = ['hub', 'a', 'b', 'c'].map((piece) => branch(piece))
    const conflicts = ['a', 'b', 'c'].map((piece) => ['hub', piece] as const)
    expect(leastRework(branches, conflicts)).toEqual(['a', 'b', 'c', 'hub'])
  })

  it('merges the wide branch and the one that moves files first', () => {
    expect(leastRework([branch('small'), branch('wide', { files: 40 })], [['small', 'wide']])).toEqual([
      'wide',
      'small',
    ])
    expect(
      leastRework(
        [branch('edits', { files: 4 }), branch('moves', { files: 4, moved: 4 })],
        [['edits', 'moves']],
      ),
    ).toEqual(['moves', 'edits'])
  })

  it('puts what changes the installation before all', () => {
    const branches = [
      branch('a'),
      branch('b'),
      branch('c', { installs: true }),
      branch('d', { installs: true, files: 9 }),
    ]
    expect(leastRework(branches, [])).toEqual(['c', 'd', 'a', 'b'])
    expect(leastRework(branches, [['a', 'd']])).toEqual(['d', 'c', 'b', 'a'])
  })

  it('holds to what builds on what, whatever conflicts', () => {
    const branches = [branch('a', { files: 9, needs: ['b'] }), branch('b'), branch('c')]
    expect(
      leastRework(branches, [
        ['a', 'c'],
        ['b', 'c'],
      ]),
    ).toEqual(['b', 'a', 'c'])
  })
})

describe('the least that is done again', () => {
  it('is what no order that keeps the needs goes below', () => {
    let bound = 0
    for (let seed = 1; seed <= 250; seed++) {
      const { branches, conflicts } = history(seed, 6)
      const order = leastRework(branches, conflicts)
      const orders = permutations(branches.map(({ piece }) => piece)).filter((one) =>
        keepsNeeds(branches, one),
      )
      const costs = orders.map((one) => doneAgain(branches, conflicts, one))
      expect(keepsNeeds(branches, order)).toBe(true)
      expect(doneAgain(branches, conflicts, order)).toBeCloseTo(Math.min(...costs), 9)
      const free = branches.map((one) => ({ ...one, needs: [] }))
      const unbound = doneAgain(free, conflicts, leastRework(free, conflicts))
      if (unbound < Math.min(...costs) - 1e-9) bound += 1
    }
    // Needs made a difference, or this has shown nothing about them.
    expect(bound).toBeGreaterThan(20)
  })

  it('leaves out one of three that each have to go before the next', () => {
    // 0 conflicts with 3, which 1 needs; 1 with 4, which 2 needs; 2 with 5, which 0 needs.
    const edges = [0, 1, 2].map((one) => [one, one + 3] as const)
    const needs = [[5], [3], [4], [], [], []]
    expect(heaviestSpared({ weights: [5, 4, 3, 1, 1, 1], edges, needs })).toEqual({
      set: [0, 1, 5],
      proven: true,
    })
  })

  it('is found for 50 branches that build on each other, whatever conflicts', () => {
    for (const share of [0.02, 0.05, 0.1, 0.3]) {
      for (let seed = 1; seed <= 5; seed++) {
        const { branches, conflicts } = history(seed, 50, share)
        const at = new Map(branches.map(({ piece }, index) => [piece, index]))
        const number = (piece: string): number => at.get(piece) ?? 0
        const weights = branches.map(rework)
        const needs = branches.map((one) => one.needs.map(number))
        const edges = conflicts.map(([a, b]) => [number(a), number(b)] as const)
        const spared = heaviestSpared({ weights, edges, needs })
        expect(spared.proven).toBe(true)
        const order = leastRework(branches, conflicts)
        expect(keepsNeeds(branches, order)).toBe(true)
        const all = weights.reduce((a, b) => a + b)
        expect(doneAgain(branches, conflicts, order)).toBeCloseTo(all - weigh(weights, spared.set), 9)
      }
    }
  })
})

type Conflicts = readonly (readonly [string, string])[]

/** Branches of which every second one needs one or two of those made before it, in a shuffled list. */
function history(
  seed: number,
  size: number,
  share = 0.4,
): { branches: OrderedBranch[]; conflicts: Conflicts } {
  const chance = random(seed)
  const pick = (below: number): number => Math.floor(chance() * below)
  const made = Array.from({ length: size }, (_, index) =>
    branch(`b${index}`, {
      files: pick(30),
      moved: pick(2),
      installs: chance() < 0.1,
      needs: Array.from({ length: index > 0 && chance() < 0.5 ? 1 + pick(2) : 0 }, () => `b${pick(index)}`),
    }),
  )
  const conflicts = made.flatMap((a, index) =>
    made.slice(index + 1).flatMap((b) => (chance() < share ? [[a.piece, b.piece] as const] : [])),
  )
  const branches = made.map((one) => ({ one, at: chance() })).toSorted((a, b) => a.at - b.at)
  return { branches: branches.map(({ one }) => one), conflicts }
}

function permutations(list: readonly string[]): string[][] {
  if (list.length < 2) return [[...list]]
  return list.flatMap((first) =>
    permutations(list.filter((one) => one !== first)).map((rest) => [first, ...rest]),
  )
}

function keepsNeeds(branches: readonly OrderedBranch[], order: readonly string[]): boolean {
  return branches.every(({ piece, needs }) =>
    needs.every((need) => order.indexOf(need) < order.indexOf(piece)),
  )
}

/** What is done again: whatever comes after something that it conflicts with. */
function doneAgain(
  branches: readonly OrderedBranch[],
  conflicts: Conflicts,
  order: readonly string[],
): number {
  const second = new Set(conflicts.map(([a, b]) => (order.indexOf(a) > order.indexOf(b) ? a : b)))
  return branches.reduce((sum, one) => sum + (second.has(one.piece) ? rework(one) : 0), 0)
}

describe('heaviestIndependent', () => {
  it('is as heavy as the best of all sets', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const { weights, edges } = graph(seed, 11, 0.3)
      const set = heaviestIndependent(weights, edges)
      expect(edges.some(([a, b]) => set.includes(a) && set.includes(b))).toBe(false)
      expect(weigh(weights, set)).toBe(bruteForce(weights, edges))
    }
  })

  it('is quick for 50 in one tangle, and finds a set among 200', () => {
    for (const [size, density] of [
      [50, 0.1],
      [50, 0.5],
      [200, 0.05],
    ] as const) {
      const { weights, edges } = graph(size, size, density)
      const set = heaviestIndependent(weights, edges)
      expect(edges.some(([a, b]) => set.includes(a) && set.includes(b))).toBe(false)
      expect(set.length).toBeGreaterThan(3)
    }
  })
})

function graph(seed: number, size: number, density: number): { weights: number[]; edges: Edges } {
  const chance = random(seed)
  const weights = Array.from({ length: size }, () => 1 + Math.floor(chance() * 9))
  const edges = weights.flatMap((_, a) =>
    weights.flatMap((_, b): [number, number][] => (a < b && chance() < density ? [[a, b]] : [])),
  )
  return { weights, edges }
}

const weigh = (weights: readonly number[], set: readonly number[]): number =>
  set.reduce((total, vertex) => total + (weights[vertex] ?? 0), 0)

function bruteForce(weights: readonly number[], edges: Edges): number {
  let best = 0
  for (let mask = 0; mask < 2 ** weights.length; mask++) {
    if (edges.some(([a, b]) => (mask >> a) % 2 === 1 && (mask >> b) % 2 === 1)) continue
    best = Math.max(
      best,
      weigh(
        weights,
        [...weights.keys()].filter((vertex) => (mask >> vertex) % 2 === 1),
      ),
    )
  }
  return best
}
