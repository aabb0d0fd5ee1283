import { describe, expect, test } from 'vitest'
import { errorSignatures, normaliseLine, outputKey } from '../../src/health/signature.ts'

describe('normalised lines', () => {
  test('places, numbers, hashes and times do not tell failures apart', () => {
    const here = normaliseLine('/repo/src/auth/token.ts:41:12: Expected 401 after 12.5 ms (seed 0xdeadbeef)')
    const there = normaliseLine('C:\\work\\src\\auth\\token.ts:7:3: expected 200 after 3 ms (seed 0x1)')
    expect(here).toBe(there)
  })

  test('names do', () => {
    expect(normaliseLine("Cannot find module 'left'")).not.toBe(normaliseLine("Cannot find module 'right'"))
  })
})

describe('error signatures', () => {
  test('what the command asked for does not tell them apart', () => {
    const of = (name: string): string[] =>
      errorSignatures(`E: Unable to locate package ${name}`, `apt-get install -y ${name}`)
    expect(of('libfoo-dev')).toEqual(of('foo-devel'))
  })

  test('lines that every failure of a tool prints are none', () => {
    const text = [
      'Exit code 1',
      'Traceback (most recent call last):',
      'FAIL',
      'Tests: 3 failed, 4 passed',
      'make: *** [Makefile:3: test] Error 1',
      'hint: use --force to fail',
      'npm ERR! code ELIFECYCLE',
      '[test] ERROR task failed',
    ]
    expect(errorSignatures(text.join('\n'))).toEqual([])
  })

  test('are at most eight, however long the output', () => {
    const lines = Array.from(
      { length: 5000 },
      (_, at) => `error: ${String.fromCodePoint(97 + (at % 26))}x${'y'.repeat(at % 9)} is missing`,
    )
    expect(errorSignatures(lines.join('\n')).length).toBeLessThanOrEqual(8)
  })
})

test('outputs that differ in times only have one key', () => {
  expect(outputKey('done in 12 ms at 10:11:12')).toBe(outputKey('done in 7 ms at 22:01:59'))
  expect(outputKey('3 failed')).not.toBe(outputKey('2 failed'))
})
