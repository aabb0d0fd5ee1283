import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { WatchBudget } from '../../../src/integration/radar/budget.ts'
import { FolderWatch } from '../../../src/integration/radar/watch.ts'
import { inotifyUse } from '../../../src/process/inotify.ts'
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
  expect(watch.gap).toMatch(/^1 of 5 folders are not watched: the 4 watches/)
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
  const skips = (paths: readonly string[]) =>
    Promise.resolve(new Set(paths.filter((path) => path === 'dist')))
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

test('a folder that is deleted and made again at once is followed, as is one that another was put in the place of', async () => {
  await using folder = await temporaryFolder()
  const at = (path: string): string => join(folder.path, path)
  await mkdir(at('src/one/deep'), { recursive: true })
  await mkdir(at('other/deep'), { recursive: true })
  const { onSaved, until } = listener()
  const budget = new WatchBudget(20)
  // The folder above is not watched: only the watch itself can tell.
  using watch = new FolderWatch({ root: folder.path, folders: ['src/one', 'src/one/deep'], budget, onSaved })
  await rm(at('src/one'), { recursive: true })
  await mkdir(at('src/one/deep'), { recursive: true })
  await until('src/one')
  await watch.settled()
  await watch.mend()
  await writeFile(at('src/one/deep/a.txt'), 'a')
  await until('src/one/deep/a.txt')
  await rename(at('src/one'), at('old'))
  await rename(at('other'), at('src/one'))
  await watch.mend()
  await writeFile(at('src/one/deep/b.txt'), 'b')
  await until('src/one/deep/b.txt')
  await watch.settled()
  expect([watch.watched, budget.taken, watch.gap]).toEqual([2, 2, null])
})

test('a worktree that is moved away is not followed to where it goes, and another in its place is', async () => {
  await using folder = await temporaryFolder()
  const root = join(folder.path, 'tree')
  await mkdir(join(root, 'src'), { recursive: true })
  const { onSaved, until } = listener()
  const lost = Promise.withResolvers<void>()
  const budget = new WatchBudget(10)
  const told: string[] = []
  using watch = new FolderWatch({
    root,
    folders: ['', 'src'],
    budget,
    onSaved: (paths) => {
      told.push(...paths)
      onSaved(paths)
    },
    onLost: () => lost.resolve(),
  })
  await rename(root, join(folder.path, 'away'))
  await until('.git')
  await lost.promise
  expect([watch.watched, budget.taken]).toEqual([0, 0])
  expect(watch.gap).toMatch(/^2 of 2 folders are not watched/)
  await writeFile(join(folder.path, 'away/src/elsewhere.txt'), 'x')
  await mkdir(join(root, 'src'), { recursive: true })
  await watch.mend()
  await writeFile(join(root, 'src/here.txt'), 'x')
  await until('src/here.txt')
  expect(told).not.toContain('src/elsewhere.txt')
  expect(watch.gap).toBeNull()
})

test('as many events at once as the kernel may not have kept are told as a loss, and folders are looked at again', async () => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'src'))
  const { onSaved, until } = listener()
  const lost = Promise.withResolvers<void>()
  const budget = new WatchBudget(10, { queued: 6 })
  using watch = new FolderWatch({
    root: folder.path,
    folders: ['', 'src'],
    budget,
    onSaved,
    onLost: () => lost.resolve(),
  })
  for (let index = 0; index < 10; index += 1) writeFileSync(join(folder.path, 'src', `${index}.txt`), 'x')
  await lost.promise
  await watch.settled()
  expect(budget.queue.overflows).toBe(1)
  await writeFile(join(folder.path, 'src/later.txt'), 'x')
  await until('src/later.txt')
})

test('what the kernel refuses is said, tried again, and told as a loss once it is had', async () => {
  await using folder = await temporaryFolder()
  for (const name of ['a', 'b']) await mkdir(join(folder.path, name))
  const { onSaved, until } = listener()
  const budget = new WatchBudget(10)
  let lost = 0
  budget.refused('ENOSPC')
  using watch = new FolderWatch({
    root: folder.path,
    folders: ['a', 'b'],
    budget,
    onSaved,
    onLost: () => void (lost += 1),
  })
  expect(watch.gap).toMatch(/^2 of 2 folders are not watched: the kernel has no watches left.*ENOSPC/)
  expect([watch.misses('a'), watch.watches('a')]).toEqual([true, false])
  await watch.mend()
  expect(lost).toBe(0)
  budget.anew()
  await watch.mend()
  expect([watch.gap, watch.watched, lost]).toEqual([null, 2, 1])
  await writeFile(join(folder.path, 'b/c.txt'), 'c')
  await until('b/c.txt')
})

