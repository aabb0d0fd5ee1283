// The ownership map against 147 real pull requests: five sessions by area, each pull request judged with the map for the
// piece of its own area. Needs the case beside the repository (../shared/data/cases/webpack-es6-2017); without it the
// lane says so and passes.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { loadCase, type Case } from '../../bench/webpack/case.ts'
import { pieceOf, scopes } from '../../bench/webpack/plan.ts'
import { overlap } from '../../src/scope/overlap.ts'
import { ownershipInForce, type OwnershipMap } from '../../src/scope/ownership.ts'

const FILE = fileURLToPath(new URL('../../../shared/data/cases/webpack-es6-2017/case.json', import.meta.url))
const present = existsSync(FILE)

function mapOf({ areas }: Case): OwnershipMap {
  const pieces = Object.entries(scopes(areas)).map(([area, { include, exclude }]) => ({
    id: pieceOf(area),
    scope: { include: [...include], exclude: [...exclude] },
  }))
  return ownershipInForce({ pieces, shared: [] }, [])
}

describe.runIf(present)(`webpack-es6-2017${present ? '' : ': the case is not there'}`, () => {
  test('exactly the 21 pull requests that cross an area are flagged', async () => {
    const spec = await loadCase(FILE)
    const map = mapOf(spec)
    const flagged = spec.branches
      .filter(({ area, files }) => map.judge(pieceOf(area), files).outOfScope.length > 0)
      .map(({ branch }) => branch)
    expect(spec.branches).toHaveLength(147)
    expect(spec.truth.crossingAnArea).toHaveLength(21)
    expect(flagged.toSorted()).toEqual(spec.truth.crossingAnArea.toSorted())
  })

  test('no two areas meet, and every file of a pull request belongs to one', async () => {
    const spec = await loadCase(FILE)
    const areas = Object.values(scopes(spec.areas))
    for (const [index, one] of areas.entries()) {
      for (const other of areas.slice(index + 1)) expect(overlap(one, other)).toBeNull()
    }
    const map = mapOf(spec)
    const files = new Set(spec.branches.flatMap(({ files }) => files))
    expect([...files].filter((file) => map.ownerOf(file).kind !== 'owned')).toEqual([])
  })

  test('the owner that is named is the area that was crossed into', async () => {
    const spec = await loadCase(FILE)
    const map = mapOf(spec)
    for (const { area, files } of spec.branches) {
      for (const { path, owner } of map.judge(pieceOf(area), files).outOfScope) {
        expect(owner).not.toBeNull()
        expect(owner).not.toBe(pieceOf(area))
        expect(map.owns(owner ?? '', path)).toBe(true)
      }
    }
  })
})
