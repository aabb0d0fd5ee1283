import { once } from 'node:events'
import { watch } from 'node:fs'
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRepository, type Repository } from '../../src/git/repository.ts'
import { run } from '../../src/process/run.ts'
import { sweepNotes } from '../../src/store/late-writes.ts'
import { emptyTrash, moveToTrashKeeping, trashEntries, trashFolder } from '../../src/store/trash.ts'
import { temporaryRepository, writeFiles, type TemporaryRepository } from '../support/repository.ts'

let temporary: TemporaryRepository
let repo: Repository
let keep: string
let tree: string
const before = process.env['PATH']
const LONG_AGO = Date.now() - 3_600_000
/** Seconds. */
const OLDER = LONG_AGO / 1_000 - 1
const text = (path: string) => readFile(path, 'utf8')
const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

beforeEach(async () => {
  temporary = await temporaryRepository()
  repo = await openRepository(temporary.path)
  keep = join(repo.root, '../kept/late')
  tree = join(repo.root, '../tree')
  await writeFiles(tree, { 'early.txt': 'early', 'deep/late.txt': 'late' })
  await utimes(join(tree, 'early.txt'), OLDER, OLDER)
})
afterEach(async () => {
  process.env['PATH'] = before
  await temporary[Symbol.asyncDispose]()
})

/** The tree in the trash, with its note. */
async function moved(): Promise<string> {
  const place = join(trashFolder(repo), '0123456789abcdef')
  await writeFiles(trashFolder(repo), { '0123456789abcdef.late': keep })
  await utimes(`${place}.late`, LONG_AGO / 1_000, LONG_AGO / 1_000)
  await rename(tree, place)
  return place
}

/** Puts a program in front that runs this. */
async function standIn(name: string, script: string): Promise<void> {
  const bin = join(repo.root, '../bin')
  await writeFiles(bin, { [name]: `#!/bin/sh\n${script}\n` })
  await chmod(join(bin, name), 0o755)
  process.env['PATH'] = `${bin}:${before ?? ''}`
}

describe('a tree that is renamed to the trash', () => {
  it('has its note before it is there', async () => {
    const trash = trashFolder(repo)
    await mkdir(trash, { recursive: true })
    const names: string[] = []
    const watcher = watch(trash, (_, name) => names.push(name ?? ''))
    try {
      const place = await moveToTrashKeeping(repo, tree, { since: LONG_AGO, keep })
      expect(await text(`${place}.late`)).toBe(keep)
      while (!names.some((name) => /^[0-9a-f]{16}$/.test(name))) await once(watcher, 'change')
      expect(names[0]).toMatch(/\.late$/)
    } finally {
      watcher.close()
    }
  })

  it('has no note where it could not be renamed, or was not there', async () => {
    expect(await moveToTrashKeeping(repo, join(tree, 'no'), { since: LONG_AGO, keep })).toBeNull()
    expect(await trashEntries(repo)).toEqual([])
  })

  it('is deleted but for what was written late', async () => {
    const place = await moved()
    await symlink('nowhere', join(place, 'deep/link'))
    await writeFile(join(place, 'store.js'), 'x')
    await link(join(place, 'store.js'), join(repo.root, '../store.js'))
    expect(await emptyTrash(repo)).toEqual([])
    expect((await readdir(keep, { recursive: true })).toSorted()).toEqual([
      'deep',
      'deep/late.txt',
      'deep/link',
    ])
    expect(await readlink(join(keep, 'deep/link'))).toBe('nowhere')
    expect(await readdir(trashFolder(repo))).toEqual([])
  })

  it('keeps names that are no text', async () => {
    const place = await moved()
    const odd = Buffer.from([0xff, 0x0a, 0x61])
    await writeFile(Buffer.concat([Buffer.from(`${place}/`), odd]), 'odd')
    expect(await emptyTrash(repo)).toEqual([])
    const names = await readdir(keep, { encoding: 'buffer' })
    expect(names.some((name) => name.equals(odd))).toBe(true)
  })
})

describe('the trash is not emptied of a tree', () => {
  it('that could not be looked through', async () => {
    const place = await moved()
    await standIn('find', 'exit 1')
    expect(await emptyTrash(repo)).toHaveLength(1)
    expect(await text(join(place, 'deep/late.txt'))).toBe('late')
    process.env['PATH'] = before
    expect(await emptyTrash(repo)).toEqual([])
    expect(await text(join(keep, 'deep/late.txt'))).toBe('late')
  })

  it('of which the late files have nowhere to go', async () => {
    const place = await moved()
    await writeFile(join(repo.root, '../kept'), 'in the way')
    expect(await emptyTrash(repo)).toHaveLength(1)
    expect(await text(join(place, 'deep/late.txt'))).toBe('late')
  })

  it('that is about to be renamed to another file system', async () => {
    const pointer = join(trashFolder(repo), '0123456789abcdef.elsewhere')
    await writeFiles(trashFolder(repo), {
      '0123456789abcdef.elsewhere': join(repo.root, '../.quintet-trash-0123456789abcdef'),
      '0123456789abcdef.late': keep,
    })
    await emptyTrash(repo)
    expect(await exists(pointer)).toBe(true)
    await utimes(pointer, LONG_AGO / 1_000, LONG_AGO / 1_000)
    expect(await emptyTrash(repo)).toEqual([])
    expect(await readdir(trashFolder(repo))).toEqual([])
  })
})

it('opens folders that nobody may read', async () => {
  const place = await moved()
  await chmod(join(place, 'deep'), 0)
  expect(await emptyTrash(repo)).toEqual([])
  expect(await text(join(keep, 'deep/late.txt'))).toBe('late')
})

it('forgets notes on what was never renamed, when they are old', async () => {
  const trash = trashFolder(repo)
  await writeFiles(trash, { '0123456789abcdef.late': keep })
  await sweepNotes(trash)
  expect(await readdir(trash)).toEqual(['0123456789abcdef.late'])
})

/** A file system of this size at `path`; null when this user may make none. */
async function smallDisk(path: string): Promise<AsyncDisposable | null> {
  await mkdir(path, { recursive: true })
  const options = ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', path]
  const mounted = process.platform === 'linux' ? await run('mount', options, { cwd: '/' }) : null
  if (mounted?.exitCode !== 0) return null
  return { [Symbol.asyncDispose]: async () => void (await run('umount', [path], { cwd: '/' })) }
}

it('keeps a tree when there is no room for what was written late', async (context) => {
  const disk = await mkdtemp(join(repo.root, '../disk-'))
  await using small = await smallDisk(disk)
  if (small === null) return context.skip()
  keep = join(disk, 'late')
  const place = await moved()
  await writeFile(join(place, 'large.bin'), Buffer.alloc(64 * 1024, 'x'))
  expect(await emptyTrash(repo)).toHaveLength(1)
  expect((await lstat(join(place, 'large.bin'))).size).toBe(64 * 1024)
  expect(await exists(join(keep, 'large.bin'))).toBe(false)
  await rm(join(place, 'large.bin'))
  expect(await emptyTrash(repo)).toEqual([])
  expect(await text(join(keep, 'deep/late.txt'))).toBe('late')
})
