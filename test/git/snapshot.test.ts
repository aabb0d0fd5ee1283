import { chmod, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { ignoring } from '../../src/contract/errors.ts'
import { gitFolder, openRepository } from '../../src/git/repository.ts'
import { nestedRepositories, snapshotWorktree } from '../../src/git/snapshot.ts'
import { addWorktree } from '../../src/git/worktree.ts'
import { gitIn, temporaryRepository, writeFiles } from '../support/repository.ts'

const NAME = process.env['GIT_AUTHOR_NAME'] ?? ''

afterEach(() => {
  process.env['GIT_AUTHOR_NAME'] = NAME
  process.env['GIT_COMMITTER_NAME'] = NAME
})

const files = async (cwd: string, commit: string): Promise<string[]> =>
  (await gitIn(cwd, 'ls-tree', '-r', '-z', '--name-only', commit)).split('\0').filter((path) => path !== '')

test('the whole working state, and neither index nor files are touched', async () => {
  await using main = await temporaryRepository({
    files: { '.gitignore': 'ignored\n', a: '1\n', gone: '1\n', staged: '1\n' },
  })
  await writeFiles(main.path, { a: '2\n', staged: '2\n', 'new\none': 'x', 'deep/file': 'y', ignored: 'z' })
  await main.git('add', 'staged')
  await writeFiles(main.path, { staged: '3\n' })
  await rm(join(main.path, 'gone'))
  const index = join(main.path, '.git/index')
  const seen = await main.git('status', '--porcelain')
  const before = [await readFile(index), (await stat(index)).ino]
  await writeFile(`${index}.lock`, '')
  const commit = await snapshotWorktree(main.path, 'Saved – all of it')
  await rm(`${index}.lock`)
  expect([await readFile(index), (await stat(index)).ino]).toEqual(before)
  expect(await main.git('status', '--porcelain')).toBe(seen)
  expect((await files(main.path, commit)).sort()).toEqual([
    '.gitignore',
    'a',
    'deep/file',
    'new\none',
    'staged',
  ])
  expect(await main.git('show', `${commit}:staged`)).toBe('3')
  expect(await main.git('log', '-1', '--format=%s|%P|%an', commit)).toBe(
    `Saved – all of it|${await main.git('rev-parse', 'HEAD')}|Quintet`,
  )
})

test('a change in the same moment and of the same size is not overlooked', async () => {
  await using main = await temporaryRepository({ files: { a: '0' } })
  for (let round = 1; round < 8; round += 1) {
    await writeFile(join(main.path, 'a'), String(round))
    await main.git('add', 'a')
    await writeFile(join(main.path, 'a'), String(round + 1))
    const commit = await snapshotWorktree(main.path, 'x')
    expect(await main.git('show', `${commit}:a`)).toBe(String(round + 1))
  }
})

test('a worktree without an index, and one without a commit', async () => {
  await using main = await temporaryRepository({ files: { a: '1', b: '1' } })
  const repo = await openRepository(main.path)
  const path = join(main.path, '..', 'linked')
  await addWorktree(repo, {
    path,
    branch: 'q/work',
    commit: await main.git('rev-parse', 'HEAD'),
    reason: 'test',
  })
  await writeFiles(path, { a: '1', c: 'x' })
  const commit = await snapshotWorktree(path, 'x')
  expect(await files(path, commit)).toEqual(['a', 'c'])
  await expect(stat(join(await gitFolder(path), 'index'))).rejects.toMatchObject({ code: 'ENOENT' })

  await gitIn(path, 'symbolic-ref', 'HEAD', 'refs/heads/unborn')
  await writeFiles(path, { d: 'x' })
  const root = await snapshotWorktree(path, 'x')
  expect(await gitIn(path, 'log', '-1', '--format=%P', root)).toBe('')
  expect(await files(path, root)).toContain('d')
})

test('conflicts, intended additions and a damaged index do not make it fail', async () => {
  await using main = await temporaryRepository({ files: { a: 'base\n' } })
  await main.git('switch', '-q', '-c', 'other')
  await writeFiles(main.path, { a: 'theirs\n' })
  await main.git('commit', '-qam', 'theirs')
  await main.git('switch', '-q', 'main')
  await writeFiles(main.path, { a: 'ours\n' })
  await main.git('commit', '-qam', 'ours')
  await expect(main.git('merge', 'other')).rejects.toMatchObject({ code: 1 })
  await writeFiles(main.path, { intended: 'x' })
  await main.git('add', '--intent-to-add', 'intended')
  const commit = await snapshotWorktree(main.path, 'x')
  expect(await files(main.path, commit)).toEqual(['a', 'intended'])
  expect(await main.git('show', `${commit}:a`)).toContain('<<<<<<<')

  await writeFile(join(main.path, '.git/index'), 'damaged')
  const again = await snapshotWorktree(main.path, 'x')
  expect(await main.git('rev-parse', `${again}^{tree}`)).toBe(await main.git('rev-parse', `${commit}^{tree}`))
})

test('nested repositories do not break it and are named', async () => {
  await using main = await temporaryRepository({ files: { a: '1' } })
  await gitIn(main.path, 'init', '-q', 'empty repo')
  await gitIn(main.path, 'clone', '-q', main.path, 'clone')
  await writeFiles(main.path, { 'empty repo/file': 'x', 'clone/file': 'x', 'beside/file': 'x' })
  const commit = await snapshotWorktree(main.path, 'x')
  expect(await files(main.path, commit)).toEqual(['a', 'beside/file'])
  expect(await nestedRepositories(main.path)).toEqual(['clone/', 'empty repo/'])
})

test('a repository inside that is tracked is named too, and none of its programs is run', async () => {
  await using main = await temporaryRepository({ files: { a: '1' } })
  const inner = join(main.path, 'inner')
  const canary = join(main.path, '../canary')
  await gitIn(main.path, 'init', '-q', 'inner')
  await gitIn(inner, 'config', 'maintenance.auto', 'false')
  await writeFiles(inner, { file: 'x' })
  await gitIn(inner, 'add', '--all')
  await gitIn(inner, 'commit', '-q', '-m', 'inner')
  await main.git('-c', 'advice.addEmbeddedRepo=false', 'add', '--all')
  await gitIn(inner, 'config', 'filter.evil.clean', `touch '${canary}'; cat`)
  await writeFiles(inner, { '.gitattributes': '* filter=evil\n', file: 'y' })
  await writeFiles(main.path, { a: '2', b: '1' })
  const commit = await snapshotWorktree(main.path, 'x')
  expect(await files(main.path, commit)).toEqual(['a', 'b', 'inner'])
  expect(await main.git('show', `${commit}:a`)).toBe('2')
  expect(await nestedRepositories(main.path)).toEqual(['inner/'])
  expect(await ignoring(['ENOENT'], stat(canary))).toBe(undefined)
})

test('a file that became a folder, and a folder that became a file', async () => {
  await using main = await temporaryRepository({ files: { a: '1', 'b/c': '1' } })
  await rm(join(main.path, 'a'))
  await rm(join(main.path, 'b'), { recursive: true })
  await writeFiles(main.path, { 'a/x': '2', b: '2' })
  expect(await files(main.path, await snapshotWorktree(main.path, 'x'))).toEqual(['a/x', 'b'])
})

test('neither line-end checks nor a missing identity stop it', async () => {
  await using main = await temporaryRepository({ files: { '.gitattributes': '* text=auto\n' } })
  await main.git('config', 'core.autocrlf', 'input')
  await main.git('config', 'core.safecrlf', 'true')
  await main.git('config', 'user.useConfigOnly', 'true')
  process.env['GIT_AUTHOR_NAME'] = ''
  process.env['GIT_COMMITTER_NAME'] = ''
  await writeFiles(main.path, { crlf: 'a\r\nb\r\n' })
  expect(await files(main.path, await snapshotWorktree(main.path, 'x'))).toContain('crlf')
})

test.skipIf(process.geteuid?.() === 0)(
  'a file that cannot be read is a failure, not a silent loss',
  async () => {
    await using main = await temporaryRepository()
    await writeFiles(main.path, { secret: 'x' })
    await chmod(join(main.path, 'secret'), 0)
    await expect(snapshotWorktree(main.path, 'x')).rejects.toMatchObject({ code: 'E_GIT' })
  },
)

test.skipIf(process.platform !== 'linux')('names that are not text are kept', async () => {
  await using main = await temporaryRepository()
  await gitIn(main.path, 'init', '-q', 'empty')
  await writeFile(Buffer.concat([Buffer.from(`${main.path}/odd`), Buffer.from([0xff])]), 'content')
  const commit = await snapshotWorktree(main.path, 'x')
  expect(await main.git('ls-tree', '--name-only', commit)).toContain(String.raw`"odd\377"`)
})

test('a folder that was replaced by a link is saved as the link', async () => {
  await using main = await temporaryRepository({ files: { 'keep.txt': 'kept\n', 'folder/file.txt': 'x\n' } })
  await rm(join(main.path, 'folder'), { recursive: true })
  await symlink('/nowhere', join(main.path, 'folder'))
  const commit = await snapshotWorktree(main.path, 'saved')
  expect(await main.git('ls-tree', '-r', '--format=%(objectmode) %(path)', commit)).toBe(
    '120000 folder\n100644 keep.txt',
  )
})
