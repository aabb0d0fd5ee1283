import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isAlive, identify } from '../../src/process/identity.ts'
import { run } from '../../src/process/run.ts'
import { temporaryFolder } from '../support/repository.ts'

const cwd = '/'
const sh = (script: string, ...args: string[]): [string, string[]] => ['sh', ['-c', script, 'sh', ...args]]

test('output, exit code and signal are values', async () => {
  const ok = await run(...sh('echo out; echo err >&2; exit 3'), { cwd })
  expect([ok.stdout.toString(), ok.stderr.toString(), ok.exitCode, ok.signal]).toEqual([
    'out\n',
    'err\n',
    3,
    null,
  ])
  const killed = await run(...sh('kill -9 $$'), { cwd })
  expect([killed.exitCode, killed.signal, killed.timedOut]).toEqual([null, 'SIGKILL', false])
})

test('arguments are passed as they are', async () => {
  const { stdout } = await run('printf', ['%s|', 'a b', '$HOME', '"; exit 1', 'new\nline'], { cwd })
  expect(stdout.toString()).toBe('a b|$HOME|"; exit 1|new\nline|')
})

test('input is fed, and without input the child reads an end', async () => {
  expect((await run('cat', [], { cwd, input: 'given' })).stdout.toString()).toBe('given')
  expect((await run('cat', [], { cwd })).stdout.toString()).toBe('')
})

test('a child that does not read a large input is no failure', async () => {
  const input = Buffer.alloc(4 * 1024 * 1024, 'x')
  expect((await run('true', [], { cwd, input })).exitCode).toBe(0)
  const closed = await run(...sh('exec 0<&-; echo closed; sleep 0.05'), { cwd, input })
  expect([closed.exitCode, closed.stdout.toString()]).toEqual([0, 'closed\n'])
})

test('kept output is bounded at either end', async () => {
  const script = sh('i=0; while [ $i -lt 2000 ]; do echo line$i; i=$((i+1)); done')
  const first = await run(...script, { cwd, maxBytes: 10 })
  expect([first.stdout.toString(), first.truncated]).toEqual(['line0\nline', true])
  const last = await run(...script, { cwd, maxBytes: 10, keep: 'tail' })
  expect([last.stdout.toString(), last.truncated]).toEqual(['\nline1999\n'.slice(-10), true])
  const whole = await run('echo', ['x'], { cwd, maxBytes: 2 })
  expect(whole.truncated).toBe(false)
})

test('merged output keeps the order of arrival', async () => {
  const result = await run(...sh('echo one; sleep 0.05; echo two >&2; sleep 0.05; echo three'), {
    cwd,
    merged: true,
  })
  expect(result.stdout.toString()).toBe('one\ntwo\nthree\n')
  expect(result.stderr.length).toBe(0)
})

test('the time limit ends the whole group, also what ignores SIGTERM', async () => {
  const pids: number[] = []
  const result = await run(...sh('trap "" TERM; sleep 60 & echo $!; sleep 60; sleep 60'), {
    cwd,
    timeout: 150,
    graceMs: 100,
    onStart: (pid) => pids.push(pid),
  })
  expect(result.timedOut).toBe(true)
  const background = Number(result.stdout.toString())
  expect(background).toBeGreaterThan(0)
  expect(await identify(background)).toBeNull()
  expect(await identify(pids[0] ?? 0)).toBeNull()
})

test('an abort ends the group and rejects with its reason', async () => {
  const controller = new AbortController()
  const reason = new Error('changed my mind')
  let pid = 0
  const running = run('sleep', ['60'], {
    cwd,
    signal: controller.signal,
    onStart: (started) => {
      pid = started
      controller.abort(reason)
    },
  })
  await expect(running).rejects.toBe(reason)
  expect(await identify(pid)).toBeNull()
  await expect(run('true', [], { cwd, signal: controller.signal })).rejects.toBe(reason)
})

test('what the program leaves in its group is ended with it', async () => {
  const result = await run(...sh('sleep 60 & echo $!'), { cwd })
  expect(result.exitCode).toBe(0)
  expect(await identify(Number(result.stdout.toString()))).toBeNull()
})

test('output held open by a process outside the group does not hold the result', async () => {
  const script =
    "const c = require('node:child_process').spawn('sleep', ['5'], { detached: true, stdio: 'inherit' }); console.log(c.pid); c.unref()"
  const result = await run(process.execPath, ['-e', script], { cwd })
  const pid = Number(result.stdout.toString())
  const identity = await identify(pid)
  expect(identity).not.toBeNull()
  expect(result.durationMs).toBeLessThan(4_000)
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => identity === null || isAlive(identity)).toBe(false)
})

