import { readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CleanItem } from '../../src/contract/api.ts'
import { temporaryFolder, temporaryRepository } from '../support/repository.ts'
import { quintet, type Result } from './process.ts'

const script = (steps: readonly object[]): string => JSON.stringify({ schema: 1, name: 'test', steps })

const FILES = {
  'src/a/x.txt': '1\n',
  'src/b/y.txt': '2\n',
  'a.json': script([
    { write: { path: 'src/a/x.txt', content: '11\n' } },
    { ask: { name: 'way', question: 'Which way?', options: ['left', 'right'] } },
    { commit: 'Change a' },
  ]),
  'b.json': script([{ write: { path: 'src/b/y.txt', content: '22\n' } }, { commit: 'Change b' }]),
  '.quintet/plans/two.toml': `
goal = "Change both"
target = "main"
pieces = [
  { id = "a", title = "A", brief = "Change it.", scope = { include = ["src/a/**"] }, agent = "scripted", script = "a.json" },
  { id = "b", title = "B", brief = "Change it.", scope = { include = ["src/b/**"] }, agent = "scripted", script = "b.json" },
]
integration = { checks = [{ name = "git", run = ["git", "--version"] }] }
`,
}

async function daemonPid(repository: string): Promise<number> {
  const file: { pid: number } = JSON.parse(
    await readFile(join(repository, '.git/quintet/daemon.json'), 'utf8'),
  )
  return file.pid
}

/** Kills the daemon; the answer goes to the one that the watching command starts. */
async function answeredAfterKill(at: { readonly cwd: string }): Promise<Result> {
  const killed = await daemonPid(at.cwd)
  process.kill(killed, 'SIGKILL')
  await expect.poll(() => daemonPid(at.cwd), { timeout: 20_000 }).not.toBe(killed)
  return await quintet(['answer', '1', 'left'], at)
}

function lastLine(text: string): unknown {
  return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '')
}

test('a run: left by an interrupt, left when stuck, attached to, and landed over a killed daemon', async () => {
  await using repository = await temporaryRepository({ files: FILES })
  await using state = await temporaryFolder()
  const at = { cwd: repository.path, env: { XDG_STATE_HOME: state.path, XDG_CONFIG_HOME: state.path } }

  const interrupted = await quintet(['run', 'two'], {
    ...at,
    // Whoever is done lands, whatever the others wait for.
    onOutput: (text) =>
      text.includes('needs the operator') && / b landed$/m.test(text) ? 'SIGINT' : undefined,
  })
  expect([interrupted.code, interrupted.stdout]).toEqual([130, ''])
  expect(interrupted.stderr).toContain('Run two-1 has started.')
  expect(interrupted.stderr).toContain('Detached; run two-1 goes on.\n  → run: quintet run --watch two-1\n')

  const stuck = await quintet(['run', 'two', '--no-wait', '--json'], at)
  expect(stuck.stderr).toBe('Run two-1 goes on.\n')
  expect(stuck.code).toBe(6)
  expect(lastLine(stuck.stdout)).toMatchObject({
    ok: true,
    data: { run: 'two-1', verdict: null, landed: ['b'], needs: [{ session: 'two-1/a', kind: 'question' }] },
  })

  let answered: Promise<Result> | undefined
  const landed = await quintet(['run', '--watch', '--json'], {
    ...at,
    onOutput: (text) => {
      if (text.includes('question.asked')) answered ??= answeredAfterKill(at)
      return undefined
    },
  })
  expect(await answered).toMatchObject({
    code: 0,
    stdout: 'The question of session a is answered: left.\n',
  })
  expect(landed.code).toBe(0)
  expect(lastLine(landed.stdout)).toEqual({
    schema: 1,
    ok: true,
    data: { run: 'two-1', verdict: 'landed', landed: ['a', 'b'], abandoned: [], failed: [], needs: [] },
  })
  const seqs = landed.stdout
    .trimEnd()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).seq)
  expect(seqs).toEqual([...new Set<number>(seqs)].sort((a, b) => a - b))

  expect((await quintet(['stop'], at)).stdout).toMatch(/^The daemon has ended \(process \d+\)/)
  expect(await repository.git('show', 'main:src/a/x.txt')).toBe('11')
}, 60_000)

