import { expect, it } from 'vitest'
import { pauseAfter, type Pause } from '../../../../src/engine/session/external/pause.ts'

const AT = { kind: 'at', commit: 'c1' } as const

function pauses(reading: Parameters<typeof pauseAfter>[0], remote: boolean, looks: number): number[] {
  const found: number[] = []
  let before: Pause | null = null
  for (let look = 0; look < looks; look++) {
    before = pauseAfter(reading, { before, news: false, remote })
    found.push(before.ms)
  }
  return found
}

it('grows while nothing moves, up to a bound', () => {
  expect(pauses(AT, false, 8)).toEqual([2_000, 3_000, 4_500, 6_750, 10_125, 15_000, 15_000, 15_000])
  expect(pauses(AT, true, 10).at(-1)).toBe(300_000)
  expect(pauses({ kind: 'unreachable', why: '' }, true, 10)).toContain(600_000)
})

it('is short again after news, and never shorter than for what is there now', () => {
  expect(pauseAfter(AT, { before: { ms: 300_000 }, news: true, remote: true }).ms).toBe(15_000)
  const lost = { kind: 'unreachable', why: '' } as const
  expect(pauseAfter(lost, { before: { ms: 15_000 }, news: false, remote: true }).ms).toBe(30_000)
})
