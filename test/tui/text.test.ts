import { expect, test } from 'vitest'
import { duration } from '../../src/tui/duration.ts'
import { colourWanted, toned } from '../../src/tui/style.ts'
import { table } from '../../src/tui/table.ts'
import { displayWidth, listed, oneLine, pad, pathEnd, printable, truncate, wrap } from '../../src/tui/text.ts'

test.each([
  ['plain', 5],
  ['漢字', 4],
  ['e\u0301', 1],
  ['ｆｕｌｌ', 8],
  ['🚀', 2],
  ['\u001B[31mred\u001B[39m', 3],
  ['', 0],
])('%j is %i columns wide', (text, width) => {
  expect(displayWidth(text)).toBe(width)
})

test('cutting never leaves more than the width, also in the middle of a wide character', () => {
  for (let width = 0; width <= 9; width += 1) {
    expect(displayWidth(truncate('漢字漢字x', width))).toBeLessThanOrEqual(width)
  }
  expect(truncate('abcdef', 4)).toBe('abc…')
  expect(truncate('abcd', 4)).toBe('abcd')
  expect(pad('漢', 4)).toBe('漢  ')
  expect(pad('7', 3, 'right')).toBe('  7')
})

test('control characters go; lines stay where several are meant', () => {
  expect(oneLine('a\n\tb\u0007\u001B[1mc')).toBe('a bc')
  expect(printable('a\r\nb\u001B[2Jc\u0008\td')).toBe('a\nbc\td')
})

test('a list that does not fit says how many more there are', () => {
  expect(listed(['one', 'two', 'three'], 15)).toBe('one, two, three')
  expect(listed(['one', 'two', 'three', 'four'], 17)).toBe('one and 3 more')
  expect(listed(['one', 'two', 'three', 'four'], 19)).toBe('one, two and 2 more')
  expect(listed(['one', 'two', 'three'], 3)).toBe('one and 2 more')
  expect([listed([], 5), listed(['longer'], 3)]).toEqual(['', 'longer'])
})

test('wrapping keeps long words whole', () => {
  expect(wrap('one two three-and-more four', 8)).toEqual(['one two', 'three-and-more', 'four'])
})

test('a path that does not fit keeps its end', () => {
  expect(pathEnd('src/one/two.ts', 14)).toBe('src/one/two.ts')
  expect(pathEnd('src/one/two.ts', 8)).toBe('…/two.ts')
  for (let width = 1; width <= 8; width += 1) {
    expect(displayWidth(pathEnd('漢字🚀字x', width))).toBeLessThanOrEqual(width)
  }
})

test.each([
  [-5, '0s'],
  [999, '0s'],
  [59_999, '59s'],
  [60_000, '1m00s'],
  [3_599_000, '59m59s'],
  [3_600_000, '1h00m'],
  [90_000_000, '1d01h'],
])('%i ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test.each([
  [{ env: {}, isTTY: true, allowed: true }, true],
  [{ env: {}, isTTY: false, allowed: true }, false],
  [{ env: {}, isTTY: true, allowed: false }, false],
  [{ env: { FORCE_COLOR: '1' }, isTTY: true, allowed: false }, false],
  [{ env: { NO_COLOR: '1' }, isTTY: true, allowed: true }, false],
  [{ env: { NO_COLOR: '' }, isTTY: true, allowed: true }, true],
  [{ env: { NO_COLOR: '1', FORCE_COLOR: '1' }, isTTY: true, allowed: true }, false],
  [{ env: { FORCE_COLOR: '1' }, isTTY: false, allowed: true }, true],
  [{ env: { FORCE_COLOR: '0' }, isTTY: true, allowed: true }, false],
  [{ env: { TERM: 'dumb' }, isTTY: true, allowed: true }, false],
  [{ env: { TERM: 'dumb', FORCE_COLOR: '' }, isTTY: true, allowed: true }, true],
])('%j: colour %s', (question, wanted) => {
  expect(colourWanted(question)).toBe(wanted)
})

test('a tone is a colour around the words', () => {
  expect(toned('red', 'bad', true)).toBe('\u001B[31mred\u001B[39m')
  expect(toned('red', 'bad', false)).toBe('red')
})

const COLUMNS = [
  { heading: 'name', priority: 0, min: 4, cell: (row: readonly string[]) => row[0] ?? '' },
  { heading: 'what', priority: 1, min: 6, cell: (row: readonly string[]) => row[1] ?? '' },
  { heading: 'n', priority: 2, align: 'right' as const, cell: (row: readonly string[]) => row[2] ?? '' },
  { heading: 'none', priority: 1, cell: () => '' },
]
const ROWS = [
  ['alpha', 'the first of the letters', '1'],
  ['b', 'second', '12'],
]

test('a table leaves out empty columns, then those of the highest priority, then cuts', () => {
  const at = (width: number): string[] => table(COLUMNS, ROWS, { width, colour: false })
  expect(at(80)).toEqual([
    'name   what                       n',
    'alpha  the first of the letters   1',
    'b      second                    12',
  ])
  expect(at(20)).toEqual(['name   what        n', 'alpha  the firs…   1', 'b      second     12'])
  expect(at(14)).toEqual(['name   what', 'alpha  the fi…', 'b      second'])
  expect(at(5)).toEqual(['name', 'alpha', 'b'])
  expect(table(COLUMNS, ROWS, { width: 80, colour: false, indent: 2 })[1]).toMatch(/^ {2}alpha/)
})
