// Real conflicts between real branches, resolved without a checkout.
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import type { AutoResolve } from '../../../src/contract/plan.ts'
import { openRepository } from '../../../src/git/repository.ts'
import { rememberMerge } from '../../../src/integration/resolve/rerere.ts'
import {
  conflictTexts,
  resolveConflict,
  type Resolution,
  type ResolveInput,
} from '../../../src/integration/resolve/resolve.ts'
import { resolvedTrailers } from '../../../src/integration/resolve/trailers.ts'
import { syntaxOf } from '../../../src/integration/resolve/syntax.ts'
import { commitOn, type Files } from '../../support/branches.ts'
import { temporaryFolder, temporaryRepository, type TemporaryRepository } from '../../support/repository.ts'

afterEach(() => vi.unstubAllEnvs())

interface Case {
  readonly base: Readonly<Record<string, string>>
  readonly ours: Files
  readonly theirs: Files
}

async function conflict({ base, ours, theirs }: Case): Promise<TemporaryRepository> {
  const repository = await temporaryRepository({ files: base })
  await commitOn(repository, 'ours', [ours])
  await commitOn(repository, 'theirs', [theirs])
  return repository
}

async function resolve(
  repository: TemporaryRepository,
  mode: AutoResolve,
  more: Partial<ResolveInput> = {},
): Promise<Resolution> {
  const repo = await openRepository(repository.path)
  return resolveConflict({
    repo,
    ours: await repository.git('rev-parse', 'ours'),
    theirs: await repository.git('rev-parse', 'theirs'),
    mode,
    ...more,
  })
}

async function fileOf(
  repository: TemporaryRepository,
  resolution: Resolution,
  path: string,
): Promise<string> {
  if (resolution.kind === 'open') throw new Error(`Open: ${resolution.tried.join('; ')}`)
  return repository.git('show', `${resolution.tree}:${path}`)
}

const CODE = 'export const a = 1\nexport const b = 2\nexport const c = 3\n'

test('nothing to resolve, and nothing that may be', async () => {
  await using repository = await conflict({
    base: { 'a.ts': CODE },
    ours: { 'b.ts': '1\n' },
    theirs: { 'c.ts': '2\n' },
  })
  expect(await resolve(repository, 'off')).toMatchObject({ kind: 'resolved', by: [] })
  await commitOn(repository, 'ours', [{ 'a.ts': CODE.replace('1', '10') }])
  await commitOn(repository, 'theirs', [{ 'a.ts': CODE.replace('1', '100') }])
  expect(await resolve(repository, 'off')).toEqual({ kind: 'open', files: ['a.ts'], tried: [] })
})

test('a manifest by its keys; neither branch, worktree nor index is touched', async () => {
  const manifest = (...names: string[]): string =>
    `${JSON.stringify({ name: 'x', dependencies: Object.fromEntries(names.map((name) => [name, '^1.0.0'])) }, null, 2)}\n`
  await using repository = await conflict({
    base: { 'package.json': manifest('b') },
    ours: { 'package.json': manifest('a', 'b') },
    theirs: { 'package.json': manifest('b', 'c') },
  })
  const before = await repository.git('for-each-ref')
  await repository.git('status')
  const index = await readFile(join(repository.path, '.git/index'))
  const resolution = await resolve(repository, 'safe')
  expect(resolution).toMatchObject({ kind: 'resolved', by: ['package.json by JSON keys'] })
  expect(await fileOf(repository, resolution, 'package.json')).toBe(manifest('a', 'b', 'c').trim())
  expect(await repository.git('for-each-ref')).toBe(before)
  expect(await repository.git('status', '--porcelain')).toBe('')
  expect((await readFile(join(repository.path, '.git/index'))).equals(index)).toBe(true)
})

