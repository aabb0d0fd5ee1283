import { expect, test } from 'vitest'
import { relativePath } from '../../../src/agents/acp/paths.ts'

const roots = ['/work/tree', '/private/work/tree']

test.each([
  ['/work/tree/src/a.ts', 'src/a.ts'],
  ['/private/work/tree/src/a.ts', 'src/a.ts'],
  ['src/a.ts', 'src/a.ts'],
  ['./src//a.ts', 'src/a.ts'],
  ['/work/tree/src/../b.ts', 'b.ts'],
  ['/work/tree', '.'],
  ['/work/tree/', '.'],
  ['../other/a.ts', '/work/other/a.ts'],
  ['/work/tree/../other/a.ts', '/work/other/a.ts'],
  ['/work/tree-2/a.ts', '/work/tree-2/a.ts'],
  ['/../../etc/passwd', '/etc/passwd'],
  ['/work/tree/.quintet', '.quintet'],
])('%s is %s', (path, expected) => {
  expect(relativePath(path, roots)).toBe(expected)
})

test('below the root of the file system', () => {
  expect(relativePath('/a/b', ['/'])).toBe('a/b')
})