test('--detach returns at once; stop --force ends a daemon whose token is gone', async () => {
  await using repository = await temporaryRepository({ files: FILES })
  await using state = await temporaryFolder()
  const at = { cwd: repository.path, env: { XDG_STATE_HOME: state.path, XDG_CONFIG_HOME: state.path } }
  const detached = await quintet(['run', 'two', '--detach', '--json'], at)
  expect([detached.code, JSON.parse(detached.stdout)]).toEqual([
    0,
    { schema: 1, ok: true, data: { run: 'two-1', created: true } },
  ])
  await unlink(join(repository.path, '.git/quintet/daemon.token'))
  const refused = await quintet(['decide', 'Use UTC'], at)
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('(E_DAEMON_TOKEN)')
  expect(refused.stderr).toContain('→ run: quintet stop --force')
  expect(await quintet(['status'], at)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('(E_DAEMON_TOKEN)'),
  })
  expect((await quintet(['stop', '--force'], at)).stdout).toMatch(/^The daemon has ended/)
  expect((await quintet(['decide', 'Use', 'UTC'], at)).stdout).toBe('Decision 1 is written for run two-1.\n')
  expect(await quintet(['stop', '--run', 'two', '--reason', 'Enough'], at)).toMatchObject({ code: 0 })
  const ended = await quintet(['run', '--watch'], at)
  expect([ended.code, ended.stdout]).toEqual([1, expect.stringContaining('Run two-1 has ended: ')])
  await quintet(['stop'], at)
}, 60_000)

test('stop ends the watching too, and nobody starts the daemon again', async () => {
  await using repository = await temporaryRepository({ files: FILES })
  await using state = await temporaryFolder()
  const at = { cwd: repository.path, env: { XDG_STATE_HOME: state.path, XDG_CONFIG_HOME: state.path } }
  let stopped: Promise<Result> | undefined
  const onOutput = (text: string): undefined => {
    if (text.includes('question.asked')) stopped ??= quintet(['stop'], at)
  }
  const watched = await quintet(['run', 'two', '--json'], { ...at, onOutput })
  expect(await stopped).toMatchObject({ code: 0, stdout: expect.stringMatching(/^The daemon has ended/) })
  expect(watched.code).toBe(1)
  expect(lastLine(watched.stdout)).toMatchObject({ ok: true, data: { run: 'two-1', verdict: null } })
  expect(watched.stderr).toBe('Run two-1 has started.\n')
  await expect(daemonPid(repository.path)).rejects.toThrow('ENOENT')

  let again: Promise<Result> | undefined
  const shown = await quintet(['run', 'two'], {
    ...at,
    onOutput: (text) => {
      if (text.includes('needs the operator')) again ??= quintet(['stop'], at)
      return undefined
    },
  })
  await again
  expect([shown.code, shown.stdout]).toEqual([
    1,
    'The daemon was stopped; run two-1 stands still.\n  → run: quintet run two\n',
  ])
  await expect(daemonPid(repository.path)).rejects.toThrow('ENOENT')
}, 60_000)

test('a daemon of another version is replaced when no run needs it, and otherwise kept with a warning', async () => {
  await using repository = await temporaryRepository({ files: FILES })
  await using state = await temporaryFolder()
  const at = { cwd: repository.path, env: { XDG_STATE_HOME: state.path, XDG_CONFIG_HOME: state.path } }
  const path = join(repository.path, '.git/quintet/daemon.json')
  await quintet(['run', 'two', '--detach'], at)
  const first = await daemonPid(repository.path)
  const announced: object = JSON.parse(await readFile(path, 'utf8'))
  await writeFile(path, JSON.stringify({ ...announced, version: '0.0.0' }))
  const kept = await quintet(['decide', 'Use UTC'], at)
  expect([kept.code, kept.stdout]).toEqual([0, 'Decision 1 is written for run two-1.\n'])
  expect(kept.stderr).toMatch(/^quintet: the daemon is of version 0\.0\.0, this command of version \d.*\n$/)
  expect(await daemonPid(repository.path)).toBe(first)
  await quintet(['stop', '--run', 'two', '--reason', 'Enough'], at)
  await quintet(['run', '--watch'], at)
  const { stdout } = await quintet(['clean', '--dry-run', '--json'], at)
  const { data }: { readonly data: readonly CleanItem[] } = JSON.parse(stdout)
  expect(data.map(({ what, outcome }) => [what, outcome])).toEqual([
    ['session two-1/a', 'removable'],
    ['session two-1/b', 'removable'],
  ])
  expect(data.every(({ proof = [] }) => proof.length > 0)).toBe(true)
  const cleaned = await quintet(['clean'], at)
  expect([cleaned.code, cleaned.stderr]).toEqual([0, ''])
  expect(await daemonPid(repository.path)).not.toBe(first)
  await quintet(['stop'], at)
}, 60_000)
