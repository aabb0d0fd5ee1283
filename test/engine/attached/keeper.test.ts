import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parseFact, type FactData, type FactType } from '../../../src/contract/facts.ts'
import { branchName } from '../../../src/engine/names.ts'
import { TerminalHold } from '../../../src/engine/attached/hold.ts'
import { TerminalKeeper } from '../../../src/engine/attached/keeper.ts'
import { playedTerminal, result, said, wrote } from '../../support/terminal.ts'
import { piece, stage, type Stage } from '../../support/services.ts'

const STREAM = 'work-1/session/auth'

interface Scene extends AsyncDisposable {
  readonly here: Stage
  readonly home: string
  readonly worktree: string
  readonly hold: TerminalHold
  keeper(): TerminalKeeper
  facts<T extends FactType>(type: T): readonly FactData<T>[]
}

/** Two pieces; the worktree of the first. */
async function scene(): Promise<Scene> {
  const here = await stage({ 'src/auth/a.txt': 'a\n', 'src/api/b.txt': 'b\n' })
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'terminals-')))
  const [home, worktree] = [join(folder, 'home'), join(folder, 'auth')]
  await mkdir(home)
  const { base } = await here.run({ pieces: [piece('auth'), piece('api')] })
  const branch = branchName({ run: 'work-1', piece: 'auth' })
  await here.repository.git('worktree', 'add', '-b', branch, worktree, base.commit)
  here.services.store.append({
    stream: STREAM,
    key: 'workspace.ready:1',
    type: 'workspace.ready',
    data: { path: worktree, branch, base: base.commit, ports: { first: 4000, count: 10 } },
  })
  const hold = new TerminalHold()
  return {
    here,
    home,
    worktree,
    hold,
    keeper: () => new TerminalKeeper(here.services, { hold, env: { HOME: home } }),
    facts: (type) =>
      [...here.services.store.events({ stream: STREAM, types: [type] })].flatMap(({ data }) => {
        const fact = parseFact(type, data)
        return fact === null ? [] : [fact.data]
      }),
    [Symbol.asyncDispose]: async () => {
      await here[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

test('a terminal in a worktree is found with its state, its context and its files', async () => {
  await using set = await scene()
  await using terminal = await playedTerminal(set.worktree, { HOME: set.home })
  await terminal.play({
    line: said('msg_1', [wrote('toolu_1', join(set.worktree, 'src/auth/new.txt'))], 40_000),
  })
  await terminal.play({ line: said('msg_1', [{ type: 'text', text: 'Writing.' }], 40_000) })
  await terminal.play({
    line: result('toolu_1', 'written'),
    tell: { status: 'waiting', waitingFor: 'permission prompt' },
  })
  await using keeper = set.keeper()
  await keeper.look()
  expect(set.facts('terminal.attached')).toMatchObject([
    { agent: 'claude', pid: terminal.pid, level: 'advisory' },
  ])
  expect(set.facts('terminal.state')).toMatchObject([
    { state: 'waiting', waitingFor: 'permission prompt', source: 'session-file' },
  ])
  expect(set.facts('terminal.context')).toMatchObject([
    { context: { used: 40_000, size: null, source: 'provider' }, compactions: 0 },
  ])
  expect(set.facts('terminal.files')).toMatchObject([{ files: ['src/auth/new.txt'] }])
  await keeper.look()
  expect(set.facts('terminal.attached')).toHaveLength(1)
  expect(set.facts('terminal.context')).toHaveLength(1)
})

test('a compaction makes the context unknown until the next answer', async () => {
  await using set = await scene()
  await using terminal = await playedTerminal(set.worktree, { HOME: set.home })
  await using keeper = set.keeper()
  await terminal.play({ line: said('msg_1', [{ type: 'text', text: 'One.' }], 160_000) })
  await keeper.look()
  await terminal.play({
    line: { type: 'system', subtype: 'compact_boundary', compactMetadata: { trigger: 'auto' } },
  })
  await terminal.play({
    line: { type: 'user', isCompactSummary: true, message: { content: 'What it was about.' } },
  })
  await keeper.look()
  await terminal.play({ line: said('msg_2', [{ type: 'text', text: 'Two.' }], 12_000) })
  await keeper.look()
  expect(set.facts('terminal.context')).toMatchObject([
    { context: { used: 160_000 }, compactions: 0 },
    { context: null, compactions: 1 },
    { context: { used: 12_000 }, compactions: 1 },
  ])
})

test('what a terminal writes outside of its scope is found, and that it is gone again', async () => {
  await using set = await scene()
  await using terminal = await playedTerminal(set.worktree, { HOME: set.home })
  await using keeper = set.keeper()
  await terminal.play({ write: ['src/api/theirs.txt', 'no\n'] })
  await keeper.look()
  expect(set.facts('terminal.outside')).toMatchObject([
    { paths: [{ path: 'src/api/theirs.txt', owner: 'api' }] },
  ])
  await rm(join(set.worktree, 'src/api/theirs.txt'))
  // An edit that its agent tells of is looked at without waiting.
  await terminal.play({
    line: said('msg_1', [wrote('toolu_1', join(set.worktree, 'src/auth/a.txt'))], 9_000),
  })
  await terminal.play({ line: result('toolu_1', 'written') })
  await keeper.look()
  expect(set.facts('terminal.outside').at(-1)).toMatchObject({ paths: [] })
})

test('nobody is prompted while a terminal is open, and one that was killed is gone', async () => {
  await using set = await scene()
  await using terminal = await playedTerminal(set.worktree, { HOME: set.home })
  await using keeper = set.keeper()
  expect(await set.hold.holdsNow('work-1/auth')).toBe(true)
  expect(await set.hold.holdsNow('work-1/api')).toBe(false)
  const released = set.hold.released('work-1/auth', new AbortController().signal)
  await terminal.kill()
  await keeper.look()
  await released
  expect(set.facts('terminal.detached')).toMatchObject([{ why: 'its process has ended' }])
})

test('an abort ends the wait for a terminal', async () => {
  await using set = await scene()
  await using _terminal = await playedTerminal(set.worktree, { HOME: set.home })
  await using _keeper = set.keeper()
  await set.hold.holdsNow('work-1/auth')
  const stop = new AbortController()
  const released = set.hold.released('work-1/auth', stop.signal)
  stop.abort(new Error('over'))
  await expect(released).rejects.toThrow('over')
})

test('a session that waits is told to look when its terminal is closed; one that moves is not', async () => {
  await using set = await scene()
  const signalled = (): boolean =>
    set.here.services.store.outbox.untaken(STREAM, 0).some(({ name }) => name === 'operator')
  await using keeper = set.keeper()
  const first = await playedTerminal(set.worktree, { HOME: set.home })
  await keeper.look()
  await first.end()
  await keeper.look()
  expect(signalled()).toBe(false)
  set.here.fact(STREAM, 'session.waiting', { reason: 'Still missing.' })
  const second = await playedTerminal(set.worktree, { HOME: set.home })
  await keeper.look()
  await second.end()
  await keeper.look()
  expect(signalled()).toBe(true)
})

test('one that was opened by the command and ended before anybody looked has been there, once', async () => {
  await using set = await scene()
  const folder = join(set.here.services.state, 'attached', 'work-1')
  await mkdir(folder, { recursive: true })
  const gone = { pid: process.pid, startTime: 'long ago', agent: 'claude', boxed: true, level: 'enforced' }
  await writeFile(join(folder, 'auth.json'), JSON.stringify({ ...gone, gaps: [] }))
  await using keeper = set.keeper()
  await keeper.look()
  await keeper.look()
  expect(set.facts('terminal.attached')).toMatchObject([{ agent: 'claude', level: 'enforced' }])
  expect(set.facts('terminal.detached')).toHaveLength(1)
  expect(await readdir(folder)).toEqual([])
})

test('terminals elsewhere and agents that are driven are left alone', async () => {
  await using set = await scene()
  await using _elsewhere = await playedTerminal(set.here.repository.path, { HOME: set.home })
  await using _driven = await playedTerminal(set.worktree, {
    HOME: set.home,
    QUINTET_SESSION: 'abc/work-1/auth',
  })
  await using keeper = set.keeper()
  await keeper.look()
  expect(set.facts('terminal.attached')).toEqual([])
})

test('what was open when the daemon ended is closed by the next, unless it still is open', async () => {
  await using set = await scene()
  await using stays = await playedTerminal(set.worktree, { HOME: set.home })
  await using goes = await playedTerminal(set.worktree, { HOME: set.home })
  {
    await using before = set.keeper()
    await before.look()
  }
  await goes.kill()
  await using keeper = set.keeper()
  await keeper.look()
  expect(set.facts('terminal.detached')).toHaveLength(1)
  expect(set.facts('terminal.detached')[0]?.terminal).toContain(`claude:${goes.pid}:`)
  expect(set.facts('terminal.attached').at(-1)?.pid).toBe(stays.pid)
})

test('a terminal that goes round in circles raises an alarm for its person alone, and what it uses is counted once', async () => {
  await using set = await scene()
  await using terminal = await playedTerminal(set.worktree, { HOME: set.home })
  const failed = 'FAIL src/auth/a.test.ts\nAssertionError: expected 1 to be 2\n'
  for (const n of [1, 2, 3, 4, 5, 6]) {
    const call = { type: 'tool_use', id: `t${n}`, name: 'Bash', input: { command: 'npm test' } }
    await terminal.play({ line: said(`m${n}`, [call], 10_000) })
    await terminal.play({ line: result(`t${n}`, failed, true) })
  }
  {
    await using keeper = set.keeper()
    await keeper.look()
  }
  const alarms = set.facts('terminal.alarm')
  expect(alarms.length).toBeGreaterThan(0)
  expect(alarms.map(({ alarm }) => alarm.symptom)).toContain('repetitive errors')
  expect(set.facts('terminal.advice')[0]).toMatchObject({ what: 'nudge' })
  expect(set.facts('health.nudged')).toEqual([])
  expect(set.facts('spend.counted')).toMatchObject([
    { tokens: 60_000, derived: 60_000, by: 'terminal with claude' },
  ])
  // The next daemon reads the same record.
  await using again = set.keeper()
  await again.look()
  await terminal.play({ line: said('m7', [{ type: 'text', text: 'Done.' }], 12_000) })
  await again.look()
  await terminal.kill()
  await again.look()
  const tokens = set.facts('spend.counted').reduce((sum, one) => sum + (one.tokens ?? 0), 0)
  expect(tokens).toBe(72_000)
})

const CONVERSATION = '11111111-2222-4333-8444-555555555555'

test('a pipe in the place of a transcript stops nobody', async () => {
  await using set = await scene()
  await using terminal = await playedTerminal(set.worktree, { HOME: set.home })
  const folder = join(set.home, '.claude/projects', set.worktree.replaceAll(/[^a-zA-Z0-9]/g, '-'))
  await mkdir(folder, { recursive: true })
  const transcript = join(folder, `${CONVERSATION}.jsonl`)
  await promisify(execFile)('mkfifo', [transcript])
  await using keeper = set.keeper()
  await keeper.look()
  expect(set.facts('terminal.attached')).toMatchObject([{ pid: terminal.pid }])
  await rm(transcript)
  await terminal.play({ line: said('msg_1', [{ type: 'text', text: 'One.' }], 12_000) })
  await keeper.look()
  expect(set.facts('terminal.context').at(-1)).toMatchObject({ context: { used: 12_000 } })
  // Of one that has no end a look reads a part.
  await truncate(transcript, 2 ** 38)
  await keeper.look()
  expect(set.facts('terminal.detached')).toEqual([])
})

test('a trace of a terminal outlives a change of conversation and the next daemon', async () => {
  await using set = await scene()
  const play = async (conversation: string): Promise<void> => {
    await using terminal = await playedTerminal(set.worktree, {
      HOME: set.home,
      PLAYED_SESSION: conversation,
    })
    await terminal.play({ line: said('msg_1', [{ type: 'text', text: conversation }], 12_000) })
    await using keeper = set.keeper()
    await keeper.look()
  }
  await play('one')
  await play('two')
  await play('one')
  const folder = join(set.here.services.state, 'traces/work-1/auth')
  const traces = (await readdir(folder)).toSorted()
  expect(traces).toEqual(['terminal-one.2.jsonl', 'terminal-one.jsonl', 'terminal-two.jsonl'])
  for (const trace of traces) expect(await readFile(join(folder, trace), 'utf8')).toContain('"session"')
})
