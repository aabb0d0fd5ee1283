import { expect, test } from 'vitest'
import { linesOf, mergeLines, parseEdits, type LineEdit } from '../../../src/integration/resolve/lines.ts'

const BASE = ['a\n', 'b\n', 'c\n', 'd\n']

function edit(start: number, end: number, ...lines: readonly string[]): LineEdit {
  return { start, end, lines }
}

test('lines that touch are merged when that is wanted', () => {
  const edits = { ours: [edit(1, 2, 'B\n')], theirs: [edit(2, 3, 'C\n')] }
  expect(mergeLines(BASE, edits, 'white space')).toBeNull()
  expect(mergeLines(BASE, edits, 'adjacent lines')).toBe('a\nB\nC\nd\n')
  const inserted = { ours: [edit(1, 2, 'B\n')], theirs: [edit(2, 2, 'new\n')] }
  expect(mergeLines(BASE, inserted, 'adjacent lines')).toBe('a\nB\nnew\nc\nd\n')
})

test('the same line, and two insertions at one place, stay in conflict', () => {
  for (const strategy of ['white space', 'adjacent lines'] as const) {
    expect(mergeLines(BASE, { ours: [edit(1, 2, 'x\n')], theirs: [edit(1, 2, 'y\n')] }, strategy)).toBeNull()
    expect(mergeLines(BASE, { ours: [edit(2, 2, 'x\n')], theirs: [edit(2, 2, 'y\n')] }, strategy)).toBeNull()
    expect(mergeLines(BASE, { ours: [edit(1, 3)], theirs: [edit(2, 3, 'y\n')] }, strategy)).toBeNull()
  }
})

test('a change of white space gives way to any other', () => {
  const indented = edit(1, 3, '  b\n', '  c\n')
  const changed = edit(2, 3, 'changed\n')
  expect(mergeLines(BASE, { ours: [indented], theirs: [changed] }, 'white space')).toBe('a\nb\nchanged\nd\n')
  expect(mergeLines(BASE, { ours: [changed], theirs: [indented] }, 'white space')).toBe('a\nb\nchanged\nd\n')
  expect(
    mergeLines(BASE, { ours: [edit(1, 2, 'x y\n')], theirs: [edit(1, 2, 'x  y\n')] }, 'white space'),
  ).toBe('a\nx y\nc\nd\n')
})

test('the same edit on both sides is made once, and edits elsewhere are kept', () => {
  const edits = { ours: [edit(0, 1, 'A\n'), edit(3, 4)], theirs: [edit(0, 1, 'A\n'), edit(2, 2, 'new\n')] }
  expect(mergeLines(BASE, edits, 'adjacent lines')).toBe('A\nb\nnew\nc\n')
})

test('edits are read from hunks', () => {
  const after = linesOf('x\nb\nc\ny')
  expect(after).toEqual(['x\n', 'b\n', 'c\n', 'y'])
  const diff = '@@ -1 +1 @@\n-a\n+x\n@@ -4 +4 @@\n-d\n+y\n\\ No newline at end of file\n'
  expect(parseEdits(diff, after)).toEqual([edit(0, 1, 'x\n'), edit(3, 4, 'y')])
  expect(parseEdits('@@ -2,0 +3,2 @@\n', ['1', '2', '3', '4'])).toEqual([edit(2, 2, '3', '4')])
  expect(parseEdits('@@ -2,2 +1,0 @@\n', [])).toEqual([edit(1, 3)])
})
