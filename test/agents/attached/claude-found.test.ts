import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { claudeTerminals } from '../../../src/agents/attached/claude-found.ts'
import { temporaryFolder } from '../../support/repository.ts'

const session = (pid: number, cwd: string): string =>
  JSON.stringify({ pid, sessionId: 'abc', cwd, kind: 'interactive', status: 'idle' })

test('files that were left behind hide no living terminal, however many they are', async () => {
  await using folder = await temporaryFolder()
  const sessions = join(folder.path, 'sessions')
  await mkdir(sessions)
  // Beyond what any machine gives to a process.
  const left = Array.from({ length: 2_000 }, (_, n) => 100_000_000 + n)
  await Promise.all(left.map((pid) => writeFile(join(sessions, `${pid}.json`), session(pid, folder.path))))
  await writeFile(join(sessions, `${process.pid}.json`), session(process.pid, folder.path))
  const found = await claudeTerminals(folder.path)
  expect(found.map((terminal) => terminal.process.pid)).toEqual([process.pid])
})

test('a pipe in the place of a session file keeps nobody waiting', async () => {
  await using folder = await temporaryFolder()
  const sessions = join(folder.path, 'sessions')
  await mkdir(sessions)
  await promisify(execFile)('mkfifo', [join(sessions, `${process.pid}.json`)])
  expect(await claudeTerminals(folder.path)).toEqual([])
})