test('where something was changed a watch is had before any beyond the scope', async () => {
  await using folder = await temporaryFolder()
  for (const name of ['own', 'far/away', 'near']) await mkdir(join(folder.path, name), { recursive: true })
  const budget = new WatchBudget(4)
  using watch = new FolderWatch({ root: folder.path, folders: ['own'], budget, onSaved: () => undefined })
  watch.widen(['near', 'far'])
  budget.take()
  watch.favour(['far/away'])
  expect(['own', 'near', 'far', 'far/away'].filter((one) => watch.watches(one))).toEqual([
    'own',
    'near',
    'far/away',
  ])
  expect(watch.misses('far')).toBe(true)
})

test('who comes and goes takes no watch along', async () => {
  await using folder = await temporaryFolder()
  const names = Array.from({ length: 20 }, (_name, index) => `f${index}`)
  for (const name of names) await mkdir(join(folder.path, name))
  const budget = new WatchBudget(30)
  const before = await inotifyUse({ own: true })
  for (let round = 0; round < 10; round += 1) {
    using watch = new FolderWatch({
      root: folder.path,
      folders: ['', ...names],
      budget,
      onSaved: () => undefined,
    })
    await rm(join(folder.path, 'f3'), { recursive: true })
    await mkdir(join(folder.path, 'f3'))
    await watch.settled()
  }
  expect(budget.taken).toBe(0)
  const after = await inotifyUse({ own: true })
  // One instance serves all watches of a process.
  expect(after.instances - before.instances).toBeLessThanOrEqual(1)
})

test('many watches that are given back at once are told to others as a loss', async () => {
  await using folder = await temporaryFolder()
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  for (const name of names) await mkdir(join(folder.path, name))
  const budget = new WatchBudget(20, { queued: 12 })
  const lost = Promise.withResolvers<void>()
  const options = { root: folder.path, budget, onSaved: () => undefined }
  const watch = new FolderWatch({ ...options, folders: names })
  using _other = new FolderWatch({ ...options, folders: [''], onLost: () => lost.resolve() })
  watch[Symbol.dispose]()
  await lost.promise
  expect(budget.queue.overflows).toBe(1)
})

test('folders that come together are asked about together, and what is skipped in one that was moved takes no watch', async () => {
  await using folder = await temporaryFolder()
  const at = (path: string): string => join(folder.path, path)
  const asked: (readonly string[])[] = []
  const skips = (paths: readonly string[]) => {
    asked.push(paths)
    return Promise.resolve(new Set(paths.filter((path) => path.endsWith('/target'))))
  }
  await mkdir(at('packages/old/target/deep'), { recursive: true })
  await mkdir(at('packages/old/src/deep'), { recursive: true })
  const { onSaved, until } = listener()
  const [root, budget, folders] = [folder.path, new WatchBudget(100), ['', 'packages']]
  using watch = new FolderWatch({ root, budget, folders, onSaved, skips })
  await rename(at('packages/old'), at('packages/new'))
  await until('packages/new')
  await watch.settled()
  const watched = ['new', 'new/src', 'new/src/deep', 'new/target', 'new/target/deep']
  expect(watched.filter((path) => watch.watches(`packages/${path}`))).toEqual(watched.slice(0, 3))
  asked.length = 0
  for (let index = 0; index < 50; index += 1) mkdirSync(at(`packages/d${index}`))
  await until('packages/d49')
  await watch.settled()
  expect(asked).toHaveLength(1)
  expect(watch.watched).toBe(55)
})

test('after the kernel has refused a watch none is given away for nothing', async () => {
  await using folder = await temporaryFolder()
  const names = ['own', 'a', 'b', 'c', 'd']
  for (const name of names) await mkdir(join(folder.path, name))
  const budget = new WatchBudget(10)
  using watch = new FolderWatch({ root: folder.path, folders: ['own'], budget, onSaved: () => undefined })
  watch.widen(['a', 'b'])
  budget.refused('ENOSPC')
  watch.favour(['c', 'd'])
  expect(names.filter((one) => watch.watches(one))).toEqual(['own', 'a', 'b'])
  expect([watch.misses('c'), watch.misses('d')]).toEqual([true, true])
})
