import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Check } from '../../src/contract/plan.ts'
import { boxAvailable, type Box } from '../../src/process/box.ts'
import { runCheck } from '../../src/process/check.ts'
import { SESSION_MARK, survivors } from '../../src/process/marker.ts'
import { temporaryFolder } from '../support/repository.ts'

const check = (run: string[], seconds = 60): Check => ({ name: 'a check', run, timeout_seconds: seconds })

test('green is exit code 0', async () => {
  await using folder = await temporaryFolder()
  const log = join(folder.path, 'logs', 'deep', 'check.log')
  const result = await runCheck(check(['sh', '-c', 'echo "$GREETING"; echo problem >&2']), {
    cwd: folder.path,
    env: { GREETING: 'hello' },
    log,
  })
  expect(result).toMatchObject({ name: 'a check', green: true, exitCode: 0, signal: null, log })
  expect(result.output.split('\n').sort()).toEqual(['hello', 'problem'])
  expect((await readFile(log, 'utf8')).length).toBe('hello\nproblem\n'.length)
})

test('any other code is red, and so is a signal', async () => {
  await using folder = await temporaryFolder()
  const options = { cwd: folder.path, log: join(folder.path, 'log') }
  expect(await runCheck(check(['sh', '-c', 'exit 4']), options)).toMatchObject({ green: false, exitCode: 4 })
  expect(await runCheck(check(['sh', '-c', 'kill -9 $$']), options)).toMatchObject({
    green: false,
    exitCode: null,
    signal: 'SIGKILL',
  })
})

test('a check that takes too long is red and says so', async () => {
  await using folder = await temporaryFolder()
  const result = await runCheck(check(['sh', '-c', 'echo begun; exec sleep 60'], 0.2), {
    cwd: folder.path,
    log: join(folder.path, 'log'),
  })
  expect(result).toMatchObject({
    green: false,
    output: 'begun\n\nThe check took longer than 0.2 s and was ended.',
  })
})

test('the output is a bounded tail of whole characters, the log is everything', async () => {
  await using folder = await temporaryFolder()
  const log = join(folder.path, 'log')
  const result = await runCheck(check(['sh', '-c', 'yes äöü | head -n 20000']), { cwd: folder.path, log })
  expect(Buffer.byteLength(result.output)).toBeLessThanOrEqual(16 * 1024)
  expect(result.output).not.toContain('\uFFFD')
  expect((await readFile(log, 'utf8')).split('\n').length).toBe(20_001)
})

test('a missing program is a red check, a missing folder a failure', async () => {
  await using folder = await temporaryFolder()
  const log = join(folder.path, 'log')
  expect(await runCheck(check(['no-such-program-here']), { cwd: folder.path, log })).toMatchObject({
    green: false,
    exitCode: null,
    output: 'The program no-such-program-here was not found on this machine.',
  })
  await expect(runCheck(check(['true']), { cwd: join(folder.path, 'gone'), log })).rejects.toMatchObject({
    code: 'E_FOLDER_MISSING',
  })
})

test('an abort rejects', async () => {
  await using folder = await temporaryFolder()
  const signal = AbortSignal.timeout(100)
  const running = runCheck(check(['sleep', '60']), {
    cwd: folder.path,
    log: join(folder.path, 'log'),
    signal,
  })
  await expect(running).rejects.toMatchObject({ name: 'TimeoutError' })
})

describe.skipIf(!(await boxAvailable()).available)('in a box', () => {
  const box = (folder: string): Box => ({
    mounts: [
      { kind: 'empty', path: '/tmp' },
      { kind: 'write', path: folder },
    ],
    network: 'shared',
  })

  test('a check can write what the box lets it, and is told of a wall that it met', async () => {
    await using folder = await temporaryFolder()
    const options = { cwd: folder.path, log: join(folder.path, 'log'), box: box(folder.path) }
    expect(await runCheck(check(['sh', '-c', 'echo x > here']), options)).toMatchObject({
      green: true,
      output: '',
    })
    const met = await runCheck(check(['sh', '-c', 'echo x > /usr/here']), options)
    expect(met.green).toBe(false)
    expect(met.output).toContain('met a wall of it')
    const own = await runCheck(check(['sh', '-c', 'echo wrong; exit 1']), options)
    expect(own.output).toBe('wrong')
  })

  test('a program that is missing is told as anywhere, and tools of the tree come first', async () => {
    await using folder = await temporaryFolder()
    const options = { cwd: folder.path, log: join(folder.path, 'log'), box: box(folder.path) }
    expect(await runCheck(check(['no-such-program-here']), options)).toMatchObject({
      green: false,
      exitCode: null,
      output: 'The program no-such-program-here was not found on this machine.',
    })
    await mkdir(join(folder.path, 'node_modules/.bin'), { recursive: true })
    await writeFile(join(folder.path, 'node_modules/.bin/ls'), '#!/bin/sh\necho own\n', { mode: 0o755 })
    expect(await runCheck(check(['ls']), options)).toMatchObject({ green: true, output: 'own' })
  })

  test('what it has started elsewhere dies with it, also when it takes too long', async () => {
    await using folder = await temporaryFolder()
    const options = {
      cwd: folder.path,
      log: join(folder.path, 'log'),
      box: box(folder.path),
      env: { [SESSION_MARK]: folder.path },
    }
    const script = 'setsid sleep 3600 & trap "echo asked; exit" TERM; echo up; sleep 3600 & wait'
    const result = await runCheck(check(['sh', '-c', script], 0.5), options)
    expect(result).toMatchObject({ green: false, output: expect.stringContaining('took longer than 0.5 s') })
    expect(result.output).toContain('asked')
    expect(await survivors(folder.path)).toEqual([])
  })
})
