import { describe, expect, test } from 'vitest'
import { median, ratio, rounded, spread } from '../../bench/statistics.ts'

describe('median', () => {
  test('is the middle of an odd number of values, whatever their order', () => {
    expect(median([9, 1, 100])).toBe(9)
  })

  test('is halfway between the two in the middle of an even number', () => {
    expect(median([4, 1, 2, 100])).toBe(3)
  })

  test('of nothing is no number', () => {
    expect(median([])).toBeNaN()
  })
})

test('a ratio compares medians, so that one slow run does not count', () => {
  expect(ratio([10, 11, 900], [8, 5, 5])).toBe(2.2)
})

test('figures are rounded to the digits asked for', () => {
  expect(rounded(1.005_9, 2)).toBe(1.01)
  expect(rounded(1_234.5, 0)).toBe(1_235)
})

test('a spread shows median, shortest and longest', () => {
  expect(spread([30.4, 10.2, 20])).toBe('20 ms (10–30)')
})
