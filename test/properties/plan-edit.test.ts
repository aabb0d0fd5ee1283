import { expect, test } from 'vitest'
import { changeOnce } from '../plan/edit/random-plans.ts'

const CASES = 4_000

test(`${CASES} changes of plans of any layout keep all comments and every byte of the others`, () => {
  const counts = new Map<string, number>()
  for (let seed = 1_001; seed <= 1_000 + CASES; seed++) {
    const { problems, how } = changeOnce(seed)
    expect({ seed, problems }).toEqual({ seed, problems: [] })
    counts.set(how, (counts.get(how) ?? 0) + 1)
  }
  for (const kind of ['move', 'split', 'merge']) expect(counts.get(kind)).toBeGreaterThan(CASES / 20)
})
