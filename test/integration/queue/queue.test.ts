import { describe, expect, it } from 'vitest'
import { SimulatedPort, type Fault, type World } from '../../../bench/queue/world.ts'
import { simulatedTable } from '../../../bench/queue/table.ts'
import type { QueuePort } from '../../../src/integration/queue/port.ts'
import { landQueue } from '../../../src/integration/queue/queue.ts'

const PIECES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

const fault = (pieces: readonly string[], tests: readonly string[], masks = false): Fault => ({
  pieces,
  tests,
  masks,
})

function world(
  more: Partial<World> & { readonly needs?: Readonly<Record<string, readonly string[]>> } = {},
): World {
  const { needs = {}, ...rest } = more
  return {
    branches: PIECES.map((piece) => ({ piece, needs: needs[piece] ?? [] })),
    faults: [],
    conflicts: [],
    unsteady: [],
    flakiness: 0,
    drift: 0,
    named: true,
    ...rest,
  }
}

/** Lands a simulated queue; what `change` gives is done in place of what the simulation would do. */
async function play(scene: World, change: (port: SimulatedPort) => Partial<QueuePort> = () => ({})) {
  const port = new SimulatedPort(scene, 7)
  const unchanged: QueuePort = {
    stack: (pieces) => port.stack(pieces),
    combine: (onto, pieces) => port.combine(onto, pieces),
    land: (stack) => port.land(stack),
    tell: (happening) => port.tell(happening),
    runAll: (stack) => port.runAll(stack),
    runOnly: (state, units) => port.runOnly(state, units),
  }
  const outcome = await landQueue({ ...unchanged, ...change(port) }, scene.branches)
  const back = outcome.back.map((one) =>
    one.kind === 'conflict' ? [one.piece, 'conflict'] : [one.piece, one.verdict],
  )
  return { ...outcome, back, costs: port.costs, happenings: port.happenings }
}

const without = (...out: readonly string[]): string[] => PIECES.filter((piece) => !out.includes(piece))

