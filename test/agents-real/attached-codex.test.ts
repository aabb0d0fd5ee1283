// A person's own Codex in tmux, in the worktree of a session, with a scripted model behind it: found, or opened in the
// session's box. Skipped, and said so, where tmux or the agent is not installed.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { offlineModel, offlineSetup } from '../../src/agents/conformance/offline.ts'
import { playMark, type ScriptedTurn } from '../../src/agents/conformance/model/script.ts'
import { startScriptedModel, type ScriptedModel } from '../../src/agents/conformance/model/server.ts'
import type { SessionView } from '../../src/contract/view.ts'
import { factsOf, Machine } from '../support/cli.ts'
import { missingFor, personWith, PROGRAMS, settledCodex, Tmux, waiting, writeHome } from './terminals.ts'

const missing = await missingFor('codex')
const MODEL = offlineModel('codex')
const QUINTET = join(import.meta.dirname, '../../bin/quintet.js')
const CONFIG = '.codex/config.toml'

async function codexPerson(
  machine: Machine,
  model: ScriptedModel,
  repository: string,
): Promise<Record<string, string>> {
  const env = await personWith(machine, 'codex', model.url)
  const settings = offlineSetup('codex', model.url)?.files[CONFIG] ?? ''
  await writeHome(machine, CONFIG, `${settings}${settledCodex(repository)}`)
  return env
}

const FOUND: readonly ScriptedTurn[] = [
  { text: 'Looking.', calls: [{ kind: 'run', command: 'sleep 3' }], fill: 0.02 },
  {
    text: 'Mine.',
    calls: [{ kind: 'edit', path: 'src/auth/a.txt', old: 'one', new: 'one edited' }],
    fill: 0.2,
  },
  {
    text: 'Theirs.',
    calls: [{ kind: 'tool', tool: 'exec_command', input: { cmd: 'echo no > src/api/theirs.txt' } }],
    fill: 0.1,
  },
  { text: 'Done.', fill: 0.1 },
]

const PATCHED: readonly ScriptedTurn[] = [
  { text: 'Once more.', calls: [{ kind: 'edit', path: 'src/auth/a.txt', old: 'one edited', new: 'again' }] },
  { text: 'Patched.', fill: 0.3 },
]

test.skipIf(missing !== '')(
  'Codex that was opened before the daemon is found with its rollout, alone, also while its sandbox runs a command',
  async () => {
    await using machine = await Machine.make()
    const scripts = [
      { name: 'person', turns: FOUND },
      { name: 'patched', turns: PATCHED },
    ]
    await using model = await startScriptedModel(scripts, MODEL)
    const { home, worktree } = await waiting(machine)
    const env = await codexPerson(machine, model, home.path)
    await using tmux = new Tmux(machine, worktree, env)
    const program = join(PROGRAMS, 'codex')
    await tmux.open(
      program,
      '-s',
      'workspace-write',
      '-a',
      'on-request',
      `Do it. ${playMark('person', 'terminal')}`,
    )
    const following = home.call(['run', 'work', '--json'])
    await following.until('terminal.attached')
    await following.until('terminal.state', ({ state }) => state === 'busy')
    const outside = await following.until('terminal.outside')
    expect(outside.paths).toEqual([{ path: 'src/api/theirs.txt', owner: 'api' }])
    await following.until('terminal.state', ({ state }) => state === 'idle')
    expect(factsOf(following.facts, 'terminal.attached')).toMatchObject([
      { stream: 'work-1/session/auth', data: { agent: 'codex', level: 'advisory' } },
    ])
    await expect
      .poll(async () => (await home.json<SessionView>('session', 'show', 'auth')).terminals)
      .toMatchObject([
        {
          state: 'idle',
          source: 'conversation',
          context: { used: Math.round(0.1 * MODEL.window), size: MODEL.window },
          files: ['src/auth/a.txt'],
          outside: [{ path: 'src/api/theirs.txt', owner: 'api' }],
        },
      ])
    await tmux[Symbol.asyncDispose]()
    await following.until('terminal.detached')
    expect(factsOf(following.facts, 'terminal.attached')).toHaveLength(1)
    following.signal('SIGINT')
    await following.ended

    // One that has to ask for every patch is known to wait for the answer.
    await tmux.open(
      program,
      '-s',
      'read-only',
      '-a',
      'on-request',
      `More. ${playMark('patched', 'terminal')}`,
    )
    const again = home.call(['run', 'work', '--json'])
    await tmux.shows(/Would you like to make the following edits/)
    const asked = await again.until('terminal.state', ({ state }) => state === 'waiting')
    expect(asked).toMatchObject({ waitingFor: 'approval of a patch', source: 'conversation' })
    await tmux.press('y')
    await again.until('terminal.context', ({ context }) => context?.used === Math.round(0.3 * MODEL.window))
    expect(await readFile(join(worktree, 'src/auth/a.txt'), 'utf8')).toBe('again\n')
    await tmux[Symbol.asyncDispose]()
    await again.until('terminal.detached')
  },
)

