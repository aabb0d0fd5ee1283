// What holds a session inside its scope, on the built command line: the box of its checks, its levels and what refuses to
// run below them, a machine without boxes, and the same box for a person.
import { existsSync } from 'node:fs'
import { appendFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { SessionView } from '../../src/contract/view.ts'
import { boxAvailable } from '../../src/process/box.ts'
import { answerOf, factsIn, factsOf, Machine } from '../support/cli.ts'
import { ask, planFiles, work } from '../support/scenario.ts'

const BOXED = (await boxAvailable()).available
const IGNORED = 'node_modules/\ndist/\ncoverage/\n'

/**
 * A check as a session could write it: it tries to reach what is not its own, and does what tests do. It ends with 0 when
 * every attempt failed and everything else worked; what went wrong is told.
 */
const PROBE = `
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim()
const common = git('rev-parse', '--path-format=absolute', '--git-common-dir')
const here = git('rev-parse', '--show-toplevel')
const trees = git('worktree', 'list', '--porcelain').split('\\n')
  .filter((line) => line.startsWith('worktree ')).map((line) => line.slice(9))
  .filter((path) => path !== here)
const wrong = []
const refused = (what, act) => {
  try { act() } catch { return }
  wrong.push('reached: ' + what)
}
for (const tree of trees) refused(tree, () => writeFileSync(join(tree, 'hostile.txt'), ''))
for (const name of ['config', 'HEAD', 'hooks/post-checkout', 'refs/heads/main', 'info/attributes', 'packed-refs'])
  refused(name, () => appendFileSync(join(common, name), '\\n#'))
try { writeFileSync(join(common, 'quintet', 'hostile'), '') } catch {}
refused('token', () => { if (execFileSync('cat', [join(common, 'quintet', 'token')])) return })
refused('update-ref', () => execFileSync('git', ['update-ref', 'refs/heads/main', 'HEAD~1'], { stdio: 'pipe' }))
refused('tag', () => execFileSync('git', ['tag', 'hostile'], { stdio: 'pipe' }))
refused('home', () => appendFileSync(join(homedir(), '.profile'), '#'))
mkdirSync(join(homedir(), '.npm/_npx/hostile'), { recursive: true })
const makes = (path) => {
  try { mkdirSync(dirname(path), { recursive: true }); writeFileSync(path, 'x') } catch (error) { wrong.push(String(error)) }
}
for (const path of ['node_modules/.cache/a/b', 'dist/out.js', 'coverage/lcov.info']) makes(join(here, path))
makes(join(mkdtempSync(join(tmpdir(), 'check-')), 'file'))
makes(join(homedir(), '.cache', 'tool', 'entry'))
const server = createServer((_request, response) => response.end('pong'))
await new Promise((resolve) => server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', resolve))
const answer = await fetch('http://127.0.0.1:' + server.address().port).then((response) => response.text())
if (answer !== 'pong') wrong.push('server: ' + answer)
server.close()
console.log(trees.length + ' other trees; ' + (wrong.join('; ') || 'all as it should be'))
process.exit(wrong.length === 0 && trees.length > 0 ? 0 : 1)
`
const PROBING = { name: 'probe', run: ['node', 'src/a/probe.mjs'] }

test.skipIf(!BOXED)(
  'a check that a session has written reaches nothing but its own tree, neither in the session nor on the union',
  async () => {
    await using machine = await Machine.make()
    const steps = [{ write: { path: 'src/a/probe.mjs', content: PROBE } }, { commit: 'Add a check' }]
    const home = await machine.repository({
      ...planFiles({
        integration: { land: 'together', checks: [PROBING] },
        pieces: { a: { include: ['/src/a/'], checks: [PROBING], steps }, b: { steps: work('b') } },
      }),
      '.gitignore': IGNORED,
    })
    const run = await home.quintet('run', 'work', '--no-wait', '--json')
    const checks = [
      ...factsOf(factsIn(run.stdout), 'evidence.gathered').flatMap(({ data }) => data.checks),
      ...factsOf(factsIn(run.stdout), 'integration.checked').map(({ data }) => data),
    ].filter(({ name }) => name === 'probe')
    expect(checks.map(({ green, output }) => [green, output])).toEqual([
      [true, expect.stringContaining('all as it should be')],
      [true, expect.stringContaining('all as it should be')],
    ])
    expect(run.code).toBe(0)
    for (const path of ['hostile.txt', '.git/quintet/hostile'])
      expect(existsSync(join(home.path, path))).toBe(false)
    expect(await home.read('.git/config')).not.toContain('#')
    expect(await home.git('tag')).toBe('')
    expect(existsSync(join(home.path, 'dist'))).toBe(false)
    const operator = machine.env['HOME'] ?? ''
    expect(existsSync(join(operator, '.profile'))).toBe(false)
    // Its caches were its own.
    expect(await readdir(join(operator, '.cache'))).toEqual([])
    expect(await readdir(join(operator, '.npm'))).toEqual([])
  },
)

const SCRIPTED = fileURLToPath(new URL('../../dist/agents/scripted/main.js', import.meta.url))

test.skipIf(!BOXED)(
  "an agent sees the operator's settings, cannot change them, and leaves nothing in the home folder",
  async () => {
    await using machine = await Machine.make()
    const hostile = [
      'cd ~ && cat .claude/settings.json && ! echo x > .claude/settings.json && ! mv .claude elsewhere',
      'echo x > .claude/settings.local.json && mkdir -p .claude/hooks .cache/pip .npm/_npx/x',
      'echo x > .claude/hooks/x.sh && echo x > .cache/pip/poison && echo x > .claude.json',
    ]
    const steps = [
      { run: ['sh', '-c', hostile.join(' && ')] },
      ...work('a'),
      { endTurn: true },
      { run: ['sh', '-c', 'test -d ~/.cache/pip && ! test -e ~/.claude/settings.local.json'] },
    ]
    const command = [
      process.execPath,
      SCRIPTED,
      '--script',
      '.quintet/scripts/a.json',
      '--state',
      '/tmp/state',
    ]
    const home = await machine.repository({
      ...planFiles(
        { pieces: { a: { include: ['/src/a/'], agent: 'claude' } } },
        { config: { agents: { claude: { command } } } },
      ),
      '.quintet/scripts/a.json': JSON.stringify({ schema: 1, name: 'a', steps }),
    })
    const operator = machine.env['HOME'] ?? ''
    await mkdir(join(operator, '.claude'))
    await writeFile(join(operator, '.claude.json'), '{}')
    await writeFile(join(operator, 'dotted.json'), '{"dotted":true}')
    await symlink('../dotted.json', join(operator, '.claude/settings.json'))
    const run = await home.quintet('run', 'work', '--json')
    expect(run).toMatchObject({ code: 0 })
    expect(factsOf(factsIn(run.stdout), 'attempt.started').map(({ data }) => data.level)).toEqual([
      'enforced',
    ])
    expect(await readdir(join(operator, '.claude'))).toEqual(['settings.json'])
    expect([await readdir(join(operator, '.cache')), await readdir(join(operator, '.npm'))]).toEqual([[], []])
    expect(await readFile(join(operator, '.claude.json'), 'utf8')).toBe('{}')
    expect(await readFile(join(operator, 'dotted.json'), 'utf8')).toBe('{"dotted":true}')
  },
)

test('the scripted agent commits as the operator, whose name stands in the home folder alone', async () => {
  await using machine = await Machine.make()
  const commit = 'echo 2 > src/a/main.txt && git commit --quiet --all --message Work'
  const home = await machine.repository(
    planFiles({ pieces: { a: { include: ['/src/a/'], steps: [{ run: ['sh', '-c', commit] }] } } }),
  )
  await home.git('config', '--unset', 'user.name')
  await home.git('config', '--unset', 'user.email')
  await writeFile(
    join(machine.env['HOME'] ?? '', '.gitconfig'),
    '[user]\n\tname = Ana\n\temail = ana@example.invalid\n',
  )
  expect(await home.quintet('run', 'work', '--json')).toMatchObject({ code: 0 })
  expect(await home.git('log', '--format=%an <%ae>', '--', 'src/a/main.txt')).toContain(
    'Ana <ana@example.invalid>',
  )
})

/** A check that leaves its group, and would go on for an hour. */
const LINGERING = `
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
spawn('sleep', ['3600'], { detached: true, stdio: 'ignore' }).unref()
mkdirSync('dist', { recursive: true })
writeFileSync('dist/up', '')
setTimeout(() => {}, 3_600_000)
`

test('of a check nothing is left after the daemon was killed', async () => {
  await using machine = await Machine.make()
  const files = {
    ...planFiles({ pieces: { a: { include: ['/src/a/'], steps: work('a') } } }),
    '.gitignore': IGNORED,
    'linger.mjs': LINGERING,
  }
  const home = await machine.repository(files)
  const plan = await home.read('.quintet/plans/work.toml')
  await home.commit({
    '.quintet/plans/work.toml': plan.replace(
      'id = "a"',
      'id = "a"\nchecks = [{ name = "linger", run = ["node", "linger.mjs"] }]',
    ),
  })
  const run = home.call(['run', 'work', '--json'])
  const { path } = await run.until('workspace.ready')
  while (!existsSync(join(path, 'dist/up'))) await new Promise((resolve) => setTimeout(resolve, 20))
  const daemon = await home.daemon()
  run.signal('SIGKILL')
  await run.ended
  const before = await machine.processes()
  expect(before.length).toBeGreaterThan(2)
  process.kill(daemon, 'SIGKILL')
  await expect.poll(() => machine.processes(), { timeout: 5_000 }).toEqual([])
})

const withLevel = (level: 'enforced' | 'guarded', include: string[]) =>
  planFiles({ enforcement: level, pieces: { a: { include, steps: work('a') } } })

test.skipIf(!BOXED)(
  'a plan that demands more than its scopes allow is refused, by the check and by the run',
  async () => {
    await using machine = await Machine.make()
    const home = await machine.repository(withLevel('enforced', ['src/a/*.txt']))
    const check = await home.quintet('plan', 'check', 'work')
    expect(check.code).toBe(3)
    expect(check.stdout).toContain('E_ENFORCEMENT')
    expect(check.stdout).toContain('src/a/*.txt: it tells files by their')
    const run = await home.quintet('run', 'work', '--json')
    expect([run.code, answerOf(run).error?.code]).toEqual([3, 'E_ENFORCEMENT'])
    expect(await home.git('worktree', 'list')).not.toContain('work-1')
  },
)

test.skipIf(!BOXED)('one that demands what it gets is run, and shows it', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(withLevel('enforced', ['/src/a/']))
  expect(await home.quintet('plan', 'check', 'work')).toMatchObject({ code: 0 })
  const run = await home.quintet('run', 'work', '--json')
  expect(run.code).toBe(0)
  expect(factsOf(factsIn(run.stdout), 'attempt.started').map(({ data }) => [data.level, data.gaps])).toEqual([
    ['enforced', []],
  ])
  expect((await home.quintet('session', 'show', 'a')).stdout).toMatch(/level +enforced/)
})

