// Variables of the operator's shell that lead into the main worktree, or to results that all worktrees would share: in a
// session they lead into its own worktree. Somebody who starts Quintet from an activated virtual environment or by a script
// of a package manager has such variables. Pure.
import { delimiter, isAbsolute, join } from 'node:path'
import type { Environment } from '../../process/environment.ts'

export interface Trees {
  readonly worktree: string
  /** The main worktree. */
  readonly main: string
}

/** What is written in place through a hard link changes the store, the main worktree and every other session; a clone or a
 *  copy does not. For installations of ours and of the session's. */
export const OWN_FILES: Environment = {
  pnpm_config_package_import_method: 'clone-or-copy',
  YARN_NM_MODE: 'classic',
  UV_LINK_MODE: 'copy',
}

/** Lists of folders, and single paths. */
const LISTS = ['NODE_PATH', 'PYTHONPATH'] as const
const SINGLE = ['VIRTUAL_ENV', 'GOWORK'] as const
/** Folders of results that one worktree alone may have, and where they are then. */
const RESULTS = [
  ['CARGO_TARGET_DIR', 'target'],
  ['CARGO_BUILD_TARGET_DIR', 'target'],
  ['CARGO_BUILD_BUILD_DIR', 'target'],
  ['UV_PROJECT_ENVIRONMENT', '.venv'],
] as const
const PROGRAMS = '/node_modules/.bin'

/** What has to be set on top of the inherited variables. */
export function ownEnvironment(
  trees: Trees,
  inherited: Readonly<Record<string, string | undefined>>,
): Environment {
  const result: Record<string, string> = {}
  const set = (name: string, value: string): void => {
    if (value !== inherited[name]) result[name] = value
  }
  for (const name of SINGLE) set(name, ownPath(trees, inherited[name] ?? ''))
  for (const name of LISTS) {
    const value = inherited[name]
    if (value !== undefined)
      set(
        name,
        value
          .split(delimiter)
          .map((path) => ownPath(trees, path))
          .join(delimiter),
      )
  }
  for (const [name, folder] of RESULTS) {
    const value = inherited[name]
    if (value !== undefined && leavesTree(trees, value)) set(name, join(trees.worktree, folder))
  }
  set('NODE_OPTIONS', withoutMaps(trees, inherited['NODE_OPTIONS'] ?? ''))
  const path = inherited['PATH']
  if (path !== undefined) set('PATH', ownPrograms(trees, path.split(delimiter)).join(delimiter))
  return Object.fromEntries(Object.entries(result).filter(([name]) => inherited[name] !== undefined))
}

/** Scripts that yarn starts have its map of the main worktree in them; in a session yarn puts its own there. */
function withoutMaps({ main }: Trees, options: string): string {
  const words = options.split(' ')
  const leads = (word = ''): boolean =>
    /\/\.pnp\.[^/]*$/.test(word) && isBelow(word.replace(/^.*?(?=\/(?!\/))/, ''), main)
  const follows = (word = ''): boolean => leads(word) && !word.startsWith('-')
  return words.filter((word, index) => !leads(word) && !follows(words[index + 1])).join(' ')
}

/** Packages' programs of the main worktree come last of all: an agent that was installed there is still found. */
function ownPrograms(trees: Trees, folders: readonly string[]): string[] {
  const last = folders.filter((folder) => folder.endsWith(PROGRAMS) && ownPath(trees, folder) !== folder)
  return [...folders.map((folder) => ownPath(trees, folder)), ...last]
}

/** A path below the main worktree as the one below the worktree; every other path as it is. */
function ownPath({ worktree, main }: Trees, path: string): string {
  if (isBelow(path, worktree) || !isBelow(path, main)) return path
  return join(worktree, path.slice(main.length))
}

function leavesTree({ worktree }: Trees, path: string): boolean {
  if (isAbsolute(path)) return !isBelow(path, worktree)
  return path.split('/').includes('..')
}

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)
