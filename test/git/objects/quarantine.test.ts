import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { importObjects, openQuarantine, type Quarantine } from '../../../src/git/objects/quarantine.ts'
import { openRepository, type Repository } from '../../../src/git/repository.ts'
import { temporaryRepository } from '../../support/repository.ts'

const exec = promisify(execFile)

interface Ground extends AsyncDisposable {
  readonly repo: Repository
  readonly folder: string
  readonly quarantine: Quarantine
  /** Git that writes into the quarantine and reads both. */
  inside(...args: string[]): Promise<string>
  git(...args: string[]): Promise<string>
}

async function ground(): Promise<Ground> {
  const repository = await temporaryRepository()
  const repo = await openRepository(repository.path)
  const folder = join(repository.path, '../quarantine')
  const objects = join(repo.commonDir, 'objects')
  const quarantine = await openQuarantine(repo, folder, objects)
  const env = {
    ...process.env,
    GIT_OBJECT_DIRECTORY: quarantine.store,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: objects,
  }
  return {
    repo,
    folder,
    quarantine,
    git: (...args) => repository.git(...args),
    inside: async (...args) => (await exec('git', args, { cwd: repository.path, env })).stdout.trim(),
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  }
}

async function looseIn(store: string): Promise<string[]> {
  const folders = (await readdir(store)).filter((name) => name.length === 2)
  const names = await Promise.all(
    folders.map(async (first) => (await readdir(join(store, first))).map((rest) => first + rest)),
  )
  return names.flat()
}

test('what is committed inside can be read outside once it is imported, and is not kept twice', async () => {
  await using at = await ground()
  await writeFile(join(at.repo.root, 'new.txt'), 'new\n')
  await at.inside('add', '--all')
  await at.inside('commit', '--quiet', '--message=inside')
  const tip = await at.inside('rev-parse', 'HEAD')
  await expect(at.git('cat-file', '-e', tip)).rejects.toThrow()
  expect(await importObjects(at.repo, at.folder)).toEqual({ count: 3, forged: [] })
  expect(await at.git('show', `${tip}:new.txt`)).toBe('new')
  await at.git('fsck', '--strict')
  expect(await looseIn(at.quarantine.store)).toEqual([])
  expect(await importObjects(at.repo, at.folder)).toEqual({ count: 0, forged: [] })
})

test('a pack is imported under the names of what is in it', async () => {
  await using at = await ground()
  await at.inside('commit', '--quiet', '--allow-empty', '--message=inside')
  const tip = await at.inside('rev-parse', 'HEAD')
  await at.inside('repack', '-a', '-d', '-q')
  expect((await importObjects(at.repo, at.folder)).count).toBe(1)
  await rm(at.folder, { recursive: true })
  expect(await at.git('cat-file', '-t', tip)).toBe('commit')
  await at.git('fsck', '--strict')
})

test('an object under a false name never gets across', async () => {
  await using at = await ground()
  const wanted = 'what another session is about to write\n'
  const { stdout } = await exec('sh', ['-c', `printf '%s' "$0" | git hash-object --stdin`, wanted], {
    cwd: at.repo.root,
  })
  const name = stdout.trim()
  const folder = join(at.quarantine.store, name.slice(0, 2))
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, name.slice(2)), deflateSync('blob 5\0evil\n'))
  expect(await importObjects(at.repo, at.folder)).toEqual({ count: 0, forged: [name] })
  await writeFile(join(at.repo.root, 'file'), wanted)
  await at.git('add', 'file')
  expect(await at.git('cat-file', 'blob', name)).toBe(wanted.trim())
})

test.for<[string, (path: string) => Promise<unknown>]>([
  ['what is no object', (path) => writeFile(path, 'nothing')],
  ['a link to a file of others', (path) => symlink('/etc/hostname', path)],
  ['a folder', (path) => mkdir(path)],
])('%s is put aside', async ([, make]) => {
  await using at = await ground()
  const name = 'ab'.padEnd(40, 'c')
  await mkdir(join(at.quarantine.store, 'ab'), { recursive: true })
  await make(join(at.quarantine.store, 'ab', name.slice(2)))
  expect(await importObjects(at.repo, at.folder)).toEqual({ count: 0, forged: [name] })
  await expect(at.git('cat-file', '-e', name)).rejects.toThrow()
  expect(await importObjects(at.repo, at.folder)).toEqual({ count: 0, forged: [] })
  expect(await readdir(join(at.folder, 'forged'))).toHaveLength(1)
})

