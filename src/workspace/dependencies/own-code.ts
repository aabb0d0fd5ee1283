// What of the repository's own code is inside of an installation: such an installation is right for one state of that code
// alone. Pure.
import { isLifecycle, isObject, parseObject } from './fingerprint.ts'
import { folderBelow, importersOf, utf8 } from './importers.ts'
import { rootOf, type FolderFacts, type InstallRoot, type Manager } from './policy.ts'

/** Everything that git tracks. */
const ALL: readonly string[] = ['']

/** It does nothing in an installation of ours, which has HUSKY=0, and nothing to the dependencies in any other. */
const WITHOUT_EFFECT = /^husky(?: install)?$/
/** npm builds what this describes, without a script. */
const NATIVE = 'binding.gyp'

/** Why a copy of an installation could bring the code of another commit, a phrase; null when it holds nothing but what the
 *  lock file names. `lock`: the text of the lock file. */
export function codeOfOwn(manager: Manager, lock: string): string | null {
  // The client is generated into node_modules from a schema of the repository.
  if (/@prisma\/client\b/.test(lock)) return '@prisma/client is generated from the code of the main worktree'
  return PACKED[manager].test(lock) ? 'packages of the repository are copied into it' : null
}

/** By these words a lock file tells that a folder of the repository is packed and put into the installation, not linked. */
const PACKED: Readonly<Record<Manager, RegExp>> = {
  // What is linked has no `resolved` that begins so; a tarball of the repository may be an older one.
  npm: /"resolved": ?"file:/,
  pnpm: /\bdirectory: |\binjected: true/,
  'yarn-classic': /@(?:file|exec):/,
  yarn: /@(?:file|exec):/,
  bun: /@file:/,
  uv: /\{ (?:directory|path) = /,
}

/** Where the path of such a folder stands, from the folder of the lock file on; other managers write it in other ways. */
const PACKED_PATHS: Readonly<Partial<Record<Manager, RegExp>>> = {
  npm: /"resolved": ?"file:([^"]+)"/g,
  pnpm: /\bdirectory: ['"]?([^,}\s'"]+)/g,
  uv: /\{ (?:directory|path) = "([^"]+)"/g,
}

/** What a tree says about one of its roots. */
export interface RootFacts {
  readonly root: InstallRoot
  readonly roots: readonly InstallRoot[]
  /** Text of its lock file, one character for each byte; '' without one. */
  readonly lock: string
  readonly folders: readonly FolderFacts[]
}

/** A script of the repository's own that the install of a root runs (`prepare of packages/a`); null when there is none. */
export function ownScript({ root, roots, lock, folders }: RootFacts): string | null {
  const importers = importersOf(root, lock)
  for (const { dir, names, packageJson } of folders) {
    if (packageJson === null) continue
    const mine = importers?.has(dir) ?? rootOf(folderBelow(dir, 'node_modules'), roots) === root
    const script = mine ? lifecycleScript(packageJson, names) : null
    if (script !== null) return `${script} of ${dir || 'the top'}`
  }
  return null
}

function lifecycleScript(packageJson: string, names: ReadonlySet<string>): string | null {
  if (names.has(NATIVE)) return NATIVE
  const scripts = parseObject(packageJson)?.['scripts']
  if (!isObject(scripts)) return null
  const found = Object.entries(scripts).find(
    ([name, line]) => isLifecycle(name) && !(typeof line === 'string' && WITHOUT_EFFECT.test(line.trim())),
  )
  return found?.[0] ?? null
}

/** Tracked files and folders whose content goes into the installation of a root; [''] is the whole tree. */
export function codeInside(facts: RootFacts): readonly string[] {
  const { root, lock, folders } = facts
  // What a script reads can be anything.
  if (root.manager !== 'uv' && ownScript(facts) !== null) return ALL
  const loose = folders.some(({ packageJson }) => packageJson?.includes('"file:') === true)
  if (root.lock === null) return loose ? ALL : []
  if (!PACKED[root.manager].test(lock)) return []
  const pattern = PACKED_PATHS[root.manager]
  const paths = pattern === undefined ? [] : [...lock.matchAll(pattern)].map(([, path = '']) => path)
  // npm writes some characters as in an address; a folder elsewhere is not git's.
  if (paths.length === 0 || paths.some((path) => path.startsWith('/') || path.includes('%'))) return ALL
  const inside = paths.map((path) => folderBelow(root.dir, utf8(path)))
  return inside.some((path) => path === '' || path.startsWith('..')) ? ALL : inside
}
