// A person's own agent in a session's worktree: opened by the command in the session's box, in this terminal or in tmux,
// or found. The agent is played by a program that writes what Claude Code writes of itself.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { SessionView } from '../../src/contract/view.ts'
import { answerOf, factsOf, Machine, type Home } from '../support/cli.ts'
import { expectSaid } from '../support/first-page.ts'
import { planFiles } from '../support/scenario.ts'
import { playedTerminal } from '../support/terminal.ts'

const exec = promisify(execFile)
const QUINTET = join(import.meta.dirname, '../../bin/quintet.js')
const PLAYER = join(import.meta.dirname, '../fixtures/agents/terminal-claude.mjs')
const END = { endTurn: true } as const
const hasTmux = await exec('tmux', ['-V']).then(
  () => true,
  () => false,
)

interface Scene {
  readonly home: Home
  readonly worktree: string
  /** With a `claude` that is played. */
  readonly env: Readonly<Record<string, string>>
}

/** Two sessions that wait. */
async function waiting(machine: Machine, reprompts = 0): Promise<Scene> {
  const pieces = { auth: { steps: [END, END, END, END] }, api: { steps: [END, END] } }
  const home = await machine.repository(planFiles({ limits: { reprompts }, pieces }))
  await home.quintet('run', 'work', '--no-wait')
  const { path } = await home.json<SessionView>('session', 'show', 'auth')
  const bin = join(machine.path, 'bin')
  await mkdir(bin)
  await copyFile(PLAYER, join(bin, 'claude'))
  await chmod(join(bin, 'claude'), 0o755)
  return { home, worktree: path ?? '', env: { PATH: [bin, machine.env['PATH'] ?? ''].join(delimiter) } }
}

test('attach opens the agent in the box, told where it works; when it ends what it did is judged and the session has finished', async () => {
  await expectSaid(
    '`quintet attach <session>` opens an agent of your own in the worktree and the box of a session',
  )
  await using machine = await Machine.make()
  const { home, env, worktree } = await waiting(machine)
  const following = home.call(['log', '--follow', '--json'])
  const commit = { run: ['git', 'commit', '--quiet', '--all', '--message', 'By hand'] }
  const input = [{ write: ['src/auth/main.txt', 'by hand\n'] }, commit, { exit: true }]
  const attached = await home.call(['attach', 'auth', '--agent', 'claude', '--json'], {
    env,
    input: input.map((deed) => `${JSON.stringify(deed)}\n`).join(''),
  }).ended
  expect(answerOf(attached)).toMatchObject({ ok: true, data: { session: 'work-1/auth', agent: 'claude' } })
  expect(await home.git('log', '-1', '--format=%s', 'quintet/work-1/auth/work')).toBe('By hand')
  await following.until('session.finished', (_data, stream) => stream === 'work-1/session/auth')
  const level = (answerOf(attached).data as { level: string }).level
  expect(factsOf(following.facts, 'terminal.attached')).toMatchObject([{ data: { agent: 'claude', level } }])
  expect(
    factsOf(following.facts, 'turn.started').filter(({ stream }) => stream.endsWith('auth')),
  ).toHaveLength(1)
  expect(existsSync(join(worktree, '.claude'))).toBe(false)
})