test.for<[string, (path: string) => Promise<unknown>]>([
  ['a pipe', (path) => exec('mkfifo', [path])],
  ['a folder in the place of one that is known', (path) => mkdir(path)],
])('%s is not waited for', async ([, make]) => {
  await using at = await ground()
  const name = await at.git('rev-parse', 'HEAD')
  await mkdir(join(at.quarantine.store, name.slice(0, 2)), { recursive: true })
  await make(join(at.quarantine.store, name.slice(0, 2), name.slice(2)))
  expect(await importObjects(at.repo, at.folder)).toEqual({ count: 0, forged: [name] })
  await at.git('fsck', '--strict')
})

test('a folder that leads to the shared objects is put aside, and they stay', async () => {
  await using at = await ground()
  const name = await at.git('rev-parse', 'HEAD')
  const first = name.slice(0, 2)
  await symlink(join(at.repo.commonDir, 'objects', first), join(at.quarantine.store, first))
  expect(await importObjects(at.repo, at.folder)).toEqual({ count: 0, forged: [first] })
  expect(await at.git('cat-file', '-t', name)).toBe('commit')
  expect(await importObjects(at.repo, at.folder)).toEqual({ count: 0, forged: [] })
})

test('a folder of packs that leads to the shared packs is put aside, and they stay', async () => {
  await using at = await ground()
  await at.git('repack', '-a', '-d', '-q')
  await rm(join(at.quarantine.store, 'pack'), { recursive: true })
  await symlink(join(at.repo.commonDir, 'objects/pack'), join(at.quarantine.store, 'pack'))
  expect(await importObjects(at.repo, at.folder)).toEqual({ count: 0, forged: ['pack'] })
  await at.git('fsck', '--strict')
  expect(await at.git('cat-file', '-t', 'HEAD')).toBe('commit')
})

test('a pack that is none is put aside', async () => {
  await using at = await ground()
  const stem = `pack-${'ab'.repeat(20)}`
  for (const end of ['.pack', '.idx'])
    await writeFile(join(at.quarantine.store, 'pack', stem + end), 'nothing')
  expect(await importObjects(at.repo, at.folder)).toEqual({ count: 0, forged: [stem] })
  expect(await readdir(join(at.quarantine.store, 'pack'))).toEqual([])
  expect(await readdir(join(at.repo.commonDir, 'objects/pack'))).toEqual([])
  expect(await importObjects(at.repo, at.folder)).toEqual({ count: 0, forged: [] })
})

test('garbage behind an object is not taken over', async () => {
  await using at = await ground()
  const body = deflateSync('blob 4\0same')
  const { stdout } = await exec('sh', ['-c', `printf same | git hash-object --stdin`], { cwd: at.repo.root })
  const name = stdout.trim()
  await mkdir(join(at.quarantine.store, name.slice(0, 2)), { recursive: true })
  await writeFile(
    join(at.quarantine.store, name.slice(0, 2), name.slice(2)),
    Buffer.concat([body, Buffer.from('tail')]),
  )
  await importObjects(at.repo, at.folder)
  await writeFile(join(at.repo.root, 'file'), 'same')
  await at.git('add', 'file')
  expect(await at.git('cat-file', 'blob', name)).toBe('same')
  await at.git('fsck', '--strict')
})

test('the shared store is read through its own alternates too', async () => {
  await using at = await ground()
  await writeFile(
    join(at.repo.commonDir, 'objects/info/alternates'),
    '../../../elsewhere/objects\n/absolute/objects\n',
  )
  await openQuarantine(at.repo, at.folder, '/seen/here')
  const lines = await readFile(join(at.quarantine.info, 'alternates'), 'utf8')
  expect(lines).toBe(`/seen/here\n${join(at.repo.root, '../elsewhere/objects')}\n`)
})

test('where there is no quarantine there is nothing to import', async () => {
  await using at = await ground()
  expect(await importObjects(at.repo, join(at.folder, 'none'))).toEqual({ count: 0, forged: [] })
})
