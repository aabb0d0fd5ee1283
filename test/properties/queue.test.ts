// A thousand histories of everything that goes wrong at once, each broken off before and after every single step: the target
// is never red by our hand, every branch has exactly one answer, and what is right lands when nothing is unsteady.
import { describe, expect, test } from 'vitest'
import { playHistory, redLandings, type History } from '../../bench/queue/histories.ts'
import { truth } from '../../bench/queue/world.ts'

const HISTORIES = 1_000

/** What is wrong with how a history ended, one line each. */
function problems(seed: number, history: History): string[] {
  const { world, outcome, port } = history
  const answered = [
    ...outcome.landed,
    ...outcome.back.map(({ piece }) => piece),
    ...outcome.left.map(({ piece }) => piece),
  ]
  const pieces = world.branches.map(({ piece }) => piece)
  const inTarget = pieces.filter((piece) => port.target.has(piece))
  return [
    ...(redLandings(history) > 0 ? ['a red state has landed'] : []),
    ...(same(answered, pieces) ? [] : [`answers for ${answered.join(' ')}, not for ${pieces.join(' ')}`]),
    ...(same(inTarget, outcome.landed)
      ? []
      : [`says ${outcome.landed.join(' ')}, and ${inTarget.join(' ')} is in`]),
    ...world.branches
      .filter(({ piece, needs }) => port.target.has(piece) && needs.some((need) => !port.target.has(need)))
      .map(({ piece }) => `${piece} has landed without what it needs`),
    ...blamed(history),
  ].map((problem) => `history ${seed}: ${problem}`)
}

const same = (left: readonly string[], right: readonly string[]): boolean =>
  left.toSorted().join(' ') === right.toSorted().join(' ')

/** Where all tests are steady, a branch goes back only for a fault of which it is a part. */
function blamed({ world, outcome, port }: History): string[] {
  if (world.flakiness > 0 || world.drift > 0) return []
  return outcome.back.flatMap((back) => {
    if (back.kind === 'conflict') return []
    const closure = new Set([back.piece])
    for (const piece of closure)
      for (const need of world.branches.find((branch) => branch.piece === piece)?.needs ?? [])
        closure.add(need)
    const guilty = world.faults.some((fault) => fault.pieces.some((piece) => closure.has(piece)))
    // On the target, which may have come to hold more since.
    const alone = truth(world, new Set([...port.target, ...closure])).length > 0
    return [
      ...(guilty ? [] : [`${back.piece} is blamed and has no part in any fault`]),
      ...(back.verdict.kind === 'alone' && !alone ? [`${back.piece} is said to be bad alone`] : []),
    ]
  })
}

describe('histories with a crash at every step', () => {
  const BATCHES = 10
  test.each(Array.from({ length: BATCHES }, (_, batch) => batch))('batch %i', async (batch) => {
    const found: string[] = []
    let crashes = 0
    for (let seed = batch + 1; seed <= HISTORIES; seed += BATCHES) {
      const history = await playHistory(seed, true)
      crashes += history.crashes
      found.push(...problems(seed, history))
    }
    expect(found).toEqual([])
    expect(crashes).toBeGreaterThan(HISTORIES / BATCHES)
  })
})

test('a crash changes nothing but the time it takes, where all tests are steady', async () => {
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const [calm, crashed] = [await playHistory(seed, false), await playHistory(seed, true)]
    if (calm.world.flakiness > 0 || calm.world.drift > 0) continue
    expect({ seed, outcome: crashed.outcome }).toEqual({ seed, outcome: calm.outcome })
  }
})

test('nothing lands on a commit that was seen red, but by a full run of it that is green after that', async () => {
  const found: string[] = []
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const { port } = await playHistory(seed, false)
    for (const { tree } of port.unproven) found.push(`history ${seed}: ${tree}`)
  }
  expect(found).toEqual([])
})
