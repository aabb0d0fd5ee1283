// What an installation depends on, as one value: lock files, manifests, settings and patches of the whole tree, and
// the programs that install. Two trees with equal fingerprints need the same dependencies. Pure; the caller hashes.

export interface FingerprintParts {
  readonly files: readonly { readonly path: string; readonly content: string }[]
  /** The programs that install and run: their resolved path, size and modification time stand for the version. */
  readonly programs: readonly { readonly name: string; readonly identity: string }[]
  readonly platform: string
  /** State of the repository's own code that is packed into the installation or read by its scripts; absent: none is. */
  readonly own?: string
}

const LOCK_FILES: ReadonlySet<string> = new Set([
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'bun.lock',
  'bun.lockb',
  'uv.lock',
])
const SETTINGS: ReadonlySet<string> = new Set([
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  'pnpm-workspace.yaml',
  '.pnpmfile.cjs',
  'bunfig.toml',
  'uv.toml',
  '.node-version',
  '.nvmrc',
  '.python-version',
  '.tool-versions',
  'mise.toml',
  '.pnpmfile.mjs',
  'binding.gyp',
])
const MANIFESTS: ReadonlySet<string> = new Set(['package.json', 'pyproject.toml'])
/** Folders whose manifests are test data as a rule; a real change there reaches the lock file as well. */
const TEST_DATA: ReadonlySet<string> = new Set([
  'fixtures',
  '__fixtures__',
  'testdata',
  '__tests__',
  'test',
  'tests',
])
/** Also the programs of yarn that a repository keeps. */
const PATCH_FOLDER = /(?:^|\/)(?:patches|\.yarn\/(?:patches|plugins|releases))\//
/** From these a client is generated into node_modules. */
const SCHEMA = /(?:\.prisma|(?:^|\/)prisma\.config\.[cm]?[jt]s)$/

/** Fields of package.json that say nothing about what is installed. */
const IRRELEVANT_FIELDS: ReadonlySet<string> = new Set([
  'author',
  'babel',
  'bugs',
  'contributors',
  'description',
  'eslintConfig',
  'exports',
  'files',
  'funding',
  'homepage',
  'jest',
  'keywords',
  'license',
  'lint-staged',
  'main',
  'module',
  'nyc',
  'prettier',
  'repository',
  'sideEffects',
  'types',
])
/** Scripts that package managers run when they install a package of the repository itself. */
const LIFECYCLE =
  /^(?:pre|post)?(?:install|prepare|dependencies)$|^(?:pre|post)?prepublish$|^pnpm:devPreinstall$/

/** Whether a tracked path is part of the fingerprint. */
export function isFingerprinted(path: string): boolean {
  const segments = path.split('/')
  const name = segments.pop() ?? ''
  if (segments.includes('node_modules')) return false
  if (LOCK_FILES.has(name) || SETTINGS.has(name)) return true
  if (PATCH_FOLDER.test(path) || SCHEMA.test(path)) return true
  return MANIFESTS.has(name) && !segments.some((segment) => TEST_DATA.has(segment))
}

/** The text whose hash is the fingerprint. */
export function fingerprintText(parts: FingerprintParts): string {
  const files = parts.files.map(({ path, content }) => [
    path,
    path.endsWith('package.json') ? relevantManifest(content) : content,
  ])
  const byFirst = (a: readonly unknown[], b: readonly unknown[]): number =>
    String(a[0]) < String(b[0]) ? -1 : 1
  return JSON.stringify({
    files: files.sort(byFirst),
    programs: parts.programs.map(({ name, identity }) => [name, identity]).sort(byFirst),
    platform: parts.platform,
    own: parts.own,
  })
}

/** package.json without what no installation looks at; the text itself when it cannot be read. */
function relevantManifest(content: string): string {
  const manifest = parseObject(content)
  if (manifest === null) return content
  const kept = Object.entries(manifest).filter(([field]) => !IRRELEVANT_FIELDS.has(field))
  return JSON.stringify(
    kept
      .map(([field, value]) => [field, field === 'scripts' ? lifecycleScripts(value) : value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function lifecycleScripts(scripts: unknown): unknown {
  if (typeof scripts !== 'object' || scripts === null) return scripts
  return Object.entries(scripts).filter(([name]) => isLifecycle(name))
}

/** Whether package managers run a script of this name when they install. */
export const isLifecycle = (name: string): boolean => LIFECYCLE.test(name)

/** A JSON object; null for anything else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
  return isObject(value) ? value : null
}

/** True for a JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
