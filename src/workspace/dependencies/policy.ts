// How each part of a tree gets its dependencies: which package manager, and which command. Whether they are copied instead
// is in ecosystems.ts. Pure.
import { OWN_FILES } from './environment.ts'
import { isObject, parseObject } from './fingerprint.ts'
import { ownedFolder } from './folders.ts'

export type Manager = 'npm' | 'pnpm' | 'yarn-classic' | 'yarn' | 'bun' | 'uv'

/** What one folder of a tree holds, as far as installing is concerned. */
export interface FolderFacts {
  /** Relative to the worktree; '' is the worktree itself. */
  readonly dir: string
  /** Names of its lock files, settings and manifests. */
  readonly names: ReadonlySet<string>
  readonly packageJson: string | null
  readonly yarnLock: string | null
  /** Settings of pnpm, one text. */
  readonly pnpmSettings?: string
}

export interface InstallRoot {
  readonly dir: string
  readonly manager: Manager
  readonly lock: string | null
  /** Its install fills the folders of its workspaces as well. */
  readonly workspaces: boolean
  /** The repository itself asks for hard links into the store of pnpm. */
  readonly hardLinks?: boolean
}

export interface InstallCommand {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const LOCKS: readonly (readonly [string, Exclude<Manager, 'uv' | 'yarn-classic'>])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['yarn.lock', 'yarn'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
]

/**
 * Where something is to be installed, outermost first. The worktree itself counts when it has a lock file or a
 * manifest with dependencies; a folder below it only when it has a lock file and `installed` says that the main
 * worktree has dependencies there (a lock file alone may be test data).
 */
export function installRoots(folders: readonly FolderFacts[], installed: ReadonlySet<string>): InstallRoot[] {
  const wanted = folders.filter(({ dir, names }) => {
    if (dir === '') return true
    return (installed.has(`${dir}/node_modules`) && hasNodeLock(names)) || installed.has(`${dir}/.venv`)
  })
  return wanted
    .sort((a, b) => a.dir.length - b.dir.length || (a.dir < b.dir ? -1 : 1))
    .flatMap((folder) => [...nodeRoot(folder), ...pythonRoot(folder)])
}

const HARD_LINKS = /^\s*(?:package-import-method\s*=|packageImportMethod\s*:)\s*['"]?hardlink\b/m

function hasNodeLock(names: ReadonlySet<string>): boolean {
  return LOCKS.some(([name]) => names.has(name))
}

function nodeRoot(folder: FolderFacts): InstallRoot[] {
  const manifest = folder.packageJson === null ? null : parseObject(folder.packageJson)
  if (manifest === null) return []
  const declared = declaredManager(manifest)
  const locks = LOCKS.filter(([name]) => folder.names.has(name))
  const found =
    locks.find(([, manager]) => manager === declared) ?? (declared === null ? locks[0] : undefined)
  const manager = declared ?? found?.[1] ?? 'npm'
  if (found === undefined && !needsPackages(manifest)) return []
  return [
    {
      dir: folder.dir,
      manager: exactManager(manager, folder, manifest),
      lock: found?.[0] ?? null,
      workspaces: manifest['workspaces'] !== undefined || folder.names.has('pnpm-workspace.yaml'),
      ...(manager === 'pnpm' && HARD_LINKS.test(folder.pnpmSettings ?? '') ? { hardLinks: true } : {}),
    },
  ]
}

function pythonRoot(folder: FolderFacts): InstallRoot[] {
  if (!folder.names.has('uv.lock')) return []
  return [{ dir: folder.dir, manager: 'uv', lock: 'uv.lock', workspaces: false }]
}

/** The root whose install makes this dependency folder (or the folder it is in); null when none does. */
export function rootOf(path: string, roots: readonly InstallRoot[]): InstallRoot | null {
  const folder = ownedFolder(path)
  if (folder === null) return null
  const cut = folder.lastIndexOf('/')
  const dir = cut === -1 ? '' : folder.slice(0, cut)
  const python = folder.endsWith('.venv')
  const candidates = roots.filter((root) => (root.manager === 'uv') === python)
  const exact = candidates.find((root) => root.dir === dir)
  return (
    exact ??
    candidates.findLast((root) => root.workspaces && (root.dir === '' || dir.startsWith(`${root.dir}/`))) ??
    null
  )
}

function declaredManager(
  manifest: Readonly<Record<string, unknown>>,
): Exclude<Manager, 'uv' | 'yarn-classic'> | null {
  const field = manifest['packageManager']
  const name = typeof field === 'string' ? field.split('@')[0] : null
  return LOCKS.find(([, manager]) => manager === name)?.[1] ?? null
}

function exactManager(
  manager: Exclude<Manager, 'uv' | 'yarn-classic'>,
  folder: FolderFacts,
  manifest: Readonly<Record<string, unknown>>,
): Manager {
  if (manager !== 'yarn') return manager
  const field = manifest['packageManager']
  if (typeof field === 'string') return field.startsWith('yarn@1') ? 'yarn-classic' : 'yarn'
  if (folder.names.has('.yarnrc.yml')) return 'yarn'
  return folder.yarnLock?.includes('__metadata:') === true ? 'yarn' : 'yarn-classic'
}

function needsPackages(manifest: Readonly<Record<string, unknown>>): boolean {
  if (manifest['workspaces'] !== undefined) return true
  return ['dependencies', 'devDependencies', 'optionalDependencies'].some((field) => {
    const value = manifest[field]
    return isObject(value) && Object.keys(value).length > 0
  })
}

/** No git hooks are installed from here: they would write the configuration that all worktrees share. */
const NO_HOOKS = { HUSKY: '0', LEFTHOOK: '0' }
/** The first name is that of pnpm 10; npm would warn of it wherever it were set for good. */
const NO_LINKS = { npm_config_package_import_method: 'clone-or-copy', ...OWN_FILES }

interface Commands {
  readonly frozen: readonly string[]
  /** Where there is no lock file: an install that writes none. */
  readonly loose: readonly string[]
  readonly options: readonly string[]
}

const COMMANDS: Readonly<Record<Manager, Commands>> = {
  npm: {
    frozen: ['npm', 'ci'],
    loose: ['npm', 'install', '--no-package-lock'],
    options: ['--prefer-offline', '--no-audit', '--no-fund'],
  },
  pnpm: {
    frozen: ['pnpm', 'install', '--frozen-lockfile'],
    loose: ['pnpm', 'install', '--no-lockfile'],
    options: ['--prefer-offline'],
  },
  'yarn-classic': {
    frozen: ['yarn', 'install', '--frozen-lockfile'],
    loose: ['yarn', 'install', '--no-lockfile'],
    options: ['--prefer-offline', '--non-interactive'],
  },
  yarn: { frozen: ['yarn', 'install', '--immutable'], loose: ['yarn', 'install'], options: [] },
  bun: {
    frozen: ['bun', 'install', '--frozen-lockfile'],
    loose: ['bun', 'install', '--no-save'],
    options: ['--backend=copyfile'],
  },
  uv: { frozen: ['uv', 'sync', '--frozen'], loose: ['uv', 'sync'], options: [] },
}

/** The frozen install of a root; without a lock file, an install that writes none. */
export function installCommand({
  manager,
  lock,
  hardLinks = false,
}: Pick<InstallRoot, 'manager' | 'lock' | 'hardLinks'>): InstallCommand {
  const { frozen, loose, options } = COMMANDS[manager]
  const [program = manager, ...args] = lock === null ? loose : frozen
  // pnpm asks questions unless it is told that nobody is there.
  const env = { ...NO_HOOKS, ...(hardLinks ? {} : NO_LINKS), ...(manager === 'pnpm' ? { CI: 'true' } : {}) }
  return { program, args: [...args, ...options], env }
}
