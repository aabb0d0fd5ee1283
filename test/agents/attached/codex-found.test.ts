// Codex is played by node under its name: what counts is the program's file, its folder and what it holds open.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, link, mkdir, mkdtemp, realpath, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import {
  codexTerminals,
  hasPerson,
  outermost,
  withRollout,
} from '../../../src/agents/attached/codex-found.ts'
import { CodexRollout } from '../../../src/agents/attached/codex-rollout.ts'
import type { ProcessRow } from '../../../src/process/table.ts'
import type { FoundTerminal } from '../../../src/agents/attached/terminal.ts'

const ID = (n: number): string => `01a206ea-0fcc-7902-8dee-77646${n}e59319`

/** Opens the file that is named, starts another of its kind below it if told so, and says its process id. */
const PLAYED = `
const { openSync } = require('node:fs')
const { spawn } = require('node:child_process')
if (process.env.PLAYED_OPEN) openSync(process.env.PLAYED_OPEN)
const child = 'process.stdin.resume(); console.log("ready")'
if (process.env.PLAYED_CHILD) spawn(process.execPath, ['-e', child], { stdio: ['pipe', 1, 2], env: {} })
else console.log('ready')
process.stdin.on('end', () => process.exit(0)).resume()
`

async function scene(): Promise<AsyncDisposable & { readonly path: string; readonly program: string }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'codex-')))
  const program = join(path, 'bin', 'codex')
  await mkdir(dirname(program))
  await link(process.execPath, program).catch(() => copyFile(process.execPath, program))
  return { path, program, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

async function played(
  program: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly pid: number }> {
  const child = spawn(program, ['-e', PLAYED], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return {
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      const exit = once(child, 'exit')
      child.stdin.end()
      await exit
    },
  }
}

/** The rollout of a conversation that began at a moment. */
async function rollout(
  home: string,
  about: { n: number; cwd: string; at: number; source?: string },
): Promise<string> {
  const day = new Date(about.at)
  const parts = [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) =>
    `${part}`.padStart(2, '0'),
  )
  const file = join(
    home,
    'sessions',
    ...parts,
    `rollout-${parts.join('-')}T05-00-0${about.n}-${ID(about.n)}.jsonl`,
  )
  await mkdir(dirname(file), { recursive: true })
  const payload = { id: ID(about.n), cwd: about.cwd, source: about.source ?? 'cli' }
  await writeFile(file, `${JSON.stringify({ type: 'session_meta', payload })}\n`)
  await utimes(file, about.at / 1000, about.at / 1000)
  return file
}

const here = async (cwd: string): Promise<FoundTerminal | undefined> => {
  const found = (await codexTerminals()).filter((terminal) => terminal.cwd === cwd)
  expect(found.length).toBeLessThan(2)
  return found[0]
}

test('the rollout that Codex holds open is its own', async () => {
  await using set = await scene()
  const open = await rollout(set.path, { n: 1, cwd: set.path, at: Date.now() })
  await using codex = await played(set.program, set.path, { PLAYED_OPEN: open })
  const found = await here(set.path)
  expect(found).toMatchObject({ process: { pid: codex.pid }, record: open, conversation: ID(1) })
})

test('one that holds none open has the newest that a person began in its folder after it', async () => {
  await using set = await scene()
  const home = join(set.path, 'codex-home')
  const now = Date.now()
  await rollout(home, { n: 1, cwd: set.path, at: now - 3_600_000 })
  await using _codex = await played(set.program, set.path, { CODEX_HOME: home })
  const found = await here(set.path)
  expect(found).toMatchObject({ record: null, source: 'process' })
  if (found === undefined) return
  expect(await withRollout(found)).toMatchObject({ record: null, conversation: null, source: 'process' })
  const mine = await rollout(home, { n: 2, cwd: set.path, at: now + 1_000 })
  await rollout(home, { n: 3, cwd: set.path, at: now + 1_000, source: 'exec' })
  await rollout(home, { n: 4, cwd: join(set.path, 'elsewhere'), at: now + 1_000 })
  expect(await withRollout(found)).toMatchObject({
    record: mine,
    conversation: ID(2),
    source: 'conversation',
  })
})

