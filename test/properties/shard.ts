import { expect, test } from 'vitest'
import { checkOverlaps } from '../scope/cases.ts'

/** Cases per seed; all shards together hold 100,000. */
const CASES = 5_000

/** The test of a shard: the seeds from the first to the last. */
export function testShard(first: number, last: number): void {
  const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  test.each(seeds)(`no overlap is missed in ${CASES} cases (seed %i)`, (seed) => {
    const { mistakes, met, overlapping } = checkOverlaps(seed, CASES)
    expect(mistakes).toEqual([])
    expect(met).toBeGreaterThan(CASES / 8)
    expect(overlapping).toBeLessThan((CASES * 3) / 4)
  })
}
