// How it looks where it is not a wide terminal with colours: pipes, narrow and dumb terminals, readers that go away,
// shells that complete, a Node that is too old.
import { execFile } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { RunView } from '../../src/contract/view.ts'
import { displayWidth } from '../../src/tui/text.ts'
import { type CliResult, type Home, Machine } from '../support/cli.ts'
import { ask, planFiles, work } from '../support/scenario.ts'

const exec = promisify(execFile)
const BIN = fileURLToPath(new URL('../../bin/quintet.js', import.meta.url))
const QUINTET = `'${process.execPath}' '${BIN}'`
const ESCAPE = String.fromCharCode(27)
const COLOUR = new RegExp(String.raw`${ESCAPE}\[[\d;]*m`)
const CONTROL = new RegExp(String.raw`${ESCAPE}\[[?\d;]*[a-zA-Z]`, 'g')

const PLAN = planFiles({
  coordination: 'on',
  pieces: {
    storage: {
      title: 'A title that is a good deal longer than forty columns are wide',
      steps: [
        ask('Which of the two ways is the better one, on the whole?', 'left', 'right'),
        ...work('storage'),
      ],
    },
    interface: { depends_on: ['storage'], steps: work('interface') },
  },
})

/** A repository whose run waits for an answer. */
async function waitingRun(machine: Machine): Promise<Home> {
  const home = await machine.repository(PLAN)
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  run.signal('SIGINT')
  expect((await run.ended).code).toBe(130)
  return home
}

/** Runs a line in bash, in the repository. */
function bash(home: Home, line: string, env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  return home.machine.start('bash', ['--norc', '-c', line], { cwd: home.path, env }).ended
}