test('in a box the same rollout is found where its folder is from outside', async () => {
  await using set = await scene()
  const [inside, outside] = [join(set.path, 'inside'), join(set.path, 'outside')]
  const at = Date.now()
  const record = await rollout(inside, { n: 1, cwd: set.path, at })
  await using _codex = await played(set.program, set.path, { PLAYED_OPEN: record })
  const found = await here(set.path)
  if (found === undefined) throw new Error('It is not found.')
  expect((await withRollout(found, outside)).record).toBeNull()
  const seen = await rollout(outside, { n: 1, cwd: set.path, at })
  expect(await withRollout(found, outside)).toMatchObject({ record: seen, conversation: ID(1) })
})

test('what Codex starts of itself, as for its sandbox, is no second terminal', async () => {
  await using set = await scene()
  await using codex = await played(set.program, set.path, { PLAYED_CHILD: '1' })
  expect(await here(set.path)).toMatchObject({ process: { pid: codex.pid } })
})

test('a patch without an outcome waits for approval; a command that may go on does not, at first', () => {
  const reader = new CodexRollout()
  const at = Date.parse('2026-01-02T03:04:05.000Z')
  const line = (type: string, payload: object): string =>
    JSON.stringify({ timestamp: new Date(at).toISOString(), type, payload })
  reader.take(line('event_msg', { type: 'task_started' }))
  expect(reader.waitingFor(at + 60_000)).toBeNull()
  reader.take(
    line('response_item', { type: 'custom_tool_call', call_id: 'c1', name: 'apply_patch', input: '' }),
  )
  expect(reader.waitingFor(at + 1_000)).toBeNull()
  expect(reader.waitingFor(at + 4_000)).toBe('approval of a patch')
  reader.take(
    line('response_item', { type: 'custom_tool_call_output', call_id: 'c1', output: 'Exit code: 0' }),
  )
  expect(reader.waitingFor(at + 60_000)).toBeNull()
  const call = (id: string, more: object): string =>
    line('response_item', {
      type: 'function_call',
      call_id: id,
      name: 'exec_command',
      arguments: JSON.stringify({ cmd: 'make', ...more }),
    })
  reader.take(call('c2', {}))
  expect(reader.waitingFor(at + 600_000)).toBeNull()
  reader.take(call('c3', { sandbox_permissions: 'require_escalated' }))
  expect(reader.waitingFor(at + 12_000)).toBeNull()
  expect(reader.waitingFor(at + 16_000)).toBe('approval of a command')
  reader.take(line('event_msg', { type: 'turn_aborted' }))
  expect(reader.waitingFor(at + 60_000)).toBeNull()
})

test.each([
  [[], true],
  [['please review it'], true],
  [['fix', 'review'], true],
  [['-m', 'exec', 'mcp is broken'], true],
  [['--', 'review'], true],
  [['resume', '--last', 'review'], true],
  [['-C', 'sandbox'], true],
  [['--oss', '--model=x', 'look at exec'], true],
  [['exec', 'fix'], false],
  [['-c', 'model="x"', 'exec', 'fix'], false],
  [['-s', 'read-only', '--oss', 'review'], false],
  [['app-server'], false],
  [['--sandbox-policy-cwd', '/x', '--', 'sh'], false],
] as const)('whether a person sits before codex %j: %s', (args, expected) => {
  expect(hasPerson(args)).toBe(expected)
})

test('a command that has ended between two looks is no terminal, nor is what stands below one', () => {
  const program = (
    pid: number,
  ): { readonly process: { readonly pid: number; readonly startTime: string } } => ({
    process: { pid, startTime: `boot:${pid}` },
  })
  const row = (pid: number, parent: number, zombie = false): ProcessRow => ({
    pid,
    parent,
    group: pid,
    zombie,
    startTime: `boot:${pid}`,
  })
  const table = [row(1, 0), row(10, 1), row(11, 10), row(12, 11), row(13, 10, true), row(20, 1)]
  const found = [10, 12, 13, 14, 20].map(program)
  expect(outermost(found, table).map(({ process }) => process.pid)).toEqual([10, 20])
})
