import { describe, expect, test } from 'vitest'
import { seeded } from '../scope/random.ts'
import { crashPoints, differences, type DemoResult } from '../support/crash.ts'

const reference: DemoResult = {
  exitCode: 0,
  verdict: 'landed',
  landed: ['api', 'auth'],
  tree: 'a'.repeat(40),
  subjects: ['Add more', 'Add more', 'Change it'],
  facts: { 'decision.made': 1 },
  left: [],
  waitsFor: [],
}

describe('crash points', () => {
  test('are the same for the same seed and others for another', () => {
    expect(crashPoints(seeded(7), 20, 150)).toEqual(crashPoints(seeded(7), 20, 150))
    expect(crashPoints(seeded(7), 20, 150)).not.toEqual(crashPoints(seeded(8), 20, 150))
  })

  test('take every victim in turn, within the log', () => {
    const points = crashPoints(seeded(1), 6, 10)
    expect(points.map(({ victim }) => victim)).toEqual(['daemon', 'agent', 'both', 'daemon', 'agent', 'both'])
    for (const { event } of points) expect(event).toBeOneOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })
})

describe('differences', () => {
  test('are none between equal results', () => {
    expect(differences({ ...reference }, reference)).toEqual([])
  })

  test.each<[string, Partial<DemoResult>, string]>([
    ['an exit code', { exitCode: 1 }, 'the exit code is 1, not 0'],
    ['a verdict', { verdict: 'partial' }, 'the verdict is "partial", not "landed"'],
    ['a piece', { landed: ['api'] }, 'the list of what landed is ["api"], not ["api","auth"]'],
    ['the tree', { tree: 'b' }, `the tree of the target is "b", not "${'a'.repeat(40)}"`],
    ['a fact', { facts: { 'decision.made': 2 } }, 'the number of facts decision.made is 2, not 1'],
    ['something left', { left: ['port lease 7'] }, 'left behind: port lease 7'],
  ])('name %s', (_what, change, sentence) => {
    expect(differences({ ...reference, ...change }, reference)).toEqual([sentence])
  })

  test('name a commit that was made once too often, and one that is missing', () => {
    const subjects = ['Add more', 'Add more', 'Add more']
    expect(differences({ ...reference, subjects }, reference)).toEqual([
      'the number of commits "Add more" is 3, not 2',
      'the commit "Change it" is missing',
    ])
  })

  test('are what it waits for, where the run has not ended', () => {
    const result = { ...reference, exitCode: null, verdict: null, waitsFor: ['auth is failed: no agent'] }
    expect(differences(result, reference)).toEqual(['the run does not end: auth is failed: no agent'])
  })

  test('are there between an undisturbed demo that failed and itself', () => {
    const failed = { ...reference, verdict: 'partial' }
    expect(differences(failed, failed)).toHaveLength(1)
  })
})
