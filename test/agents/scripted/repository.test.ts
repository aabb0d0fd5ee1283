import { chmod, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { applyCommit, commitAll, type GitPlace } from '../../../src/agents/scripted/repository.ts'
import { temporaryRepository, writeFiles, type TemporaryRepository } from '../../support/repository.ts'

const FILES = { 'a.txt': 'one\ntwo\nthree\n', 'src/b.txt': 'b\n', 'src/gone.txt': 'gone\n' }

const gitIn =
  (repository: TemporaryRepository) =>
  (...args: string[]): Promise<string> =>
    repository.git(...args)

const place = ({ path }: TemporaryRepository, again = false): GitPlace => ({
  cwd: path,
  env: {},
  again,
  signal: new AbortController().signal,
})

/** A repository on `main`, and a commit beside it that adds, changes, deletes, renames and makes executable. */
async function withCommit(): Promise<TemporaryRepository & { readonly commit: string }> {
  const repository = await temporaryRepository({ files: FILES })
  const { path } = repository
  const git = gitIn(repository)
  await git('checkout', '--quiet', '-b', 'other')
  await writeFiles(path, { 'a.txt': 'one\ntwo\nthree\nfour\n', 'new/ä b.txt': 'new\n' })
  await writeFile(join(path, 'picture.bin'), Buffer.from([0, 255, 0, 1, 2]))
  await rm(join(path, 'src/gone.txt'))
  await git('mv', 'src/b.txt', 'src/c.txt')
  await chmod(join(path, 'a.txt'), 0o755)
  await symlink('a.txt', join(path, 'link'))
  await git('add', '--all')
  await git(
    'commit',
    '--quiet',
    '--author=Ada <ada@example.invalid>',
    '--date=2020-01-02T03:04:05Z',
    '-m',
    'Do much\n\nIn detail.',
  )
  const commit = await git('rev-parse', 'HEAD')
  await git('checkout', '--quiet', 'main')
  return { path, git, commit, [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose]() }
}

const status = (repository: TemporaryRepository): Promise<string> =>
  repository.git('status', '--porcelain', '--untracked-files=all')

describe('committing', () => {
  test('takes everything in, and nothing twice', async () => {
    await using repository = await temporaryRepository({ files: FILES })
    await writeFiles(repository.path, { 'x/y.txt': 'y', 'a.txt': 'changed' })
    const result = await commitAll(place(repository), 'Say "it"')
    expect(result).toEqual({ kind: 'committed', commit: await repository.git('rev-parse', 'HEAD') })
    expect(await repository.git('log', '-1', '--format=%B')).toBe('Say "it"\n')
    expect(await status(repository)).toBe('')
    expect(await commitAll(place(repository, true), 'Say "it"')).toEqual({ kind: 'nothing' })
  })

  test('runs the hooks of the repository, and says what they said', async () => {
    await using repository = await temporaryRepository({ files: FILES })
    const hook = join(repository.path, '.git/hooks/pre-commit')
    await writeFile(hook, '#!/bin/sh\necho "no commits today" >&2\nexit 1\n', { mode: 0o755 })
    await writeFiles(repository.path, { 'x.txt': 'x' })
    expect(await commitAll(place(repository), 'X')).toEqual({ kind: 'failed', output: 'no commits today' })
  })

  test('works without an identity', async () => {
    await using repository = await temporaryRepository({ files: FILES })
    await writeFiles(repository.path, { 'x.txt': 'x' })
    for (const role of ['AUTHOR', 'COMMITTER']) {
      vi.stubEnv(`GIT_${role}_NAME`, undefined)
      vi.stubEnv(`GIT_${role}_EMAIL`, undefined)
    }
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(await commitAll(place(repository), 'X')).toMatchObject({ kind: 'committed' })
    expect(await repository.git('log', '-1', '--format=%an')).toBe('Scripted agent')
  })

  test('a lock of others is respected; one that a killed predecessor left is not', async () => {
    await using repository = await temporaryRepository({ files: FILES })
    await writeFiles(repository.path, { 'x.txt': 'x' })
    const lock = join(repository.path, '.git/index.lock')
    await writeFile(lock, '')
    expect(await commitAll(place(repository), 'X')).toMatchObject({ kind: 'failed' })
    expect(await commitAll(place(repository, true), 'X')).toMatchObject({ kind: 'failed' })
    await utimes(lock, 1, 1)
    expect(await commitAll(place(repository, true), 'X')).toMatchObject({ kind: 'committed' })
  })
})

describe('applying a commit', () => {
  test('brings its whole change under its message and author, and does so once', async () => {
    await using repository = await withCommit()
    const { commit } = repository
    const git = gitIn(repository)
    await writeFiles(repository.path, { 'beside.txt': 'untracked' })
    expect(await applyCommit(place(repository), commit, [])).toMatchObject({ kind: 'committed' })
    expect(await git('diff', commit, 'HEAD')).toBe('')
    expect(await git('log', '-1', '--format=%an %ae %at%n%B')).toBe(
      'Ada ada@example.invalid 1577934245\nDo much\n\nIn detail.\n',
    )
    expect(await status(repository)).toBe('?? beside.txt')
    const tip = await git('rev-parse', 'HEAD')
    expect(await applyCommit(place(repository), commit, [])).toEqual({ kind: 'nothing' })
    expect(await applyCommit(place(repository, true), commit, [])).toEqual({ kind: 'nothing' })
    expect(await git('rev-parse', 'HEAD')).toBe(tip)
  })

  test('can be limited to paths', async () => {
    await using repository = await withCommit()
    expect(await applyCommit(place(repository), repository.commit, ['src'])).toMatchObject({
      kind: 'committed',
    })
    expect(await repository.git('diff', '--name-only', '--no-renames', 'HEAD^', 'HEAD')).toBe(
      'src/b.txt\nsrc/c.txt\nsrc/gone.txt',
    )
    expect(await applyCommit(place(repository), repository.commit, ['src'])).toEqual({ kind: 'nothing' })
    expect(await applyCommit(place(repository), repository.commit, ['docs'])).toEqual({ kind: 'nothing' })
    expect(await applyCommit(place(repository), repository.commit, ['a.txt'])).toMatchObject({
      kind: 'committed',
    })
  })

  test('merges with what changed elsewhere in the same file', async () => {
    await using repository = await withCommit()
    await writeFiles(repository.path, { 'a.txt': 'zero\none\ntwo\nthree\n' })
    await repository.git('commit', '--quiet', '--all', '-m', 'Begin with zero')
    expect(await applyCommit(place(repository), repository.commit, [])).toMatchObject({ kind: 'committed' })
    expect(await readFile(join(repository.path, 'a.txt'), 'utf8')).toBe('zero\none\ntwo\nthree\nfour\n')
  })

  test('a root commit is its whole tree', async () => {
    await using repository = await temporaryRepository({ files: FILES })
    const git = gitIn(repository)
    const tree = await git('rev-parse', 'HEAD^{tree}')
    const root = await git('commit-tree', tree, '-m', 'A beginning')
    await git('rm', '--quiet', '-r', '.')
    await git('commit', '--quiet', '-m', 'Empty')
    expect(await applyCommit(place(repository), root, [])).toMatchObject({ kind: 'committed' })
    expect(await git('rev-parse', 'HEAD^{tree}')).toBe(tree)
  })

  test('a conflict is reported and leaves no trace', async () => {
    await using repository = await withCommit()
    await writeFiles(repository.path, { 'a.txt': 'one\ntwo\nthree\nFOUR\n', 'new/ä b.txt': 'mine\n' })
    await repository.git('add', '--all')
    await repository.git('commit', '--quiet', '-m', 'Mine')
    const tip = await repository.git('rev-parse', 'HEAD')
    const result = await applyCommit(place(repository), repository.commit, [])
    expect(result).toMatchObject({ kind: 'failed', output: expect.stringContaining('a.txt') })
    expect(await repository.git('rev-parse', 'HEAD')).toBe(tip)
    expect(await status(repository)).toBe('')
  })

  test('uncommitted work in its way is kept, and named', async () => {
    await using repository = await withCommit()
    await writeFiles(repository.path, { 'a.txt': 'mine\n', 'new/ä b.txt': 'mine, too\n' })
    const result = await applyCommit(place(repository), repository.commit, [])
    expect(result).toEqual({
      kind: 'failed',
      output: 'Uncommitted changes are in the way: a.txt, new/ä b.txt.',
    })
    expect(await readFile(join(repository.path, 'a.txt'), 'utf8')).toBe('mine\n')
    expect(await readFile(join(repository.path, 'new/ä b.txt'), 'utf8')).toBe('mine, too\n')
  })

  test('a commit that is not there is named', async () => {
    await using repository = await temporaryRepository({ files: FILES })
    expect(await applyCommit(place(repository), 'no-such-ref', [])).toEqual({
      kind: 'failed',
      output: 'There is no commit no-such-ref.',
    })
  })

  test.each<[string, (repository: TemporaryRepository & { readonly commit: string }) => Promise<unknown>]>([
    [
      'files were written, the index was not',
      async ({ path }) => {
        await writeFiles(path, { 'a.txt': 'one\ntwo\nthree\nfour\n', 'new/ä b.txt': 'ne' })
        await rm(join(path, 'src/gone.txt'))
      },
    ],
    [
      'files and index were written',
      (repository) => repository.git('read-tree', '-u', '-m', 'HEAD', repository.commit),
    ],
    [
      'git was in the middle of its index',
      async ({ path }) => {
        await writeFile(join(path, '.git/index.lock'), 'half')
        await utimes(join(path, '.git/index.lock'), 1, 1)
      },
    ],
  ])('goes on after a kill: %s', async (_when, leave) => {
    await using repository = await withCommit()
    await leave(repository)
    expect(await applyCommit(place(repository, true), repository.commit, [])).toMatchObject({
      kind: 'committed',
    })
    expect(await repository.git('diff', repository.commit, 'HEAD')).toBe('')
    expect(await status(repository)).toBe('')
    expect((await stat(join(repository.path, 'a.txt'))).mode & 0o111).not.toBe(0)
  })
})
