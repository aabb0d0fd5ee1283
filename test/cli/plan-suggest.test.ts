// Suggesting a plan from the command line: what is shown, what is written, and what is refused.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
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
    [Symbol.asyncDispose]: async () => {
      await home[Symbol.asyncDispose]()
      await repository[Symbol.asyncDispose]()
    },
  }
}

test('candidates stand side by side, the best is written, and the plan passes the check', async () => {
  await using repository = await project()
  const shown = await quintet([...ask, '--sessions', '3'], repository.at)
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  expect(shown.stdout).toMatch(/^by +pieces +overlap/m)
  expect(shown.stdout).toMatch(/^(feature|directory) +3 .*passes$/m)
  expect(shown.stdout).toContain('--write <name>')

  const written = await quintet([...ask, '--sessions', '3', '--write', 'codes'], repository.at)
  expect(written.stdout).toContain(`Wrote ${PLAN}`)
  const check = await quintet(['plan', 'check', 'codes'], repository.at)
  expect(check).toMatchObject({ code: 0, stdout: expect.stringContaining('Plan codes can run.') })
  expect(await readFile(join(repository.path, PLAN), 'utf8')).toMatch(
    /^# This plan is about the whole repository/,
  )
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
