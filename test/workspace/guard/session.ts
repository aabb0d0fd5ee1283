// A session's worktree with its guards, for the tests of them: two pieces, real git, hooks as they are installed.
import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GuardSpec } from '../../../src/contract/guard.ts'
import { openRepository, type Repository } from '../../../src/git/repository.ts'
import { installGuards, type GuardState } from '../../../src/workspace/guard/install.ts'
import { gitIn, temporaryRepository } from '../../support/repository.ts'

const PROGRAM = fileURLToPath(new URL('../../../src/agents/guards/hook/main.ts', import.meta.url))

/** What a guard goes by in these tests: `auth` owns src/auth/ and all style sheets, `api` src/api/. */
export function guardSpec(piece: string, changes: Partial<GuardSpec> = {}): GuardSpec {
  return {
    branch: `refs/heads/quintet/r-1/${piece}/work`,
    refs: `refs/heads/quintet/r-1/${piece}/`,
    pieces: [
      {
        id: 'auth',
        title: 'Login',
        scope: { include: ['src/auth/', '*.css', 'test/**/auth-*.ts'], exclude: [] },
      },
      { id: 'api', title: 'Price list', scope: { include: ['src/api/'], exclude: [] } },
    ],
    shared: [{ path: 'package.json', policy: 'operator' }],
    grants: [],
    coordinationFolder: '.quintet/session',
    ignoreCase: false,
    writable: [],
    ask: ['Ask for it with scope_request.'],
    program: [process.execPath, PROGRAM],
    ...changes,
  }
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface GuardedRepository extends AsyncDisposable {
  readonly repo: Repository
  readonly top: string
  /** Worktree of the session `auth`. */
  readonly path: string
  readonly state: GuardState
  /** Runs git in the session's worktree, or in the folder given. */
  git(args: readonly string[], cwd?: string): Promise<Ran>
  /** Writes files in the session's worktree and stages them. */
  stage(files: Readonly<Record<string, string>>): Promise<void>
  install(spec?: GuardSpec): Promise<GuardState>
  /** Writes an executable file below the repository's main worktree. */
  executable(path: string, text: string): Promise<void>
  read(path: string): Promise<string>
}

/** A repository with a worktree of the session r-1/auth; `before` is done before its guards are installed. */
export async function guardedRepository(
  before: (repo: Repository, path: string) => Promise<void> = () => Promise.resolve(),
): Promise<GuardedRepository> {
  const temporary = await temporaryRepository({
    files: { 'src/auth/a.ts': 'a\n', 'src/api/b.ts': 'b\n', 'package.json': '{}\n' },
  })
  const repo = await openRepository(temporary.path)
  const top = dirname(repo.root)
  const path = join(top, 'auth')
  await temporary.git('worktree', 'add', '--quiet', '--no-track', '-b', 'quintet/r-1/auth/work', path)
  await before(repo, path)
  const session = { repo, run: 'r-1', piece: 'auth', path }
  const install = (spec = guardSpec('auth')): Promise<GuardState> => installGuards(session, spec)
  return {
    repo,
    top,
    path,
    state: await install(),
    git: (args, cwd = path) => ran('git', args, cwd),
    stage: async (files) => {
      await writeAll(path, files)
      await gitIn(path, 'add', '--all', '--force')
    },
    install,
    executable: async (name, text) => {
      await writeAll(repo.root, { [name]: text })
      await chmod(join(repo.root, name), 0o755)
    },
    read: (name) => readFile(join(top, name), 'utf8'),
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  }
}

/** Writes files below a folder. */
export async function writeAll(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
  }
}

/** Runs a program to its end, whatever that is. */
export function ran(program: string, args: readonly string[], cwd: string, input?: string): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { cwd }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
    child.stdin?.end(input)
  })
}
