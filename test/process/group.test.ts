import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { endGroup, signalGroup } from '../../src/process/group.ts'
import { groupMembers } from '../../src/process/table.ts'

async function group(script: string): Promise<{ child: ChildProcess; group: number; said: string }> {
  const child = spawn('sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await once(child.stdout, 'data')
  return { child, group: child.pid ?? 0, said: String(said) }
}

test('SIGTERM is enough for those who heed it', async () => {
  const { child, group: id } = await group('trap "exit 5" TERM; echo ready; while :; do sleep 0.02; done')
  const exited = once(child, 'exit')
  await endGroup(id)
  expect(await exited).toEqual([5, null])
  expect(signalGroup(id, 0)).toBe(false)
})

test('SIGKILL follows for those who do not, members included', async () => {
  const { child, group: id } = await group(
    'trap "" TERM; sh -c "trap \\"\\" TERM; echo ready; sleep 60; sleep 60"; sleep 60',
  )
  const exited = once(child, 'exit')
  const started = performance.now()
  await endGroup(id, 200)
  expect(performance.now() - started).toBeGreaterThanOrEqual(200)
  expect(await exited).toEqual([null, 'SIGKILL'])
  expect(await groupMembers(id)).toEqual([])
})

test('a grace of 0 kills at once, and a group that is gone is no failure', async () => {
  const { child, group: id } = await group('trap "" TERM; echo ready; sleep 60')
  const exited = once(child, 'exit')
  await endGroup(id, 0)
  expect(await exited).toEqual([null, 'SIGKILL'])
  await endGroup(id)
})

test('a zombie that its parent does not notice does not hold up the end', async () => {
  // The parent becomes `sleep`, which never waits for the child that it had as a shell.
  const { child, said } = await group('setsid sh -c "echo \\$\\$; exec sleep 60" & exec sleep 60')
  const orphanGroup = Number(said)
  await endGroup(orphanGroup, 50)
  expect(signalGroup(orphanGroup, 0)).toBe(true)
  expect(await groupMembers(orphanGroup)).toEqual([])
  child.kill('SIGKILL')
  await once(child, 'exit')
})
