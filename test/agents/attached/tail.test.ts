import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FileTail } from '../../../src/agents/attached/tail.ts'

async function folder(): Promise<AsyncDisposable & { file: string }> {
  const path = await mkdtemp(join(tmpdir(), 'tail-'))
  return {
    file: join(path, 'record.jsonl'),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

test('a line is told once, and a torn one when its end has come', async () => {
  await using here = await folder()
  const tail = new FileTail(here.file)
  expect(await tail.read()).toEqual({ lines: [], anew: false, more: false })
  await writeFile(here.file, 'one\ntw')
  expect(await tail.read()).toEqual({ lines: ['one'], anew: true, more: false })
  await appendFile(here.file, 'o\n\nthree\n')
  expect(await tail.read()).toEqual({ lines: ['two', 'three'], anew: false, more: false })
  expect((await tail.read()).lines).toEqual([])
})

test('a character that is torn in two is put together', async () => {
  await using here = await folder()
  const tail = new FileTail(here.file)
  const bytes = Buffer.from('für\n')
  await writeFile(here.file, bytes.subarray(0, 2))
  expect((await tail.read()).lines).toEqual([])
  await appendFile(here.file, bytes.subarray(2))
  expect((await tail.read()).lines).toEqual(['für'])
})

test('a line that is too long is left out, and those around it are not', async () => {
  await using here = await folder()
  const tail = new FileTail(here.file, { maxChars: 10, maxBytes: 16 })
  await writeFile(here.file, `short\n${'x'.repeat(100)}\nlast\n`)
  const lines: string[] = []
  for (let more = true; more;) {
    const read = await tail.read()
    lines.push(...read.lines)
    more = read.more
  }
  expect(lines).toEqual(['short', 'last'])
})

test('a file that was replaced or cut is read anew', async () => {
  await using here = await folder()
  const tail = new FileTail(here.file)
  await writeFile(here.file, 'one\ntwo\n')
  await tail.read()
  await writeFile(`${here.file}.new`, 'other\n')
  await rename(`${here.file}.new`, here.file)
  expect(await tail.read()).toMatchObject({ lines: ['other'], anew: true })
  await writeFile(here.file, 'x\n')
  expect(await tail.read()).toMatchObject({ lines: ['x'], anew: true })
})
