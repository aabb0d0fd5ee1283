import { expect, test } from 'vitest'
import { renderReport } from '../../src/tui/plan.ts'
import { displayWidth } from '../../src/tui/text.ts'
import { report } from '../plan/fixture.ts'

test('a long title and a scope of many patterns do not make a table that nobody reads', () => {
  const many = Array.from({ length: 40 }, (_, index) => `/src/area-${index}/`)
  const [piece] = [{ id: 'all', include: ['/docs/', ...many], more: '' }]
  const checked = report([piece])
  const long = 'Give every error of the whole repository a code that never changes its meaning: all'
  const owners = checked.owners.map((owner) => ({ ...owner, title: long }))
  const [, row = ''] = renderReport({ ...checked, owners }, { width: 10_000, colour: false })
  expect(row).toBe(
    'all        1  /docs/, /src/area-0/, /src/area-1/, /src/area-2/ and 37 more  Give every error of the whole repositor…',
  )
  expect(displayWidth(row)).toBeLessThan(130)
})
