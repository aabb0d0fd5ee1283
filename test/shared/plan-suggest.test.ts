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
  test('at most 21 of 147 pull requests cross them, and not because one piece had nearly everything', async () => {
    const { total, best, byBoundary } = await webpackCrossings(FILE, MIRROR)
    expect(total).toBe(147)
    expect(best.count).toBeLessThanOrEqual(21)
    expect(best.largest).toBeLessThanOrEqual(0.4)
    expect(byBoundary).toContainEqual(best)
  })
})
