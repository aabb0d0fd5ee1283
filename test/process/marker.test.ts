import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { identify } from '../../src/process/identity.ts'
import { endSurvivors, parseBearers, SESSION_MARK, survivors } from '../../src/process/marker.ts'
import { run } from '../../src/process/run.ts'
import { ps } from '../../src/process/table.ts'

let count = 0
const newMark = (): string => `run-${process.pid}/piece-${(count += 1)}`
const forget = async (pids: readonly number[]): Promise<void> => {
  for (const pid of pids) await expect.poll(() => identify(pid)).toBeNull()
}

async function marked(mark: string, script: string): Promise<number[]> {
  const child = spawn('sh', ['-c', script], {
    env: { ...process.env, [SESSION_MARK]: mark },
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.unref()
  const [said] = await once(child.stdout, 'data')
  return String(said).trim().split(/\s+/).map(Number)
}

test('a child in another group and session is found by its mark and ended', async () => {
  const mark = newMark()
  const [shell = 0] = await marked(mark, 'setsid sleep 60 & echo $$; sleep 60')
  await expect.poll(async () => (await survivors(mark)).length).toBe(3)
  expect(await survivors(mark)).toContain(shell)
  const ended = await endSurvivors(mark)
  expect(ended.length).toBeGreaterThanOrEqual(3)
  expect(await survivors(mark)).toEqual([])
  await forget(ended)
})

test('SIGKILL follows, and what is born meanwhile is ended as well', async () => {
  const mark = newMark()
  await marked(mark, 'trap "" TERM; echo $$; while :; do sleep 0.05; done')
  await endSurvivors(mark, 100)
  expect(await survivors(mark)).toEqual([])
})

test('only the very mark counts', async () => {
  const mark = newMark()
  const longer = `${mark}-more`
  await marked(longer, 'echo $$; exec sleep 60')
  expect(await survivors(mark)).toEqual([])
  expect(await endSurvivors(mark)).toEqual([])
  expect(await survivors(longer)).toHaveLength(1)
  await endSurvivors(longer, 0)
})

test('the asker and those above it are spared', async () => {
  const mark = newMark()
  const module = new URL('../../src/process/marker.ts', import.meta.url).href
  const script = `
    import { endSurvivors, survivors } from ${JSON.stringify(module)}
    const before = await survivors(${JSON.stringify(mark)})
    await endSurvivors(${JSON.stringify(mark)})
    console.log(before.length, 'still here')`
  const result = await run(
    'sh',
    ['-c', '"$0" --input-type=module -e "$1"; echo shell too', process.execPath, script],
    {
      cwd: '/',
      env: { [SESSION_MARK]: mark },
    },
  )
  expect(result.stdout.toString()).toBe('0 still here\nshell too\n')
})

test('a run hands its mark down', async () => {
  const mark = newMark()
  const result = await run('sh', ['-c', 'sh -c "printenv QUINTET_SESSION"'], {
    cwd: '/',
    env: { [SESSION_MARK]: mark },
  })
  expect(result.stdout.toString()).toBe(`${mark}\n`)
})

test('output of ps with environments is read', async () => {
  const text = [
    '   10 S    node agent.js HOME=/root QUINTET_SESSION=a/b PATH=/bin',
    '   11 Z    [node] QUINTET_SESSION=a/b',
    '   12 S+   node QUINTET_SESSION=a/bc',
    'garbage',
    '  130 R    x QUINTET_SESSION=a/b',
  ].join('\n')
  expect(parseBearers(text, 'a/b')).toEqual([10, 130])
  const own = await ps(['axeww', '-o', 'pid=,stat=,command='])
  const mark = newMark()
  const [pid = 0] = await marked(mark, 'echo $$; exec sleep 60')
  expect(parseBearers(own, mark)).toEqual([])
  expect(parseBearers(await ps(['axeww', '-o', 'pid=,stat=,command=']), mark)).toEqual([pid])
  await endSurvivors(mark, 0)
})
