// Suggesting a plan from the command line: what is shown, what is written, and what is refused.
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { programFile } from '../../src/process/spawn.ts'
import { gitIn, temporaryFolder, temporaryRepository } from '../support/repository.ts'
import { quintet } from './process.ts'

const AREAS = ['parser', 'printer', 'server']
const PLAN = '.quintet/plans/codes.toml'
const ask = ['plan', 'suggest', 'Give every error a code']

/** Three areas of code with tests, of which every commit but the first changes one. */
async function project() {
  const files = AREAS.flatMap((area) => [
    ...['main', 'rules', 'types', 'words'].map(
      (name) => [`src/${area}/${name}.ts`, `export const ${name} = 1\n`] as const,
    ),
    [`test/${area}/main.test.ts`, `import '../../src/${area}/main.ts'\n`] as const,
  ])
  const config = 'agent = "own"\n[agents.own]\ncommand = ["node"]\n'
  const manifest = JSON.stringify({ name: 'p', scripts: { test: 'node --test' } })
  const repository = await temporaryRepository({
    files: { ...Object.fromEntries(files), '.quintet/config.toml': config, 'package.json': manifest },
  })
  for (let round = 0; round < 12; round++) {
    const area = AREAS[round % AREAS.length] ?? ''
    for (const path of [`src/${area}/main.ts`, `src/${area}/types.ts`, `test/${area}/main.test.ts`])
      await writeFile(join(repository.path, path), `// ${round}\nexport {}\n`)
    await repository.git('commit', '--quiet', '--all', `--message=Round ${round}`)
  }
  const home = await temporaryFolder()
  const at = { cwd: repository.path, env: { XDG_CONFIG_HOME: home.path, XDG_STATE_HOME: home.path } }
  return {
    path: repository.path,
    at,
    git: (...args: string[]) => repository.git(...args),
    commit: async (path: string) => {
      await writeFile(join(repository.path, path), '// again\n')
      await repository.git('commit', '--quiet', '--all', '--message=Again')
    },
    commitConfig: async (text: string) => {
      await writeFile(join(repository.path, '.quintet/config.toml'), text)
      await repository.git('commit', '--quiet', '--all', '--message=Configuration')
    },
    [Symbol.asyncDispose]: async () => {
      await home[Symbol.asyncDispose]()
      await repository[Symbol.asyncDispose]()
    },
  }
}

/** A PATH with git and nothing else. */
async function gitAlone(root: string): Promise<string> {
  const folder = join(root, '.git', 'programs')
  await mkdir(folder)
  const git = await programFile('git', { cwd: root, env: { PATH: process.env['PATH'] ?? '' } })
  await symlink(git ?? '', join(folder, 'git'))
  return folder
}

test('candidates stand side by side, the best is written, and the plan passes the check', async () => {
  await using repository = await project()
  const shown = await quintet([...ask, '--sessions', '3'], repository.at)
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  expect(shown.stdout).toMatch(/^by +pieces +overlap/m)
  expect(shown.stdout).toMatch(/^(feature|directory) +3 .*passes$/m)
  expect(shown.stdout).toContain('→ run: quintet plan suggest --write <name>')

  const written = await quintet([...ask, '--sessions', '3', '--write', 'codes'], repository.at)
  expect(written.stdout).toContain(`Wrote ${PLAN}`)
  const check = await quintet(['plan', 'check', 'codes'], repository.at)
  expect(check).toMatchObject({ code: 0, stdout: expect.stringContaining('Plan codes can run.') })
  expect(await readFile(join(repository.path, PLAN), 'utf8')).toMatch(
    /^# This plan is about the whole repository/,
  )
})

test('what the check would refuse is told, and what was written is no failure', async () => {
  await using repository = await project()
  await repository.git('checkout', '--quiet', '--detach')
  for (const more of [[], ['--write', 'codes']]) {
    const shown = await quintet([...ask, '--sessions', '3', ...more, '--force'], repository.at)
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('(E_TARGET_UNKNOWN)') })
    const told = await quintet([...ask, '--sessions', '3', ...more, '--force', '--json'], repository.at)
    const { ok, data } = JSON.parse(told.stdout)
    expect([told.code, ok, data.candidates[0].ok]).toEqual([0, true, false])
    expect(data.candidates[0].findings).toContainEqual(expect.objectContaining({ code: 'E_TARGET_UNKNOWN' }))
    expect(data.written).toBe(more.length === 0 ? null : PLAN)
  }
  expect((await quintet(['plan', 'check', 'codes'], repository.at)).code).toBe(3)
})

