// Suggested plans against 147 real pull requests of webpack, which five areas drawn by hand let 21 of through. Needs the case and a
// mirror of webpack beside the repository (../shared and ../.mirror); without them the lane says so and passes.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { webpackCrossings } from '../../bench/plan/areas.ts'

const FILE = fileURLToPath(new URL('../../../shared/data/cases/webpack-es6-2017/case.json', import.meta.url))
const MIRROR = fileURLToPath(new URL('../../../.mirror/webpack+webpack/repo', import.meta.url))
const missing = [FILE, MIRROR].filter((path) => !existsSync(path))
const said = missing.length === 0 ? '' : `: not there: ${missing.join(', ')}`

describe.runIf(missing.length === 0)(`five pieces for webpack-es6-2017${said}`, () => {
  test('at most 21 of 147 pull requests cross them', async () => {
    const { total, crossing, byBoundary } = await webpackCrossings(FILE, MIRROR)
    expect(total).toBe(147)
    expect(crossing).toBeLessThanOrEqual(21)
    // And not because one piece had nearly everything: whole folders do it with pieces as even as those by hand.
    const even = byBoundary.filter(({ largest }) => largest < 0.4)
    expect(Math.min(...even.map(({ count }) => count))).toBeLessThanOrEqual(21)
  })
})
