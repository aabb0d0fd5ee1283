// What is done about the dependencies of each ecosystem, and why: the one table that code and documentation go by. Pure.
import type { Manager } from './policy.ts'

export interface ManagerRules {
  /** `whole`: a finished installation may be copied. `never`: it may not. */
  readonly copy: 'whole' | 'never'
  /** What is done until it is measured which is faster here. */
  readonly first: 'copy' | 'install'
  /** Whether the other way is tried once, to measure it. */
  readonly tried: boolean
  /** File that the manager writes last, relative to the root: by it an installation is known to be complete. */
  readonly marker: string | null
  /** A phrase that completes "is installed anew: …". */
  readonly why: string
}

const COPIED = { copy: 'whole', first: 'copy', tried: false } as const
const INSTALLED = { copy: 'never', first: 'install', tried: false, marker: null } as const

export const RULES: Readonly<Record<Manager, ManagerRules>> = {
  npm: { ...COPIED, marker: 'node_modules/.package-lock.json', why: 'nothing can be copied' },
  'yarn-classic': { ...COPIED, marker: 'node_modules/.yarn-integrity', why: 'nothing can be copied' },
  // With Plug'n'Play there is no such file, and yarn writes what it needs by itself.
  yarn: { ...COPIED, marker: 'node_modules/.yarn-state.yml', why: 'nothing can be copied' },
  // Measured on ext4, 21,000 files: pnpm 10 copies from its store in 13 s and pnpm 12 in 3.8 s, cp in 3.4 and 2.9 s.
  pnpm: {
    copy: 'whole',
    first: 'copy',
    tried: true,
    marker: 'node_modules/.modules.yaml',
    why: 'pnpm installs from its own store',
  },
  bun: {
    ...INSTALLED,
    why: 'nothing tells whether an installation of bun is complete, and its cache is fast',
  },
  uv: { ...INSTALLED, why: 'a virtual environment holds absolute paths, and the cache of uv is fast' },
}

/** What is left to the set-up command, by the file that tells of it. */
const LEFT_ALONE: readonly (readonly [string, string])[] = [
  [
    'requirements.txt',
    'requirements.txt is no lock file: no virtual environment is made. A set-up command can make one in the worktree.',
  ],
  [
    'Cargo.toml',
    'cargo keeps what it fetches for the user: nothing is copied, and target stays with its worktree.',
  ],
  ['go.mod', 'go keeps modules and results for the user, by content: nothing is copied.'],
  [
    'pom.xml',
    'maven keeps what it fetches, and what is installed (mvn install), for the user: nothing is copied.',
  ],
  ['build.gradle', 'gradle keeps what it fetches for the user: nothing is copied.'],
  ['build.gradle.kts', 'gradle keeps what it fetches for the user: nothing is copied.'],
]

/** A sentence for each ecosystem at the top of a tree for which nothing is installed. */
export function leftAlone(tracked: ReadonlySet<string>): string[] {
  return LEFT_ALONE.filter(
    ([name]) => tracked.has(name) && !(name === 'requirements.txt' && tracked.has('uv.lock')),
  ).map(([, sentence]) => sentence)
}

/** What package managers themselves put directly into node_modules beside the packages; other entries that begin with a
 *  dot are of tools, and may hold results of another commit. */
const MANAGER_ENTRIES =
  /^\.(?:bin|pnpm|store|package-lock\.json|package-map\.json|yarn-integrity|yarn-state\.yml|modules\.yaml|pnpm-workspace-state.*)$/

/** Whether an entry of node_modules comes along in a copy. */
export const travels = (name: string): boolean => !name.startsWith('.') || MANAGER_ENTRIES.test(name)

/** Whether a path comes along in a copy, by every entry of a node_modules folder that it is in or is. */
export function pathTravels(path: string): boolean {
  const segments = path.split('/')
  return segments.every((segment, index) => segments[index - 1] !== 'node_modules' || travels(segment))
}