test('a terminal that is found is listed with its level, has the guards while it is open, and leaves no trace of them', async () => {
  await expectSaid('one that is open there already is found')
  await using machine = await Machine.make()
  const { home, worktree } = await waiting(machine, 1)
  const following = home.call(['log', '--follow', '--json'])
  const settings = join(worktree, '.claude/settings.local.json')
  await mkdir(join(worktree, '.claude'))
  const theirs = '{"permissions":{"allow":["Bash(ls)"]}}'
  await writeFile(settings, theirs)
  const opened = Date.now()
  await using terminal = await playedTerminal(worktree, { ...machine.env })
  await terminal.play({ tell: { status: 'waiting', waitingFor: 'permission prompt' } })
  await following.until('terminal.state', ({ state }) => state === 'waiting')
  const [listed] = await home.json<readonly { since: number }[]>('attach')
  expect(listed).toMatchObject({
    session: 'work-1/auth',
    pid: terminal.pid,
    level: 'advisory',
    source: 'session-file',
  })
  expect((listed?.since ?? Infinity) - opened).toBeLessThan(2_000)
  expect((await home.quintet('status')).stdout).toMatch(
    /terminal 1 auth: claude \d+: waiting for permission prompt/,
  )

  const wired: { permissions: object } = JSON.parse(await readFile(settings, 'utf8'))
  expect(wired.permissions).toEqual({ allow: ['Bash(ls)'], deny: ['Edit(src/api/**)'] })
  await terminal.play({ write: ['src/api/theirs.txt', 'no\n'] })
  await following.until('terminal.outside', ({ paths }) => paths[0]?.owner === 'api')
  expect((await home.quintet('blocked')).stdout).toContain('outside of its scope: src/api/theirs.txt of api')

  // While it is open nobody else is prompted there.
  await home.quintet('session', 'retry', 'auth', 'Go on.')
  await following.until('session.continued', (_data, stream) => stream.endsWith('/auth'))
  await terminal.end()
  await following.until('turn.started', ({ turn }, stream) => turn > 2 && stream.endsWith('/auth'))
  const after = following.facts.slice(following.facts.findIndex(({ type }) => type === 'session.continued'))
  const told = after.flatMap(({ type }) =>
    ['terminal.detached', 'turn.started'].includes(type) ? [type] : [],
  )
  expect(told[0]).toBe('terminal.detached')
  await expect.poll(() => readFile(settings, 'utf8')).toBe(theirs)
})

test('a session at work is not attached to', async () => {
  await using machine = await Machine.make()
  const pieces = { auth: { steps: [{ waitFor: 'src/auth/go.txt' }, END] }, api: { steps: [END] } }
  const home = await machine.repository(planFiles({ limits: { reprompts: 0 }, pieces }))
  const following = home.call(['run', 'work', '--json'])
  await following.until('turn.started', (_data, stream) => stream.endsWith('/auth'))
  const refused = await home.call(['attach', 'auth', '--here', '--agent', 'claude', '--json']).ended
  expect(answerOf(refused)).toMatchObject({
    ok: false,
    error: {
      code: 'E_SESSION_WORKING',
      message: 'The session work-1/auth is at work, with an agent that is driven.',
    },
  })
  expect((await home.quintet('attach', 'auth', '--here')).stderr).toContain('quintet session show auth')
})

test('while a terminal is open its worktree stays: abandon, stop and clean say whose process it is, and clean takes it afterwards', async () => {
  await using machine = await Machine.make()
  const { home, worktree } = await waiting(machine)
  const following = home.call(['log', '--follow', '--json'])
  await using terminal = await playedTerminal(worktree, { ...machine.env })
  await following.until('terminal.attached')
  const named = `claude (process ${terminal.pid})`

  const retried = await home.quintet('session', 'retry', 'auth', 'Go on.')
  expect(retried.stdout).toContain(
    `A terminal is open in its worktree: ${named}. It goes on when that is closed.`,
  )
  const underWay = await home.quintet('clean')
  expect(underWay.stdout).toContain('it has not ended')
  const abandoned = await home.quintet('session', 'abandon', 'auth', 'Not wanted.')
  expect(abandoned.stdout).toContain(`A terminal is open in its worktree: ${named}.`)
  await following.until('session.abandoned', (_data, stream) => stream.endsWith('/auth'))

  for (const words of [['clean', '--dry-run'], ['clean']]) {
    const items = await home.json<{ items: readonly { what: string; outcome: string; reason?: string }[] }>(
      ...words,
    )
    const text = JSON.stringify(items)
    expect(text).toContain(`a terminal is open in its worktree: ${named}; close it, then run: quintet clean`)
  }
  expect(existsSync(join(worktree, 'src/auth/main.txt'))).toBe(true)
  await terminal.end()
  await home.quintet('clean')
  expect(existsSync(worktree)).toBe(false)
})

test('stop says which terminals stay open', async () => {
  await using machine = await Machine.make()
  const { home, worktree } = await waiting(machine)
  const following = home.call(['log', '--follow', '--json'])
  await using terminal = await playedTerminal(worktree, { ...machine.env })
  await following.until('terminal.attached')
  const stopped = await home.quintet('stop')
  expect(stopped.stdout).toContain(
    `auth: A terminal is open in its worktree: claude (process ${terminal.pid}).`,
  )
  expect(existsSync(worktree)).toBe(true)
})

