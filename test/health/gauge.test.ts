import { describe, expect, it } from 'vitest'
import { utilisation } from '../../src/health/gauge.ts'

describe('utilisation', () => {
  it.each([
    [0, 200_000, 0, 'ok'],
    [139_999, 200_000, 69, 'ok'],
    [140_000, 200_000, 70, 'high'],
    [189_999, 200_000, 94, 'high'],
    [190_000, 200_000, 95, 'full'],
    [250_000, 200_000, 125, 'full'],
  ])('%d of %d is %d %%, %s', (used, size, percent, level) => {
    expect(utilisation({ used, size, source: 'provider' })).toEqual({ percent, level })
  })

  it.each([
    [50_000, null],
    [50_000, 0],
    [50_000, -1],
    [50_000, Number.NaN],
    [Number.NaN, 200_000],
    [-1, 200_000],
    [1e308, 200_000],
    [50_000, 1e308],
    [50_000, 1e-300],
  ])('does not know about %d of %d', (used, size) => {
    expect(utilisation({ used, size, source: 'unknown' })).toEqual({ percent: null, level: 'unknown' })
  })
})
