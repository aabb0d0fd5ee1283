import { chmod, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { changes, commitCount, isAncestor, lineCounts, worktreeLineCounts } from '../../src/git/diff.ts'
import { subjects } from '../../src/git/log.ts'
import { temporaryRepository, writeFiles } from '../support/repository.ts'

test('changes between two commits, renames in two parts', async () => {
  await using main = await temporaryRepository({
    files: {
      modified: 'a\n',
      deleted: 'a\n',
      'old name': 'some\ncontent\n',
      type: 'a\n',
      mode: 'a\n',
      same: 'a\n',
    },
  })
  const from = await main.git('rev-parse', 'HEAD')
  await writeFiles(main.path, { modified: 'a\nb\n', 'added ä\n': 'x\ny\n' })
  await rm(join(main.path, 'deleted'))
  await main.git('mv', 'old name', 'new name')
  await rm(join(main.path, 'type'))
  await symlink('same', join(main.path, 'type'))
  await chmod(join(main.path, 'mode'), 0o755)
  await main.git('add', '-A')
  await main.git('commit', '-qm', 'all')
  const found = await changes(main.path, from, 'HEAD')
  expect(Object.fromEntries(found.map(({ path, kind }) => [path, kind]))).toEqual({
    modified: 'modified',
    deleted: 'deleted',
    'old name': 'deleted',
    'new name': 'added',
    'added ä\n': 'added',
    type: 'type-changed',
    mode: 'modified',
  })
  const blob = await main.git('rev-parse', 'HEAD:modified')
  const before = await main.git('rev-parse', `${from}:modified`)
  expect(found.find(({ path }) => path === 'modified')).toEqual({
    path: 'modified',
    kind: 'modified',
    oldMode: '100644',
    newMode: '100644',
    oldBlob: before,
    newBlob: blob,
  })
  expect(found.find(({ path }) => path === 'mode')).toMatchObject({ oldMode: '100644', newMode: '100755' })
  expect(found.find(({ path }) => path === 'deleted')).toMatchObject({
    newMode: '000000',
    newBlob: '0'.repeat(40),
  })
  expect(await changes(main.path, from, from)).toEqual([])
})

test('lines are counted, binary files are not', async () => {
  await using main = await temporaryRepository({ files: { 'a\tb': '1\n2\n3\n', moved: '1\n2\n' } })
  const from = await main.git('rev-parse', 'HEAD')
  await writeFiles(main.path, { 'a\tb': '1\nx\ny\n3\n' })
  await writeFile(join(main.path, 'binary'), Buffer.from([0, 1, 2, 0, 10, 10]))
  await main.git('mv', 'moved', 'there')
  await main.git('add', '-A')
  await main.git('commit', '-qm', 'x')
  expect(await lineCounts(main.path, from, 'HEAD')).toEqual({ added: 4, deleted: 3 })
})

test('lines of the worktree are counted for each tracked file, committed or not', async () => {
  await using main = await temporaryRepository({ files: { 'a\tb': '1\n2\n3\n', kept: '1\n', gone: '1\n' } })
  const from = await main.git('rev-parse', 'HEAD')
  await writeFiles(main.path, { 'a\tb': '1\nx\n3\n' })
  await main.git('commit', '-qam', 'x')
  await writeFiles(main.path, { 'a\tb': '1\nx\ny\n3\n', fresh: '1\n' })
  await writeFile(join(main.path, 'kept'), Buffer.from([0, 1, 2]))
  await main.git('rm', '-q', 'gone')
  expect(Object.fromEntries(await worktreeLineCounts(main.path, from))).toEqual({
    'a\tb': { added: 2, deleted: 1 },
    kept: { added: null, deleted: null },
    gone: { added: 0, deleted: 1 },
  })
})

test('no program of the user runs while comparing', async () => {
  await using main = await temporaryRepository({
    files: { '.gitattributes': '*.x diff=mine\n', 'a.x': '1\n' },
  })
  const from = await main.git('rev-parse', 'HEAD')
  await writeFiles(main.path, { 'a.x': '2\n' })
  await main.git('commit', '-qam', 'x')
  await main.git('config', 'diff.mine.command', 'false')
  await main.git('config', 'diff.mine.textconv', 'false')
  await main.git('config', 'diff.external', 'false')
  expect(await lineCounts(main.path, from, 'HEAD')).toEqual({ added: 1, deleted: 1 })
  expect((await worktreeLineCounts(main.path, from)).get('a.x')).toEqual({ added: 1, deleted: 1 })
})

test('commits are counted, listed and related', async () => {
  await using main = await temporaryRepository()
  const first = await main.git('rev-parse', 'HEAD')
  await main.git('commit', '-q', '--allow-empty', '-m', 'second')
  await main.git('commit', '-q', '--allow-empty', '-m', 'third\n\nwith a body')
  expect(await commitCount(main.path, first, 'HEAD')).toBe(2)
  expect(await commitCount(main.path, 'HEAD', first)).toBe(0)
  expect(await subjects(main.path, first, 'HEAD')).toEqual(['second', 'third'])
  expect(await isAncestor(main.path, first, 'HEAD')).toBe(true)
  expect(await isAncestor(main.path, 'HEAD', first)).toBe(false)
  expect(await isAncestor(main.path, first, first)).toBe(true)
  await expect(isAncestor(main.path, 'nope', first)).rejects.toMatchObject({ code: 'E_GIT' })
})