describe('landQueue', () => {
  it('lands everything with one run when all is right', async () => {
    const { landed, costs, stopped } = await play(world())
    expect([landed, costs, stopped]).toEqual([PIECES, { full: 1, tiny: 0, suites: 1 }, null])
  })

  it('finds the branch that is bad alone, and lands the others with two full runs', async () => {
    const { landed, back, costs } = await play(world({ faults: [fault(['d'], ['x:1', 'x:2'])] }))
    expect(landed).toEqual(without('d'))
    expect(back).toEqual([['d', { kind: 'alone' }]])
    expect(costs.full).toBe(2)
    // Two of them find out that the tests do not need the build.
    expect(costs.tiny).toBeLessThanOrEqual(8)
  })

  it('names the pair of branches that are red together, and sends the second back', async () => {
    const { landed, back } = await play(world({ faults: [fault(['b', 'g'], ['x:1'])] }))
    expect(landed).toEqual(without('g'))
    expect(back).toEqual([['g', { kind: 'interacts', with: ['b'] }]])
  })

  it('names three that are red together', async () => {
    const { back } = await play(world({ faults: [fault(['b', 'e', 'g'], ['x:1'])] }))
    expect(back).toEqual([['g', { kind: 'interacts', with: ['b', 'e'] }]])
  })

  it('lands a branch that was red only together with one that goes back, and what builds on it', async () => {
    // As when b renames the test that a breaks.
    const scene = world({ faults: [fault(['a'], ['x:1']), fault(['a', 'b'], ['y:1'])], needs: { d: ['b'] } })
    const { landed, back, left } = await play(scene)
    expect(back).toEqual([['a', { kind: 'alone' }]])
    expect([new Set(landed), left]).toEqual([new Set(without('a')), []])
  })

  it('tries a branch no second time that is red again without those', async () => {
    const scene = world({
      faults: [fault(['a'], ['x:1']), fault(['a', 'b'], ['y:1']), fault(['b', 'c'], ['z:1'])],
    })
    const { landed, back } = await play(scene)
    expect(landed.includes('b') && landed.includes('c')).toBe(false)
    expect(new Set(landed).size).toBe(PIECES.length - 2)
    expect(back.map(([piece]) => piece)).toContain('a')
  })

  it('finds every group of tests in one round', async () => {
    const faults = [fault(['b'], ['x:1']), fault(['e'], ['y:1']), fault(['c', 'h'], ['z:1'])]
    const { landed, back, costs } = await play(world({ faults }))
    expect(landed).toEqual(without('b', 'e', 'h'))
    expect(new Set(back.map(([piece]) => piece))).toEqual(new Set(['b', 'e', 'h']))
    expect(costs.full).toBe(2)
  })

  it('is not misled by a branch that fails other tests alone than in company', async () => {
    // Alone it breaks one test of the file, together with b others of the same file.
    const scene = world({ faults: [fault(['f', 'b'], ['x:2'])] })
    const alone = fault(['f'], ['x:1'])
    const { back, landed } = await play(scene, (port) => ({
      runOnly: async (state, units) => {
        const seen = await port.runOnly(state, units)
        const lonely = state.tree === 'f' && units.some(({ file, id }) => file === 'x' && id === null)
        const red = lonely ? alone.tests.map((id) => ({ check: 'tests', file: 'x', id, output: '' })) : []
        return { ...seen, red: [...seen.red, ...red] }
      },
    }))
    expect(back).toEqual([['f', { kind: 'alone' }]])
    expect(landed).toEqual(without('f'))
  })

  it('looks behind a broken build, and finds what it had hidden in another round', async () => {
    const { landed, back } = await play(world({ faults: [fault(['c'], [], true), fault(['f'], ['x:1'])] }))
    expect(landed).toEqual(without('c', 'f'))
    expect(back).toEqual([
      ['c', { kind: 'alone' }],
      ['f', { kind: 'alone' }],
    ])
  })

  it('takes along what builds on a culprit, and blames nobody else for it', async () => {
    const { landed, back, left } = await play(
      world({ faults: [fault(['c'], ['x:1'])], needs: { e: ['c'], g: ['e'] } }),
    )
    expect(landed).toEqual(without('c', 'e', 'g'))
    expect(back).toEqual([['c', { kind: 'alone' }]])
    expect(left).toEqual([
      { piece: 'e', kind: 'waits', reason: 'e builds on c, which does not land now.' },
      { piece: 'g', kind: 'waits', reason: 'g builds on e, which does not land now.' },
    ])
  })

  it('gives a branch another chance when the one that it conflicts with does not land', async () => {
    const scene = world({
      faults: [fault(['b'], ['x:1'])],
      conflicts: [
        ['b', 'd'],
        ['a', 'h'],
      ],
    })
    const { landed, back } = await play(scene)
    expect(landed).toEqual(without('b', 'h'))
    expect(back).toEqual([
      ['b', { kind: 'alone' }],
      ['h', 'conflict'],
    ])
  })

  it('repeats a red run that is green again on the same tree, but not for ever', async () => {
    const once = await play(world({ unsteady: ['u:1'], flakiness: 0.3 }))
    expect(once.landed).toEqual(PIECES)
    expect(once.happenings).toContainEqual({
      kind: 'flaky',
      tests: [{ check: 'tests', file: 'u', id: 'u:1' }],
    })
    const always = await play(
      world({ unsteady: Array.from({ length: 60 }, (_, n) => `u${n}:1`), flakiness: 0.05 }),
    )
    expect(always.landed).toEqual([])
    expect(always.stopped).toContain('not steady')
  })

  it('blames nobody for a target that is red already', async () => {
    const scene = world({ faults: [fault([''], ['old:1'])] })
    const { landed, back, stopped } = await play(scene, (port) => ({
      stack: async (pieces) => ({ ...(await port.stack(pieces)), baseProven: false }),
      runAll: async (stack) => {
        const { checks } = await port.runAll(stack)
        return { checks, red: [{ check: 'tests', file: 'old', id: 'old:1', output: '' }] }
      },
      runOnly: (_state, units) =>
        Promise.resolve({ red: units.map((unit) => ({ ...unit, output: '' })), unseen: [] }),
    }))
    expect([landed, back]).toEqual([[], []])
    expect(stopped).toBe('The target itself is red without any of the branches: old:1.')
  })

  it('takes a test that does not run by its name for what it was: red', async () => {
    const scene = world({ faults: [fault(['d'], ['x:1'])] })
    const { back, landed } = await play(scene, (port) => ({
      runOnly: async (state, units) => {
        const named = units.filter(({ file }) => file !== null)
        const whole = units.filter(({ file }) => file === null)
        return { red: (await port.runOnly(state, whole)).red, unseen: named }
      },
    }))
    expect(back).toEqual([['d', { kind: 'alone' }]])
    expect(landed).toEqual(without('d'))
  })

  it('bisects with single bits where the runner names no tests, and lands what is right', async () => {
    const { landed, back } = await play(
      world({ named: false, faults: [fault(['d'], ['x:1']), fault(['g'], ['y:1'])] }),
    )
    expect(landed).toEqual(without('d', 'g'))
    expect(back.map(([piece]) => piece)).toEqual(['d', 'g'])
  })

  it.each([true, false])(
    'builds before it tests, where tests read what a build makes (by name: %s)',
    async (named) => {
      const { landed, back, stopped } = await play(
        world({ builds: true, named, faults: [fault(['d'], ['x:1']), fault(['b', 'g'], ['y:1'])] }),
      )
      expect([landed, stopped]).toEqual([without('d', 'g'), null])
      expect(back.map(([piece]) => piece)).toEqual(['d', 'g'])
    },
  )

  it('says of no target that it is red when only the build is missing', async () => {
    const scene = world({ builds: true, faults: [fault(['a'], ['x:1'])] })
    const { landed, back } = await play(scene, (port) => ({
      stack: async (pieces) => ({ ...(await port.stack(pieces)), baseProven: false }),
    }))
    expect(landed).toEqual(without('a'))
    expect(back).toEqual([['a', { kind: 'alone' }]])
  })

  it('builds nothing in its search where tests do without', async () => {
    const builds: boolean[] = []
    await play(world({ faults: [fault(['d'], ['x:1'])] }), (port) => ({
      runOnly: (state, units, purpose) => {
        if (purpose === 'part' || purpose === 'alone')
          builds.push(units.some(({ check }) => check === 'build'))
        return port.runOnly(state, units)
      },
    }))
    expect(new Set(builds)).toEqual(new Set([false]))
  })

  it('repeats the full run where a check was red once and green again', async () => {
    let full = 0
    const { landed, costs } = await play(
      { ...world({ named: false }), branches: [{ piece: 'a', needs: [] }] },
      (port) => ({
        runAll: async (stack) => {
          const seen = await port.runAll(stack)
          full += 1
          return full === 1 ? { ...seen, red: [{ check: 'tests', file: null, id: null, output: '' }] } : seen
        },
      }),
    )
    expect([landed, costs.full]).toEqual([['a'], 2])
  })

  it('proves anew what it lands when the target has moved meanwhile', async () => {
    let moved = false
    const { landed, costs } = await play(world(), (port) => ({
      land: (stack) => {
        if (moved) return port.land(stack)
        moved = true
        return Promise.resolve({ kind: 'moved' })
      },
    }))
    expect([landed, costs.full]).toEqual([PIECES, 2])
  })

  it('leaves out who has withdrawn, with what builds on it', async () => {
    let asked = false
    const { landed, left } = await play(world({ needs: { c: ['b'] } }), (port) => ({
      land: (stack) => {
        if (asked) return port.land(stack)
        asked = true
        return Promise.resolve({ kind: 'withdrawn', pieces: ['b'] })
      },
    }))
    expect(landed).toEqual(without('b', 'c'))
    expect(left.map(({ piece, kind }) => [piece, kind])).toEqual([
      ['b', 'withdrawn'],
      ['c', 'waits'],
    ])
  })
})

it('costs less than the others in every row of the simulated table, and lands exactly what is right', async () => {
  for (const { size, share, queue, peers, exact } of await simulatedTable(20)) {
    expect({ size, share, exact, less: Object.values(peers).every((runs) => queue <= runs) }).toEqual({
      size,
      share,
      exact: true,
      less: true,
    })
  }
})