/** What the doctor says where no box can be made. */
const MISSING =
  process.platform === 'linux'
    ? ['Bubblewrap (bwrap) is not installed', 'sudo apt-get install bubblewrap']
    : ['sandbox runtime (srt)', 'npm install --global @anthropic-ai/sandbox-runtime']

/** A folder with every program of the PATH but this one. */
async function without(machine: Machine, program: string): Promise<string> {
  const folder = join(machine.path, 'programs')
  await mkdir(folder)
  const taken = new Set([program])
  for (const place of (machine.env['PATH'] ?? '').split(delimiter)) {
    const names = existsSync(place) ? await readdir(place) : []
    for (const name of names.filter((each) => existsSync(join(place, each)) && !taken.has(each))) {
      taken.add(name)
      await symlink(join(place, name), join(folder, name))
    }
  }
  return folder
}

test('a machine without bubblewrap guards its sessions, and says so everywhere', async () => {
  await using machine = await Machine.make()
  const env = { PATH: await without(machine, 'bwrap') }
  const meddle = { run: ['git', 'config', 'alias.zz', '!echo'] }
  const files = planFiles({
    pieces: { a: { include: ['/src/a/'], steps: [meddle, ...work('a'), ask('Ready?', 'yes')] } },
  })
  const home = await machine.repository(files)
  const shared = ['.git/config', '.git/info/exclude']
  for (const path of shared) await appendFile(join(home.path, path), '# mine')
  const before = await Promise.all(shared.map((path) => home.read(path)))
  const call = (...args: string[]) => home.call(args, { env }).ended

  const doctor = await call('doctor')
  expect(doctor.stdout).toContain('guarded')
  for (const said of MISSING) expect(doctor.stdout).toContain(said)
  const run = home.call(['run', 'work', '--json'], { env })
  const started = await run.until('attempt.started')
  expect(started).toMatchObject({ boxed: false, level: 'guarded' })
  expect(started.gaps?.join(' ')).toContain('children run without a box')
  await run.until('question.asked')
  const status = await call('status')
  expect(status.stdout).toContain('guarded')
  const view = answerOf(await call('status', '--json')).data as { sessions: SessionView[] }
  expect(view.sessions.map(({ level, gaps }) => [level, gaps])).toEqual([['guarded', started.gaps]])
  expect((await call('log', 'a')).stdout).toContain('guarded')
  await call('answer', 'a', 'yes')
  expect(await run.ended).toMatchObject({ code: 0 })
  expect((await call('log', 'a')).stdout).toContain('changed during turn 1: alias.zz;')
  expect((await call('clean')).code).toBe(0)
  const own = '\n[alias]\n\tzz = !echo\n'
  expect(await Promise.all(shared.map((path) => home.read(path)))).toEqual([`${before[0]}${own}`, before[1]])

  await home.commit(withLevel('enforced', ['/src/a/']), 'Demand more')
  const check = await call('plan', 'check', 'work')
  expect([check.code, check.stdout]).toEqual([3, expect.stringContaining('E_ENFORCEMENT')])
  const refused = await call('run', 'work', '--fresh', '--json')
  expect([refused.code, answerOf(refused).error?.code]).toEqual([3, 'E_ENFORCEMENT'])
  expect(refused.stderr).toContain('Bubblewrap (bwrap) is not installed')
})

