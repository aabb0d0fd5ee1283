// Temporary folders and real repositories for tests. All of it is removed on disposal.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

export interface TemporaryFolder extends AsyncDisposable {
  /** Resolved. */
  readonly path: string
}

export interface TemporaryRepository extends TemporaryFolder {
  /** Runs git in the main worktree; standard output without the final line end. */
  git(...args: string[]): Promise<string>
}

const exec = promisify(execFile)

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'quintet-test-')))
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** A repository with one commit on the branch `main`, one folder below a temporary one, so that worktrees fit beside it. */
export async function temporaryRepository(
  options: { readonly files?: Readonly<Record<string, string>> } = {},
): Promise<TemporaryRepository> {
  const folder = await temporaryFolder()
  const path = join(folder.path, 'repo')
  const git = (...args: string[]): Promise<string> => gitIn(path, ...args)
  await mkdir(path)
  await git('init', '--quiet', '--initial-branch=main')
  await git('config', 'maintenance.auto', 'false')
  await git('config', 'gc.auto', '0')
  await writeFiles(path, options.files ?? { 'readme.md': 'A repository.\n' })
  await git('add', '--all')
  await git('commit', '--quiet', '--allow-empty', '--message=first')
  return { path, git, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

/** Runs git in `cwd`; standard output without the final line end. Rejects on any exit code but 0. */
export async function gitIn(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await exec('git', args, { cwd, maxBuffer: 64 * 1024 * 1024 })
  return stdout.replace(/\n$/, '')
}

/** A worktree at the branch `main` that git refuses to remove, as somebody who wants to keep it makes one. */
export async function lockWorktreeAt({ git }: Pick<TemporaryRepository, 'git'>, path: string): Promise<void> {
  await git('worktree', 'add', '--quiet', '--detach', '--lock', '--reason', 'mine', path, 'main')
}

/** Writes files below `root`, folders included. */
export async function writeFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
}