test('lines only when the plan wants it, and only when the result can be parsed', async () => {
  await using repository = await conflict({
    base: { 'a.ts': CODE },
    ours: { 'a.ts': CODE.replace('a = 1', 'a = 10') },
    theirs: { 'a.ts': CODE.replace('b = 2', 'b = 20') },
  })
  expect(await resolve(repository, 'safe')).toEqual({ kind: 'open', files: ['a.ts'], tried: [] })
  const resolution = await resolve(repository, 'all')
  expect(resolution).toMatchObject({ by: ['a.ts by adjacent lines'] })
  expect(await fileOf(repository, resolution, 'a.ts')).toBe(
    CODE.replace('= 1', '= 10').replace('= 2', '= 20').trim(),
  )
})

test('declarations that both have added at the end, in scripts only', async () => {
  const added = (name: string): string => `${CODE}\nexport function ${name}() {}\n`
  await using repository = await conflict({
    base: { 'a.ts': CODE },
    ours: { 'a.ts': added('ours') },
    theirs: { 'a.ts': added('theirs') },
  })
  expect(await resolve(repository, 'safe')).toMatchObject({ kind: 'open', files: ['a.ts'] })
  const resolution = await resolve(repository, 'all')
  expect(resolution).toMatchObject({ by: ['a.ts by declarations'] })
  expect(await fileOf(repository, resolution, 'a.ts')).toBe(`${added('ours')}\nexport function theirs() {}`)
  await using other = await conflict({
    base: { 'a.rs': CODE },
    ours: { 'a.rs': added('ours') },
    theirs: { 'a.rs': added('theirs') },
  })
  expect(await resolve(other, 'all')).toMatchObject({ kind: 'open', files: ['a.rs'] })
})

test('a result that cannot be parsed is not taken', async () => {
  await using repository = await conflict({
    base: { 'a.ts': 'f(\n)\n' },
    ours: { 'a.ts': 'f\n)\n' },
    theirs: { 'a.ts': 'f(\n1)\n' },
  })
  expect(await resolve(repository, 'all')).toMatchObject({
    kind: 'open',
    tried: expect.arrayContaining(['a.ts: adjacent lines (the result cannot be parsed)']),
  })
})

test('one open conflict leaves everything open', async () => {
  await using repository = await conflict({
    base: { 'package.json': '{\n  "a": 1\n}\n', 'a.txt': 'x\n' },
    ours: { 'package.json': '{\n  "a": 1,\n  "b": 1\n}\n', 'a.txt': 'y\n' },
    theirs: { 'package.json': '{\n  "a": 1,\n  "c": 1\n}\n', 'a.txt': 'z\n' },
  })
  expect(await resolve(repository, 'all')).toMatchObject({ kind: 'open', files: ['a.txt'] })
})

test('a file that one side deletes, a binary one and a link are for a person', async () => {
  await using repository = await conflict({
    base: { 'gone.txt': 'x\n', 'bin.dat': 'a\0b' },
    ours: { 'gone.txt': null, 'bin.dat': 'a\0c' },
    theirs: { 'gone.txt': 'y\n', 'bin.dat': 'a\0d' },
  })
  expect(await resolve(repository, 'all')).toMatchObject({ kind: 'open', files: ['bin.dat', 'gone.txt'] })
})

/** Two branches that conflict in a.ts, and a merge of them that says `text`; `mended`: a commit on top of it. */
async function resolved(texts: readonly [text: string, mended?: string]) {
  const repository = await conflict({
    base: { 'a.ts': CODE },
    ours: { 'a.ts': CODE.replace('a = 1', 'a = 10') },
    theirs: { 'a.ts': CODE.replace('a = 1', 'a = 20') },
  })
  const [text, mended = text] = texts
  await commitOn(repository, 'merged', [{ 'a.ts': text }], 'ours')
  const parents = ['-p', 'ours', '-p', 'theirs']
  const merge = await repository.git('commit-tree', 'merged^{tree}', ...parents, '-m', 'by hand')
  await repository.git('branch', 'by-hand', merge)
  const landed =
    mended === text ? merge : await commitOn(repository, 'mended', [{ 'a.ts': mended }], 'by-hand')
  return { repository, repo: await openRepository(repository.path), merge, landed }
}