test('after init no piece owns the configuration or the plans', async () => {
  await using repository = await project()
  await quintet(['init'], repository.at)
  await repository.git('add', '--all')
  await repository.git('commit', '--quiet', '--message=Set up Quintet')
  for (const by of ['directory', 'filetype']) {
    const args = [...ask, '--by', by, '--sessions', '2', '--write', 'codes', '--force', '--json']
    const { data } = JSON.parse((await quintet(args, repository.at)).stdout)
    expect(data.candidates[0].pieces).toHaveLength(2)
    const told = await quintet(['plan', 'explain', '.quintet/config.toml', '--plan', 'codes'], repository.at)
    expect(told.stdout).toContain('Nobody owns it')
    const check = await quintet(['plan', 'check', 'codes'], repository.at)
    expect(check).toMatchObject({ code: 0, stdout: expect.not.stringContaining('names .quintet/') })
  }
})

test('what was suggested last is written as it was shown, whatever it was asked with', async () => {
  await using repository = await project()
  const none = await quintet(['plan', 'suggest', '--write', 'codes', '--json'], repository.at)
  expect(JSON.parse(none.stdout)).toMatchObject({ ok: false, error: { code: 'E_NOT_SUGGESTED' } })
  const goal = "Don't pay $HOME\nfor `it`"
  const shown = await quintet(
    ['plan', 'suggest', goal, '--paths', 'src', '--by', 'feature', '--sessions', '2', '--json'],
    repository.at,
  )
  const { candidates } = JSON.parse(shown.stdout).data
  expect(candidates[0].pieces).toHaveLength(2)
  await repository.commit('src/parser/main.ts')
  const written = await quintet(['plan', 'suggest', '--write', 'codes'], repository.at)
  expect(written).toMatchObject({ code: 0, stderr: '' })
  expect(written.stdout).toContain(`Wrote ${PLAN}`)
  expect(await readFile(join(repository.path, PLAN), 'utf8')).toBe(candidates[0].plan)
})

test.each([
  [['plan', 'suggest'], 'The goal is missing.'],
  [['plan', 'suggest', '--write', 'codes', '--sessions', '3'], '--sessions'],
])('%j says that a goal is needed', async (args, message) => {
  const refused = await quintet([...args, '--json'])
  expect(refused.code).toBe(2)
  expect(JSON.parse(refused.stdout).error).toMatchObject({
    code: 'E_USAGE',
    message: expect.stringContaining(message),
  })
})

test('where it cannot be divided as asked, the command that can has all but the boundary and the number', async () => {
  await using repository = await project()
  const args = ['plan', 'suggest', "Don't", '--paths', 'src/parser', 'src/server', '--by', 'layer']
  const refused = await quintet([...args, '--sessions', '7', '--json'], repository.at)
  const { error } = JSON.parse(refused.stdout)
  expect(error.code).toBe('E_NOT_DIVIDED')
  expect(error.hints[0].command).toBe(
    String.raw`quintet plan suggest 'Don'\''t' --paths src/parser src/server`,
  )
})

test('where more pieces are asked for than there are, the command that leaves the number open is told', async () => {
  await using repository = await project()
  const refused = await quintet([...ask, '--sessions', '90', '--json'], repository.at)
  expect(JSON.parse(refused.stdout).error).toMatchObject({
    code: 'E_SESSIONS',
    message: expect.stringMatching(/ cannot be divided into 90 pieces: it came to \d+ pieces\.$/),
    hints: [{ command: "quintet plan suggest 'Give every error a code'" }],
  })
})

test('a plan that is there stays as it is without --force', async () => {
  await using repository = await project()
  await mkdir(join(repository.path, '.quintet/plans'), { recursive: true })
  await writeFile(join(repository.path, PLAN), 'mine')
  const refused = await quintet([...ask, '--write', 'codes', '--json'], repository.at)
  expect(refused.code).toBe(3)
  expect(JSON.parse(refused.stdout)).toMatchObject({ ok: false, error: { code: 'E_PLAN_EXISTS' } })
  expect(await readFile(join(repository.path, PLAN), 'utf8')).toBe('mine')
  expect((await quintet([...ask, '--write', 'codes', '--force'], repository.at)).code).toBe(0)
  expect(await readFile(join(repository.path, PLAN), 'utf8')).toContain('[[pieces]]')
})

test('with --json every candidate is there with its numbers and its plan', async () => {
  await using repository = await project()
  const args = [...ask, '--paths', 'src/parser', 'test/parser', '--by', 'directory', '--json']
  const { stdout, code } = await quintet(args, repository.at)
  expect(code).toBe(0)
  const { data } = JSON.parse(stdout)
  expect(data.target).toMatchObject({ whole: false, files: 5 })
  expect(data.sessions).toMatchObject({ asked: false, why: expect.any(String) })
  expect(data.candidates[0]).toMatchObject({
    by: 'directory',
    ok: true,
    unowned: 0,
    plan: expect.stringContaining('[[pieces]]'),
  })
  expect(data.written).toBeNull()
})

