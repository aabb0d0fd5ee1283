import { lstat, mkdir, readFile, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addWorktree, checkoutFiles } from '../../../src/git/worktree.ts'
import { boxAvailable } from '../../../src/process/box.ts'
import { runBoxed } from '../../../src/process/run-boxed.ts'
import type { OperatorPlaces } from '../../../src/workspace/box/home.ts'
import { boxFolder, KEEPER, refFolders } from '../../../src/workspace/box/places.ts'
import { prepareBox, type BoxRequest } from '../../../src/workspace/box/survey.ts'
import { ground, type Ground } from '../sessions.ts'

const BOXED = (await boxAvailable()).available && process.platform === 'linux'
const NONE: OperatorPlaces = {
  writes: ['.agent/'],
  caches: [],
  own: [],
  settings: [],
  programs: [],
  logins: [],
  copies: [],
}
const SESSION = { run: 'r-1', piece: 'a' }
const HOME = process.env['HOME']
let at: Ground

beforeEach(async () => {
  at = await ground({ 'src/a/one.txt': 'one\n', 'src/b/two.txt': 'two\n', '.gitignore': '/dist\n' })
  process.env['HOME'] = join(at.top, 'operator')
  await mkdir(process.env['HOME'])
})
afterEach(async () => {
  process.env['HOME'] = HOME
  await at[Symbol.asyncDispose]()
})

/** A session with a worktree that owns `src/a/`. */
async function request(changes: Partial<BoxRequest> = {}): Promise<BoxRequest> {
  const base = await at.git('rev-parse', 'main')
  const path = join(at.top, 'tree')
  await addWorktree(at.repo, { path, branch: 'quintet/r-1/a/work', commit: base, reason: 'tried' })
  await checkoutFiles(path, base)
  return {
    repo: at.repo,
    state: join(at.repo.commonDir, 'quintet'),
    ...SESSION,
    path,
    base,
    scope: { include: ['/src/a/'], exclude: [], exceptions: [] },
    owns: (name) => name.startsWith('src/a/'),
    ignoreCase: false,
    coordinationFolder: null,
    home: join(at.top, 'home'),
    operator: NONE,
    network: 'shared',
    command: ['sh'],
    ...changes,
  }
}

async function inBox(wanted: BoxRequest, script: string): Promise<number | null> {
  const { box, env } = await prepareBox(wanted)
  return (await runBoxed('sh', ['-c', `(${script}) 2>&1`], { cwd: wanted.path, env, box })).exitCode
}

test('a scope of whole folders has no gaps, one of a file has', async () => {
  const wanted = await request()
  expect((await prepareBox(wanted)).gaps).toEqual([])
  const scope = { include: ['/src/a/one.txt'], exclude: [], exceptions: [] }
  const { gaps } = await prepareBox({ ...wanted, scope, owns: (name) => name === 'src/a/one.txt' })
  expect(gaps).toHaveLength(1)
  expect(gaps[0]).toContain('src/a/one.txt')
})

test('a folder that a link leads to is not mounted, and said to be missing', async () => {
  const wanted = await request()
  const scope = { include: ['/src/b/link/'], exclude: [], exceptions: [] }
  await symlink('/etc', join(wanted.path, 'src/b/link'))
  const owns = (name: string): boolean => name.startsWith('src/b/link/')
  const { box, gaps } = await prepareBox({ ...wanted, scope, owns })
  expect(gaps).toEqual([expect.stringContaining('src/b/link: it is no plain folder')])
  expect(box.mounts.map((mount) => mount.path)).not.toContain(join(wanted.path, 'src/b/link'))
})

test('a folder that is no worktree of the repository has no box', async () => {
  const path = join(at.top, 'elsewhere')
  const wanted = await request()
  await mkdir(path)
  await expect(prepareBox({ ...wanted, path })).rejects.toMatchObject({ code: 'E_WORKTREE' })
})

test('what the session put in the place of the keeper is not written through', async () => {
  const wanted = await request()
  await prepareBox(wanted)
  const [refs = ''] = refFolders(at.repo.commonDir, SESSION)
  const precious = join(at.top, 'precious')
  await writeFile(precious, 'precious')
  await unlink(join(refs, KEEPER))
  await symlink(precious, join(refs, KEEPER))
  await prepareBox(wanted)
  expect(await readFile(precious, 'utf8')).toBe('precious')
  expect((await lstat(join(refs, KEEPER))).isFile()).toBe(true)
})

test('folders that the agent wants in the home folder are made', async () => {
  const { box } = await prepareBox(await request())
  const folder = join(process.env['HOME'] ?? '', '.agent')
  expect((await lstat(folder)).isDirectory()).toBe(true)
  expect(box.mounts).toContainEqual({ kind: 'write', path: folder })
})

test('what the environment says of doors is taken back', async () => {
  process.env['SSH_AUTH_SOCK'] = '/somewhere/agent.sock'
  try {
    const { env } = await prepareBox(await request())
    expect(env).toMatchObject({ TMPDIR: '/tmp', SSH_AUTH_SOCK: '' })
  } finally {
    delete process.env['SSH_AUTH_SOCK']
  }
})

test.skipIf(!BOXED)('the box lets a commit of its own pass, and nothing of others', async () => {
  const wanted = await request()
  const commit = 'echo x > src/a/new.txt && git add src/a && git -c user.name=x -c user.email=x commit -qm x'
  expect(await inBox(wanted, commit)).toBe(0)
  expect(await inBox(wanted, 'echo x > src/b/two.txt')).not.toBe(0)
  expect(await inBox(wanted, 'git update-ref refs/heads/main HEAD')).not.toBe(0)
  expect(await inBox(wanted, `echo x > "${at.repo.root}/src/a/one.txt"`)).not.toBe(0)
  expect(await inBox(wanted, 'mkdir -p dist && echo x > dist/x')).toBe(0)
})

test.skipIf(!BOXED)('temporary files stay between two boxes of a session', async () => {
  const wanted = await request()
  expect(await inBox(wanted, 'echo x > /tmp/kept')).toBe(0)
  expect(await inBox(wanted, 'test -s /tmp/kept')).toBe(0)
  expect((await lstat(join(boxFolder(wanted.state, SESSION), 'tmp/kept'))).isFile()).toBe(true)
})