test('what was resolved once is resolved the same way again, the latest way', async () => {
  const settled = CODE.replace('a = 1', 'a = 30')
  const { merge, landed, repo, ...made } = await resolved([settled])
  await using repository = made.repository
  expect(await resolve(repository, 'safe')).toMatchObject({ kind: 'open' })
  expect(await rememberMerge(repo, merge, landed)).toEqual(['a.ts'])
  const resolution = await resolve(repository, 'safe')
  expect(resolution).toMatchObject({ by: ['a.ts by rerere'] })
  expect(await fileOf(repository, resolution, 'a.ts')).toBe(settled.trim())
  await expect(readFile(join(repository.path, '.git/MERGE_RR'))).rejects.toMatchObject({ code: 'ENOENT' })
  const later = CODE.replace('a = 1', 'a = 31')
  await commitOn(repository, 'later', [{ 'a.ts': later }], 'by-hand')
  const parents = ['-p', 'ours', '-p', 'theirs']
  const again = await repository.git('commit-tree', 'later^{tree}', ...parents, '-m', 'another way')
  expect(await rememberMerge(repo, again, again)).toEqual(['a.ts'])
  expect(await fileOf(repository, await resolve(repository, 'safe'), 'a.ts')).toBe(later.trim())
})

test('a resolution that had to be mended before it landed is not remembered', async () => {
  const { merge, landed, repo, ...made } = await resolved([
    CODE.replace('a = 1', 'a = broken'),
    CODE.replace('a = 1', 'a = 30'),
  ])
  await using repository = made.repository
  expect(await rememberMerge(repo, merge, landed)).toEqual([])
  expect(await resolve(repository, 'safe')).toMatchObject({ kind: 'open' })
})

test("the user's own memory is used where there is one, and never written", async () => {
  await using repository = await conflict({
    base: { 'a.ts': CODE },
    ours: { 'a.ts': CODE.replace('a = 1', 'a = 10') },
    theirs: { 'a.ts': CODE.replace('a = 1', 'a = 20') },
  })
  await repository.git('config', 'rerere.enabled', 'true')
  await repository.git('checkout', '-q', 'ours')
  await expect(repository.git('merge', 'theirs')).rejects.toThrow()
  const settled = CODE.replace('a = 1', 'a = 40')
  await writeFile(join(repository.path, 'a.ts'), settled)
  await repository.git('add', 'a.ts')
  await repository.git('commit', '-qm', 'merged')
  await repository.git('checkout', '-q', 'main')
  await repository.git('branch', '-f', 'ours', 'ours^1')
  const resolution = await resolve(repository, 'safe')
  expect(resolution).toMatchObject({ by: ['a.ts by rerere'] })
  expect(await fileOf(repository, resolution, 'a.ts')).toBe(settled.trim())
  const memory = join(repository.path, '.git/rr-cache')
  await rm(memory, { recursive: true })
  await mkdir(memory)
  expect(await resolve(repository, 'safe')).toMatchObject({ kind: 'open' })
  expect(await readdir(memory)).toEqual([])
})

test('a lock file is made again by its package manager, from the merged manifest', async () => {
  const manifest = (...names: string[]): string =>
    `${JSON.stringify({ name: 'root', version: '1.0.0', dependencies: Object.fromEntries(names.map((name) => [name, `file:${name}`])) }, null, 2)}\n`
  const packages = Object.fromEntries(
    ['a', 'b', 'c'].map((name) => [`${name}/package.json`, `{ "name": "${name}", "version": "1.0.0" }\n`]),
  )
  const lock = (...names: string[]): string =>
    `${JSON.stringify(
      {
        name: 'root',
        version: '1.0.0',
        lockfileVersion: 3,
        requires: true,
        packages: {
          '': {
            name: 'root',
            version: '1.0.0',
            dependencies: Object.fromEntries(names.map((name) => [name, `file:${name}`])),
          },
          ...Object.fromEntries(
            names.flatMap((name) => [
              [name, { version: '1.0.0' }],
              [`node_modules/${name}`, { resolved: name, link: true }],
            ]),
          ),
        },
      },
      null,
      2,
    )}\n`
  await using repository = await conflict({
    base: { ...packages, 'package.json': manifest('b'), 'package-lock.json': lock('b') },
    ours: { 'package.json': manifest('a', 'b'), 'package-lock.json': lock('a', 'b') },
    theirs: { 'package.json': manifest('b', 'c'), 'package-lock.json': lock('b', 'c') },
  })
  const resolution = await resolve(repository, 'safe')
  expect(resolution).toMatchObject({
    by: [
      'package.json by JSON keys',
      'package-lock.json by npm install --package-lock-only --ignore-scripts --no-audit --no-fund',
    ],
  })
  const made: unknown = JSON.parse(await fileOf(repository, resolution, 'package-lock.json'))
  expect(made).toMatchObject({
    packages: {
      '': { dependencies: { a: 'file:a', b: 'file:b', c: 'file:c' } },
      'node_modules/c': { link: true },
    },
  })
})

