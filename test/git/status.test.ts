import { chmod, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ignoring } from '../../src/contract/errors.ts'
import { parseStatus, status } from '../../src/git/status.ts'
import { gitIn, temporaryRepository, writeFiles } from '../support/repository.ts'

const LONG = Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join('')

test('every kind of difference', async () => {
  await using main = await temporaryRepository({
    files: { changed: 'a', staged: 'a', gone: 'a', removed: 'a', old: LONG, type: 'a', mode: 'a', same: 'a' },
  })
  const tip = await main.git('rev-parse', 'HEAD')
  await writeFiles(main.path, {
    changed: 'b',
    staged: 'b',
    added: 'x',
    intended: 'x',
    'new one': 'x',
    'deep/er/file': 'x',
  })
  await main.git('add', 'staged', 'added')
  await main.git('add', '--intent-to-add', 'intended')
  await main.git('rm', '-q', 'removed')
  await main.git('mv', 'old', 'renamed to')
  await rm(join(main.path, 'gone'))
  await rm(join(main.path, 'type'))
  await symlink('same', join(main.path, 'type'))
  await chmod(join(main.path, 'mode'), 0o755)
  const { branch, tip: seen, entries } = await status(main.path)
  expect([branch, seen]).toEqual(['main', tip])
  expect(Object.fromEntries(entries.map(({ path, kind }) => [path, kind]))).toEqual({
    changed: 'modified',
    staged: 'modified',
    added: 'added',
    intended: 'added',
    'new one': 'untracked',
    'deep/er/file': 'untracked',
    removed: 'deleted',
    gone: 'deleted',
    'renamed to': 'renamed',
    type: 'type-changed',
    mode: 'modified',
  })
  expect(entries.find(({ kind }) => kind === 'renamed')?.from).toBe('old')
  const coarse = await status(main.path, { untracked: 'normal' })
  expect(coarse.entries.filter(({ kind }) => kind === 'untracked').map(({ path }) => path)).toEqual([
    'deep/',
    'new one',
  ])
  const none = await status(main.path, { untracked: 'no' })
  expect(none.entries.some(({ kind }) => kind === 'untracked')).toBe(false)
})

test('conflicts', async () => {
  await using main = await temporaryRepository({ files: { 'a file': 'base\n' } })
  await main.git('switch', '-q', '-c', 'other')
  await writeFiles(main.path, { 'a file': 'theirs\n' })
  await main.git('commit', '-qam', 'theirs')
  await main.git('switch', '-q', 'main')
  await writeFiles(main.path, { 'a file': 'ours\n' })
  await main.git('commit', '-qam', 'ours')
  await expect(main.git('merge', 'other')).rejects.toMatchObject({ code: 1 })
  expect((await status(main.path)).entries).toEqual([{ path: 'a file', kind: 'conflicted' }])
})

test('odd names and nested repositories', async () => {
  await using main = await temporaryRepository()
  await writeFiles(main.path, { 'line\nend': 'x', '"quoted" \\ ä': 'x', ' leading': 'x' })
  await gitIn(main.path, 'init', '-q', 'nested')
  await writeFiles(main.path, { 'nested/file': 'x' })
  const { entries } = await status(main.path)
  expect(entries.map(({ path }) => path).sort()).toEqual([
    ' leading',
    '"quoted" \\ ä',
    'line\nend',
    'nested/',
  ])
})

test.skipIf(process.platform !== 'linux')('names that are not text stay different', async () => {
  await using main = await temporaryRepository()
  for (const byte of [0xfe, 0xff])
    await writeFile(Buffer.from([...Buffer.from(`${main.path}/odd`), byte]), 'x')
  expect((await status(main.path)).entries.map(({ path }) => path)).toEqual(['odd\uDCFE', 'odd\uDCFF'])
})

test('a repository cannot hide that its submodules have moved, and no program of theirs is run to see it', async () => {
  await using main = await temporaryRepository()
  await using other = await temporaryRepository({ files: { file: 'a' } })
  await main.git('submodule', '--quiet', 'add', other.path, 'sub')
  await main.git('config', '--file', '.gitmodules', 'submodule.sub.ignore', 'all')
  await main.git('add', '-A')
  await main.git('commit', '-qm', 'sub')
  expect((await status(main.path)).entries).toEqual([])
  const canary = `${main.path}/../canary`
  await gitIn(`${main.path}/sub`, 'config', 'filter.evil.clean', `touch '${canary}'; cat`)
  await gitIn(`${main.path}/sub`, 'config', 'core.fsmonitor', `touch '${canary}'`)
  await writeFiles(main.path, { 'sub/file': 'b', 'sub/.gitattributes': '* filter=evil\n' })
  expect((await status(main.path)).entries).toEqual([])
  expect(await ignoring(['ENOENT'], stat(canary))).toBe(undefined)
  await gitIn(`${main.path}/sub`, '-c', 'core.fsmonitor=false', 'commit', '-q', '--allow-empty', '-m', 'on')
  expect((await status(main.path)).entries).toEqual([{ path: 'sub', kind: 'modified' }])
})

test('unborn and detached', async () => {
  await using main = await temporaryRepository()
  await main.git('switch', '-q', '--detach')
  expect(await status(main.path)).toMatchObject({
    branch: null,
    tip: expect.stringMatching(/^[0-9a-f]{40}$/),
  })
  await main.git('switch', '-q', '--orphan', 'fresh')
  expect(await status(main.path)).toMatchObject({ branch: 'fresh', tip: null })
})

test('the index on disk is refreshed only when that is asked for', async () => {
  await using main = await temporaryRepository({ files: { file: 'a' } })
  const index = join(main.path, '.git/index')
  const past = new Date(Date.now() - 60_000)
  await utimes(join(main.path, 'file'), past, past)
  const before = await stat(index)
  await status(main.path)
  expect((await stat(index)).ino).toBe(before.ino)
  await rename(join(main.path, 'file'), join(main.path, 'away'))
  await rename(join(main.path, 'away'), join(main.path, 'file'))
  await status(main.path, { locks: true })
  expect((await stat(index)).ino).not.toBe(before.ino)
})

test('records are parsed by their fields', () => {
  const output = [
    '# branch.oid (initial)',
    '# branch.head (detached)',
    '# branch.upstream origin/main',
    '1 .M N... 100644 100644 100644 aaa bbb a b c',
    '2 R. N... 100644 100644 100644 aaa bbb R100 new name',
    'old name',
    'u UU N... 100644 100644 100644 100644 a b c con flict',
    '? un tracked',
    '! ignored',
    '',
  ].join('\0')
  expect(parseStatus(output)).toEqual({
    branch: null,
    tip: null,
    entries: [
      { path: 'a b c', kind: 'modified' },
      { path: 'new name', kind: 'renamed', from: 'old name' },
      { path: 'con flict', kind: 'conflicted' },
      { path: 'un tracked', kind: 'untracked' },
    ],
  })
})
