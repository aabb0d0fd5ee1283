// What a goal and the paths given for it mean, from the command line: from a subfolder, where they are mistyped, and in a clone
// without history.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { gitIn, temporaryFolder, temporaryRepository } from '../support/repository.ts'
import { quintet } from './process.ts'

const AREAS = ['parser', 'printer', 'server', 'wire']
const NAMES = ['read', 'rules', 'types', 'words']
const FILES = Object.fromEntries(
  AREAS.flatMap((area, index) => [
    ...NAMES.map(
      (name) =>
        [
          `src/${area}/${name}.ts`,
          `import './types.ts'\nimport '../${AREAS[(index + 1) % AREAS.length] ?? ''}/types.ts'\n`,
        ] as const,
    ),
    [`test/${area}/read.test.ts`, `import '../../src/${area}/read.ts'\n`] as const,
  ]),
)

async function project() {
  const repository = await temporaryRepository({
    files: {
      ...FILES,
      'docs/guide.md': '# Guide\n',
      '.quintet/config.toml': 'agent = "own"\n[agents.own]\ncommand = ["node"]\n',
    },
  })
  const home = await temporaryFolder()
  return {
    path: repository.path,
    home: home.path,
    in: (folder: string) => ({
      cwd: join(repository.path, folder),
      env: { XDG_CONFIG_HOME: home.path, XDG_STATE_HOME: home.path },
    }),
    [Symbol.asyncDispose]: async () => {
      await home[Symbol.asyncDispose]()
      await repository[Symbol.asyncDispose]()
    },
  }
}

test('paths are relative to the folder that they are given in, for suggestions and explanations', async () => {
  await using repository = await project()
  const at = repository.in('src/parser')
  const given = await quintet(
    ['plan', 'suggest', 'Be faster', '--json', '--paths', 'read.ts', '../wire', 'src/server/types.ts'],
    at,
  )
  const { target } = JSON.parse(given.stdout).data
  expect(target.named.map(({ where }: { where: readonly string[] }) => where.join())).toEqual([
    'src/parser/read.ts',
    'src/wire/',
    'src/server/types.ts',
  ])
  // Two of them are named after what was given.
  expect(target.files).toBe(1 + NAMES.length + 1 + 2)
  const told = await quintet(['plan', 'explain', 'read.ts'], at)
  expect(told.stdout).toMatch(/^src\/parser\/read\.ts\n/)
  expect(told.stdout).toContain('test/parser/read.test.ts')
})

test('a suggestion says how many tests it is about, and refuses paths that are not there', async () => {
  await using repository = await project()
  const at = repository.in('.')
  const told = await quintet(['plan', 'suggest', 'Rework src/parser and src/wire'], at)
  expect(told.stdout).toMatch(/: 10 files,\s2\sof\sthem\stests\./)
  const none = await quintet(['plan', 'suggest', 'Rework it', '--paths', 'docs'], at)
  expect(none.stdout).toContain('no test among them')
  const refused = await quintet(['plan', 'suggest', 'Fix src/parser/read.ts and src/parser/raed.ts'], at)
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toContain('The goal names src/parser/raed.ts, and there is no tracked file.')
  expect(refused.stderr).toContain('Perhaps src/parser/read.ts was meant.')
})

test('without history nothing is said of what was changed together, and a shallow clone is told', async () => {
  await using repository = await project()
  await using folder = await temporaryFolder()
  const clone = join(folder.path, 'clone')
  await gitIn(repository.path, 'commit', '--quiet', '--allow-empty', '--message=More')
  await gitIn(folder.path, 'clone', '--quiet', '--depth=1', pathToFileURL(repository.path).href, clone)
  const at = { ...repository.in('.'), cwd: clone }
  const shown = await quintet(['plan', 'suggest', 'Be faster', '--sessions', '3'], at)
  const words = shown.stdout.replaceAll(/\s+/g, ' ')
  expect(words).toContain(
    'There is no history that tells something, so it is divided by imports and folders.',
  )
  expect(words).toContain('The clone is shallow; git fetch --unshallow brings the rest.')
  expect(words).toMatch(/\d+ % of the imports cross pieces/)
  const best = JSON.parse(
    (await quintet(['plan', 'suggest', 'Be faster', '--json', '--sessions', '3'], at)).stdout,
  )
  expect(`${words} ${best.data.candidates[0].plan}`).not.toMatch(/changed\s(?:#\s)?together/)
})
