import { lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeAtomic } from '../../src/store/atomic.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/repository.ts'

const PERMISSIONS = 0o777

let folder: TemporaryFolder
let path: string

beforeEach(async () => {
  folder = await temporaryFolder()
  path = join(folder.path, 'file.txt')
})
afterEach(() => folder[Symbol.asyncDispose]())

const mode = async (): Promise<number> => (await stat(path)).mode & PERMISSIONS

test('writes a new file and leaves nothing else behind', async () => {
  await writeAtomic(path, 'one')
  expect(await readFile(path, 'utf8')).toBe('one')
  expect(await mode()).toBe(0o644)
  expect(await readdir(folder.path)).toEqual(['file.txt'])
})

test('keeps the permissions of the file it replaces', async () => {
  await writeFile(path, 'old', { mode: 0o600 })
  await writeAtomic(path, new TextEncoder().encode('new'))
  expect(await readFile(path, 'utf8')).toBe('new')
  expect(await mode()).toBe(0o600)
})

test('sets the permissions it is told, whatever the umask', async () => {
  const before = process.umask(0o077)
  try {
    await writeAtomic(path, 'x', { mode: 0o664 })
  } finally {
    process.umask(before)
  }
  expect(await mode()).toBe(0o664)
})

test('replaces a symbolic link and does not write through it', async () => {
  const elsewhere = join(folder.path, 'elsewhere')
  await writeFile(elsewhere, 'precious')
  await symlink(elsewhere, path)
  await writeAtomic(path, 'mine')
  expect((await lstat(path)).isSymbolicLink()).toBe(false)
  expect(await readFile(elsewhere, 'utf8')).toBe('precious')
})

test('a reader sees the old content or the new, never a part', async () => {
  const [a, b] = ['a'.repeat(300_000), 'b'.repeat(300_000)]
  await writeAtomic(path, a)
  const progress = { writing: true }
  const writer = (async () => {
    for (let n = 0; n < 20; n++) await writeAtomic(path, n % 2 === 0 ? b : a)
    progress.writing = false
  })()
  let reads = 0
  while (progress.writing) {
    const seen = await readFile(path, 'utf8')
    expect(seen === a || seen === b).toBe(true)
    reads++
  }
  await writer
  expect(reads).toBeGreaterThan(0)
})

test('a failure keeps the old file and removes the temporary one', async () => {
  await mkdir(path)
  await expect(writeAtomic(path, 'x')).rejects.toMatchObject({ code: 'E_STATE_READ_ONLY' })
  expect(await readdir(folder.path)).toEqual(['file.txt'])
  await expect(writeAtomic(join(folder.path, 'missing', 'file'), 'x')).rejects.toMatchObject({
    code: 'ENOENT',
  })
})