/** What a terminal of this many columns shows; the exit code of the call is that of the result. */
async function inTerminal(
  home: Home,
  args: string,
  {
    columns = 80,
    env = {},
  }: { readonly columns?: number; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<CliResult> {
  const line = `stty cols ${columns} rows 24; exec ${QUINTET} ${args}`
  const script =
    process.platform === 'linux' ? ['-qec', line, '/dev/null'] : ['-q', '/dev/null', 'bash', '-c', line]
  return home.machine.start('script', script, {
    cwd: home.path,
    env: { TERM: 'xterm-256color', SHELL: '/bin/bash', ...env },
  }).ended
}

test('without a terminal: plain lines, no colours, whatever TERM says; FORCE_COLOR and NO_COLOR are obeyed', async () => {
  await using machine = await Machine.make()
  const home = await waitingRun(machine)
  const env = { TERM: 'xterm-256color' }
  for (const command of ['status', 'blocked', 'session show storage', 'run work --no-wait', 'log']) {
    const { stdout, stderr } = await home.call(command.split(' '), { env }).ended
    expect(stdout + stderr).not.toContain(ESCAPE)
    expect(stdout).toContain('storage')
  }
  const status = async (own: Record<string, string>): Promise<boolean> =>
    COLOUR.test((await home.call(['status'], { env: own }).ended).stdout)
  expect([await status({ FORCE_COLOR: '1' }), await status({ FORCE_COLOR: '1', NO_COLOR: '1' })]).toEqual([
    true,
    false,
  ])
})

test('on a terminal: painted in place and coloured; with NO_COLOR without colours, on a dumb one line after line', async () => {
  await using machine = await Machine.make()
  const home = await waitingRun(machine)
  const painted = await inTerminal(home, 'run work --no-wait')
  expect([painted.code, painted.stdout]).toEqual([6, expect.stringMatching(COLOUR)])
  expect(painted.stdout.match(CONTROL)).toEqual(expect.arrayContaining([`${ESCAPE}[?25l`, `${ESCAPE}[?25h`]))
  const bare = await inTerminal(home, 'run work --no-wait', { env: { NO_COLOR: '1' } })
  expect(bare.stdout).toContain(`${ESCAPE}[?25l`)
  expect(bare.stdout).not.toMatch(COLOUR)
  const dumb = await inTerminal(home, 'run work --no-wait', { env: { TERM: 'dumb' } })
  expect([dumb.code, dumb.stdout]).toEqual([6, expect.stringContaining('needs the operator')])
  expect(dumb.stdout).not.toContain(ESCAPE)
})

test('narrow: nothing is wider than the terminal, and what matters is still there', async () => {
  await using machine = await Machine.make()
  const home = await waitingRun(machine)
  const env = { COLUMNS: '40' }
  for (const command of ['status', 'session list', 'blocked', 'plan check work']) {
    const { code, stdout } = await home.call(command.split(' '), { env }).ended
    expect([command, code, tooWide(stdout, 40)]).toEqual([command, 0, []])
    expect(stdout).toContain('storage')
  }
  const live = await inTerminal(home, 'run work --no-wait', { columns: 40 })
  const drawn = live.stdout.slice(
    live.stdout.indexOf(`${ESCAPE}[?25l`),
    live.stdout.lastIndexOf(`${ESCAPE}[?25h`),
  )
  expect(tooWide(drawn, 40)).toEqual([])
  expect(drawn).toContain('storage')
})

/** Lines that are too wide; a word that has no room for itself alone is not cut, it may be a path that somebody copies. */
function tooWide(text: string, columns: number): string[] {
  return text
    .replaceAll(CONTROL, '')
    .split(/\r?\n|\r/)
    .filter((line) => displayWidth(line) > columns && line.trim().includes(' '))
}

test('a reader that goes away ends the call without a word; a run goes on', async () => {
  await using machine = await Machine.make()
  const home = await waitingRun(machine)
  const head = async (args: string): Promise<CliResult> =>
    bash(home, `${QUINTET} ${args} | head -n 1; echo "\${PIPESTATUS[0]}"`)
  expect(await head('log --json')).toMatchObject({
    stdout: expect.stringMatching(/^\{"kind":"fact".*\}\n0\n$/),
    stderr: '',
  })
  expect(await head('--help')).toMatchObject({ stdout: expect.stringMatching(/\n0\n$/), stderr: '' })

  const follow = home.call(['log', '--follow', '--json'])
  await follow.until('question.asked')
  const [answered, cutOff] = await Promise.all([home.quintet('answer', '1', 'left'), head('run work --json')])
  expect([answered.code, cutOff.stdout.endsWith('\n1\n')]).toEqual([0, true])
  expect((await follow.ended).code).toBe(0)
  expect(await home.json<RunView>('status')).toMatchObject({ verdict: 'landed' })
})

test('bash completes plans, sessions and runs of the repository it is in', async () => {
  await using machine = await Machine.make()
  const home = await waitingRun(machine)
  const bin = join(machine.path, 'bin')
  await mkdir(bin)
  await symlink(BIN, join(bin, 'quintet'))
  const env = { PATH: [bin, machine.env['PATH'] ?? ''].join(delimiter) }
  const completed = async (...words: string[]): Promise<string[]> => {
    const line = [
      'source <(quintet completion bash)',
      `COMP_WORDS=(quintet ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}`,
      '_quintet; printf "%s\\n" "${COMPREPLY[@]}"',
    ].join('\n')
    const { stdout, stderr } = await bash(home, line, env)
    expect(stderr).toBe('')
    return stdout.split('\n').filter((word) => word !== '')
  }
  expect(await completed('plan', 'check', '')).toEqual(['work'])
  expect(await completed('session', 'show', 'sto')).toEqual(['storage'])
  expect(await completed('stop', '--run', '')).toEqual(['work-1'])
  expect(await completed('sess')).toEqual(['session'])
  expect(await completed('run', '--wa')).toEqual(['--watch'])
})

test('a Node that is too old is told what is missing', async ({ skip }) => {
  const old = await oldNode()
  if (old === null) return skip('there is no older Node on the path')
  const { code, stdout, stderr } = await exec(old, [BIN, 'status']).then(
    (done) => ({ code: 0, ...done }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/^quintet: Node 22\.18 or newer is needed, this is Node \d+\.\d+\.\d+\.\n/)
})

/** A Node below 22 somewhere on the path; null when there is none. */
async function oldNode(): Promise<string | null> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const found = await exec(join(folder, 'node'), ['--version']).catch(() => null)
    const major = Number(/^v(\d+)\./.exec(found?.stdout ?? '')?.[1])
    if (major < 22) return join(folder, 'node')
  }
  return null
}
