import { once } from 'node:events'
import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { fitted, HIDE_CURSOR, repaint, rowsOf, SHOW_CURSOR } from '../../src/tui/frame.ts'
import { Painter } from '../../src/tui/painter.ts'

/** A terminal of the kind the painter writes for: enough of it to see what stands on the screen. */
class FakeScreen extends EventEmitter {
  columns = 20
  rows = 10
  written = ''
  writes = 0

  write(text: string): void {
    this.written += text
    this.writes += 1
    this.emit('written')
  }

  /** The rows that a person sees, after all cursor movements. */
  seen(): string[] {
    const rows: string[] = ['']
    let row = 0
    let column = 0
    const escape = String.fromCharCode(27)
    const tokens = this.written.match(new RegExp(`${escape}\\[\\??\\d*[A-Za-z]|[\\s\\S]`, 'g')) ?? []
    for (const token of tokens) {
      if (token === '\n') {
        row += 1
        column = 0
        rows[row] ??= ''
      } else if (token === '\r') column = 0
      else if (token.endsWith('A') && token.length > 1) row -= Number(token.slice(2, -1))
      else if (token === `${escape}[K`) rows[row] = (rows[row] ?? '').slice(0, column)
      else if (token === `${escape}[J`) {
        rows[row] = (rows[row] ?? '').slice(0, column)
        rows.length = row + 1
      } else if (token.length === 1) {
        if (column === this.columns) {
          row += 1
          column = 0
          rows[row] ??= ''
        }
        const line = (rows[row] ?? '').padEnd(column)
        rows[row] = line.slice(0, column) + token + line.slice(column + 1)
        column += 1
      }
    }
    return rows
  }
}

test('rows are counted as the terminal folds them', () => {
  expect(rowsOf(['', 'a'.repeat(20), 'a'.repeat(21)], 20)).toBe(4)
})

test('what does not fit the screen is counted on the last row', () => {
  const lines = ['1', '2', '3', '4', '5']
  expect(fitted(lines, { columns: 20, rows: 6 })).toEqual(lines)
  expect(fitted(lines, { columns: 20, rows: 5 })).toEqual(['1', '2', '3', '… 2 more lines'])
})

test.each([
  [['one', 'two'], ['three']],
  [['one'], ['a much longer line that is folded', 'x']],
  [
    ['exactly twenty chars', 'second'],
    ['exactly twenty CHARS', 'SECOND', 'third'],
  ],
  [[], ['one']],
  [
    ['one', '', 'two'],
    ['', ''],
  ],
])('%j is replaced by %j', (before, after) => {
  const screen = new FakeScreen()
  screen.write(repaint([], before, screen))
  screen.write(repaint(before, after, screen))
  const expected = new FakeScreen()
  for (const line of after) expected.write(`${line}\n`)
  expect(screen.seen()).toEqual(expected.seen())
})

test('changes in a row are drawn once, and the cursor comes back', async () => {
  const screen = new FakeScreen()
  let state = 'first'
  const painter = new Painter(screen, () => [state])
  expect(screen.seen()).toEqual(['first', ''])
  const before = screen.writes
  for (let n = 0; n < 50; n += 1) {
    state = `state ${n}`
    painter.changed()
  }
  expect(screen.writes).toBe(before)
  await once(screen, 'written')
  expect(screen.writes).toBe(before + 1)
  expect(screen.seen()).toEqual(['state 49', ''])
  state = 'last'
  painter[Symbol.dispose]()
  painter[Symbol.dispose]()
  expect(screen.seen()).toEqual(['last', ''])
  expect(screen.written.startsWith(HIDE_CURSOR)).toBe(true)
  expect(screen.written.endsWith(SHOW_CURSOR)).toBe(true)
  expect(screen.written.split(SHOW_CURSOR)).toHaveLength(2)
  expect(screen.listenerCount('resize')).toBe(0)
})

test('the same lines are not written again; a notice stays above them', () => {
  const screen = new FakeScreen()
  using painter = new Painter(screen, ({ width }) => [`width ${width}`])
  const before = screen.writes
  painter.print('a notice')
  expect(screen.seen()).toEqual(['a notice', 'width 20', ''])
  expect(screen.writes).toBeGreaterThan(before)
})

test('a resized terminal is drawn for its new width', async () => {
  const screen = new FakeScreen()
  using painter = new Painter(screen, ({ width }) => [`width ${width}`])
  screen.columns = 33
  screen.emit('resize')
  await once(screen, 'written')
  expect(screen.written).toContain('width 33')
  painter.changed()
})
