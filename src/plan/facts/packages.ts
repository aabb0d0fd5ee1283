// Packages and workspaces of a repository, by their manifests. Pure.
import { posix } from 'node:path'
import type { FileKind, PackageFact } from './facts.ts'
import {
  cargoManifest,
  goManifest,
  gradleManifest,
  mavenManifest,
  pythonManifest,
  pythonName,
  scriptManifest,
  setupManifest,
  workspacePatterns,
  type PlainManifest,
  type ScriptManifest,
} from './manifests.ts'

/** A package with what its manifest says. */
export interface KnownPackage extends PackageFact {
  /** Where it is an npm package as well. */
  readonly script: ScriptManifest | null
}

export interface PackagesInput {
  readonly paths: readonly string[]
  /** By path of `paths`. */
  readonly kinds: readonly FileKind[]
  /** Texts of manifests. */
  readonly texts: ReadonlyMap<string, string>
}

const MANIFEST =
  /(?:^|\/)(?:package\.json|pyproject\.toml|setup\.(?:py|cfg)|go\.mod|Cargo\.toml|pom\.xml|build\.gradle(?:\.kts)?)$/
const WORKSPACE = /^(?:pnpm-workspace\.yaml|lerna\.json)$/

/** Managers by manifest; of several in one folder the first names the package. */
const MANAGERS: readonly (readonly [manifest: string, manager: string])[] = [
  ['go.mod', 'go'],
  ['Cargo.toml', 'cargo'],
  ['pyproject.toml', 'python'],
  ['setup.cfg', 'python'],
  ['setup.py', 'python'],
  ['pom.xml', 'maven'],
  ['build.gradle', 'gradle'],
  ['build.gradle.kts', 'gradle'],
  ['package.json', 'npm'],
]

/** Whether the text of the file at this path is needed to know the packages. */
export function isManifest(path: string): boolean {
  return MANIFEST.test(path) || WORKSPACE.test(path)
}

interface Found {
  readonly folder: string
  readonly manager: string
  readonly script: ScriptManifest | null
  readonly plain: PlainManifest | null
}

/** The packages, sorted by folder. Manifests among tests and generated files count only as members of a workspace. */
export function packagesOf(input: PackagesInput): readonly KnownPackage[] {
  const members = workspaceMembers(input.texts)
  const folders = new Map<string, Map<string, string>>()
  for (const [position, path] of input.paths.entries()) {
    const text = input.texts.get(path)
    if (text === undefined || !MANIFEST.test(path)) continue
    const kind = input.kinds[position]
    const folder = folderOf(path)
    if ((kind === 'test' || kind === 'generated') && !members(folder)) continue
    const there = folders.get(folder) ?? new Map<string, string>()
    there.set(path.slice(path.lastIndexOf('/') + 1), text)
    folders.set(folder, there)
  }
  const found = [...folders].flatMap(([folder, manifests]) => packageIn(folder, manifests) ?? [])
  return linked(found.sort((a, b) => (a.folder < b.folder ? -1 : 1)))
}

type Members = (folder: string) => boolean

function workspaceMembers(texts: ReadonlyMap<string, string>): Members {
  const patterns = [...texts].flatMap(([path, text]) => {
    if (WORKSPACE.test(path)) return workspacePatterns(path, text)
    return path === 'package.json' ? scriptManifest(text).workspaces : []
  })
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!')).map(memberPattern)
  const unwanted = patterns.filter((pattern) => pattern.startsWith('!')).map(memberPattern)
  return (folder) =>
    wanted.some((pattern) => pattern.test(folder)) && !unwanted.some((pattern) => pattern.test(folder))
}

