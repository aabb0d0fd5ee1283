import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { park, parkingFolder, unpark } from '../../../src/integration/queue/parked.ts'
import { temporaryFolder } from '../../support/repository.ts'

async function scene() {
  const folder = await temporaryFolder()
  const worktree = join(folder.path, 'tree')
  const at = { worktree, folder: parkingFolder(worktree) }
  const install = async (text: string): Promise<void> => {
    for (const path of ['node_modules', 'packages/a/node_modules']) {
      await mkdir(join(worktree, path), { recursive: true })
      await writeFile(join(worktree, path, 'what'), text)
    }
  }
  const what = (): Promise<string> => readFile(join(worktree, 'packages/a/node_modules/what'), 'utf8')
  const paths = ['node_modules', 'packages/a/node_modules']
  return { at, install, what, paths, worktree, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

test('what was set aside comes back whole, and is not there any more', async () => {
  await using it = await scene()
  await it.install('one')
  await park(it.at, 'f1', it.paths)
  expect(existsSync(join(it.worktree, 'node_modules'))).toBe(false)
  await it.install('two')
  await park(it.at, 'f2', it.paths)
  expect(await unpark(it.at, 'f1')).toBe(true)
  expect(await it.what()).toBe('one')
  expect(await unpark(it.at, 'f1')).toBe(false)
})

test('what was cut off in the middle is never taken for complete', async () => {
  await using it = await scene()
  await it.install('one')
  await park(it.at, 'f1', it.paths)
  await rm(join(it.at.folder, 'f1', 'complete.json'))
  expect(await unpark(it.at, 'f1')).toBe(false)
})

test('only the last three are kept', async () => {
  await using it = await scene()
  for (const name of ['f1', 'f2', 'f3', 'f4']) {
    await it.install(name)
    await park(it.at, name, it.paths)
    // The order is that of the clock of the file system.
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(await unpark(it.at, 'f1')).toBe(false)
  expect(await unpark(it.at, 'f4')).toBe(true)
})