test('a window without tmux is refused, with the way around it', async () => {
  await using machine = await Machine.make()
  const { home, env } = await waiting(machine)
  const folder = join(machine.path, 'few')
  await mkdir(folder)
  for (const program of ['git', 'sh', 'claude']) {
    const found = (env['PATH'] ?? '').split(delimiter).find((one) => existsSync(join(one, program)))
    await symlink(join(found ?? '', program), join(folder, program))
  }
  const call = await home.call(['attach', 'auth', '--tmux', '--agent', 'claude'], { env: { PATH: folder } })
    .ended
  expect(call.code).not.toBe(0)
  expect(call.stderr).toContain('A window needs tmux, which was not found on this machine.')
  expect(call.stderr).toContain('quintet attach <session> --here')
})

test('a session that there is not is refused, and the list says when nothing is open', async () => {
  await using machine = await Machine.make()
  const { home, env } = await waiting(machine)
  const unknown = await home.call(['attach', 'nobody', '--json'], { env }).ended
  expect(answerOf(unknown)).toMatchObject({ ok: false, error: { code: 'E_NO_SESSION' } })
  expect((await home.quintet('attach')).stdout).toContain('No terminal is open')
})

test.skipIf(!hasTmux)('attach --tmux opens a window with the number of the session, once', async () => {
  await using machine = await Machine.make()
  const { home, env } = await waiting(machine)
  const place = { ...env, TMUX_TMPDIR: machine.env['TMPDIR'] ?? '' }
  const tmux = async (...args: readonly string[]): Promise<string> =>
    (await exec('tmux', args, { env: { ...machine.env, ...place } })).stdout
  try {
    const following = home.call(['log', '--follow', '--json'])
    const first = await home.call(['attach', 'api', '--tmux', '--agent', 'claude', '--json'], { env: place })
      .ended
    expect(answerOf(first)).toMatchObject({ ok: true, data: { window: 'quintet-work-1:2', opened: true } })
    await following.until('terminal.state', ({ state }) => state === 'idle')
    expect(await tmux('list-windows', '-t', 'quintet-work-1', '-F', '#{window_index} #{window_name}')).toBe(
      '2 api\n',
    )
    const again = await home.call(['attach', 'api', '--tmux', '--json'], { env: place }).ended
    expect(answerOf(again)).toMatchObject({ ok: false, error: { code: 'E_TERMINAL_OPEN' } })
    const other = await home.call(['attach', 'auth', '--tmux', '--agent', 'claude', '--json'], { env: place })
      .ended
    expect(answerOf(other)).toMatchObject({ data: { window: 'quintet-work-1:1', opened: true } })
    await following.until('terminal.attached', (_data, stream) => stream.endsWith('/auth'))
  } finally {
    await tmux('kill-server')
  }
})

test.skipIf(!hasTmux)('attach inside of tmux brings its client to the window of the session', async () => {
  await using machine = await Machine.make()
  const { home, env } = await waiting(machine)
  const place = { ...machine.env, ...env, TMUX: '' }
  const tmux = async (socket: string, ...args: readonly string[]): Promise<string> =>
    (await exec('tmux', ['-S', join(machine.path, socket), ...args], { cwd: home.path, env: place })).stdout
  try {
    // A client needs a terminal: the one of another server.
    await tmux('inner', 'new-session', '-d', '-s', 'own', '-x', '100', '-y', '30', 'sh')
    const client = [
      'env',
      '-u',
      'TMUX',
      'tmux',
      '-S',
      join(machine.path, 'inner'),
      'attach-session',
      '-t',
      'own',
    ]
    await tmux('outer', 'new-session', '-d', '-s', 'screen', '-x', '110', '-y', '40', ...client)
    await expect.poll(() => tmux('inner', 'list-clients', '-F', '#{session_name}')).toBe('own\n')
    await tmux(
      'inner',
      'respawn-pane',
      '-k',
      '-t',
      'own',
      process.execPath,
      QUINTET,
      'attach',
      'api',
      '--agent',
      'claude',
    )
    await expect
      .poll(() => tmux('inner', 'list-clients', '-F', '#{session_name}:#{window_index}'))
      .toBe('quintet-work-1:2\n')
  } finally {
    for (const socket of ['outer', 'inner']) await tmux(socket, 'kill-server').catch(() => '')
  }
})
