import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { boxAvailable, probeBox } from '../../src/process/box.ts'
import { startChild, type Child, type ChildOptions } from '../../src/process/child.ts'
import { identify, isAlive } from '../../src/process/identity.ts'
import { survivors } from '../../src/process/marker.ts'
import { groupMembers } from '../../src/process/table.ts'
import { temporaryFolder } from '../support/repository.ts'

const ANSWERING = join(import.meta.dirname, '../fixtures/process/answering.sh')
const support = await boxAvailable()
const boxes = support.available ? [false, true] : [false]

async function shell(script: string, options: Partial<ChildOptions> = {}): Promise<Child> {
  return startChild('sh', ['-c', script], { cwd: '/', ...options })
}

async function firstLine(child: Child): Promise<string> {
  const lines = createInterface({ input: child.stdout })
  const [line] = await once(lines, 'line')
  return String(line)
}

test.for(boxes)('a child is spoken with and ends in good order (box: %s)', async (box) => {
  await using child = await startChild('sh', [ANSWERING], { cwd: '/', box })
  expect(await isAlive(child.identity)).toBe(true)
  expect(child.group).toBe(child.identity.pid)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('ready')
  child.stdin.write('you\n')
  expect((await lines.next()).value).toBe('heard you')
  expect(child.stderrTail()).toBe('to standard error\n')
  await child.end()
  expect(await child.exited).toEqual({ exitCode: 7, signal: null })
  expect((await lines.next()).value).toBe('goodbye')
  expect(await isAlive(child.identity)).toBe(false)
  await child.end()
})

test.for(boxes)('what ignores SIGTERM is killed with everything below it (box: %s)', async (box) => {
  const mark = `child-${process.pid}/box-${box}`
  const child = await shell('trap "" TERM; setsid sleep 60 & sleep 60 & echo ready; sleep 60; sleep 60', {
    box,
    env: { QUINTET_SESSION: mark },
  })
  await firstLine(child)
  // The shell has said that it is ready, but its children may not have replaced themselves by their programs yet.
  await expect.poll(async () => (await survivors(mark)).length).toBeGreaterThan(2)
  const started = performance.now()
  await child.end(150)
  expect(performance.now() - started).toBeLessThan(2_000)
  expect((await child.exited).signal).toBe('SIGKILL')
  expect(await groupMembers(child.group)).toEqual([])
  // Without a box, a process that made a session of its own escapes the group; its mark still gives it away.
  const left = await survivors(mark)
  expect(left).toHaveLength(box ? 0 : 1)
  for (const pid of left) process.kill(pid, 'SIGKILL')
})

test.for(boxes)('what a child leaves in its group ends with it (box: %s)', async (box) => {
  await using child = await shell('sleep 60 & echo $!', { box })
  await firstLine(child)
  expect(await child.exited).toEqual({ exitCode: 0, signal: null })
  await child.end()
  expect(await groupMembers(child.group)).toEqual([])
})

test('a child that ends at once is told, with what it said', async () => {
  const exits: unknown[] = []
  const child = await shell('echo "no licence" >&2; exit 9', { onExit: (exit) => exits.push(exit) })
  expect(await child.exited).toEqual({ exitCode: 9, signal: null })
  await new Promise(setImmediate)
  expect(exits).toEqual([{ exitCode: 9, signal: null }])
  expect(child.stderrTail()).toBe('no licence\n')
  expect(await isAlive(child.identity)).toBe(false)
  child.stdin.write('are you there?')
  await new Promise(setImmediate)
})

test('the tail of the error output is bounded, its log is whole', async () => {
  await using folder = await temporaryFolder()
  const log = join(folder.path, 'log')
  const child = await shell('yes x | head -c 100000 >&2; echo last >&2', { log })
  await child.exited
  expect(child.stderrTail().length).toBeLessThanOrEqual(16 * 1024)
  expect(child.stderrTail().endsWith('last\n')).toBe(true)
  expect((await readFile(log, 'utf8')).length).toBe(100_005)
})

test('an abort ends the child', async () => {
  const controller = new AbortController()
  const child = await shell('echo ready; exec sleep 60', { signal: controller.signal })
  await firstLine(child)
  controller.abort()
  expect(await child.exited).toEqual({ exitCode: null, signal: 'SIGTERM' })
  await expect(shell('true', { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' })
})

test('disposal ends the child', async () => {
  let identity
  {
    await using child = await shell('exec sleep 60')
    identity = child.identity
    expect(await isAlive(identity)).toBe(true)
  }
  expect(await isAlive(identity)).toBe(false)
})

test.for(boxes)('a program that is not there is an error before anything runs (box: %s)', async (box) => {
  const starting = startChild('no-such-program-here', [], { cwd: '/', box })
  await expect(starting).rejects.toMatchObject({ code: 'E_PROGRAM_MISSING' })
  await expect(startChild('/no/such/program', [], { cwd: '/', box })).rejects.toMatchObject({
    code: 'E_PROGRAM_MISSING',
  })
})

test.skipIf(!support.available)('in a box, other processes are not seen, files are', async () => {
  await using folder = await temporaryFolder()
  const child = await shell('echo $$; echo written > file', { cwd: folder.path, box: true })
  expect(Number(await firstLine(child))).toBeLessThan(10)
  await child.exited
  expect(await readFile(join(folder.path, 'file'), 'utf8')).toBe('written\n')
})

test.skipIf(!support.available)('a box dies when its leader is killed', async () => {
  const mark = `child-${process.pid}/killed`
  const child = await shell('setsid sleep 60 & echo ready; sleep 60', {
    box: true,
    env: { QUINTET_SESSION: mark },
  })
  await firstLine(child)
  process.kill(child.identity.pid, 'SIGKILL')
  await child.exited
  await expect.poll(() => survivors(mark)).toEqual([])
})

test('without the program a box is not available, with a reason', async () => {
  const path = process.env['PATH']
  process.env['PATH'] = '/nonexistent'
  try {
    expect(await probeBox()).toMatchObject({ available: false, reason: expect.stringMatching(/\.$/) })
  } finally {
    process.env['PATH'] = path
  }
  expect(await identify(process.pid)).not.toBeNull()
})
