// Manifests of packages, as far as planning needs them: names, what they depend on, where their code begins. A manifest
// that cannot be parsed tells nothing. Pure.
import { parse as parseJsonc } from 'jsonc-parser'
import { parse as parseToml } from 'smol-toml'
import { parse as parseYaml } from 'yaml'

/** A package.json. */
export interface ScriptManifest {
  readonly name: string | null
  readonly main: readonly string[]
  readonly exports: unknown
  readonly imports: unknown
  readonly workspaces: readonly string[]
  readonly dependencies: readonly string[]
}

/** A manifest of another ecosystem. */
export interface PlainManifest {
  readonly name: string | null
  readonly dependencies: readonly string[]
  /** Folders of dependencies, relative to the manifest. */
  readonly folders: readonly string[]
}

const NOTHING: PlainManifest = { name: null, dependencies: [], folders: [] }
const DEPENDENCIES = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies']
const LARGEST_YAML = 100_000

/** What stands under a key of an object. */
export function member(value: unknown, ...keys: readonly string[]): unknown {
  let at = value
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = Object.entries(at).find(([name]) => name === key)?.[1]
  }
  return at
}

/** The strings of a list; none where it is no list. */
export function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function keys(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []
}

/** JSON with comments and trailing commas; undefined where it is none. */
export function parseJson(source: string): unknown {
  return parseJsonc(source, [], { allowTrailingComma: true })
}

/** Parses a package.json. */
export function scriptManifest(source: string): ScriptManifest {
  const json = parseJson(source)
  const spaces = member(json, 'workspaces')
  return {
    name: text(member(json, 'name')),
    main: ['source', 'module', 'main', 'types', 'typings', 'browser'].flatMap(
      (key) => text(member(json, key)) ?? [],
    ),
    exports: member(json, 'exports'),
    imports: member(json, 'imports'),
    workspaces: [...strings(spaces), ...strings(member(spaces, 'packages'))],
    dependencies: DEPENDENCIES.flatMap((key) => keys(member(json, key))),
  }
}

/** Patterns of packages in a pnpm-workspace.yaml or a lerna.json. */
export function workspacePatterns(path: string, source: string): readonly string[] {
  if (path.endsWith('.json')) return strings(member(parseJson(source), 'packages'))
  return strings(
    member(
      orNothing(() => parseYaml(source.slice(0, LARGEST_YAML))),
      'packages',
    ),
  )
}

/** Parses a pyproject.toml. */
export function pythonManifest(source: string): PlainManifest {
  const toml = orNothing(() => parseToml(source))
  const required = [
    ...strings(member(toml, 'project', 'dependencies')),
    ...keys(member(toml, 'tool', 'poetry', 'dependencies')),
  ]
  const optional = member(toml, 'project', 'optional-dependencies')
  const extras = keys(optional).flatMap((key) => strings(member(optional, key)))
  return {
    name: text(member(toml, 'project', 'name')) ?? text(member(toml, 'tool', 'poetry', 'name')),
    dependencies: [...required, ...extras].map(pythonName),
    folders: [],
  }
}

/** The name under which Python packages are compared. */
export function pythonName(requirement: string): string {
  return (/^[\w.-]+/.exec(requirement)?.[0] ?? '').toLowerCase().replaceAll(/[-_.]+/g, '-')
}

/** Reads the name out of a setup.py or setup.cfg. */
export function setupManifest(source: string): PlainManifest {
  const name = /\bname\s*=\s*["']?([\w.-]+)["']?/.exec(source)?.[1]
  return { ...NOTHING, name: name ?? null }
}

/** Parses a go.mod. */
export function goManifest(source: string): PlainManifest {
  const folders = [...source.matchAll(/=>\s*(\.{1,2}\/\S*)/g)].map(([, folder = '']) => folder)
  const required = [...source.matchAll(/^\s*(?:require\s+)?([\w.-]+\.[\w.-]+\/\S+)\s+v\S+/gm)]
  return {
    name: /^module\s+"?([^\s"]+)/m.exec(source)?.[1] ?? null,
    dependencies: required.map(([, path = '']) => path),
    folders,
  }
}

/** Parses a Cargo.toml; one of a workspace alone has no name. */
export function cargoManifest(source: string): PlainManifest {
  const toml = orNothing(() => parseToml(source))
  const tables = ['dependencies', 'dev-dependencies', 'build-dependencies'].map((key) => member(toml, key))
  return {
    name: text(member(toml, 'package', 'name')),
    dependencies: tables.flatMap((table) =>
      keys(table).map((key) => text(member(table, key, 'package')) ?? key),
    ),
    folders: tables.flatMap((table) => keys(table).flatMap((key) => text(member(table, key, 'path')) ?? [])),
  }
}

/** Reads the name and the dependencies out of a pom.xml. */
export function mavenManifest(source: string): PlainManifest {
  const own = source.replaceAll(
    /<(parent|dependencies|dependencyManagement|build|profiles|modules)>[\s\S]*?<\/\1>/g,
    '',
  )
  const blocks = source.matchAll(/<dependency>([\s\S]*?)<\/dependency>/g)
  return {
    name: artifact(own),
    dependencies: [...blocks].flatMap(([, block = '']) => artifact(block) ?? []),
    folders: [],
  }
}

function artifact(source: string): string | null {
  return /<artifactId>\s*([^<\s]+)\s*<\/artifactId>/.exec(source)?.[1] ?? null
}

/** Reads the projects that a build.gradle depends on: `project(':a:b')` is the folder a/b of the root. */
export function gradleManifest(source: string): PlainManifest {
  const projects = [...source.matchAll(/\bproject\s*\(\s*(?:path\s*[:=]\s*)?["']:([^"']+)["']/g)]
  return { ...NOTHING, folders: projects.map(([, path = '']) => `/${path.replaceAll(':', '/')}`) }
}

/** Parsers throw on what is not theirs. */
function orNothing(parse: () => unknown): unknown {
  try {
    return parse()
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}
