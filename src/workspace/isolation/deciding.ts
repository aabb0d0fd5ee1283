// What the answer of the proof depends on beside the code of the worktree: configuration that is in force, programs, and
// what stands above the worktree. Read without a process.
import { createHash } from 'node:crypto'
import { readFile, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { childEnvironment, type Environment } from '../../process/environment.ts'
import { programIdentity } from '../dependencies/survey.ts'
import type { Place } from './place.ts'

const ABSENT = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'EACCES']
/** Files of a worktree by which cargo, go and yarn decide what is reached. */
const DECIDING = /(?:^|\/)(?:Cargo\.toml|rust-toolchain(?:\.toml)?|go\.mod|go\.work|\.pnp\.cjs)$/
const CARGO_CONFIGS = ['.cargo/config.toml', '.cargo/config'] as const
const VARIABLES = /^(?:CARGO_.*|RUSTUP_.*|GO[A-Z]+|PYTHON.*|VIRTUAL_ENV|CONDA_PREFIX|NODE_PATH|NODE_OPTIONS)$/
const PROGRAMS = ['node', 'cargo', 'go', 'python3', 'python'] as const

/** State of what decides; null when some of it is found only by asking. `tracked`: of the worktree. */
export async function decidingHash(
  { cwd, env }: Pick<Place, 'cwd' | 'env'>,
  tracked: readonly string[],
): Promise<string | null> {
  if (await hasModulesAbove(cwd)) return null
  const inherited = childEnvironment(env)
  const inside = tracked.filter((path) => DECIDING.test(path))
  const configs = await textsOf(cargoConfigs(cwd, inherited, inside))
  // It may name files anywhere.
  if (configs.some((text) => text !== null && /^\s*include\s*=/m.test(text))) return null
  const works = await goWorks({ cwd, env }, foldersOf(inside, 'go.mod'))
  const parts = [
    Object.entries(inherited)
      .filter(([name]) => VARIABLES.test(name))
      // What leads into the worktree itself is the same for each.
      .map(([name, value]) => `${name}=${value.replaceAll(cwd, '.')}`)
      .toSorted(),
    await Promise.all(PROGRAMS.map((name) => programIdentity(name, { cwd, env }))),
    inside,
    await textsOf([...inside, '.pnp.cjs'].map((path) => join(cwd, path))),
    configs,
    [works.map((path) => path.replace(cwd, '.')), await textsOf([...works, goEnvironmentFile(inherited)])],
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** Folders of the tracked files of this name, '' for the top. */
export function foldersOf(tracked: readonly string[], name: string): string[] {
  return tracked.filter((path) => basename(path) === name).map((path) => (path === name ? '' : dirname(path)))
}

/** Node goes up beyond the worktree, and what it finds there anybody may change. */
async function hasModulesAbove(cwd: string): Promise<boolean> {
  for (const folder of above(cwd))
    if (folder !== cwd && (await exists(join(folder, 'node_modules')))) return true
  return false
}

/** All files that cargo reads its configuration from, anywhere in the worktree. */
function cargoConfigs(cwd: string, inherited: Environment, inside: readonly string[]): string[] {
  const folders = new Set([
    ...above(cwd),
    ...foldersOf(inside, 'Cargo.toml').flatMap((folder) => above(join(cwd, folder))),
  ])
  const home = inherited['CARGO_HOME'] ?? join(inherited['HOME'] ?? homedir(), '.cargo')
  return [
    ...[...folders].sort().flatMap((folder) => CARGO_CONFIGS.map((name) => join(folder, name))),
    ...CARGO_CONFIGS.map((name) => join(home, basename(name))),
  ]
}

/** The go.work that is in force in each of these folders of the worktree: the one that GOWORK names, in the environment or in
 *  go's own settings, else the nearest one above. */
export async function goWorks(
  { cwd, env }: Pick<Place, 'cwd' | 'env'>,
  folders: readonly string[],
): Promise<string[]> {
  const inherited = childEnvironment(env)
  const settings = (await ignoring(ABSENT, readFile(goEnvironmentFile(inherited), 'utf8'))) ?? ''
  const named = inherited['GOWORK'] || /^GOWORK=(.*)$/m.exec(settings)?.[1]?.trim()
  if (named === 'off') return []
  if (named !== undefined && isAbsolute(named)) return [named]
  const found = new Set<string>()
  for (const folder of new Set(['', ...folders])) {
    for (const at of above(join(cwd, folder))) {
      if (!(await exists(join(at, 'go.work')))) continue
      found.add(join(at, 'go.work'))
      break
    }
  }
  return [...found].sort()
}

/** Where `go env -w` writes. */
function goEnvironmentFile(inherited: Environment): string {
  const named = inherited['GOENV']
  if (named !== undefined && named !== '') return named
  const home = inherited['HOME'] ?? homedir()
  const config =
    process.platform === 'darwin' ? join(home, 'Library/Application Support') : join(home, '.config')
  return join(inherited['XDG_CONFIG_HOME'] || config, 'go/env')
}

/** The folder and all above it. */
function above(folder: string): string[] {
  const result = [folder]
  for (let at = folder; dirname(at) !== at; at = dirname(at)) result.push(dirname(at))
  return result
}

async function textsOf(files: readonly string[]): Promise<(string | null)[]> {
  const texts: (string | null)[] = []
  for (const file of files) texts.push((await ignoring(ABSENT, readFile(file, 'latin1'))) ?? null)
  return texts
}

const exists = async (path: string): Promise<boolean> =>
  (await ignoring(ABSENT, realpath(path))) !== undefined