test("a plan's own generated files, and what happens when their command fails", async () => {
  const base = {
    'list.txt': 'one\n',
    'src/a': '',
    'make.mjs':
      "import { readdirSync, writeFileSync } from 'node:fs'\nwriteFileSync('list.txt', readdirSync('src').join('\\n') + '\\n')\n",
  }
  await using repository = await conflict({
    base,
    ours: { 'list.txt': 'a\nb\n', 'src/b': '' },
    theirs: { 'list.txt': 'a\nc\n', 'src/c': '' },
  })
  const generated = [{ paths: ['*.txt'], run: ['node', 'make.mjs'] }]
  const resolution = await resolve(repository, 'safe', { generated })
  expect(resolution).toMatchObject({ by: ['list.txt by node make.mjs'] })
  expect(await fileOf(repository, resolution, 'list.txt')).toBe('a\nb\nc')
  const failing = await resolve(repository, 'safe', {
    generated: [{ paths: ['*.txt'], run: ['node', 'none.mjs'] }],
  })
  expect(failing).toEqual({
    kind: 'open',
    files: ['list.txt'],
    tried: ['list.txt: node none.mjs (node none.mjs ended with 1)'],
  })
  const missing = await resolve(repository, 'safe', {
    generated: [{ paths: ['*.txt'], run: ['no-such-program'] }],
  })
  expect(missing.kind).toBe('open')
})

test('several commands: each is run once, in the order of the plan, and a later one reads what an earlier one has made', async () => {
  const make = (from: string, to: string): string =>
    `import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
const text = statSync('${from}').isDirectory() ? readdirSync('${from}').join(' ') : readFileSync('${from}', 'utf8').trim()
for (const name of ${JSON.stringify(to.split(' '))}) writeFileSync(name, name + ': ' + text + '\\n')
`
  const files = { 'z.txt': 'a\n', 'b.txt': 'a\n', 'c.txt': 'a\n', 'src/a': '' }
  const side = (name: string): Files => ({
    ...Object.fromEntries(['z.txt', 'b.txt', 'c.txt'].map((path) => [path, `a ${name}\n`])),
    [`src/${name}`]: '',
  })
  await using repository = await conflict({
    base: { ...files, 'one.mjs': make('src', 'z.txt'), 'two.mjs': make('z.txt', 'b.txt c.txt') },
    ours: side('b'),
    theirs: side('c'),
  })
  const generated = [
    { paths: ['z.txt'], run: ['node', 'one.mjs'] },
    { paths: ['*.txt'], run: ['node', 'two.mjs'] },
  ]
  const resolution = await resolve(repository, 'safe', { generated })
  expect(resolution).toMatchObject({
    by: ['z.txt by node one.mjs', 'b.txt by node two.mjs', 'c.txt by node two.mjs'],
  })
  expect(await fileOf(repository, resolution, 'c.txt')).toBe('c.txt: z.txt: a b c')
})

/** Takes the place of a merge driver: joins both sides, and ends with 1 when told to. */
const DRIVER = `#!/usr/bin/env node
const { readFileSync, writeFileSync } = require('node:fs')
const files = process.argv.slice(2).filter((word) => word.startsWith('/'))
writeFileSync(files[1], readFileSync(files[1], 'utf8') + readFileSync(files[2], 'utf8'))
process.exitCode = readFileSync(files[2], 'utf8').includes('hopeless') ? 1 : 0
`