test.each([
  [['plan', 'suggest', ' '], 2, 'E_USAGE'],
  [[...ask, '--by', 'chance'], 2, 'E_USAGE'],
  [[...ask, '--sessions', 'many'], 2, 'E_USAGE'],
  [[...ask, '--sessions', '90'], 2, 'E_SESSIONS'],
  [[...ask, '--paths', 'src/parsre'], 2, 'E_PATH_UNKNOWN'],
  [[...ask, '--paths', '.quintet'], 2, 'E_PATH_OPERATORS'],
  [[...ask, '--write', 'Not A Name'], 2, 'E_PLAN_NAME'],
])('%j is refused', async (args, code, error) => {
  await using repository = await project()
  const refused = await quintet([...args, '--json'], repository.at)
  expect(JSON.parse(refused.stdout)).toMatchObject({ ok: false, error: { code: error } })
  expect(refused.code).toBe(code)
})

test('a repository without a commit or a file has nothing to divide', async () => {
  await using folder = await temporaryFolder()
  await gitIn(folder.path, 'init', '--quiet', '--initial-branch=main')
  const refused = await quintet([...ask, '--json'], { cwd: folder.path })
  expect(JSON.parse(refused.stdout)).toMatchObject({ ok: false, error: { code: 'E_REPOSITORY_EMPTY' } })
  expect(refused.code).toBe(3)
})

test('what the machine lacks is told once and apart, and is no fault of the plans', async () => {
  await using repository = await project()
  await repository.commitConfig('agent = "own"\n[agents.own]\ncommand = ["no-such-program"]\n')
  const { stdout, code } = await quintet([...ask, '--sessions', '3'], repository.at)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^(feature|directory) +3 .*passes$/m)
  expect(stdout.match(/E_AGENT_PROGRAM/g)).toHaveLength(1)
  expect(stdout).toMatch(
    /Before it can run on this machine:\nwarning  The agent .*(?:\n .*)+→ run: quintet doctor/,
  )
  const json = await quintet([...ask, '--sessions', '3', '--json'], repository.at)
  const { data } = JSON.parse(json.stdout)
  expect(data.environment).toMatchObject([{ code: 'E_AGENT_PROGRAM' }])
  for (const { ok, findings } of data.candidates) {
    expect(ok).toBe(true)
    expect(JSON.stringify(findings)).not.toContain('E_AGENT')
  }
  expect(json.code).toBe(0)
})

test('a plan is split where no agent is installed, and an overlap that was there is no obstacle', async () => {
  await using repository = await project()
  await repository.commitConfig('')
  const pieces = [
    ['all', '"/src/"'],
    ['parser', '"/src/parser/"'],
  ].map(
    ([id, scope]) => `[[pieces]]\nid = "${id}"\ntitle = "T"\nbrief = "B"\nscope = { include = [${scope}] }\n`,
  )
  await mkdir(join(repository.path, '.quintet/plans'), { recursive: true })
  await writeFile(join(repository.path, PLAN), `goal = "G"\n\n${pieces.join('\n')}`)
  const env = { ...repository.at.env, PATH: await gitAlone(repository.path) }
  const at = { ...repository.at, env }
  const split = await quintet(['plan', 'split', 'codes', 'parser', 'words', 'src/parser/words.ts'], at)
  expect(split).toMatchObject({ code: 0, stdout: expect.stringContaining('+id = "words"') })
  expect(split.stderr).not.toContain('agent')
  const check = await quintet(['plan', 'check', 'codes'], at)
  expect(check.stdout.match(/E_AGENT_NONE/g)).toHaveLength(1)
  expect(check.stdout).toContain('The pieces all, parser and words name no agent')
  expect(check.stdout).toContain('→ run: quintet doctor')
})

test('a path is explained without any plan by what it has to do with others', async () => {
  await using repository = await project()
  const told = await quintet(['plan', 'explain', 'src/parser/main.ts'], repository.at)
  expect(told).toMatchObject({ code: 0, stderr: '' })
  expect(told.stdout).toContain('There is no plan yet, so nobody owns it.')
  expect(told.stdout).toMatch(/changes with:\n +(?:src\/parser\/types|test\/parser\/main\.test)\.ts\n/)
  const json = await quintet(['plan', 'explain', 'src/parser/main.ts', '--json'], repository.at)
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: true, data: [{ plan: null, there: 'file' }] })
})
