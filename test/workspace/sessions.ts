// Sessions for the workspace tests: a repository, a state folder of its own for ports, and specs that name them.
import { chmod, copyFile, mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { openRepository, type Repository } from '../../src/git/repository.ts'
import type { WorkspaceSpec } from '../../src/workspace/spec.ts'
import { temporaryRepository } from '../support/repository.ts'

export const FIXTURES = join(import.meta.dirname, '../fixtures/workspace')

export interface Ground extends AsyncDisposable {
  readonly repo: Repository
  /** Folder above the repository; everything is below it. */
  readonly top: string
  git(...args: string[]): Promise<string>
  /** A session of the run r-1 with this piece. */
  spec(piece: string, changes?: Partial<WorkspaceSpec>): Promise<WorkspaceSpec>
  readonly progress: string[]
}

/** A repository for sessions; ports are leased below it. */
export async function ground(files?: Readonly<Record<string, string>>): Promise<Ground> {
  const temporary = await temporaryRepository(files === undefined ? {} : { files })
  const before = process.env['XDG_STATE_HOME']
  const repo = await openRepository(temporary.path)
  const top = join(repo.root, '..')
  process.env['XDG_STATE_HOME'] = join(top, 'state')
  const progress: string[] = []
  return {
    repo,
    top,
    progress,
    git: (...args) => temporary.git(...args),
    spec: async (piece, changes = {}) => ({
      repo,
      run: 'r-1',
      piece,
      base: await temporary.git('rev-parse', 'main'),
      path: join(top, 'repo.quintet', 'r-1', piece),
      branch: `quintet/r-1/${piece}/work`,
      marker: `${repo.commonDir}/r-1/${piece}`,
      env: {},
      portNames: [],
      setupTimeout: 60_000,
      coordinationFolder: '.quintet/session',
      logFile: join(top, 'logs', `${piece}.log`),
      onProgress: (step) => progress.push(step),
      ...changes,
    }),
    [Symbol.asyncDispose]: async () => {
      if (before === undefined) delete process.env['XDG_STATE_HOME']
      else process.env['XDG_STATE_HOME'] = before
      await temporary[Symbol.asyncDispose]()
    },
  }
}

export interface FakeManagers {
  /** PATH with the stand-ins in front. */
  readonly env: { PATH: string; FAKE_LOG: string }
  /** What was run, one line per call: `npm ci --prefer-offline …`. */
  calls(): Promise<string[]>
}

/** Stand-ins for package managers, which install what the lock file lists without a network. */
export async function fakeManagers(top: string): Promise<FakeManagers> {
  const bin = join(top, 'bin')
  const log = join(top, 'calls.log')
  await mkdir(bin)
  await copyFile(join(FIXTURES, 'package-manager.mjs'), join(bin, 'npm'))
  await chmod(join(bin, 'npm'), 0o755)
  for (const name of ['pnpm', 'yarn', 'bun', 'uv']) await symlink('npm', join(bin, name))
  const calls = async (): Promise<string[]> => {
    const text = await readFile(log, 'utf8').catch(() => '')
    return text.split('\n').filter((line) => line !== '')
  }
  return { env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, FAKE_LOG: log }, calls }
}
