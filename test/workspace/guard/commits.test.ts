import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { guardedRepository, guardSpec, type GuardedRepository, type Ran } from './session.ts'

let guarded: GuardedRepository
beforeAll(async () => {
  guarded = await guardedRepository()
})
beforeEach(async () => {
  await guarded.install()
  await guarded.git(['reset', '--quiet', '--hard', 'main'])
  await guarded.git(['clean', '--quiet', '-fdx'])
})
afterAll(() => guarded[Symbol.asyncDispose]())

async function commit(files: Readonly<Record<string, string>>, ...args: string[]): Promise<Ran> {
  await guarded.stage(files)
  return await guarded.git(['commit', '--quiet', '-m', 'x', ...args])
}

describe('a commit of own paths goes through', () => {
  test.each<[string, Record<string, string>]>([
    ['in a folder of the scope', { 'src/auth/new.ts': '' }],
    ['in a folder below it', { 'src/auth/x/y/new.ts': '' }],
    ['by its ending', { 'src/other/look.css': '' }],
    ['by a pattern that only the map can judge', { 'test/a/b/auth-login.ts': '' }],
    ['with a name that git quotes', { 'src/auth/a "b"\tc.ts': '' }],
    ['with a name beyond ASCII', { 'src/auth/é ü.ts': '' }],
  ])('%s', async (_, files) => {
    expect(await commit(files)).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('made out of a folder below the worktree', async () => {
    await guarded.stage({ 'src/auth/deep/a.ts': '' })
    const { code } = await guarded.git(['commit', '--quiet', '-m', 'x'], join(guarded.path, 'src/auth/deep'))
    expect(code).toBe(0)
  })
})

describe('a commit of other paths is refused, with the owner', () => {
  test.each<[string, string, string]>([
    ['of another piece', 'src/api/new.ts', 'src/api/new.ts belongs to the piece api (Price list)'],
    ['of nobody', 'README.md', 'README.md belongs to no piece of the plan'],
    ['that is shared', 'package.json', 'package.json is shared, and the operator alone writes it'],
    ['of the coordination', '.quintet/session/decisions.md', 'Coordination files belong to Quintet'],
    ['that only looks like its own', 'src/auth-more/a.ts', 'src/auth-more/a.ts belongs to no piece'],
    ['with a quoted name', 'src/api/a "b"\nc.ts', 'belongs to the piece api'],
  ])('%s', async (_, path, said) => {
    const { code, stderr } = await commit({ [path]: 'x\n', 'src/auth/ok.ts': '' })
    expect([code, stderr]).toEqual([1, expect.stringContaining(said)])
    expect(stderr).toContain('Ask for it with scope_request.')
    expect(stderr).toContain('The scope of this session (auth) is src/auth/, *.css, test/**/auth-*.ts.')
    expect(stderr).not.toContain('src/auth/ok.ts')
  })

  test('deleting, renaming and changing the mode count as well', async () => {
    await guarded.git(['rm', '--quiet', '--cached', 'src/api/b.ts'])
    expect((await guarded.git(['commit', '-m', 'x'])).stderr).toContain(
      'src/api/b.ts belongs to the piece api',
    )
    await guarded.git(['reset', '--quiet', '--hard'])
    await guarded.git(['mv', 'src/api/b.ts', 'src/auth/b.ts'])
    expect((await guarded.git(['commit', '-m', 'x'])).code).toBe(1)
    await guarded.git(['reset', '--quiet', '--hard'])
    await guarded.git(['update-index', '--chmod=+x', 'src/api/b.ts'])
    expect((await guarded.git(['commit', '-m', 'x'])).code).toBe(1)
  })

  test('a submodule whose changes git is told to overlook', async () => {
    await guarded.git(['config', '--file', '.gitmodules', 'submodule.lib.path', 'lib'])
    await guarded.git(['update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},lib`])
    const { code, stderr } = await guarded.git(['-c', 'diff.ignoreSubmodules=all', 'commit', '-m', 'x'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('lib belongs to no piece')])
    await guarded.git(['rm', '--cached', '--quiet', 'lib'])
  })

  test('also the first commit of a branch without a past', async () => {
    await guarded.git(['switch', '--quiet', '--orphan', 'quintet/r-1/auth/alone'])
    const { code, stderr } = await commit({ 'src/api/x.ts': '' })
    expect([code, stderr]).toEqual([1, expect.stringContaining('src/api/x.ts')])
    await guarded.git(['rm', '--quiet', '--cached', '-r', '.'])
    await guarded.git(['switch', '--quiet', '--force', 'quintet/r-1/auth/work'])
  })
})

test('a grant counts from the next commit on, and the old owner has lost the path', async () => {
  const grants = [{ paths: ['src/api/b.ts', 'docs/'], to: 'auth', by: 'operator' }]
  await guarded.install(guardSpec('auth', { grants }))
  expect(await commit({ 'src/api/b.ts': 'granted\n', 'docs/x.md': '' })).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  })
  await guarded.install(guardSpec('auth', { grants: [...grants, { paths: ['src/auth/a.ts'], to: 'api' }] }))
  expect((await commit({ 'src/auth/a.ts': 'moved\n' })).stderr).toContain(
    'src/auth/a.ts belongs to the piece api',
  )
  expect((await commit({ 'src/auth/a.ts': 'a\n', 'src/auth/z.ts': '' })).code).toBe(0)
})

test('without Node only what is certain by its spelling goes through', async () => {
  await guarded.install(guardSpec('auth', { program: ['/gone/node', '/gone/main.js'] }))
  expect((await commit({ 'src/auth/n.ts': '' })).code).toBe(0)
  const { code, stderr } = await commit({ 'test/x/auth-n.ts': '' })
  expect([code, stderr]).toEqual([1, expect.stringContaining('Node is gone')])
})

test('a guard that fails refuses', async () => {
  await guarded.install(guardSpec('auth', { program: [process.execPath, join(guarded.top, 'missing.js')] }))
  expect((await commit({ 'test/x/auth-f.ts': '' })).code).toBe(1)
  await guarded.install()
  const record = join(guarded.repo.commonDir, 'quintet/guards/r-1/auth.sh')
  await writeFile(record, '')
  expect((await commit({ 'src/auth/ok.ts': '' })).stderr).toContain('The record of this worktree')
  await rm(record)
  const { code, stderr } = await commit({ 'src/auth/ok.ts': '' })
  expect([code, stderr]).toEqual([1, expect.stringContaining('The record of this worktree')])
})
