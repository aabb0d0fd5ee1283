import { expect, it } from 'vitest'
import { clearingCommand, conflictSentence, targetSentence } from '../../src/integration/sentences.ts'

it('names both sides of a conflict and a bounded number of files', () => {
  const files = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  expect(conflictSentence({ piece: 'api', files: ['src/app.ts'], against: 'auth' }, 'main')).toBe(
    'The branch of api conflicts with auth in src/app.ts.',
  )
  expect(conflictSentence({ piece: 'api', files, against: null }, 'main')).toBe(
    'The branch of api conflicts with main in a, b, c, d, e and 2 more.',
  )
})

it('tells a foreign history from a conflict', () => {
  expect(conflictSentence({ piece: 'api', files: [], against: null }, 'main')).toBe(
    'The branch of api has no history in common with main.',
  )
})

it('says what is in the way of the target', () => {
  expect(targetSentence('main', { kind: 'worktree-dirty', path: '/repo', files: ['a.ts', 'b.ts'] })).toBe(
    'main is checked out in /repo, where a.ts, b.ts would be overwritten.',
  )
  expect(targetSentence('main', { kind: 'worktree-busy', path: '/repo', why: 'a rebase is under way' })).toBe(
    'main is checked out in /repo, which is busy: a rebase is under way.',
  )
})

it('has nothing to say of a target that moved, by us or by others, unless files stayed behind', () => {
  expect(targetSentence('main', { kind: 'moved', now: null })).toBeNull()
  expect(targetSentence('main', { kind: 'advanced', worktreeUpdated: '/repo', behind: null })).toBeNull()
  expect(
    targetSentence('main', {
      kind: 'advanced',
      worktreeUpdated: null,
      behind: { path: '/repo', why: 'a lock' },
    }),
  ).toBe('main has moved, but the files in /repo have not followed it: a lock.')
})

it('has a command that puts aside what is in the way, as it can be typed', () => {
  const at = { kind: 'worktree-dirty' as const, path: '/my repo' }
  expect(clearingCommand({ ...at, files: ['a.ts', 'b c.ts'] })).toBe(
    "git -C '/my repo' stash push --all -- a.ts 'b c.ts'",
  )
  expect(clearingCommand({ ...at, files: ['[id].ts'] })).toBe(
    "git -C '/my repo' --literal-pathspecs stash push --all -- '[id].ts'",
  )
  expect(clearingCommand({ ...at, files: ['a', 'b', 'c', 'd', 'e', 'f'] })).toBe(
    "git -C '/my repo' stash push --include-untracked",
  )
  expect(clearingCommand({ ...at, files: ['a.ts'], hidden: ['a.ts'] })).toBeNull()
  expect(clearingCommand({ kind: 'worktree-busy', path: '/repo', why: 'a rebase is under way' })).toBeNull()
})