const BOXED: readonly ScriptedTurn[] = [
  {
    text: 'Mine.',
    calls: [{ kind: 'edit', path: 'src/auth/a.txt', old: 'one', new: 'one boxed' }],
    fill: 0.2,
  },
  { text: 'Theirs.', calls: [{ kind: 'write', path: 'src/api/patched.txt', content: 'no' }], fill: 0.2 },
  {
    text: 'Theirs again.',
    calls: [{ kind: 'run', command: `python3 -c "open('src/api/theirs.txt','w').write('no')"` }],
    fill: 0.2,
  },
  { text: 'Kept.', calls: [{ kind: 'run', command: 'git commit -qam "By Codex"' }], fill: 0.2 },
  { text: 'All done.', fill: 0.25 },
]

test.skipIf(missing !== '')(
  'attach opens Codex in the box: it is seen with its context, knows the rules, writes inside its scope alone; then the session has finished',
  async () => {
    await using machine = await Machine.make()
    await using model = await startScriptedModel([{ name: 'boxed', turns: BOXED }], MODEL)
    const { home, worktree } = await waiting(machine)
    const env = await codexPerson(machine, model, home.path)
    const following = home.call(['run', 'work', '--json'])
    await using tmux = new Tmux(machine, home.path, env)
    await tmux.open(process.execPath, QUINTET, 'attach', 'auth', '--here', '--agent', 'codex')
    await tmux.shows(/OpenAI Codex/)
    const attached = await following.until('terminal.attached')
    expect(attached).toMatchObject({ agent: 'codex' })
    process.stderr.write(`Codex opened by attach: ${attached.level}; ${attached.gaps.join(' ')}\n`)
    await tmux.type(`Do it. ${playMark('boxed', 'terminal')}`)
    await tmux.shows(/All done/)
    const { terminals } = await home.json<SessionView>('session', 'show', 'auth')
    expect(terminals).toMatchObject([{ agent: 'codex', files: ['src/auth/a.txt'], outside: [] }])
    await following.until(
      'terminal.context',
      ({ context }) => context?.used === Math.round(0.25 * MODEL.window),
    )
    await following.until(
      'terminal.state',
      ({ state, source }) => state === 'idle' && source === 'conversation',
    )
    expect(existsSync(join(worktree, 'src/api/patched.txt'))).toBe(false)
    expect(existsSync(join(worktree, 'src/api/theirs.txt'))).toBe(false)
    const told = model.seen.findLast(({ turn }) => turn !== null)?.told ?? ''
    expect(told).toContain('src/auth/**')
    expect(told).toMatch(/quintet|belongs to/i)
    await tmux.type('/quit')
    await following.until('terminal.detached')
    await following.until('session.finished', (_data, stream) => stream === 'work-1/session/auth')
    expect(await home.git('log', '-1', '--format=%s', 'quintet/work-1/auth/work')).toBe('By Codex')
  },
)
