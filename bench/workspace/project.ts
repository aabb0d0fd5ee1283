// A repository that needs dependencies: generated files, and a manifest with a lock file for packages of our own registry.
// The package manager's cache is warm, so that whoever installs reads nothing but the disk.
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openRepository } from '../../src/git/repository.ts'
import { git, removeTree } from '../scratch.ts'
import type { Registry } from './registry.ts'
import { makeRepository } from './repository.ts'
import type { Place } from './spec.ts'

const exec = promisify(execFile)
const MAX_BYTES = 64 * 1024 * 1024

export type Manager = 'npm' | 'pnpm'

/** The fastest frozen install of each that checks what it installs. */
const FROZEN: Readonly<Record<Manager, readonly string[]>> = {
  npm: ['ci', '--offline', '--no-audit', '--no-fund'],
  pnpm: ['install', '--offline', '--frozen-lockfile'],
}
const LOCK_ONLY: Readonly<Record<Manager, readonly string[]>> = {
  npm: ['install', '--package-lock-only', '--no-audit', '--no-fund'],
  pnpm: ['install', '--lockfile-only'],
}
const WARM: Readonly<Record<Manager, readonly string[]>> = {
  npm: ['ci', '--no-audit', '--no-fund'],
  pnpm: ['install', '--frozen-lockfile'],
}

export interface Project extends Place {
  readonly manager: Manager
  /** The package manager's program. */
  readonly program: string
}

export interface ProjectRequest {
  readonly folder: string
  readonly files: number
  readonly registry: Registry
  readonly manager: Manager
  readonly program: string
}

/** Makes the repository at `<folder>/repo`; its main worktree has no dependencies yet. */
export async function makeProject(request: ProjectRequest): Promise<Project> {
  const { folder, files, registry, manager, program } = request
  const root = join(folder, 'repo')
  await mkdir(folder, { recursive: true })
  await makeRepository(root, files)
  await writeFile(join(root, 'package.json'), manifest(registry))
  await writeFile(join(root, '.gitignore'), 'node_modules\n')
  await writeFile(join(root, '.npmrc'), settings(folder, registry))
  await runIn(root, program, LOCK_ONLY[manager])
  await git(root, 'add', '--all')
  await git(root, 'commit', '--quiet', '--message', 'dependencies')
  await runIn(root, program, WARM[manager])
  await removeTree(join(root, 'node_modules'))
  return {
    repo: await openRepository(root),
    commit: await git(root, 'rev-parse', 'HEAD'),
    worktrees: join(folder, 'repo.quintet', 'bench-1'),
    manager,
    program,
  }
}

/** The package manager's own best way to the dependencies of the lock file. */
export async function installFrozen({ manager, program }: Project, cwd: string): Promise<void> {
  await runIn(cwd, program, FROZEN[manager])
}

/** The program's path; null where there is none. */
export async function programAt(name: string): Promise<string | null> {
  try {
    await exec(name, ['--version'])
    return name
  } catch {
    return null
  }
}

function manifest({ packages }: Registry): string {
  const dependencies = Object.fromEntries(packages.map((name) => [name, '1.0.0']))
  return `${JSON.stringify({ name: 'bench-project', version: '1.0.0', private: true, dependencies }, null, 2)}\n`
}

function settings(folder: string, { url }: Registry): string {
  const cache = join(folder, 'cache')
  return `registry=${url}\ncache=${cache}\nstore-dir=${cache}/store\nupdate-notifier=false\n`
}

async function runIn(cwd: string, program: string, args: readonly string[]): Promise<void> {
  await exec(program, [...args], { cwd, maxBuffer: MAX_BYTES })
}
