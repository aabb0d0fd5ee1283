// What kind of repository this is, told by its files. Pure.

export type PackageManager =
  | 'npm'
  | 'pnpm'
  | 'yarn'
  | 'bun'
  | 'deno'
  | 'uv'
  | 'poetry'
  | 'pip'
  | 'cargo'
  | 'go'
  | 'bundler'
  | 'maven'
  | 'gradle'
  | 'mix'
  | 'composer'

/** Files of the root that give a package manager away, the surest first. */
const SIGNS: readonly (readonly [file: string, manager: PackageManager])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
  ['deno.lock', 'deno'],
  ['uv.lock', 'uv'],
  ['poetry.lock', 'poetry'],
  ['Cargo.lock', 'cargo'],
  ['go.sum', 'go'],
  ['Gemfile.lock', 'bundler'],
  ['mix.lock', 'mix'],
  ['composer.lock', 'composer'],
  ['pnpm-workspace.yaml', 'pnpm'],
  ['package.json', 'npm'],
  ['deno.json', 'deno'],
  ['Cargo.toml', 'cargo'],
  ['go.mod', 'go'],
  ['pyproject.toml', 'pip'],
  ['requirements.txt', 'pip'],
  ['Gemfile', 'bundler'],
  ['pom.xml', 'maven'],
  ['build.gradle', 'gradle'],
  ['build.gradle.kts', 'gradle'],
  ['mix.exs', 'mix'],
  ['composer.json', 'composer'],
]

/** The package manager of a repository with these files; null when none is recognised. */
export function detectPackageManager(files: readonly string[]): PackageManager | null {
  const present = new Set(files)
  return SIGNS.find(([file]) => present.has(file))?.[1] ?? null
}

/** Tracked files of the root that several pieces of work tend to touch: manifests and lock files. */
export function contendedFiles(files: readonly string[]): readonly string[] {
  const signs = new Set(SIGNS.map(([file]) => file))
  return files.filter((file) => signs.has(file))
}

/** A command that tests the repository. */
export interface TestCommand {
  readonly name: string
  readonly run: readonly string[]
}

export interface TestSources {
  /** Tracked files. */
  readonly files: readonly string[]
  /** Text of the root's package.json and Makefile, if they exist. */
  readonly packageJson?: string
  readonly makefile?: string
}

/** What the commands found here begin with, but for programs of the repository itself. */
export const TEST_PROGRAMS: ReadonlySet<string> = new Set(
  'npm pnpm yarn bun cargo go uv poetry python3 mix mvn gradle bundle make'.split(' '),
)

/** Commands that test a repository with these files, at most one per language; a Makefile is asked only where nothing else answers. */
export function detectTests(sources: TestSources): readonly TestCommand[] {
  const present = new Set(sources.files)
  const manager = detectPackageManager(sources.files)
  const commands = [
    nodeTest(sources.packageJson, manager),
    present.has('Cargo.toml') ? ['cargo', 'test'] : null,
    present.has('go.mod') ? ['go', 'test', './...'] : null,
    pythonTest(sources.files, manager),
    present.has('mix.exs') ? ['mix', 'test'] : null,
    javaTest(present),
    present.has('Gemfile') && present.has('.rspec') ? ['bundle', 'exec', 'rspec'] : null,
  ].filter((command) => command !== null)
  const made = /^test\s*:(?!=)/m.test(sources.makefile ?? '') ? [['make', 'test']] : []
  const all = commands.length > 0 ? commands : made
  return all.map((run) => ({
    name: all.length === 1 ? 'test' : `test ${run[0] ?? ''}`.replaceAll(/[/.]/g, ''),
    run,
  }))
}

/** What would test a repository with these files, as an example: what each manifest says is not looked at. */
export function likelyTest(files: readonly string[]): readonly string[] {
  const packageJson = JSON.stringify({ scripts: { test: 'test' } })
  const named = files.includes('package.json') ? { files, packageJson } : { files }
  const [found] = detectTests(named)
  if (found !== undefined) return found.run
  const isPython = files.some((file) => file.endsWith('.py')) && !files.includes('package.json')
  return isPython ? ['python3', '-m', 'pytest'] : ['npm', 'test']
}

/** What npm writes into a new package.json. */
const NO_TEST = /no test specified/

function nodeTest(packageJson: string | undefined, manager: PackageManager | null): readonly string[] | null {
  const script = testScript(packageJson)
  if (script === null || NO_TEST.test(script)) return null
  if (manager === 'bun') return ['bun', 'run', 'test']
  return [manager === 'pnpm' || manager === 'yarn' ? manager : 'npm', 'test']
}

function testScript(packageJson: string | undefined): string | null {
  const scripts = memberOf(parsed(packageJson ?? ''), 'scripts')
  const script = memberOf(scripts, 'test')
  return typeof script === 'string' && script.trim() !== '' ? script : null
}

/** A manifest that is no JSON tells nothing; that is for the package manager to complain about. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return Object.entries(value).find(([name]) => name === key)?.[1]
}

function pythonTest(files: readonly string[], manager: PackageManager | null): readonly string[] | null {
  const tested = files.some((file) =>
    /(^|\/)(conftest\.py|pytest\.ini|test_[^/]*\.py|[^/]*_test\.py)$/.test(file),
  )
  if (!tested) return null
  if (manager === 'uv') return ['uv', 'run', 'pytest']
  return manager === 'poetry' ? ['poetry', 'run', 'pytest'] : ['python3', '-m', 'pytest']
}

function javaTest(present: ReadonlySet<string>): readonly string[] | null {
  if (present.has('pom.xml')) return [present.has('mvnw') ? './mvnw' : 'mvn', 'test']
  if (!present.has('build.gradle') && !present.has('build.gradle.kts')) return null
  return [present.has('gradlew') ? './gradlew' : 'gradle', 'test']
}
