// Claude Code that `attach` opens in the box of a session, in tmux, with a scripted model behind it. Skipped, and said so,
// where tmux or the agent is not installed.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { offlineModel } from '../../src/agents/conformance/offline.ts'
import { playMark, type ScriptedTurn } from '../../src/agents/conformance/model/script.ts'
import { startScriptedModel } from '../../src/agents/conformance/model/server.ts'
import type { SessionView } from '../../src/contract/view.ts'
import { Machine } from '../support/cli.ts'
import { missingFor, personWith, settledClaude, Tmux, waiting, writeHome } from './terminals.ts'

const missing = await missingFor('claude')
const MODEL = offlineModel('claude')
const QUINTET = join(import.meta.dirname, '../../bin/quintet.js')
const TURNS: readonly ScriptedTurn[] = [
  { text: 'Looking.', calls: [{ kind: 'read', path: 'src/auth/a.txt' }], fill: 0.02 },
  {
    text: 'Mine.',
    calls: [{ kind: 'edit', path: 'src/auth/a.txt', old: 'one', new: 'one boxed' }],
    fill: 0.02,
  },
  { text: 'Theirs.', calls: [{ kind: 'write', path: 'src/api/written.txt', content: 'no' }], fill: 0.02 },
  {
    text: 'Theirs again.',
    calls: [{ kind: 'run', command: `python3 -c "open('src/api/theirs.txt','w').write('no')"` }],
    fill: 0.02,
  },
  { text: 'Kept.', calls: [{ kind: 'run', command: 'git commit -qam "By Claude"' }], fill: 0.02 },
  { text: 'All done.', fill: 0.05 },
]

test.skipIf(missing !== '')(
  'attach opens Claude in the box: its window is known, it knows the rules, writes inside its scope alone; then the session has finished',
  async () => {
    await using machine = await Machine.make()
    await using model = await startScriptedModel([{ name: 'boxed', turns: TURNS }], MODEL)
    const { home, worktree } = await waiting(machine)
    const env = await personWith(machine, 'claude', model.url)
    await settledClaude(machine, worktree, env['ANTHROPIC_API_KEY'] ?? '')
    const allowed = {
      permissions: { defaultMode: 'acceptEdits', allow: ['Bash(*)'] },
      model: 'claude-sonnet-4-5',
    }
    await writeHome(machine, '.claude/settings.json', JSON.stringify(allowed))
    const following = home.call(['run', 'work', '--json'])
    await using tmux = new Tmux(machine, home.path, env)
    await tmux.open(process.execPath, QUINTET, 'attach', 'auth', '--here', '--agent', 'claude')
    await tmux.shows(/fullscreen renderer|\? for shortcuts/)
    if (/fullscreen renderer/.test(await tmux.screen())) await tmux.press('Escape')
    const attached = await following.until('terminal.attached')
    expect(attached).toMatchObject({ agent: 'claude' })
    process.stderr.write(`Claude opened by attach: ${attached.level}; ${attached.gaps.join(' ')}\n`)
    await following.until(
      'terminal.state',
      ({ state, source }) => state === 'idle' && source === 'session-file',
    )
    await tmux.type(`Do it. ${playMark('boxed', 'terminal')}`)
    await tmux.shows(/All done/)
    const { context } = await following.until('terminal.context', ({ context: now }) => now?.size === 200_000)
    expect(context).toMatchObject({ source: 'provider' })
    await following.until('terminal.context', ({ context: now }) => now?.used === 0.05 * MODEL.window)
    await following.until('terminal.state', ({ state }) => state === 'busy')
    const { terminals } = await home.json<SessionView>('session', 'show', 'auth')
    expect(terminals).toMatchObject([{ agent: 'claude', files: ['src/auth/a.txt'], outside: [] }])
    expect(existsSync(join(worktree, 'src/api/written.txt'))).toBe(false)
    expect(existsSync(join(worktree, 'src/api/theirs.txt'))).toBe(false)
    const told = model.seen.findLast(({ turn }) => turn !== null)?.told ?? ''
    expect(told).toContain('src/auth/**')
    await tmux.type('/exit')
    await following.until('terminal.detached')
    await following.until('session.finished', (_data, stream) => stream === 'work-1/session/auth')
    expect(await home.git('log', '-1', '--format=%s', 'quintet/work-1/auth/work')).toBe('By Claude')
    expect(existsSync(join(worktree, '.claude'))).toBe(false)
  },
)
