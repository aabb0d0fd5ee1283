// What is refused before anything starts: repositories that cannot carry a run, plans that cannot be one, wrong words.
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { answerOf, type Home, Machine } from '../support/cli.ts'
import { expectRefusal } from '../support/refusal.ts'
import { type PlanScenario, planFiles, prompts, work } from '../support/scenario.ts'

const PLAN = planFiles({ pieces: { a: { steps: work('a') } } })

/** A folder beside the repositories, with these files and no commit. */
async function folder(
  machine: Machine,
  name: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Home> {
  const home = machine.home(join(machine.path, 'work', name))
  await mkdir(join(home.path, '.quintet/plans'), { recursive: true })
  for (const [path, text] of Object.entries(files)) await writeFile(join(home.path, path), text)
  return home
}

test('no repository, a bare one, one without a commit', async () => {
  await using machine = await Machine.make()
  const none = await folder(machine, 'none')
  for (const command of [
    'run work',
    'plan check work',
    'status',
    'log',
    'blocked',
    'init',
    'clean',
    'stop',
    'decide x',
  ]) {
    await expectRefusal(none, command.split(' '), {
      code: 'E_NOT_A_REPOSITORY',
      kind: 'precondition',
      helps: '→ run: git init',
    })
  }
  const bare = await folder(machine, 'bare')
  await bare.git('init', '--quiet', '--bare', '.')
  await expectRefusal(bare, ['run', 'work'], {
    code: 'E_BARE_REPOSITORY',
    kind: 'precondition',
    helps: '→ run: git clone',
  })

  const unborn = await folder(machine, 'unborn', {
    '.quintet/plans/work.toml': PLAN['.quintet/plans/work.toml'] ?? '',
  })
  await unborn.git('init', '--quiet', '--initial-branch=main')
  await expectRefusal(unborn, ['run', 'work'], {
    code: 'E_PLAN_REFUSED',
    kind: 'precondition',
    helps: /names no commit.*\n.*make the first one.*\n.*→ run: git commit --allow-empty/,
  })
  expect(await unborn.quintet('status')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('No run yet.'),
  })
  expect(await machine.processes()).toEqual([])
})

test('a dirty base and a detached HEAD without a target are refused; untracked files and a named target are not', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(PLAN)
  await writeFile(join(home.path, 'src/a/main.txt'), 'half a thought\n')
  await expectRefusal(home, ['run', 'work'], {
    code: 'E_DIRTY_BASE',
    kind: 'precondition',
    says: 'src/a/main.txt',
    helps: '→ run: git stash',
  })
  expect(await home.read('src/a/main.txt')).toBe('half a thought\n')
  await home.git('checkout', '--quiet', '--', '.')

  const plan = PLAN['.quintet/plans/work.toml'] ?? ''
  await home.commit({ '.quintet/plans/loose.toml': plan.replace('target = "main"\n', '') })
  await home.git('checkout', '--quiet', '--detach')
  await expectRefusal(home, ['run', 'loose'], {
    code: 'E_PLAN_REFUSED',
    kind: 'precondition',
    helps: /no branch is checked out.*E_TARGET_UNKNOWN/,
  })
  await writeFile(join(home.path, 'notes.txt'), 'mine\n')
  const detached = await home.git('rev-parse', 'HEAD')
  expect(await home.quintet('run', 'work')).toMatchObject({ code: 0 })
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 2')
  expect([await home.git('rev-parse', 'HEAD'), await home.git('status', '--porcelain')]).toEqual([
    detached,
    '?? notes.txt',
  ])
})

test('a submodule in a scope is refused; beside the scopes it stays what it is', async () => {
  await using machine = await Machine.make()
  const library = await machine.repository({ 'lib.txt': '1\n' }, 'library')
  const wide = planFiles(
    { pieces: { a: { include: ['vendor/**', 'src/a/**'], steps: work('a') } } },
    { name: 'wide' },
  )
  const home = await machine.repository({ ...wide, ...PLAN })
  await home.git('submodule', '--quiet', 'add', library.path, 'vendor/library')
  await home.git('commit', '--quiet', '--message=submodule')
  await expectRefusal(home, ['run', 'wide'], {
    code: 'E_PLAN_REFUSED',
    kind: 'config',
    helps: /vendor\/library.*E_SCOPE_SUBMODULE/s,
  })
  expect(await home.quintet('run', 'work')).toMatchObject({ code: 0 })
  expect(await home.quintet('clean')).toMatchObject({ code: 0 })
  expect(await home.git('ls-tree', 'main', 'vendor/')).toMatch(/^160000 commit /)
  expect([await home.read('vendor/library/lib.txt'), await home.git('status', '--porcelain')]).toEqual([
    '1\n',
    '',
  ])
})

