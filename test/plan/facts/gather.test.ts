import { appendFile, mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RepositoryFacts } from '../../../src/plan/facts/facts.ts'
import { gatherFacts } from '../../../src/plan/facts/gather.ts'
import { gitIn, temporaryFolder, temporaryRepository, writeFiles } from '../../support/repository.ts'

const SMALL = {
  'package.json': '{ "name": "small" }',
  'src/a.ts': `import './b.ts'\n`,
  'src/b.ts': 'export const b = 1\n',
  'src/a.test.ts': `import './a.ts'\n`,
  '.github/CODEOWNERS': '/src/ @team\n',
}

const named = (facts: RepositoryFacts, edges: readonly (readonly number[])[]): readonly string[] =>
  edges.map((edge) =>
    edge
      .slice(0, 2)
      .map((file) => facts.files[file]?.path ?? '')
      .join(' '),
  )

async function changed(
  repository: { path: string; git(...args: string[]): Promise<string> },
  files: Record<string, string>,
) {
  await writeFiles(repository.path, files)
  await repository.git('add', '--all')
  await repository.git('commit', '--quiet', '--message=change')
}

describe('facts of a repository', () => {
  test('files, packages, imports, history, owners and tests', async () => {
    await using repository = await temporaryRepository({ files: SMALL })
    await changed(repository, { 'src/a.ts': `import './b.ts'\n1\n`, 'src/b.ts': 'export const b = 2\n' })
    const facts = await gatherFacts({ root: repository.path, commit: 'main' })
    expect(facts.files.map(({ path, kind, language, owners }) => [path, kind, language, ...owners])).toEqual([
      ['.github/CODEOWNERS', 'config', null],
      ['package.json', 'config', 'json'],
      ['src/a.test.ts', 'test', 'typescript', '@team'],
      ['src/a.ts', 'code', 'typescript', '@team'],
      ['src/b.ts', 'code', 'typescript', '@team'],
    ])
    expect(facts.commit).toBe(await repository.git('rev-parse', 'HEAD'))
    expect(facts.tree).toBe(await repository.git('rev-parse', 'HEAD^{tree}'))
    expect(facts.packages).toEqual([{ name: 'small', folder: '', manager: 'npm', dependsOn: [] }])
    expect(named(facts, facts.imports)).toEqual(['src/a.test.ts src/a.ts', 'src/a.ts src/b.ts'])
    // What came with the first commit was not changed together.
    expect(named(facts, facts.together)).toEqual(['src/a.ts src/b.ts'])
    expect(named(facts, facts.covers)).toEqual(['src/a.test.ts src/a.ts'])
    expect(facts.history).toMatchObject({ read: 2, counted: 1 })
  })

  test('an empty repository, and a commit that is not there', async () => {
    await using folder = await temporaryFolder()
    await gitIn(folder.path, 'init', '--quiet')
    const facts = await gatherFacts({ root: folder.path, commit: 'HEAD' })
    expect(facts).toMatchObject({ commit: '', files: [], imports: [], history: { read: 0, oldest: null } })
    await expect(gatherFacts({ root: folder.path, commit: 'nowhere' })).rejects.toMatchObject({
      code: 'E_COMMIT_UNKNOWN',
    })
  })

  test('names that are no UTF-8, links, submodules, pointers and large files', async () => {
    await using repository = await temporaryRepository({ files: SMALL })
    await symlink('src', join(repository.path, 'link.ts'))
    await writeFile(
      Buffer.concat([Buffer.from(`${repository.path}/src/caf`), Buffer.from([0xe9]), Buffer.from('.ts')]),
      `import './b.ts'\n`,
    )
    await writeFiles(repository.path, {
      'src/new\nline "x".ts': `import './b.ts'\n`,
      'src/movie.ts': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
      'src/large.js': `import './b.ts'\n${'x'.repeat(1_100_000)}`,
      'src/empty.ts': '',
      'package-lock.json': '{',
      'tsconfig.json': '{ "compilerOptions": { "paths": 3 ',
    })
    await repository.git('add', '--all')
    const submodule = `160000,${'1'.repeat(40)},submodule`
    await repository.git('update-index', '--add', '--cacheinfo', submodule)
    await repository.git('commit', '--quiet', '--message=odd')
    const facts = await gatherFacts({ root: repository.path, commit: 'HEAD' })
    const paths = facts.files.map(({ path }) => path)
    expect(paths).toContain('src/caf\udce9.ts')
    expect(paths).toContain('src/new\nline "x".ts')
    expect(paths).toContain('link.ts')
    expect(paths).not.toContain('submodule')
    expect(named(facts, facts.imports)).toEqual(
      expect.arrayContaining(['src/caf\udce9.ts src/b.ts', 'src/new\nline "x".ts src/b.ts']),
    )
    expect(facts.files.find(({ path }) => path === 'src/large.js')?.bytes).toBeGreaterThan(1_000_000)
    expect(named(facts, facts.imports).join()).not.toContain('large')
  })

  test('moved files keep their history', async () => {
    await using repository = await temporaryRepository({ files: SMALL })
    await changed(repository, { 'src/a.ts': 'export const a = 1\n', 'src/b.ts': 'export const b = 3\n' })
    await mkdir(join(repository.path, 'lib'))
    await repository.git('mv', 'src/a.ts', 'lib/a.ts')
    await repository.git('commit', '--quiet', '--message=move')
    const facts = await gatherFacts({ root: repository.path, commit: 'HEAD' })
    expect(named(facts, facts.together)).toEqual(['lib/a.ts src/b.ts'])
  })

  test('a header and the attributes say what programs wrote', async () => {
    await using repository = await temporaryRepository({
      files: {
        '.gitattributes': 'src/api.ts linguist-generated\nsrc/own.ts -linguist-generated\n',
        'src/api.ts': '',
        'src/own.ts': '// @generated\n',
        'src/types.ts': '// Code generated by x. DO NOT EDIT.\n',
      },
    })
    const { files } = await gatherFacts({ root: repository.path, commit: 'HEAD' })
    expect(files.filter(({ kind }) => kind === 'generated').map(({ path }) => path)).toEqual([
      'src/api.ts',
      'src/types.ts',
    ])
  })
})

