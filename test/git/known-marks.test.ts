import { rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { KnownMarks } from '../../src/git/known-marks.ts'
import { hiddenEntries } from '../../src/git/private-index.ts'
import { status } from '../../src/git/status.ts'
import { gitCalls } from '../support/git-calls.ts'
import { temporaryRepository, writeFiles } from '../support/repository.ts'

const PATIENT = { timeout: 20_000 }

test('what an index hides is listed once as long as the index is the same', async () => {
  await using main = await temporaryRepository({ files: { a: 'a', b: 'b' } })
  const index = { cwd: main.path, env: {} }
  const marks = new KnownMarks()
  await using calls = await gitCalls()
  // An index that was written just now is not trusted to stay.
  await expect.poll(() => listings(marks, index, calls), PATIENT).toBe(0)
  await main.git('update-index', '--skip-worktree', 'a')
  await main.git('update-index', '--assume-unchanged', 'b')
  expect(await marks.of(index)).toEqual({ skipped: ['a'], assumed: ['b'], absent: [] })
  await expect.poll(() => listings(marks, index, calls), PATIENT).toBe(0)
  await rm(join(main.path, 'a'))
  expect(await marks.of(index)).toEqual({ skipped: [], assumed: ['b'], absent: ['a'] })
  expect(await calls.take()).toEqual([])
  // The time of the file can be set back; that of its last change cannot.
  await main.git('update-index', '--no-assume-unchanged', 'b')
  await utimes(join(main.path, '.git', 'index'), 1, 1)
  expect(await marks.of(index)).toEqual(await hiddenEntries(index))
})

test('a status with known marks shows what the index hides', async () => {
  await using main = await temporaryRepository({ files: { a: 'a', b: 'b' } })
  const marks = new KnownMarks()
  await expect.poll(async () => (await status(main.path, { marks })).entries).toEqual([])
  await main.git('update-index', '--skip-worktree', 'a')
  await writeFiles(main.path, { a: 'changed' })
  const { entries } = await status(main.path, { marks })
  expect(entries).toEqual([{ path: 'a', kind: 'modified', hidden: 'skip-worktree' }])
})

async function listings(
  marks: KnownMarks,
  index: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
  calls: { take(): Promise<readonly string[]> },
): Promise<number> {
  await marks.of(index)
  await calls.take()
  await marks.of(index)
  return (await calls.take()).length
}
