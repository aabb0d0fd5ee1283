import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AgentEvent } from '../../../src/contract/agent.ts'
import { TraceRecorder, type RecorderOptions } from '../../../src/engine/health/recorder.ts'
import type { TraceEvent } from '../../../src/contract/trace.ts'
import { readTrace } from '../../../src/health/trace/read.ts'
import { temporaryFolder } from '../../support/repository.ts'

const STOPPED = { kind: 'stopped', reason: 'end_turn' } as const

function tool(id: string, more: Partial<Extract<AgentEvent, { kind: 'tool' }>> = {}): AgentEvent {
  return { kind: 'tool', id, title: 'ls', tool: 'execute', status: 'completed', paths: [], ...more }
}

async function open(
  path: string,
  more: Partial<RecorderOptions> = {},
): Promise<TraceRecorder & { told: string[] }> {
  const told: string[] = []
  const recorder = await TraceRecorder.open({
    path,
    header: { id: 'auth-1/auth/1', agent: 'scripted' },
    tell: (text) => told.push(text),
    ...more,
  })
  return Object.assign(recorder, { told })
}

async function eventsOf(path: string): Promise<TraceEvent[]> {
  const bytes = await readFile(path)
  async function* source(): AsyncGenerator<Uint8Array> {
    yield bytes
  }
  const events: TraceEvent[] = []
  for await (const event of readTrace(source())) events.push(event)
  return events
}

test('a trace is gone on with turn after turn, private to its owner', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'traces', 'auth-1', 'auth', '1.jsonl')
  for (const turn of [1, 2]) {
    await using recorder = await open(path)
    recorder.prompt(`turn ${turn}`, { meta: turn === 1 })
    recorder.note(tool(`call ${turn}`))
    recorder.end(STOPPED)
    recorder.note(tool('after the end'))
  }
  const events = await eventsOf(path)
  expect(events.map(({ t }) => t)).toEqual([
    'session',
    'user',
    'call',
    'result',
    'meta',
    'user',
    'call',
    'result',
    'meta',
  ])
  expect(events.flatMap((event) => (event.t === 'call' ? [event.a] : []))).toEqual([0, 1])
  const written = (await readFile(path, 'utf8')).trimEnd().split('\n')
  expect(written.map((line) => JSON.parse(line).i)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('a writer killed in the middle of a line costs that line alone', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, '1.jsonl')
  await using first = await open(path)
  first.note(tool('1'))
  await first[Symbol.asyncDispose]()
  await appendFile(path, '{"t":"call","a":1,"id":"torn","tool":"Ba')
  await using second = await open(path)
  second.note(tool('2'))
  await second[Symbol.asyncDispose]()
  const calls = (await eventsOf(path)).flatMap((event) => (event.t === 'call' ? [[event.a, event.id]] : []))
  expect(calls).toEqual([
    [0, '1'],
    [1, '2'],
  ])
  expect(second.told).toEqual([])
})

test('the place is found again however far back the last action is', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, '1.jsonl')
  const say = `${JSON.stringify({ t: 'say', text: 'x'.repeat(900) })}\n`
  await writeFile(
    path,
    `${JSON.stringify({ t: 'call', i: 0, a: 41, id: '1', tool: 'x', kind: 'exec' })}\n${say.repeat(400)}`,
  )
  await using recorder = await open(path)
  recorder.note(tool('2'))
  await recorder[Symbol.asyncDispose]()
  const calls = (await eventsOf(path)).flatMap((event) => (event.t === 'call' ? [event.a] : []))
  expect(calls).toEqual([41, 42])
})

test('what cannot be opened is told once, and the turn hears its events all the same', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'traces'), 'a file')
  const heard: string[] = []
  await using recorder = await open(join(folder.path, 'traces', '1.jsonl'), {
    listen: ({ t }) => heard.push(t),
    tree: () => Promise.reject(new Error('no place')),
    settleMs: 0,
  })
  recorder.note(tool('1'))
  recorder.note(tool('2'))
  await recorder[Symbol.asyncDispose]()
  // That the states of the files cannot be taken either is no second notice.
  expect(recorder.told).toHaveLength(1)
  expect(recorder.told[0]).toMatch(/^the trace of this attempt cannot be opened: /)
  expect(heard).toEqual(['session', 'call', 'result', 'call', 'result', 'meta'])
})

test('actions are counted on where the file cannot tell how many there were', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'traces'), 'a file')
  const heard: number[] = []
  await using recorder = await open(join(folder.path, 'traces', '1.jsonl'), {
    action: 7,
    listen: (event) => heard.push(...(event.t === 'call' ? [event.a] : [])),
  })
  recorder.note(tool('1'))
  recorder.note(tool('2'))
  expect(heard).toEqual([7, 8])
})

test('what is no ordinary file is told of, too', async () => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, '1.jsonl'))
  await using recorder = await open(join(folder.path, '1.jsonl'))
  recorder.note(tool('1'))
  await recorder[Symbol.asyncDispose]()
  expect(recorder.told).toHaveLength(1)
})

test.skipIf(process.platform !== 'linux')('a disk that is full in the middle is told once', async () => {
  await using recorder = await open('/dev/full', {})
  recorder.note(tool('1'))
  recorder.note(tool('2'))
  await recorder[Symbol.asyncDispose]()
  expect(recorder.told).toHaveLength(1)
  expect(recorder.told[0]).toMatch(/cannot be written any more: .*ENOSPC/)
})

test('it does not grow beyond its limit, and says so once', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, '1.jsonl')
  await using recorder = await open(path, { maxBytes: 2_000 })
  for (let index = 0; index < 50; index += 1) recorder.note(tool(String(index)))
  await recorder[Symbol.asyncDispose]()
  expect((await stat(path)).size).toBeLessThanOrEqual(2_000)
  expect(recorder.told).toEqual([
    'the trace of this attempt is as long as it may be and does not grow any more',
  ])
})

test('the state of the files is taken after what may have changed them, in the end at the latest', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, '1.jsonl')
  let taken = 0
  await using recorder = await open(path, {
    tree: () => Promise.resolve(`tree-${(taken += 1)}`),
    settleMs: 60_000,
  })
  recorder.note(tool('1', { tool: 'read', name: 'Read' }))
  recorder.note(tool('2'))
  recorder.note(tool('3', { tool: 'edit', name: 'Edit' }))
  await recorder[Symbol.asyncDispose]()
  expect((await eventsOf(path)).filter(({ t }) => t === 'tree')).toMatchObject([{ a: 2, hash: 'tree-1' }])
  expect(taken).toBe(1)
})

test('states that cannot be taken are given up, and the rest is written', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, '1.jsonl')
  await using recorder = await open(path, { tree: () => Promise.reject(new Error('no git')), settleMs: 0 })
  recorder.note(tool('1'))
  recorder.end(STOPPED)
  await recorder[Symbol.asyncDispose]()
  expect((await eventsOf(path)).map(({ t }) => t)).toEqual(['session', 'call', 'result', 'meta'])
  expect(recorder.told).toEqual(['the trace of this attempt goes on without the states of the files: no git'])
})
