import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hasAdditions, type Additions } from '../../../src/agents/attached/settings.ts'
import { unwire, wire, type Wired } from '../../../src/agents/attached/wiring.ts'
import { openRepository } from '../../../src/git/repository.ts'
import { temporaryRepository } from '../../support/repository.ts'

const added: Additions = {
  deny: ['Edit(src/api/**)'],
  hooks: [{ matcher: 'Write', hooks: [{ type: 'command', command: 'guard || exit 2', timeout: 60 }] }],
  statusLine: 'ours',
}

interface Scene extends AsyncDisposable {
  readonly wired: Wired
  readonly file: string
  readonly folder: string
}

async function scene(before: string | null): Promise<Scene> {
  const repository = await temporaryRepository()
  const folder = join(repository.path, '.claude')
  const file = join(folder, 'settings.local.json')
  if (before !== null) {
    await mkdir(folder)
    await writeFile(file, before)
  }
  const repo = await openRepository(repository.path)
  const note = join(repository.path, '.git', 'notes', 'auth.json')
  return {
    wired: { repo, worktree: repository.path, note },
    file,
    folder,
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  }
}

test('settings are replaced as a whole, and given back so', async () => {
  const before = '{ "model":"x" }'
  await using set = await scene(before)
  const inode = async (): Promise<number> => (await stat(set.file)).ino
  const first = await inode()
  expect(await wire(set.wired, added)).toBe(true)
  const second = await inode()
  expect(second).not.toBe(first)
  expect(await unwire(set.wired)).toBe(true)
  expect(await inode()).not.toBe(second)
  expect(await readFile(set.file, 'utf8')).toBe(before)
})

test('who was ended between the note and the file is gone on for', async () => {
  const before = '{ "model":"x" }'
  await using set = await scene(before)
  await wire(set.wired, added)
  await writeFile(set.file, before)
  expect(await wire(set.wired, { ...added, statusLine: 'another' })).toBe(true)
  expect(hasAdditions(await readFile(set.file, 'utf8'), { ...added, statusLine: 'another' })).toBe(true)
  expect(await unwire(set.wired)).toBe(true)
  expect(await readFile(set.file, 'utf8')).toBe(before)
})

test('guards that have changed take the place of those that stand there, with the same status line', async () => {
  await using set = await scene(null)
  await wire(set.wired, added)
  expect(await wire(set.wired, { ...added, deny: ['Edit(src/ui/**)'], statusLine: 'ours in ours' })).toBe(
    true,
  )
  const now = await readFile(set.file, 'utf8')
  expect(hasAdditions(now, { ...added, deny: ['Edit(src/ui/**)'] })).toBe(true)
  expect(now).not.toContain('src/api')
  expect(await unwire(set.wired)).toBe(true)
  await expect(readdir(set.folder)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('guards that are gone from where there was no file are written again', async () => {
  await using set = await scene(null)
  await wire(set.wired, added)
  await rm(set.folder, { recursive: true })
  expect(await wire(set.wired, added)).toBe(true)
  expect(hasAdditions(await readFile(set.file, 'utf8'), added)).toBe(true)
  expect(await readdir(set.folder)).toEqual(['settings.local.json'])
  expect(await unwire(set.wired)).toBe(true)
  await expect(readdir(set.folder)).rejects.toMatchObject({ code: 'ENOENT' })
})

test.each([0, 10])('a write that was broken off after %d characters is undone', async (length) => {
  const before = '{ "model":"x" }'
  await using set = await scene(before)
  await wire(set.wired, added)
  await writeFile(set.file, (await readFile(set.file, 'utf8')).slice(0, length))
  expect(await unwire(set.wired)).toBe(true)
  expect(await readFile(set.file, 'utf8')).toBe(before)
})

test('where the guards cannot be taken out the note stays, until they can', async () => {
  await using set = await scene(null)
  await wire(set.wired, added)
  const after = await readFile(set.file, 'utf8')
  await writeFile(set.file, `// mine\n${after}`)
  expect(await unwire(set.wired)).toBe(false)
  expect(await wire(set.wired, added)).toBe(false)
  await writeFile(set.file, after)
  expect(await unwire(set.wired)).toBe(true)
  await expect(readFile(set.wired.note)).rejects.toMatchObject({ code: 'ENOENT' })
})
