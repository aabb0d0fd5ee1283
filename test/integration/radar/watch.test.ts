import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FolderWatch, WatchBudget } from '../../../src/integration/radar/watch.ts'
import { temporaryFolder } from '../../support/repository.ts'

interface Heard {
  readonly onSaved: (paths: readonly string[]) => void
  /** Resolves once this path was told. */
  readonly until: (path: string) => Promise<void>
}

function listener(): Heard {
  const told = new Set<string>()
  const waiting = new Map<string, () => void>()
  return {
    onSaved: (paths) => {
      for (const path of paths) {
        told.add(path)
        waiting.get(path)?.()
      }
    },
    until: (path) =>
      told.has(path) ? Promise.resolve() : new Promise((resolve) => void waiting.set(path, resolve)),
  }
}

test('files of watched folders are told, those of folders that come later as well', async () => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'src'))
  const { onSaved, until } = listener()
  using watch = new FolderWatch({
    root: folder.path,
    folders: ['', 'src'],
    budget: new WatchBudget(10),
    onSaved,
  })
  await writeFile(join(folder.path, 'src/a.txt'), 'a')
  await until('src/a.txt')
  await mkdir(join(folder.path, 'src/deep/er'), { recursive: true })
  await writeFile(join(folder.path, 'src/deep/er/b.txt'), 'b')
  await until('src/deep/er/b.txt')
  await rm(join(folder.path, 'src/a.txt'))
  expect(watch.gap).toBeNull()
})

test('the budget is kept, said, and given back', async () => {
  await using folder = await temporaryFolder()
  for (const name of ['a', 'b', 'c']) await mkdir(join(folder.path, name))
  const budget = new WatchBudget(2)
  const options = { root: folder.path, budget, onSaved: () => undefined }
  const watch = new FolderWatch({ ...options, folders: ['', 'a', 'b', 'c'] })
  expect(watch.watched).toBe(2)
  expect(watch.gap).toMatch(/^2 of 4 folders are not watched/)
  watch[Symbol.dispose]()
  expect(budget.left).toBe(2)
})

test('a folder that is not there takes nothing from the budget', async () => {
  await using folder = await temporaryFolder()
  const budget = new WatchBudget(2)
  using watch = new FolderWatch({ root: folder.path, budget, folders: ['none'], onSaved: () => undefined })
  expect([watch.gap, budget.left]).toEqual([null, 2])
})

test('folders beyond the scope have what is spared for them, the nearest to the root first', async () => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'own'))
  await mkdir(join(folder.path, 'far/away/deep'), { recursive: true })
  const { onSaved, until } = listener()
  const budget = new WatchBudget(4)
  using watch = new FolderWatch({ root: folder.path, folders: ['', 'own'], budget, onSaved })
  watch.widen(['far/away/deep', 'far/away', 'far', 'own'])
  expect(watch.watched).toBe(4)
  expect(watch.gap).toMatch(/^1 of 5 folders are not watched: more lie outside/)
  await writeFile(join(folder.path, 'far/away/b.txt'), 'b')
  await until('far/away/b.txt')
  // What a folder held is given back with it.
  await rm(join(folder.path, 'far'), { recursive: true })
  await until('far')
  await watch.settled()
  expect([watch.gap, budget.left]).toEqual([null, 2])
})

test('a folder that was moved is followed under its new name alone', async () => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'src/old/deep'), { recursive: true })
  const { onSaved, until } = listener()
  const folders = ['', 'src', 'src/old', 'src/old/deep']
  using watch = new FolderWatch({ root: folder.path, folders, budget: new WatchBudget(10), onSaved })
  await rename(join(folder.path, 'src/old'), join(folder.path, 'src/new'))
  await until('src/new')
  await watch.settled()
  await writeFile(join(folder.path, 'src/new/deep/c.txt'), 'c')
  await until('src/new/deep/c.txt')
  expect(watch.watched).toBe(4)
})

test('a folder that is to be skipped takes no watch, nor does what is in it', async () => {
  await using folder = await temporaryFolder()
  const { onSaved, until } = listener()
  const skips = (path: string): Promise<boolean> => Promise.resolve(path === 'dist')
  using watch = new FolderWatch({
    root: folder.path,
    folders: [''],
    budget: new WatchBudget(10),
    onSaved,
    skips,
  })
  await mkdir(join(folder.path, 'dist/deep'), { recursive: true })
  await mkdir(join(folder.path, 'src'))
  await until('src')
  await watch.settled()
  expect(watch.watched).toBe(2)
})