describe('clones that do not have everything', () => {
  const allow = async (repository: { git(...args: string[]): Promise<string> }) => {
    await repository.git('config', 'uploadpack.allowFilter', 'true')
    await repository.git('config', 'uploadpack.allowAnySHA1InWant', 'true')
  }
  const cloned = async (folder: string, from: string, ...options: string[]) => {
    const path = join(folder, 'clone')
    await gitIn(folder, 'clone', '--quiet', '--no-local', ...options, `file://${from}`, path)
    return path
  }
  const objects = (path: string) => gitIn(path, 'count-objects', '-v')

  test.each([
    { filter: 'blob:none', together: 1, older: { imports: [[2, 3]] } },
    { filter: 'tree:0', together: 0, older: { code: 'E_GIT' } },
  ])('a partial clone ($filter) is not added to, and what is not there is not read', async (expected) => {
    await using repository = await temporaryRepository({ files: SMALL })
    await changed(repository, { 'src/a.ts': '1\n', 'src/b.ts': '2\n' })
    await allow(repository)
    await using folder = await temporaryFolder()
    // Checked out: the newest files are there, the older ones are not.
    const path = await cloned(folder.path, repository.path, `--filter=${expected.filter}`)
    const before = await objects(path)
    const facts = await gatherFacts({ root: path, commit: 'HEAD', cache: join(folder.path, 'cache') })
    expect(facts.files).toHaveLength(5)
    expect(facts.files.every(({ bytes }) => bytes > 0)).toBe(true)
    expect(facts.packages).toHaveLength(1)
    expect(facts.together).toHaveLength(expected.together)
    const older = await gatherFacts({ root: path, commit: 'HEAD~1' }).catch((error: unknown) => error)
    expect(older).toMatchObject(expected.older)
    expect(await objects(path)).toBe(before)
  })

  test('a partial clone without files knows their names', async () => {
    await using repository = await temporaryRepository({ files: SMALL })
    await allow(repository)
    await using folder = await temporaryFolder()
    const path = await cloned(folder.path, repository.path, '--filter=blob:none', '--no-checkout')
    const facts = await gatherFacts({ root: path, commit: 'HEAD', cache: join(folder.path, 'cache') })
    expect(facts.files.map(({ bytes }) => bytes)).toEqual([0, 0, 0, 0, 0])
    expect(facts.imports).toEqual([])
    const names = await readdir(join(folder.path, 'cache')).catch(() => [])
    expect(names.filter((name) => name.startsWith('facts-'))).toEqual([])
  })

  test('a shallow clone has the history that it has; deepened, it has more', async () => {
    await using repository = await temporaryRepository({ files: SMALL })
    await changed(repository, { 'src/a.ts': '1\n', 'src/b.ts': '2\n' })
    await changed(repository, { 'src/a.ts': '3\n', 'package.json': '{}' })
    await using folder = await temporaryFolder()
    const path = await cloned(folder.path, repository.path, '--depth=2')
    const cache = join(folder.path, 'cache')
    const facts = await gatherFacts({ root: path, commit: 'HEAD', cache })
    expect(named(facts, facts.together)).toEqual(['package.json src/a.ts'])
    expect(facts.history.shallow).toBe(true)
    expect((await gatherFacts({ root: path, commit: 'HEAD', cache })).history.shallow).toBe(true)
    await gitIn(path, 'fetch', '--quiet', '--unshallow')
    const deeper = await gatherFacts({ root: path, commit: 'HEAD', cache })
    expect(named(deeper, deeper.together)).toEqual(['package.json src/a.ts', 'src/a.ts src/b.ts'])
    expect(deeper.history.shallow).toBeUndefined()
  })
})

