import { mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FileTimes, filesByFolder, type Look } from '../../../src/integration/radar/file-times.ts'
import { temporaryFolder, writeFiles } from '../../support/repository.ts'

const FILES = { top: '1\n', 'src/a': '1\n', 'src/b': '1\n', 'src/deep/c': '1\n', 'lib/d': '1\n' }
const LAYOUT = filesByFolder(Object.keys(FILES))
/** Longer than a tick of the clock of files: what is older is told once. */
const TICK_MS = 40

async function stage(skips: Look['skips'] = () => Promise.resolve(new Set())) {
  const folder = await temporaryFolder()
  await writeFiles(folder.path, FILES)
  await tick()
  const times = new FileTimes(folder.path)
  const look = async (
    more: readonly string[] = [],
    folders: (folder: string) => boolean = () => true,
  ): Promise<readonly string[] | undefined> => {
    const found = await times.look(LAYOUT, { folders, more, signal: AbortSignal.abort(), skips })
    return found?.toSorted()
  }
  const at = (path: string): string => join(folder.path, path)
  return { at, look, times, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

/** The clock of files goes on: what was written before is old. */
async function tick(): Promise<void> {
  const until = Date.now() + TICK_MS
  while (Date.now() < until) await new Promise((resolve) => setImmediate(resolve))
}

test('folders hold the names of their files, those without files as well', () => {
  expect(Object.fromEntries(filesByFolder(['a/b/c', 'd']))).toEqual({ '': ['d'], 'a/b': ['c'], a: [] })
})

test('every way in which a file can change is seen, once', async () => {
  await using s = await stage()
  expect(await s.look()).toBeUndefined()
  expect(await s.look()).toEqual([])
  await writeFile(s.at('src/a'), '2\n')
  await writeFile(s.at('src/b.tmp'), '2\n')
  await rename(s.at('src/b.tmp'), s.at('src/b'))
  await rm(s.at('lib/d'))
  await mkdir(s.at('src/new/er'), { recursive: true })
  await writeFile(s.at('src/new/er/e'), '1\n')
  await writeFile(s.at('other'), '1\n')
  await tick()
  expect(await s.look()).toEqual([
    'lib/d',
    'other',
    'src/a',
    'src/b',
    'src/new',
    'src/new/er',
    'src/new/er/e',
  ])
  expect(await s.look()).toEqual([])
  await rm(s.at('other'))
  await rm(s.at('src'), { recursive: true })
  await tick()
  expect(await s.look()).toEqual([
    'other',
    'src/a',
    'src/b',
    'src/deep/c',
    'src/new',
    'src/new/er',
    'src/new/er/e',
  ])
})

test('a time that somebody has set back hides nothing, nor does a second write at once', async () => {
  await using s = await stage()
  await s.look()
  await writeFile(s.at('src/a'), '2\n')
  await utimes(s.at('src/a'), new Date(0), new Date(0))
  expect(await s.look()).toEqual(['src/a'])
  await writeFile(s.at('src/a'), '3\n')
  await tick()
  expect(await s.look()).toEqual(['src/a'])
})

test('only the folders that are asked for are looked at, and files beside the tracked ones', async () => {
  await using s = await stage()
  await s.look()
  await writeFile(s.at('src/a'), '2\n')
  await writeFile(s.at('lib/d'), '2\n')
  await mkdir(s.at('src/new'))
  await writeFile(s.at('src/new/e'), '1\n')
  await tick()
  expect(await s.look(['src/new/e'], (folder) => folder === 'lib')).toEqual(['lib/d', 'src/new/e'])
  await writeFile(s.at('src/new/e'), '2\n')
  await tick()
  expect(await s.look(['src/new/e'], (folder) => folder === 'lib')).toEqual(['src/new/e'])
})

test('with other files to look at everything begins anew', async () => {
  await using s = await stage()
  await s.look()
  await writeFile(s.at('src/a'), '2\n')
  const other = filesByFolder(['src/a'])
  const skips = () => Promise.resolve(new Set<string>())
  const options = { folders: () => true, more: [], signal: AbortSignal.abort(), skips }
  expect(await s.times.look(other, options)).toBeNull()
})

test('what is made in a folder that came is seen at once or later, and in one that was there from the beginning', async () => {
  const skips = (folders: readonly string[]) =>
    Promise.resolve(new Set(folders.filter((one) => one === 'src/dist')))
  await using s = await stage(skips)
  for (const folder of ['src/before/deep', 'src/dist/deep']) await mkdir(s.at(folder), { recursive: true })
  await tick()
  await s.look()
  expect(s.times.takeNew()).toEqual(['src/before', 'src/before/deep'])
  await writeFile(s.at('src/before/deep/e'), '1\n')
  await writeFile(s.at('src/dist/deep/e'), '1\n')
  await mkdir(s.at('src/new'))
  await tick()
  expect(await s.look()).toEqual(['src/before/deep/e', 'src/new'])
  expect(s.times.takeNew()).toEqual(['src/new'])
  await mkdir(s.at('src/new/er'))
  await writeFile(s.at('src/new/f'), '1\n')
  await tick()
  expect(await s.look()).toEqual(['src/new/er', 'src/new/f'])
  await writeFile(s.at('src/new/er/g'), '1\n')
  await tick()
  expect(await s.look()).toEqual(['src/new/er/g'])
  await rm(s.at('src/new'), { recursive: true })
  await tick()
  expect(await s.look()).toContain('src/new')
  expect(await s.look()).toEqual([])
})

test('a clock that was set back does not make everything look written just now', async () => {
  await using folder = await temporaryFolder()
  await writeFiles(folder.path, FILES)
  const times = new FileTimes(folder.path, () => Date.now() - 3_600_000)
  const skips = () => Promise.resolve(new Set<string>())
  const look = () => times.look(LAYOUT, { folders: () => true, more: [], signal: AbortSignal.abort(), skips })
  await look()
  expect(await look()).toEqual([])
})
