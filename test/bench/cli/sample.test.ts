import { describe, expect, test } from 'vitest'
import { parseProc, parsePs, sample } from '../../../bench/cli/sample.ts'

describe('what a process has used', () => {
  test('is read from /proc whatever the program is called', () => {
    const stat = `42 (a) name) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 11 0 8000 1000 200`
    expect(parseProc(stat, 'Name:\tnode\nVmRSS:\t   92160 kB\nVmSwap: 0 kB\n')).toEqual({
      cpuMs: 3_000,
      rssMb: 90,
    })
  })

  test.each([
    ['  0:01.50  2048\n', 1_500],
    ['01:02:03 2048', 3_723_000],
    ['2-00:00:01 2048', 172_801_000],
  ])('is read from ps: %j', (text, cpuMs) => {
    expect(parsePs(text)).toEqual({ cpuMs, rssMb: 2 })
  })

  test('grows with the work of this very process', async () => {
    const before = await sample(process.pid)
    for (const end = performance.now() + 60; performance.now() < end;);
    const after = await sample(process.pid)
    expect(after.cpuMs).toBeGreaterThan(before.cpuMs)
    expect(after.rssMb).toBeGreaterThan(10)
  })
})