test.each<readonly [string, PlanScenario, string]>([
  ['two dots', { pieces: { a: { include: ['../outside/**'] } } }, 'E_SCOPE_ESCAPES'],
  ['two dots inside', { pieces: { a: { include: ['src/../../outside/**'] } } }, 'E_SCOPE_ESCAPES'],
  ['an absolute path', { pieces: { a: { include: ['/etc/**'] } } }, 'E_SCOPE_ESCAPES'],
  ['a symbolic link', { pieces: { a: { include: ['link/**'] } } }, 'E_SCOPE_SYMLINK'],
  ['an agent that is not there', { pieces: { a: { agent: 'claude' } } }, 'E_AGENT_PROGRAM'],
  ['an agent that nobody knows', { pieces: { a: { agent: 'clod' } } }, 'E_AGENT_UNKNOWN'],
  [
    'a check that is no command',
    { pieces: { a: { agent: 'scripted', checks: [{ name: 'x', run: ['no-such-program'] }] } } },
    'E_CHECK_COMMAND',
  ],
  ['a circle', { pieces: { a: { depends_on: ['b'] }, b: { depends_on: ['a'] } } }, 'E_CYCLE'],
])('a plan with %s is refused', async (_what, plan, code) => {
  await using machine = await Machine.make()
  const home = await machine.repository({ 'readme.md': '' })
  await symlink(machine.path, join(home.path, 'link'))
  await home.commit(planFiles(plan))
  await expectRefusal(home, ['run', 'work'], { code: 'E_PLAN_REFUSED', kind: 'config', helps: `(${code})` })
  const checked = await home.quintet('plan', 'check', 'work', '--json')
  expect([checked.code, answerOf(checked)]).toMatchObject([
    2,
    { ok: true, data: { ok: false, findings: expect.arrayContaining([expect.objectContaining({ code })]) } },
  ])
  expect(await machine.processes()).toEqual([])
})

test('a plan with an overlap: both patterns and an example path, also for a file that does not exist yet', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(
    planFiles({
      pieces: {
        a: { include: ['src/a/**', '*.config.ts'], steps: work('a') },
        b: { include: ['src/b/**', 'src/**/new.*'], steps: work('b') },
      },
    }),
  )
  await expectRefusal(home, ['run', 'work'], {
    code: 'E_OVERLAP',
    kind: 'precondition',
    helps: /src\/a\/.*new\..*src\/a\/\*\*.*src\/\*\*\/new\.\*/s,
  })
  expect(await home.quintet('plan', 'check', 'work')).toMatchObject({
    code: 3,
    stdout: expect.stringContaining('(E_OVERLAP)'),
  })
})