test('a busy event loop does not lose output that came before the end', async () => {
  const running = run(...sh('echo before; sleep 1 & exec 1>&-; sleep 0.05'), { cwd })
  await new Promise((resolve) => setTimeout(resolve, 20))
  const until = performance.now() + 600
  while (performance.now() < until) Math.sqrt(until)
  expect((await running).stdout.toString()).toBe('before\n')
})

test('a callback that throws leaves no process behind', async () => {
  let pid = 0
  const running = run('sleep', ['60'], {
    cwd,
    onStart: (started) => {
      pid = started
      throw new Error('from the callback')
    },
  })
  await expect(running).rejects.toThrow('from the callback')
  expect(await identify(pid)).toBeNull()
})

test('a missing program and a missing folder are told apart', async () => {
  await using folder = await temporaryFolder()
  await expect(run('no-such-program-here', [], { cwd })).rejects.toMatchObject({
    code: 'E_PROGRAM_MISSING',
    kind: 'environment',
    hints: [{ command: 'quintet doctor' }],
  })
  await expect(run('true', [], { cwd: join(folder.path, 'gone') })).rejects.toMatchObject({
    code: 'E_FOLDER_MISSING',
  })
  await writeFile(join(folder.path, 'text'), 'no program')
  await expect(run(join(folder.path, 'text'), [], { cwd })).rejects.toMatchObject({ code: 'E_SPAWN' })
  await writeFile(join(folder.path, 'script'), '#!/no/such/interpreter\n', { mode: 0o755 })
  await expect(run(join(folder.path, 'script'), [], { cwd })).rejects.toMatchObject({ code: 'E_SPAWN' })
  await expect(run('true', ['\0'], { cwd })).rejects.toMatchObject({ code: 'E_SPAWN' })
  await expect(run('true', ['x'.repeat(8 * 1024 * 1024)], { cwd })).rejects.toMatchObject({ code: 'E_SPAWN' })
})

test.skipIf(process.geteuid?.() === 0)(
  'a folder on the PATH that may not be entered hides nothing',
  async () => {
    await using folder = await temporaryFolder()
    const closed = join(folder.path, 'closed')
    await mkdir(closed, { mode: 0 })
    const env = { PATH: `${closed}:${process.env['PATH']}` }
    expect((await run('true', [], { cwd, env })).exitCode).toBe(0)
    await expect(run('no-such-program-here', [], { cwd, env })).rejects.toMatchObject({
      code: 'E_PROGRAM_MISSING',
    })
  },
)

test('the log receives both streams whole, appended', async () => {
  await using folder = await temporaryFolder()
  const log = join(folder.path, 'log')
  await writeFile(log, 'earlier\n')
  const bytes = 3 * 1024 * 1024
  const result = await run(...sh('head -c "$1" /dev/zero | tr "\\0" x; echo err >&2', String(bytes)), {
    cwd,
    log,
    maxBytes: 100,
  })
  expect(result.logError).toBeNull()
  const text = await readFile(log, 'utf8')
  expect(text.length).toBe('earlier\n'.length + bytes + 'err\n'.length)
  expect(text.startsWith('earlier\n')).toBe(true)
})

test('a broken log never stops the run', async () => {
  await using folder = await temporaryFolder()
  const asFolder = join(folder.path, 'folder')
  await mkdir(asFolder)
  const pipe = join(folder.path, 'pipe')
  await run('mkfifo', [pipe], { cwd })
  const logs = [asFolder, pipe, join(folder.path, 'no', 'such', 'folder')]
  const errors: (string | null)[] = []
  for (const log of logs) {
    const result = await run('echo', ['done'], { cwd, log })
    expect([result.exitCode, result.stdout.toString()]).toEqual([0, 'done\n'])
    errors.push(result.logError)
  }
  expect(errors).toEqual(['EISDIR', 'ENXIO', 'ENOENT'])
})

test.skipIf(process.platform !== 'linux')('a log on a full disk never stops the run', async () => {
  const result = await run(...sh('head -c 1000000 /dev/zero; echo end >&2'), { cwd, log: '/dev/full' })
  expect([result.exitCode, result.stdout.length, result.stderr.toString()]).toEqual([0, 1_000_000, 'end\n'])
  expect(result.logError).toBe('ENOSPC')
})

test('many runs share one abort signal without a warning', async () => {
  const warnings: string[] = []
  const listen = (warning: Error): void => void warnings.push(warning.name)
  process.on('warning', listen)
  const { signal } = new AbortController()
  await Promise.all(Array.from({ length: 15 }, () => run('true', [], { cwd, signal })))
  await new Promise(setImmediate)
  process.off('warning', listen)
  expect(warnings).toEqual([])
})
