import { expect, test } from 'vitest'
import { jsonLine, listLines, tableLines } from '../../bench/report.ts'

const figures = { fast_ratio: 1.2, slow_ratio: 3, plain_ms: 40, unknown: null }

test('the JSON line holds the name and the figures and nothing else', () => {
  expect(JSON.parse(jsonLine('workspace', { figures }))).toEqual({ bench: 'workspace', figures })
  expect(jsonLine('workspace', { figures })).not.toContain('\n')
})

test('the table shows each figure with its goal', () => {
  const lines = tableLines(
    { figures, details: ['a detail'], ok: true },
    { goals: { fast_ratio: 1.3, slow_ratio: 2, unknown: 1 }, floors: { plain_ms: 50 } },
  )
  expect(lines).toEqual([
    'a detail',
    '',
    'figure      value  goal',
    'fast_ratio  1.2    <= 1.3 met',
    'slow_ratio  3      <= 2 NOT MET',
    'plain_ms    40     >= 50 NOT MET',
    'unknown     -      <= 1 NOT MET',
  ])
})

test('the list names every benchmark with its options', () => {
  const options = [{ flags: '--rounds <n>', summary: 'how often' }]
  expect(listLines([{ name: 'cli', summary: 'starts', options }]).slice(1)).toEqual([
    '',
    'cli: starts',
    '  --rounds <n>  how often',
  ])
})