test('broken files and wrong words: where it is wrong, and what was meant', async () => {
  await using machine = await Machine.make()
  const plan = PLAN['.quintet/plans/work.toml'] ?? ''
  const home = await machine.repository({
    ...PLAN,
    '.quintet/plans/broken.toml': 'goal = "x"\npieces = [\n',
    '.quintet/plans/typo.toml': plan.replace('depends_on', 'depends').replace('brief', 'breif'),
    'Bad Name.toml': plan,
  })
  const config = { code: 'E_PLAN_INVALID', kind: 'config' } as const
  await expectRefusal(home, ['run', 'broken'], {
    ...config,
    code: 'E_PLAN_SYNTAX',
    says: /broken\.toml.*line \d+, column \d+/,
  })
  await expectRefusal(home, ['plan', 'check', 'typo'], {
    ...config,
    says: /breif .*is not a known key, did you mean "brief"/,
  })
  await expectRefusal(home, ['run', 'wrok'], {
    code: 'E_PLAN_NOT_FOUND',
    kind: 'usage',
    helps: '→ run: quintet plan check work',
  })
  await expectRefusal(home, ['plan', 'check', '-'], { code: 'E_PLAN_NOT_FOUND', kind: 'usage' })
  await expectRefusal(home, ['run', './Bad Name.toml'], { code: 'E_PLAN_NAME', kind: 'usage' })
  await expectRefusal(home, ['run', '/etc/passwd'], { code: 'E_PLAN_SYNTAX', kind: 'config' })
  await expectRefusal(home, ['run'], { code: 'E_USAGE', kind: 'usage', helps: '→ run: quintet plan list' })
  await expectRefusal(home, ['statsu'], { code: 'E_USAGE', kind: 'usage', says: 'Did you mean status?' })
  await expectRefusal(home, ['run', 'work', '--detatch'], {
    code: 'E_USAGE',
    kind: 'usage',
    says: 'Did you mean --detach?',
  })
  await expectRefusal(home, ['log', '--last', 'none'], { code: 'E_USAGE', kind: 'usage' })
  await expectRefusal(
    home,
    ['decide', '-'],
    { code: 'E_USAGE', kind: 'usage', says: 'empty' },
    { input: ' \n' },
  )

  for (const args of [
    ['blocked', 'wrk-1'],
    ['log', '--run', 'wrk-1'],
    ['session', 'show', 'a'],
    ['merge'],
    ['decide', 'x'],
  ]) {
    const kind = args.includes('wrk-1') ? 'usage' : 'precondition'
    await expectRefusal(home, args, { code: 'E_NO_RUN', kind })
  }
  expect(await machine.processes()).toEqual([])
  expect(await home.quintet('run', 'work')).toMatchObject({ code: 0 })
  await expectRefusal(home, ['session', 'show', 'b'], {
    code: 'E_NO_SESSION',
    kind: 'usage',
    says: 'work-1 has no session b',
  })
  await expectRefusal(home, ['status', 'work-2'], {
    code: 'E_NO_RUN',
    kind: 'usage',
    helps: '→ run: quintet status work-1',
  })
  await expectRefusal(home, ['session', 'retry', 'a'], { code: 'E_SESSION_ENDED', kind: 'precondition' })
})

test('a broken configuration is named by every command that needs it, and keeps no daemon from being stopped', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(PLAN)
  expect(await home.quintet('run', 'work')).toMatchObject({ code: 0 })
  await writeFile(join(home.path, '.quintet/config.toml'), 'agnet = "claude"\n')
  expect(await home.quintet('stop')).toMatchObject({ code: 0 })
  for (const args of [['plan', 'check', 'work'], ['run', 'work'], ['clean']]) {
    await expectRefusal(home, args, {
      code: 'E_CONFIG_INVALID',
      kind: 'config',
      says: /config\.toml.*did you mean "agent"/,
    })
  }
  expect(await home.quintet('status')).toMatchObject({ code: 0 })
  expect(await machine.processes()).toEqual([])
})

test('names that would mislead a shell or a parser are carried through as they are', async () => {
  await using machine = await Machine.make()
  const names = [
    '-rf',
    '--output=x',
    'two\nlines.txt',
    ' blanks ',
    'ümläut "q".txt',
    String.raw`back\slash`,
    '*star*',
  ]
  const steps = [
    ...names.map((name) => ({ write: { path: `src/a/${name}`, content: `${name}\n` } })),
    { commit: '-m "quoted" $(not run)' },
    { write: { path: 'src/a/-untracked\n', content: 'kept\n' } },
    { endTurn: true } as const,
    { delete: 'src/a/-untracked\n' },
  ]
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, steps } } }), `-it's "ü\n x`)
  const run = await home.quintet('run', 'work')
  expect([run.code, run.stderr]).toEqual([0, expect.not.stringContaining('failed')])
  const files = (await home.git('ls-tree', '-r', '-z', '--name-only', 'main', 'src/a/')).split('\0')
  expect(files.toSorted()).toEqual(['', 'src/a/main.txt', ...names.map((name) => `src/a/${name}`)].toSorted())
  expect(await home.read('src/a/-rf')).toBe('-rf\n')
  expect(await home.quintet('clean')).toMatchObject({ code: 0, stdout: expect.stringContaining('removed') })
  expect(await home.git('worktree', 'list', '--porcelain')).not.toContain('work-1')
  expect((await home.git('log', '--no-merges', '--format=%s', 'main')).split('\n').toSorted()).toEqual([
    '-m "quoted" $(not run)',
    'first',
  ])
  expect((await prompts(home, 'a'))[1]).toContain('-untracked')
})
