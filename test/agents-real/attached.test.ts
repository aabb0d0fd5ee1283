// A person's own Claude Code in tmux, in the worktree of a session, with a scripted model behind it: it was there before
// the daemon looked, and is found with what it does. Skipped, and said so, where tmux or the agent is not installed.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { offlineModel } from '../../src/agents/conformance/offline.ts'
import { playMark, type ScriptedTurn } from '../../src/agents/conformance/model/script.ts'
import { startScriptedModel } from '../../src/agents/conformance/model/server.ts'
import type { SessionView } from '../../src/contract/view.ts'
import { factsOf, Machine } from '../support/cli.ts'
import { missingFor, personWith, PROGRAMS, settledClaude, Tmux, waiting } from './terminals.ts'

const missing = await missingFor('claude')
const CLAUDE = join(PROGRAMS, 'claude')

/** Milliseconds in which a terminal has to be seen. */
const SOON_MS = 2_000
const TURNS: readonly ScriptedTurn[] = [
  { text: 'Looking.', calls: [{ kind: 'read', path: 'src/auth/a.txt' }], fill: 0.02 },
  {
    text: 'Mine.',
    calls: [{ kind: 'edit', path: 'src/auth/a.txt', old: 'one', new: 'one edited' }],
    fill: 0.2,
  },
  {
    text: 'Theirs.',
    calls: [{ kind: 'run', command: `python3 -c "open('src/api/theirs.txt','w').write('no')"` }],
    fill: 0.1,
  },
  { text: 'Done.', fill: 0.1 },
]

const GUARDED: readonly ScriptedTurn[] = [
  { text: 'More of theirs.', calls: [{ kind: 'write', path: 'src/api/more.txt', content: 'no' }] },
  { text: 'Refused.' },
]

test.skipIf(missing !== '')(
  'a terminal that was opened before the daemon appears within two seconds, with its state, context and files; what it writes outside is caught',
  async () => {
    await using machine = await Machine.make()
    await using model = await startScriptedModel(
      [
        { name: 'person', turns: TURNS },
        { name: 'guarded', turns: GUARDED },
      ],
      offlineModel('claude'),
    )
    const { home, worktree } = await waiting(machine)
    const env = await personWith(machine, 'claude', model.url)
    await settledClaude(machine, worktree, env['ANTHROPIC_API_KEY'] ?? '')
    await using tmux = new Tmux(machine, worktree, env)
    const allowed = [
      '--permission-mode',
      'acceptEdits',
      '--allowedTools=Bash(*)',
      '--model',
      'claude-sonnet-4-5',
    ]
    const words = `Do it. ${playMark('person', 'terminal')}`
    await tmux.open(CLAUDE, ...allowed, words)
    await model
      .until(({ turn }) => turn === TURNS.length - 1, AbortSignal.timeout(60_000))
      .catch(async (error) => {
        throw new Error(await tmux.screen(), { cause: error })
      })
    const following = home.call(['run', 'work', '--json'])
    const outside = await following.until('terminal.outside')
    expect(outside.paths).toEqual([{ path: 'src/api/theirs.txt', owner: 'api' }])
    const facts = following.facts
    expect(factsOf(facts, 'terminal.attached')).toMatchObject([
      { stream: 'work-1/session/auth', data: { agent: 'claude', level: 'advisory' } },
    ])
    const shown = await home.json<SessionView>('session', 'show', 'auth')
    expect(shown).toMatchObject({
      terminals: [
        {
          state: 'idle',
          source: 'session-file',
          context: { used: 0.1 * offlineModel('claude').window },
          files: ['src/auth/a.txt'],
          outside: [{ path: 'src/api/theirs.txt', owner: 'api' }],
        },
      ],
    })
    const { startedAt }: { startedAt: number } = JSON.parse(await home.read('.git/quintet/daemon.json'))
    const delay = (shown.terminals?.[0]?.since ?? Infinity) - startedAt
    process.stderr.write(`The terminal was seen ${delay} ms after the daemon had started.\n`)
    expect(delay).toBeLessThan(SOON_MS)

    // The session's guards are in the settings of the running agent now, and are asked before it writes.
    await tmux.shows(/quintet · context 50 %/)
    await following.until('terminal.context', ({ context }) => context?.size === 200_000)
    await tmux.type(`More. ${playMark('guarded', 'terminal')}`)
    await model.until(({ script, turn }) => script === 'guarded' && turn === 1, AbortSignal.timeout(60_000))
    expect(existsSync(join(worktree, 'src/api/more.txt'))).toBe(false)
    await tmux[Symbol.asyncDispose]()
    await following.until('terminal.detached')
    await expect.poll(() => existsSync(join(worktree, '.claude'))).toBe(false)
  },
)