test('merge drivers that are installed, when lines do not help', async () => {
  await using tools = await temporaryFolder()
  vi.stubEnv('PATH', [tools.path, process.env['PATH']].join(delimiter))
  await mkdir(tools.path, { recursive: true })
  await using repository = await conflict({
    base: { 'a.txt': 'x\n' },
    ours: { 'a.txt': 'ours\n' },
    theirs: { 'a.txt': 'theirs\n' },
  })
  expect(await resolve(repository, 'all')).toMatchObject({ kind: 'open', files: ['a.txt'] })
  for (const [program, name] of [
    ['weave-driver', 'weave'],
    ['mergiraf', 'mergiraf'],
  ] as const) {
    await writeFile(join(tools.path, program), DRIVER)
    await chmod(join(tools.path, program), 0o755)
    const resolution = await resolve(repository, 'all')
    expect(resolution).toMatchObject({ by: [`a.txt by ${name}`] })
    expect(await fileOf(repository, resolution, 'a.txt')).toBe('ours\ntheirs')
  }
  await commitOn(repository, 'theirs', [{ 'a.txt': 'hopeless\n' }])
  expect(await resolve(repository, 'all')).toMatchObject({ kind: 'open', files: ['a.txt'] })
})

test('a conflict as it is handed back: both sides and what was before, small', async () => {
  const long = Array.from({ length: 40 }, (_, index) => `line ${index}\n`).join('')
  await using repository = await conflict({
    base: { 'a.txt': long },
    ours: { 'a.txt': long.replace('line 20\n', 'ours\n') },
    theirs: { 'a.txt': long.replace('line 20\n', 'theirs\n') },
  })
  const repo = await openRepository(repository.path)
  const texts = await conflictTexts(
    { repo, ours: 'ours', theirs: 'theirs' },
    { ours: 'login', theirs: 'cart' },
  )
  expect(texts).toEqual([
    {
      path: 'a.txt',
      text: 'line 21:\n<<<<<<< login\nours\n||||||| before both\nline 20\n=======\ntheirs\n>>>>>>> cart',
    },
  ])
})

test('what resolved a conflict is named in the merge commit', () => {
  expect(resolvedTrailers(['a.json by JSON keys', 'b.ts by rerere'])).toBe(
    'Quintet-Resolved: a.json by JSON keys\nQuintet-Resolved: b.ts by rerere\n',
  )
  expect(resolvedTrailers([])).toBe('')
})

test('syntax, as far as it can be told', async () => {
  expect(await syntaxOf('a.ts', 'enum A { B }\nconst x: number = 1')).toBe('right')
  expect(await syntaxOf('a.mjs', 'import x from "y"\nawait x')).toBe('right')
  expect(await syntaxOf('a.js', 'with (a) b()')).toBe('right')
  expect(await syntaxOf('a.js', 'const a = ')).toBe('wrong')
  expect(await syntaxOf('package.json', '{ "a": 1, }')).toBe('wrong')
  expect(await syntaxOf('tsconfig.json', '{ /* b */ "a": 1, }')).toBe('right')
  expect(await syntaxOf('a.js', 'export const a = <b>{c}</b>')).toBe('right')
  expect(await syntaxOf('a.js', 'const a = (b: number) => b')).toBe('right')
  expect(await syntaxOf('a.jsx', 'const a = <b>')).toBe('wrong')
  expect(await syntaxOf('a.tsx', 'const a = <B<string> c={d!} />')).toBe('right')
  expect(await syntaxOf('a.tsx', 'const a = <B')).toBe('wrong')
  expect(await syntaxOf('a.ts', 'const a = <string>b')).toBe('right')
  expect(await syntaxOf('a.cjs', 'import x from "y"')).toBe('wrong')
  expect(await syntaxOf('a.kt', 'fun main(')).toBe('not-looked-at')
})
