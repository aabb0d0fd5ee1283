// Why the dependencies of the main worktree may not be copied. A copy is made only where everything says that it is what the
// package manager would make at this base; whatever is not known counts against it. Pure.
import type { Change, Inventory } from './inventory.ts'
import { installedMatchesLock, unlistedPackage } from './installed.ts'
import type { InstallRoot } from './policy.ts'
import { codeOfOwn, ownScript, type RootFacts } from './own-code.ts'

/** What was found in the main worktree; times are milliseconds since the epoch. */
export interface MainFacts extends RootFacts {
  /** Its manifests, lock files, settings and programs are those of the tree that is to have the copy. */
  readonly same: boolean
  /** When the package manager was last done; null when nothing says that it ever was. */
  readonly doneAt: number | null
  /** What the manager has noted of what it installed: npm's hidden lock file, pnpm's copy of the lock file, yarn's .yarn-integrity; else ''. */
  readonly noted: string
  /** What pnpm has noted of how it installed; else ''. */
  readonly state: string
  /** The manifest, lock file, setting or patch that was changed last. */
  readonly input: Change | null
  /** One that was deleted since the manager was done. */
  readonly deleted: string | null
  readonly inventory: Inventory
}

const MAIN = 'the main worktree'

/** Why the installation of a root is not copied from the main worktree, a phrase; null when it may be. */
export function whyNotMain(facts: MainFacts): string | null {
  const { root, same, doneAt, lock } = facts
  if (!same) return `manifests or lock files differ from those of ${MAIN}`
  if (root.lock === null) return 'without a lock file nothing tells which versions are wanted'
  const own = codeOfOwn(root.manager, lock)
  if (own !== null) return own
  const script = ownScript(facts)
  if (script !== null) return `the script ${script} is to run in each worktree`
  if (doneAt === null) return `nothing tells that the installation of ${MAIN} is complete`
  return changedSince(facts, doneAt) ?? whyNotInstalled(facts)
}

/** The manager does its own last: what is younger was changed by somebody, or by a manager that is not done. */
function changedSince({ input, deleted, inventory }: MainFacts, doneAt: number): string | null {
  const { newest } = inventory
  if (input !== null && input.at > doneAt)
    return `${input.path} of ${MAIN} has changed since its dependencies were installed`
  if (deleted !== null) return `${deleted} was deleted in ${MAIN} since its dependencies were installed`
  if (newest !== null && newest.at > doneAt)
    return `${newest.path} of ${MAIN} has changed since its dependencies were installed`
  return null
}

function whyNotInstalled({ root, lock, noted, state, inventory }: MainFacts): string | null {
  const differs = `the dependencies of ${MAIN} are not those of its lock file`
  if (root.manager === 'npm') {
    if (!installedMatchesLock(lock, noted)) return differs
    const unlisted = unlistedPackage(noted, inventory.packages, root.dir)
    return unlisted === null ? null : `${unlisted} of ${MAIN} is not what npm has installed`
  }
  // pnpm keeps the lock file of what it has installed, word by word.
  if (root.manager === 'pnpm') {
    if (noted === '' || noted !== lock) return differs
    return PARTIAL.test(state) ? `pnpm has installed only a part in ${MAIN}` : null
  }
  return PRODUCTION.test(noted) ? `yarn has installed only a part in ${MAIN}` : null
}

/** Builds that were left out, or packages that were. */
const PARTIAL = /"?pendingBuilds"?:\s*(?:\[\s*[^\]\s]|\n?\s*-)|"filteredInstall":\s*true/

/** As yarn 1 notes it. */
const PRODUCTION = /"flags":\s*\[[^\]]*"(?:production|ignoreScripts)"/

/** Paths of a source that a root's own install makes; a phrase when that cannot be told. `importers`: see importersOf. */
export function installedPaths(
  paths: readonly string[],
  { dir }: Pick<InstallRoot, 'dir'>,
  importers: ReadonlySet<string> | null,
): { readonly paths: readonly string[]; readonly left: readonly string[] } | string {
  const left = paths.filter((path) => !(importers ?? new Set([dir])).has(folderOf(path)))
  if (importers === null && left.length > 0) return `nothing tells who has made ${left[0]}`
  return { paths: paths.filter((path) => !left.includes(path)), left }
}

/** The folder that dependencies are for: `a` for `a/node_modules` and all that is in it. */
function folderOf(path: string): string {
  const segments = path.split('/')
  return segments
    .slice(
      0,
      segments.findIndex((segment) => segment === 'node_modules' || segment === '.venv'),
    )
    .join('/')
}
