import { describe, expect, it } from 'vitest'
import { fingerprint, shuffled } from '../../src/health/fingerprint.ts'
import { coverage, haystack, oneLine, plainText, wordOverlap } from '../../src/health/words.ts'

describe('words', () => {
  it('compares by words that carry meaning', () => {
    expect(
      wordOverlap('No, use pnpm and not npm!', 'again: please use pnpm, not npm'),
    ).toBeGreaterThanOrEqual(0.4)
    expect(wordOverlap('Use pnpm.', 'The button must be blue.')).toBe(0)
    expect(wordOverlap('the of', 'the of')).toBe(0)
  })

  it('keeps paths whole and drops marks', () => {
    expect(plainText('**Never** edit `src/db/*.ts`, ok?')).toBe('never edit src/db ts ok')
    expect(plainText('Ends here.')).toBe('ends here')
    expect(plainText("Don't. Stop!")).toBe("don't stop")
  })

  it('finds a sentence as it stands, or by its share of words', () => {
    const hay = haystack('Rules: Never edit `src/db`. Errors are returned as Result values.')
    expect(coverage('never edit src/db', hay)).toBe(1)
    expect(coverage('Errors returned Result always thrown', hay)).toBe(0.6)
    expect(coverage('', hay)).toBe(0)
  })

  it('cuts a line with a mark', () => {
    expect(oneLine('a\n b  c', 10)).toBe('a b c')
    expect(oneLine('abcdefghij', 5)).toBe('abcd…')
  })
})

describe('fingerprint', () => {
  it('is stable for ever, of fixed length, and differs', () => {
    expect(fingerprint('never push')).toBe('d0dce295db48a')
    expect(fingerprint('')).toMatch(/^[0-9a-f]{13}$/)
    const many = new Set(Array.from({ length: 20_000 }, (_, index) => fingerprint(`constraint ${index}`)))
    expect(many.size).toBe(20_000)
  })

  it('orders by seed, not by place', () => {
    const values = ['a', 'b', 'c', 'd', 'e', 'f']
    expect(shuffled(values, 's')).toEqual(shuffled([...values].reverse(), 's'))
    expect(shuffled(values, 's')).not.toEqual(values)
    expect(shuffled(values, 's')).not.toEqual(shuffled(values, 't'))
  })
})
