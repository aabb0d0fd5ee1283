// The contract of headless one-shots, with programs that print what the real ones print.
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  HEADLESS_AGENTS,
  headlessAvailable,
  runOnce,
  type HeadlessAgent,
  type OnceOptions,
} from '../../../src/agents/headless/driver.ts'
import { boxAvailable, type Box } from '../../../src/process/box.ts'

const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'headless')
let folder = ''
let env: { PATH: string } = { PATH: '' }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quintet-headless-'))
  for (const agent of HEADLESS_AGENTS) await symlink(join(FIXTURES, `${agent}.mjs`), join(folder, agent))
  env = { PATH: [folder, process.env['PATH']].join(delimiter) }
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const once = (agent: HeadlessAgent, prompt: string, more: Partial<OnceOptions> = {}) =>
  runOnce({ agent, prompt, cwd: folder, env, box: false, signal: new AbortController().signal, ...more })

describe.each(HEADLESS_AGENTS)('%s', (agent) => {
  test('is there, and is not where it is not installed', async () => {
    expect(await headlessAvailable(agent, { cwd: folder, env })).toBe(true)
    expect(await headlessAvailable(agent, { cwd: folder, env: { PATH: '/nowhere' } })).toBe(false)
  })

  test('answers, and tells what it has used, each message once', async () => {
    const answer = await once(agent, 'What now?')
    expect(answer).toMatchObject({
      outcome: 'answered',
      why: null,
      usage: { tokens: 2230, output: 10 },
      cost: agent === 'claude' ? 0.5 : null,
      conversation: 'once',
    })
    expect(JSON.parse(answer.text)).toMatchObject({ prompt: 'What now?' })
  })

  test('answers in the form that is asked for', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } }
    expect(JSON.parse((await once(agent, 'Fill this in.', { schema })).text)).toEqual({ schema })
  })

  test('says what went wrong', async () => {
    expect(await once(agent, 'fail')).toMatchObject({ outcome: 'failed', why: 'No such conversation.' })
    const died = await once(agent, 'die')
    expect(died).toMatchObject({ outcome: 'failed', text: '' })
    expect(died.why).toContain('exit code 7')
    expect(died.why).toContain('out of memory')
  })

  test('is ended when its time is over, or when nobody waits any more', async () => {
    expect(await once(agent, 'hang', { timeout: 1_000 })).toMatchObject({ outcome: 'timed-out' })
    const over = new AbortController()
    over.abort(new Error('enough'))
    await expect(once(agent, 'hang', { signal: over.signal })).rejects.toThrow('enough')
  })
})

test('a copy of a conversation is asked, never the conversation, and without tools', async () => {
  const { args } = JSON.parse((await once('claude', 'Do you remember?', { forkOf: 'c-1' })).text)
  expect(args.join(' ')).toContain('--resume c-1 --fork-session')
  expect(args[args.indexOf('--tools') + 1]).toBe('')
})

test('it works where it is told to, for as long as it may, and what it did is told', async () => {
  await mkdir(join(folder, 'src', 'a'), { recursive: true })
  const { events, outcome } = await once('claude', 'Do it.', { turns: 3 })
  expect(outcome).toBe('failed')
  expect(events.filter(({ kind }) => kind === 'tool')).toMatchObject([
    { tool: 'edit', status: 'running', paths: ['src/a/main.txt'] },
    { tool: 'edit', status: 'completed' },
    { tool: 'execute', status: 'running' },
    { tool: 'execute', status: 'failed', output: 'Exit code 1' },
  ])
  expect((await once('claude', 'What now?')).events).toEqual([])
})

const boxes = await boxAvailable()

test.skipIf(!boxes.available)('the form is seen in a box that hides temporary files', async () => {
  const schema = { type: 'object' }
  const box: Box = {
    mounts: [
      { kind: 'empty', path: tmpdir() },
      ...[folder, FIXTURES].map((path) => ({ kind: 'read' as const, path })),
    ],
    network: 'shared',
  }
  const answer = await once('codex', 'Fill this in.', { schema, folder, box })
  expect(JSON.parse(answer.text)).toEqual({ schema })
  // Where it cannot be seen, the program says so.
  expect(await once('codex', 'Fill this in.', { schema, box })).toMatchObject({ outcome: 'failed' })
})
