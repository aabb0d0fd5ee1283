import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { recover, savedThings } from '../../src/engine/recover.ts'
import { openRepository, stateFolder, type Repository } from '../../src/git/repository.ts'
import { snapshotWorktree } from '../../src/git/snapshot.ts'
import { moveToTrash, trashEntries } from '../../src/store/trash.ts'
import { temporaryRepository, writeFiles, type TemporaryRepository } from '../support/repository.ts'

let repository: TemporaryRepository
let repo: Repository
let top: string

beforeEach(async () => {
  repository = await temporaryRepository({ files: { 'a.txt': 'one\n' } })
  repo = await openRepository(repository.path)
  top = join(repository.path, '..')
})
afterEach(() => repository[Symbol.asyncDispose]())

async function saveState(): Promise<string> {
  await writeFiles(repository.path, { 'a.txt': 'changed\n', 'new.txt': 'new\n' })
  const commit = await snapshotWorktree(repository.path, 'Uncommitted work of r-1/a\n')
  await repository.git('update-ref', 'refs/quintet/backup/r-1/a/1', commit)
  await repository.git('checkout', '-q', '--', 'a.txt')
  return commit
}

async function saveFiles(): Promise<string> {
  const kept = join(stateFolder(repo), 'kept', 'r-1', 'a', '1')
  await mkdir(join(kept, 'files'), { recursive: true })
  await writeFile(join(kept, 'files', '.env'), 'SECRET=1\n', { mode: 0o600 })
  await symlink('.env', join(kept, 'files', 'link'))
  return kept
}

async function throwAway(): Promise<void> {
  await mkdir(join(top, 'old'))
  await writeFile(join(top, 'old', 'b.txt'), 'b\n')
  await moveToTrash(repo, join(top, 'old'))
}

test('lists what is saved and where, the latest first', async () => {
  expect(await savedThings(repo)).toEqual([])
  await saveState()
  const kept = await saveFiles()
  await throwAway()
  const things = await savedThings(repo)
  expect(things.map(({ name, kind, text }) => [kind, name, text])).toEqual(
    expect.arrayContaining([
      ['state', 'r-1/a/1', 'Uncommitted work of r-1/a'],
      ['files', 'kept/r-1/a/1', '.env, link'],
      ['trash', expect.stringMatching(/^trash\/[0-9a-f]{16}$/), 'b.txt'],
    ]),
  )
  expect(things.find(({ kind }) => kind === 'files')?.place).toBe(kept)
  expect(things.map(({ at }) => at)).toEqual(things.map(({ at }) => at).toSorted((a, b) => b - a))
})

test('names kept files by their paths, repositories as one, and what else is kept with them', async () => {
  const kept = await saveFiles()
  await writeFiles(kept, {
    'files/env/target/prod.key': 'key',
    'files/lib/.git/HEAD': 'ref',
    'files/lib/a.txt': 'a',
    'files/x/1': '',
    'files/x/2': '',
    'git/MERGE_HEAD': '',
  })
  await writeFiles(join(kept, '..', 'late-1'), { 'src/a.txt': 'late' })
  const texts = Object.fromEntries((await savedThings(repo)).map(({ name, text }) => [name, text]))
  expect(texts).toEqual({
    'kept/r-1/a/1':
      '.env, env/target/prod.key, lib/, link, x/1 and 1 more; the state of an unfinished operation',
    'kept/r-1/a/late-1': 'src',
  })
})

test('a state becomes a branch, once, and overwrites none', async () => {
  const commit = await saveState()
  const recovered = { name: 'r-1/a/1', branch: 'recovered/r-1/a/1' }
  expect(await recover(repo, 'r-1/a/1')).toEqual(recovered)
  expect(await recover(repo, 'refs/quintet/backup/r-1/a/1')).toEqual(recovered)
  expect(await repository.git('rev-parse', 'recovered/r-1/a/1')).toBe(commit)
  expect(await repository.git('show', 'recovered/r-1/a/1:new.txt')).toBe('new')
  expect(await repository.git('rev-parse', '--abbrev-ref', 'HEAD')).toBe('main')
  await repository.git('branch', '-f', 'recovered/r-1/a/1', 'main')
  await expect(recover(repo, 'r-1/a/1')).rejects.toMatchObject({ code: 'E_RECOVER_TAKEN' })
  expect(await repository.git('rev-parse', 'refs/quintet/backup/r-1/a/1')).toBe(commit)
})

test('a state as files, files as files, and what is in the trash, each in a folder of its own', async () => {
  await saveState()
  await saveFiles()
  await throwAway()
  const trash = (await savedThings(repo)).find(({ kind }) => kind === 'trash')?.name ?? ''
  await recover(repo, 'r-1/a/1', join(top, 'back', 'state'))
  await recover(repo, 'kept/r-1/a/1', join(top, 'back', 'files'))
  await recover(repo, trash, join(top, 'back', 'trash'))
  expect((await readdir(join(top, 'back'))).sort()).toEqual(['files', 'state', 'trash'])
  expect(await readFile(join(top, 'back/state/a.txt'), 'utf8')).toBe('changed\n')
  expect(await readFile(join(top, 'back/files/files/link'), 'utf8')).toBe('SECRET=1\n')
  expect(await readFile(join(top, 'back/trash/b.txt'), 'utf8')).toBe('b\n')
  expect(await trashEntries(repo)).toEqual([])
  expect((await savedThings(repo)).map(({ kind }) => kind).sort()).toEqual(['files', 'state'])
})

test('nothing is overwritten, and what cannot be found is said', async () => {
  await saveFiles()
  await mkdir(join(top, 'mine'))
  await expect(recover(repo, 'kept/r-1/a/1', join(top, 'mine'))).rejects.toMatchObject({
    code: 'E_RECOVER_TAKEN',
  })
  await expect(recover(repo, 'kept/r-1/a/1')).rejects.toMatchObject({ code: 'E_RECOVER_TO' })
  await expect(recover(repo, 'r-9/a/1')).rejects.toMatchObject({ code: 'E_NO_SAVED' })
})