test.skipIf(!BOXED)(
  'what a session is granted is in its box from the next turn on, in the same conversation',
  async () => {
    await using machine = await Machine.make()
    const late = [{ write: { path: 'docs/a.md', content: 'granted\n' } }, { commit: 'Say so' }]
    const steps = [
      ...work('a'),
      { run: ['sh', '-c', 'mkdir docs'], expect: 1 },
      { status: { blockedOn: ["scope: docs/ — The manual is nobody's."] } },
      { endTurn: true as const },
      ...late,
    ]
    const home = await machine.repository(
      planFiles({ coordination: 'on', pieces: { a: { include: ['/src/a/'], steps } } }),
    )
    const run = home.call(['run', 'work', '--json'])
    const ended = await run.ended
    const started = factsOf(run.facts, 'attempt.started').map(({ data }) => data)
    expect(started.map(({ attempt, level }) => [attempt, level])).toEqual([
      [1, 'enforced'],
      [1, 'enforced'],
    ])
    const [first, second] = started
    expect(first?.how).toBe('new')
    expect(second?.how).not.toBe('new')
    expect(second?.conversation).toBe(first?.conversation)
    expect(ended.code).toBe(0)
    expect(await home.git('show', 'main:docs/a.md')).toBe('granted')
  },
)

test.skipIf(!BOXED)(
  'a person has the same box: the scope can be written, nothing else, and exit codes are passed on',
  async () => {
    await using machine = await Machine.make()
    const home = await machine.repository(
      planFiles({
        pieces: {
          a: { include: ['/src/a/'], steps: [...work('a'), ask('Ready?', 'yes')] },
          b: { steps: work('b') },
        },
      }),
    )
    const run = home.call(['run', 'work', '--json'])
    await run.until('question.asked')
    const { path } = await run.until('workspace.ready', (_data, stream) => stream.endsWith('/a'))
    const shell = (...words: string[]) => home.quintet('shell', 'a', '--', ...words)
    const sh = (script: string) => shell('sh', '-c', script)

    expect(await sh('pwd; exit 7')).toMatchObject({ code: 7, stdout: `${path}\n` })
    expect((await sh('exit 0')).stderr).toContain('Session work-1/a is enforced')
    expect(await sh('kill -TERM $$')).toMatchObject({ code: 143 })
    expect(await shell('no-such-program')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('E_PROGRAM_MISSING'),
    })
    expect(await sh('echo mine > src/a/hand.txt')).toMatchObject({ code: 0 })
    for (const target of [
      'src/b/main.txt',
      'top.txt',
      join(home.path, 'src/b/main.txt'),
      join(home.path, '.git/config'),
    ]) {
      expect(await sh(`echo foreign >> '${target}'`)).toMatchObject({
        code: expect.toSatisfy((code) => code !== 0),
      })
    }
    expect(await home.git('-C', path, 'status', '--porcelain')).toBe('?? src/a/hand.txt')
    expect(await sh('git add src/a && git commit --quiet --message "By hand"')).toMatchObject({ code: 0 })
    expect(await home.git('show', 'quintet/work-1/a/work:src/a/hand.txt')).toBe('mine')
    expect(await sh('git update-ref refs/heads/main HEAD')).not.toMatchObject({ code: 0 })

    await home.quintet('answer', 'a', 'yes')
    expect(await run.ended).toMatchObject({ code: 0 })
  },
)

test.skipIf(!BOXED || !existsSync('/usr/bin/script'))(
  'in a terminal the box of a person has that terminal',
  async () => {
    await using machine = await Machine.make()
    const steps = [...work('a'), ask('Ready?', 'yes')]
    const home = await machine.repository(planFiles({ pieces: { a: { include: ['/src/a/'], steps } } }))
    const run = home.call(['run', 'work', '--json'])
    await run.until('question.asked')
    const words = ['bin/quintet.js', '-C', home.path, 'shell', 'a', '--', 'sh', '-c', "'test -t 0 && exit 9'"]
    const terminal = machine.start(
      'script',
      ['--quiet', '--return', '--command', [process.execPath, ...words].join(' '), '/dev/null'],
      { cwd: process.cwd() },
    )
    expect(await terminal.ended).toMatchObject({ code: 9 })
    await home.quintet('answer', 'a', 'yes')
    expect(await run.ended).toMatchObject({ code: 0 })
  },
)