describe('what is kept', () => {
  test('the same facts with it and without, now and for the next commit', async () => {
    await using repository = await temporaryRepository({ files: SMALL })
    await changed(repository, { 'src/a.ts': '1\n', 'src/b.ts': '2\n' })
    const { path: root } = repository
    const cache = join(root, '.git', 'facts')
    const first = await gatherFacts({ root, commit: 'HEAD', cache })
    expect(await gatherFacts({ root, commit: 'HEAD', cache })).toEqual(first)
    expect(await gatherFacts({ root, commit: 'HEAD' })).toEqual(first)
    await changed(repository, { 'src/c.ts': `import './a.ts'\n`, 'src/a.ts': `import './b.ts'\n` })
    const next = await gatherFacts({ root, commit: 'HEAD', cache })
    expect(next).toEqual(await gatherFacts({ root, commit: 'HEAD' }))
    expect(next).not.toEqual(first)
    expect(await gatherFacts({ root, commit: 'HEAD~1', cache })).toEqual(first)
  })

  test('is left out where it is torn, of another kind or in the way', async () => {
    await using repository = await temporaryRepository({ files: SMALL })
    await changed(repository, { 'src/a.ts': '1\n', 'src/b.ts': '2\n' })
    const { path: root } = repository
    const cache = join(root, '.git', 'facts')
    const facts = await gatherFacts({ root, commit: 'HEAD', cache })
    const names = await readdir(cache)
    expect(names).toHaveLength(3)
    for (const damage of [
      (file: string) => truncate(file, 100),
      (file: string) => truncate(file, 0),
      (file: string) => appendFile(file, ' '),
      async (file: string) => writeFile(file, (await readFile(file, 'utf8')).replace('src/a.ts', 'src/x.ts')),
    ]) {
      for (const name of await readdir(cache)) await damage(join(cache, name))
      expect(await gatherFacts({ root, commit: 'HEAD', cache })).toEqual(facts)
    }
    const file = join(root, 'readme')
    await writeFile(file, '')
    expect(await gatherFacts({ root, commit: 'HEAD', cache: file })).toEqual(facts)
  })

  test('the facts of a few commits alone', async () => {
    await using repository = await temporaryRepository({ files: SMALL })
    const cache = join(repository.path, '.git', 'facts')
    for (let at = 0; at < 9; at += 1) {
      await changed(repository, { 'src/a.ts': `${at}\n` })
      await gatherFacts({ root: repository.path, commit: 'HEAD', cache })
    }
    const names = await readdir(cache)
    expect(names.filter((name) => name.startsWith('facts-'))).toHaveLength(6)
  })
})

test('an abort ends it with its reason', async () => {
  await using repository = await temporaryRepository({ files: SMALL })
  const controller = new AbortController()
  const reason = new Error('enough')
  const gathering = gatherFacts({
    root: repository.path,
    commit: 'HEAD',
    signal: controller.signal,
    onProgress: () => controller.abort(reason),
  })
  await expect(gathering).rejects.toBe(reason)
})