/** Unlike a pattern of a scope it matches folders and nothing below them. */
function memberPattern(pattern: string): RegExp {
  const plain = pattern.replace(/^!?(?:\.?\/)?/, '').replace(/\/$/, '')
  const source = plain.replaceAll(/\*\*\/?|\*|[^*]+/g, (part) => {
    if (part.startsWith('**')) return '.*'
    return part === '*' ? '[^/]*' : part.replaceAll(/[\\^$.+?()[\]{}|]/g, String.raw`\$&`)
  })
  return new RegExp(`^${source}$`)
}

const PARSERS: Readonly<Record<string, (text: string) => PlainManifest>> = {
  'go.mod': goManifest,
  'Cargo.toml': cargoManifest,
  'pyproject.toml': pythonManifest,
  'setup.cfg': setupManifest,
  'setup.py': setupManifest,
  'pom.xml': mavenManifest,
  'build.gradle': gradleManifest,
  'build.gradle.kts': gradleManifest,
}

function packageIn(folder: string, manifests: ReadonlyMap<string, string>): Found | null {
  const json = manifests.get('package.json')
  const script = json === undefined ? null : scriptManifest(json)
  for (const [name, manager] of MANAGERS) {
    const text = manifests.get(name)
    const parse = PARSERS[name]
    if (text === undefined || parse === undefined) continue
    const plain = parse(text)
    // Settings of tools alone: a Cargo workspace, a pyproject.toml for a formatter.
    if (plain.name === null && manager !== 'gradle' && folder !== '') continue
    if (plain.name === null && script?.name != null) continue
    return { folder, manager, script, plain }
  }
  // One without a name sets the module format of a folder.
  if (script === null || (script.name === null && folder !== '')) return null
  return { folder, manager: 'npm', script, plain: null }
}

function linked(found: readonly Found[]): readonly KnownPackage[] {
  const names = found.map(nameOf)
  const byName = new Map<string, number>()
  const byFolder = new Map(found.map(({ folder }, position) => [folder, position]))
  for (const [position, one] of found.entries()) {
    for (const key of namesOf(one)) if (!byName.has(key)) byName.set(key, position)
  }
  return found.map((one, position) => {
    const wanted = [
      ...(one.script?.dependencies ?? []).map((name) => byName.get(`npm ${name}`)),
      ...(one.plain?.dependencies ?? []).map((name) => byName.get(`${one.manager} ${name}`)),
      ...(one.plain?.folders ?? []).map((folder) => byFolder.get(folderAt(one.folder, folder))),
    ].filter((other): other is number => other !== undefined && other !== position)
    return {
      name: names[position] ?? '',
      folder: one.folder,
      manager: one.manager,
      dependsOn: [...new Set(wanted)].sort((a, b) => a - b),
      script: one.script,
    }
  })
}

function nameOf({ folder, script, plain }: Found): string {
  return plain?.name ?? script?.name ?? (posix.basename(folder) || '.')
}

function namesOf({ manager, script, plain }: Found): readonly string[] {
  const own = plain?.name ?? null
  const spelled = own === null ? null : manager === 'python' ? pythonName(own) : own
  return [
    ...(script?.name == null ? [] : [`npm ${script.name}`]),
    ...(spelled === null ? [] : [`${manager} ${spelled}`]),
  ]
}

function folderAt(from: string, folder: string): string {
  const path = folder.startsWith('/') ? folder.slice(1) : posix.join(from, folder)
  return path === '.' ? '' : path.replace(/\/$/, '')
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** For each path, sorted or not, the package it lies in; null outside of all. */
export function packageOfEach(
  paths: readonly string[],
  packages: readonly PackageFact[],
): readonly (number | null)[] {
  const byFolder = new Map<string, number | null>(packages.map(({ folder }, index) => [folder, index]))
  const root = byFolder.get('') ?? null
  const of = (folder: string): number | null => {
    if (folder === '') return root
    const known = byFolder.get(folder)
    if (known !== undefined) return known
    const found = of(folderOf(folder))
    byFolder.set(folder, found)
    return found
  }
  return paths.map((path) => of(folderOf(path)))
}
