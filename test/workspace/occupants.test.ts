import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { occupants, parseLsof } from '../../src/workspace/occupants.ts'
import { temporaryFolder } from '../support/repository.ts'

it('finds processes that work in a folder or below, and no others', async () => {
  await using folder = await temporaryFolder()
  for (const name of ['work/deep', 'workshop']) await mkdir(join(folder.path, name), { recursive: true })
  const start = async (cwd: string) => {
    const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)'], {
      cwd: join(folder.path, cwd),
    })
    await once(child.stdout, 'data')
    return child
  }
  const children = await Promise.all(['work', 'work/deep', 'workshop'].map(start))
  const [first, second] = children.map(({ pid }) => pid ?? 0)
  expect(await occupants(join(folder.path, 'work'))).toEqual(
    [first, second].sort((a, b) => (a ?? 0) - (b ?? 0)),
  )
  for (const child of children) {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  expect(await occupants(join(folder.path, 'work'))).toEqual([])
})

it('parses the answer of lsof', () => {
  const text = 'p100\nfcwd\nn/a/work\np101\nfcwd\nn/a/work/deep\np102\nfcwd\nn/a/workshop\np103\nfcwd\nn/\n'
  expect(parseLsof(text, '/a/work')).toEqual([100, 101])
})
