import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AdminWatch } from '../../../src/integration/radar/admin-watch.ts'
import { WatchBudget } from '../../../src/integration/radar/budget.ts'
import { temporaryFolder, temporaryRepository, writeFiles } from '../../support/repository.ts'

/** A linked worktree whose own folder is watched; `next`: what is told next of all that was not asked for yet. */
async function watched() {
  const stack = new AsyncDisposableStack()
  const main = stack.use(await temporaryRepository({ files: { a: 'a\n' } }))
  const folder = stack.use(await temporaryFolder())
  const path = join(folder.path, 'tree')
  await main.git('worktree', 'add', '-q', '-b', 'work', path)
  const git = (...args: readonly string[]): Promise<string> => main.git('-C', path, ...args)
  const budget = new WatchBudget(1)
  const waiting: (() => void)[] = []
  const told: string[] = []
  const watch = new AdminWatch({
    root: path,
    budget,
    onChanged: (what) => {
      told.push(what)
      for (const wake of waiting.splice(0)) wake()
    },
  })
  stack.defer(() => watch[Symbol.dispose]())
  await watch.open()
  const until = async (what: string): Promise<void> => {
    while (!told.includes(what)) await new Promise<void>((resolve) => void waiting.push(resolve))
    told.length = 0
  }
  return { main, path, git, budget, watch, until, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

test('a commit, a switch and a reset are told by two watches, though no file is touched', async () => {
  await using w = await watched()
  expect([w.watch.complete, w.budget.taken]).toEqual([true, 2])
  await writeFiles(w.path, { a: 'b\n' })
  await w.git('add', 'a')
  await w.until('index')
  await w.git('commit', '-qm', 'one')
  await w.until('head')
  await w.git('commit', '-q', '--allow-empty', '-m', 'two')
  await w.until('head')
  await w.git('reset', '-q', '--soft', 'HEAD~1')
  await w.until('head')
  await w.git('switch', '-q', '-c', 'other')
  await w.until('head')
})

test('they do not depend on the budget of the folders, and are given back', async () => {
  await using w = await watched()
  w.budget.take()
  expect(w.budget.left).toBe(0)
  await w.watch.open()
  expect(w.watch.complete).toBe(true)
  w.watch[Symbol.dispose]()
  expect(w.budget.taken).toBe(1)
})

test('a worktree that is removed and made again is followed again', async () => {
  await using w = await watched()
  await w.main.git('worktree', 'remove', w.path)
  await w.watch.open()
  expect([w.watch.complete, w.budget.taken]).toEqual([false, 0])
  await w.main.git('worktree', 'add', '-q', w.path, 'work')
  await w.watch.open()
  expect(w.watch.complete).toBe(true)
  await w.git('commit', '-q', '--allow-empty', '-m', 'one')
  await w.until('head')
})

test('logs that are moved away are watched again when they come', async () => {
  await using w = await watched()
  const admin = await w.git('rev-parse', '--absolute-git-dir')
  await rename(join(admin, 'logs'), join(admin, 'old-logs'))
  await w.until('head')
  await w.git('commit', '-q', '--allow-empty', '-m', 'one')
  await w.until('head')
  expect([w.watch.complete, w.budget.taken]).toEqual([true, 2])
})

test('their end counts as events that the kernel queues', async () => {
  await using w = await watched()
  const lost = Promise.withResolvers<void>()
  const budget = new WatchBudget(1, { queued: 4 })
  using _listener = budget.queue.onOverflow(() => lost.resolve())
  const watch = new AdminWatch({ root: w.path, budget, onChanged: () => undefined })
  await watch.open()
  watch[Symbol.dispose]()
  await lost.promise
  expect(budget.queue.overflows).toBe(1)
})
