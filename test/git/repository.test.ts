import { chmod, chown, mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import {
  gitFolder,
  hasSubmodules,
  head,
  openRepository,
  parseVersion,
  requireGit,
  resolveCommit,
  stateFolder,
} from '../../src/git/repository.ts'
import { gitIn, temporaryFolder, temporaryRepository, writeFiles } from '../support/repository.ts'

const PATH = process.env['PATH'] ?? ''
const ROOT = process.geteuid?.() === 0

afterEach(() => {
  process.env['PATH'] = PATH
})

test('a repository is found from every place inside it', async () => {
  await using main = await temporaryRepository()
  const linked = join(main.path, '..', 'with space\nand line')
  await main.git('worktree', 'add', '-q', '-b', 'side', linked)
  await writeFiles(main.path, { 'deep/er/file': '' })
  await symlink(main.path, join(main.path, '..', 'link'))
  const places = [
    main.path,
    join(main.path, 'deep/er'),
    join(main.path, '.git'),
    join(main.path, '.git/refs'),
    await gitFolder(linked),
    linked,
    join(main.path, '..', 'link', 'deep'),
  ]
  const expected = { root: main.path, commonDir: join(main.path, '.git'), name: 'repo' }
  for (const place of places) expect(await openRepository(place)).toEqual(expected)
  expect(stateFolder(expected)).toBe(join(main.path, '.git/quintet'))
})

test('blanks and line ends in the path of the repository are kept', async () => {
  await using main = await temporaryRepository()
  const path = join(main.path, '..', 'a b\n c\n')
  await rename(main.path, path)
  await writeFiles(path, { 'sub/file': '' })
  expect(await openRepository(join(path, 'sub'))).toEqual({
    root: path,
    commonDir: join(path, '.git'),
    name: 'a b\n c\n',
  })
})

test('no repository', async () => {
  await using folder = await temporaryFolder()
  await expect(openRepository(folder.path)).rejects.toMatchObject({
    code: 'E_NOT_A_REPOSITORY',
    kind: 'precondition',
    hints: [{ command: `git init ${folder.path}` }],
  })
  await mkdir(join(folder.path, '.git'))
  await expect(openRepository(folder.path)).rejects.toMatchObject({ code: 'E_NOT_A_REPOSITORY' })
  await expect(openRepository(join(folder.path, 'gone'))).rejects.toMatchObject({ code: 'E_FOLDER_MISSING' })
})

test('a bare repository, seen from itself and from a linked worktree', async () => {
  await using main = await temporaryRepository()
  const bare = join(main.path, '..', 'bare.git')
  await main.git('clone', '-q', '--bare', main.path, bare)
  const linked = join(main.path, '..', 'linked')
  await gitIn(bare, 'worktree', 'add', '-q', linked, 'main')
  for (const place of [bare, linked]) {
    await expect(openRepository(place)).rejects.toMatchObject({
      code: 'E_BARE_REPOSITORY',
      kind: 'precondition',
    })
  }
})

test.skipIf(!ROOT)('a repository that git distrusts is told apart from none', async () => {
  await using main = await temporaryRepository()
  await chown(main.path, 12_345, 12_345)
  await chown(join(main.path, '.git'), 12_345, 12_345)
  await expect(openRepository(main.path)).rejects.toMatchObject({
    code: 'E_UNSAFE_REPOSITORY',
    hints: [{ command: `git config --global --add safe.directory ${main.path}` }],
  })
})

test.skipIf(process.platform !== 'linux')('a path that is not text is refused', async () => {
  await using main = await temporaryRepository()
  const odd = Buffer.concat([Buffer.from(join(main.path, '..', 'odd-')), Buffer.from([0xff, 0xfe])])
  await rename(main.path, odd)
  await symlink(odd, join(main.path, '..', 'link'))
  await expect(openRepository(join(main.path, '..', 'link'))).rejects.toMatchObject({
    code: 'E_PATH_NOT_TEXT',
  })
})

test('a submodule and a git folder that stands apart', async () => {
  await using main = await temporaryRepository()
  await using other = await temporaryRepository()
  expect(await hasSubmodules(main.path)).toBe(false)
  await main.git('submodule', '--quiet', 'add', other.path, 'parts/sub')
  expect(await hasSubmodules(main.path)).toBe(true)
  const sub = join(main.path, 'parts/sub')
  expect(await openRepository(sub)).toEqual({
    root: sub,
    commonDir: join(main.path, '.git/modules/parts/sub'),
    name: 'sub',
  })

  await using folder = await temporaryFolder()
  const tree = join(folder.path, 'tree')
  const apart = join(folder.path, 'apart')
  await gitIn(folder.path, 'clone', '-q', '--separate-git-dir', apart, other.path, tree)
  expect(await openRepository(tree)).toEqual({ root: tree, commonDir: apart, name: 'tree' })
  await gitIn(tree, 'worktree', 'add', '-q', '-b', 'side', join(folder.path, 'linked'))
  await expect(openRepository(join(folder.path, 'linked'))).rejects.toMatchObject({
    code: 'E_NO_MAIN_WORKTREE',
  })
})

test('HEAD on a branch, unborn and detached', async () => {
  await using main = await temporaryRepository()
  const commit = await main.git('rev-parse', 'HEAD')
  expect(await head(main.path)).toEqual({ branch: 'main', commit })
  await main.git('switch', '-q', '-c', 'feature/deep')
  expect(await head(main.path)).toEqual({ branch: 'feature/deep', commit })
  await main.git('switch', '-q', '--detach')
  expect(await head(main.path)).toEqual({ branch: null, commit })
  await main.git('switch', '-q', '--orphan', 'fresh')
  expect(await head(main.path)).toEqual({ branch: 'fresh', commit: null })
})

test('names of commits', async () => {
  await using main = await temporaryRepository()
  const commit = await main.git('rev-parse', 'HEAD')
  await main.git('tag', '-a', '-m', 'x', 'v1')
  for (const name of ['main', 'v1', 'HEAD', commit, commit.slice(0, 10), 'refs/heads/main']) {
    expect(await resolveCommit(main.path, name)).toBe(commit)
  }
  for (const name of [
    'nope',
    '',
    '--all',
    '-x',
    'HEAD:readme.md',
    'HEAD~5',
    'a..b',
    'f'.repeat(40),
    'x\0y',
    '@{99}',
    ':/nope',
  ]) {
    expect([name, await resolveCommit(main.path, name)]).toEqual([name, null])
  }
})

test('versions of git', () => {
  expect(parseVersion('git version 2.39.5\n')).toEqual({ major: 2, minor: 39, text: '2.39.5' })
  expect(parseVersion('git version 2.39.5 (Apple Git-154)\n')).toMatchObject({ major: 2, minor: 39 })
  expect(parseVersion('git version 2.55.0.rc1.12.gabc\n')).toMatchObject({ major: 2, minor: 55 })
  expect(parseVersion('nonsense')).toBeNull()
})

test.for(['2.38.0', '2.100.1', '3.0.0'])('git %s on the PATH is new enough', async (version) => {
  await using folder = await temporaryFolder()
  await fakeGit(folder.path, version)
  expect((await requireGit()).text).toBe(version)
})

test.for([
  ['2.37.9', 'E_GIT_TOO_OLD'],
  ['1.9.1', 'E_GIT_TOO_OLD'],
  ['unknown', 'E_GIT_UNKNOWN'],
] as const)('git %s on the PATH is refused', async ([version, code]) => {
  await using folder = await temporaryFolder()
  await fakeGit(folder.path, version)
  await expect(requireGit()).rejects.toMatchObject({ code, kind: 'environment', hints: [{}] })
})

test('no git on the PATH', async () => {
  await using folder = await temporaryFolder()
  process.env['PATH'] = folder.path
  await expect(requireGit()).rejects.toMatchObject({ code: 'E_PROGRAM_MISSING' })
})

/** Puts a program `git` first on the PATH, until the end of the test. */
async function fakeGit(folder: string, version: string): Promise<void> {
  const file = join(folder, 'git')
  await writeFile(file, `#!/bin/sh\necho "git version ${version}"\n`)
  await chmod(file, 0o755)
  process.env['PATH'] = `${folder}${delimiter}${PATH}`
}
