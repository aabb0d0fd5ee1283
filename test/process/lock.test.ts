import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { holdFileLock, withFileLock } from '../../src/process/lock.ts'
import { run } from '../../src/process/run.ts'
import { temporaryFolder } from '../support/repository.ts'

const HOLDER = join(import.meta.dirname, '../fixtures/process/hold-lock.ts')
const COUNTER = join(import.meta.dirname, '../fixtures/process/count-under-lock.ts')

test('within one process the work runs one at a time, in order', async () => {
  await using folder = await temporaryFolder()
  const lock = join(folder.path, 'a', 'lock')
  const seen: string[] = []
  await Promise.all(
    [1, 2, 3].map((id) =>
      withFileLock(lock, async () => {
        seen.push(`in ${id}`)
        await new Promise(setImmediate)
        seen.push(`out ${id}`)
      }),
    ),
  )
  expect(seen).toEqual(['in 1', 'out 1', 'in 2', 'out 2', 'in 3', 'out 3'])
})

test('24 processes at once never hold it together', async () => {
  await using folder = await temporaryFolder()
  const lock = join(folder.path, 'lock')
  const counter = join(folder.path, 'counter')
  await writeFile(counter, '0')
  const results = await Promise.all(
    Array.from({ length: 24 }, () =>
      run(process.execPath, [COUNTER, lock, counter, '10'], { cwd: folder.path }),
    ),
  )
  expect(results.map(({ exitCode, stderr }) => [exitCode, stderr.toString()])).toEqual(
    results.map(() => [0, '']),
  )
  expect(await readFile(counter, 'utf8')).toBe('240')
})

test('the lock dies with its holder', async () => {
  await using folder = await temporaryFolder()
  const lock = join(folder.path, 'lock')
  const holder = spawn(process.execPath, [HOLDER, lock], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [said] = await once(holder.stdout, 'data')
  expect(String(said)).toBe('held\n')
  expect(await holdFileLock(lock)).toBeNull()
  await expect(withFileLock(lock, () => Promise.resolve('in'), { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'E_LOCK_TIMEOUT',
    kind: 'environment',
  })
  const waiting = withFileLock(lock, () => Promise.resolve('in'))
  holder.kill('SIGKILL')
  expect(await waiting).toBe('in')
})

test('a held lock is free again after disposal', async () => {
  await using folder = await temporaryFolder()
  const lock = join(folder.path, 'lock')
  const first = await holdFileLock(lock)
  expect(first).not.toBeNull()
  expect(await holdFileLock(lock)).toBeNull()
  await first?.[Symbol.asyncDispose]()
  await using second = await holdFileLock(lock)
  expect(second).not.toBeNull()
})

test('waiting ends on abort and does not disturb those behind', async () => {
  await using folder = await temporaryFolder()
  const lock = join(folder.path, 'lock')
  const release = Promise.withResolvers<void>()
  const first = withFileLock(lock, () => release.promise)
  const controller = new AbortController()
  const second = withFileLock(lock, () => Promise.resolve('second'), { signal: controller.signal })
  const third = withFileLock(lock, () => Promise.resolve('third'))
  controller.abort(new Error('enough'))
  await expect(second).rejects.toThrow('enough')
  release.resolve()
  await first
  expect(await third).toBe('third')
})

test('a failure inside releases the lock', async () => {
  await using folder = await temporaryFolder()
  const lock = join(folder.path, 'lock')
  await expect(withFileLock(lock, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside')
  expect(await withFileLock(lock, () => Promise.resolve('after'))).toBe('after')
})

test('a file that cannot be a lock is a clear error', async () => {
  await using folder = await temporaryFolder()
  const lock = join(folder.path, 'lock')
  await mkdir(lock)
  await expect(holdFileLock(lock)).rejects.toMatchObject({ code: 'E_LOCK' })
  const text = join(folder.path, 'text')
  await writeFile(text, 'not a database, and long enough to have a header that says so\n'.repeat(20))
  await expect(withFileLock(text, () => Promise.resolve())).rejects.toMatchObject({ code: 'E_LOCK' })
})
