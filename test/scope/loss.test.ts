import { expect, test } from 'vitest'
import { lossOf } from '../../src/scope/loss.ts'
import { ownershipInForce, type Grant } from '../../src/scope/ownership.ts'

const plan = {
  pieces: [
    { id: 'one', scope: { include: ['/src/one/', '/docs/one.md'], exclude: ['/src/one/not/'] } },
    { id: 'two', scope: { include: ['src/two/**'], exclude: [] } },
    { id: 'all', scope: { include: ['*.test.ts'], exclude: [] } },
  ],
  shared: [],
}
const tracked = ['docs/one.md', 'src/one/a', 'src/one/b', 'src/one/not/c', 'src/one/x.test.ts', 'src/two/a']

const loss = (from: string, folders: readonly string[], grants: readonly Grant[] = []) =>
  lossOf(ownershipInForce(plan, grants), from, { folders, tracked })

test.each([
  [
    'part of a scope, several files',
    'one',
    ['src/'],
    { whole: false, count: 3, files: ['src/one/a', 'src/one/b', 'src/one/x.test.ts'] },
  ],
  ['a whole scope in two folders', 'one', ['src/', 'docs/'], { whole: true, count: 4 }],
  ['a whole scope of one file', 'two', ['src/two/'], { whole: true, count: 1, files: ['src/two/a'] }],
])('%s', (_what, from, folders, expected) => {
  expect(loss(from, folders)).toMatchObject({ from, ...expected })
})

test('one file of many, or nothing, is not worth a word', () => {
  expect(loss('all', ['src/one/'])).toBeNull()
  expect(loss('two', ['src/one/'])).toBeNull()
})

test('what was granted counts as part of the scope, and what was granted away does not', () => {
  expect(loss('two', ['src/two/'], [{ paths: ['notes.md'], to: 'two' }])).toBeNull()
  expect(loss('two', ['src/two/'], [{ paths: ['src/two/a'], to: 'one' }])).toMatchObject({ count: 0 })
})

test('only the first files are named', () => {
  const many = Array.from({ length: 30 }, (_, n) => `src/two/${n}`)
  const found = lossOf(ownershipInForce(plan, []), 'two', { folders: ['src/two/'], tracked: many })
  expect(found).toMatchObject({ whole: true, count: 30 })
  expect(found?.files).toHaveLength(20)
})
