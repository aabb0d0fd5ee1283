import { expect, test } from 'vitest'
import { changeOnce } from './random-plans.ts'

const CASES = 150

test(`${CASES} changes of plans of any layout keep all comments and every byte of the others`, () => {
  for (let seed = 1; seed <= CASES; seed++) {
    expect({ seed, problems: changeOnce(seed).problems }).toEqual({ seed, problems: [] })
  }
})
