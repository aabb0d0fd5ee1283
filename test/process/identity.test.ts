import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { identify, isAlive } from '../../src/process/identity.ts'
import {
  groupMembers,
  parseProcStat,
  parsePsTable,
  processTable,
  ps,
  withAncestors,
} from '../../src/process/table.ts'

test('a process is known by its id and its start', async () => {
  const child = spawn('sleep', ['60'])
  const identity = await identify(child.pid ?? 0)
  if (identity === null) throw new Error('The child is not there.')
  expect(await isAlive(identity)).toBe(true)
  expect(await isAlive({ ...identity, startTime: 'another' })).toBe(false)
  expect(await identify(child.pid ?? 0)).toEqual(identity)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await isAlive(identity)).toBe(false)
})

test('no process, no identity', async () => {
  expect(await identify(2 ** 30)).toBeNull()
})

test('a zombie is not alive', async () => {
  // The shell starts a child and becomes another program, which knows of no child and never waits for one.
  const parent = spawn('sh', ['-c', 'exec 3<&0; cat <&3 & exec sh -c "echo $!; exec sleep 60"'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [said] = await once(parent.stdout, 'data')
  const pid = Number(String(said))
  parent.stdin.end()
  await expect.poll(async () => (await processTable()).find((row) => row.pid === pid)?.zombie).toBe(true)
  expect(await identify(pid)).toBeNull()
  parent.kill('SIGKILL')
  await once(parent, 'exit')
})

test('a program name with blanks and brackets does not shift the fields', () => {
  const fields = Array.from({ length: 40 }, (_, index) => String(index + 100))
  const text = `42 (a ) (b) S ${[7, 8, ...fields].join(' ')}\n`
  expect(parseProcStat(text, 'boot')).toEqual({
    pid: 42,
    parent: 7,
    group: 8,
    zombie: false,
    startTime: 'boot:116',
  })
  expect(parseProcStat('', 'boot')).toBeNull()
})

test('ps tells the same as /proc about who belongs to whom', async () => {
  const text = await ps(['-A', '-o', 'pid=,ppid=,pgid=,stat=,lstart='])
  const mine = parsePsTable(text).find((row) => row.pid === process.pid)
  const direct = (await processTable()).find((row) => row.pid === process.pid)
  expect(mine).toMatchObject({ pid: process.pid, parent: process.ppid, group: direct?.group, zombie: false })
  expect(mine?.startTime).toMatch(/^\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}$/)
  expect(await ps(['-o', 'pid=', '-p', String(2 ** 22 - 1)])).toBe('')
})

test('ancestors end at the top, also in a circle', () => {
  const row = (pid: number, parent: number) => ({ pid, parent, group: 0, zombie: false, startTime: '' })
  expect([...withAncestors(3, [row(3, 2), row(2, 1), row(1, 0), row(9, 1)])]).toEqual([3, 2, 1, 0])
  expect([...withAncestors(3, [row(3, 2), row(2, 3)])]).toEqual([3, 2])
})

test('a group is its live members', async () => {
  const leader = spawn('sh', ['-c', 'sleep 60 & echo $!; wait'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await once(leader.stdout, 'data')
  const group = leader.pid ?? 0
  expect(new Set(await groupMembers(group))).toEqual(new Set([group, Number(String(said))]))
  process.kill(-group, 'SIGKILL')
  await once(leader, 'exit')
  await expect.poll(() => groupMembers(group)).toEqual([])
})
