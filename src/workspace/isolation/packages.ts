// Which packages a repository consists of, and who uses them, by its manifests. Pure.
import { posix } from 'node:path'
import { isObject, parseObject } from '../dependencies/fingerprint.ts'

export interface Use {
  readonly name: string
  /** Folder of the package that uses it, relative to the worktree. */
  readonly from: string
  /** Folders of the packages of that name. */
  readonly folders: readonly string[]
}

export interface ManifestFile {
  readonly path: string
  readonly content: string
}

const FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const
/** More tell nothing new, and a repository of thousands of packages is to be ready soon. */
const MOST = 4_000

/** Every use of one Node package of the repository by another. */
export function nodeUses(files: readonly ManifestFile[]): Use[] {
  const manifests = files
    .filter(({ path }) => posix.basename(path) === 'package.json')
    .map(({ path, content }) => ({ folder: folderOf(path), manifest: parseObject(content) ?? {} }))
  const byName = new Map<string, string[]>()
  for (const { folder, manifest } of manifests) {
    const { name } = manifest
    if (typeof name === 'string' && name !== '') byName.set(name, [...(byName.get(name) ?? []), folder])
  }
  const uses = manifests.flatMap(({ folder, manifest }) =>
    [...new Set(FIELDS.flatMap((field) => namesIn(manifest[field])))].flatMap((name) => {
      const folders = byName.get(name)
      return folders === undefined ? [] : [{ name, from: folder, folders }]
    }),
  )
  return uses.slice(0, MOST)
}

function namesIn(value: unknown): string[] {
  return isObject(value) ? Object.keys(value) : []
}

const NO_MODULES: ReadonlySet<string> = new Set([
  'test',
  'tests',
  'docs',
  'examples',
  'scripts',
  'benchmarks',
])

/** By these files a folder is known to be a Python project. */
const PYTHON_PROJECT =
  /(?:^|\/)(?:pyproject\.toml|setup\.py|setup\.cfg|requirements\.txt|Pipfile|manage\.py|environment\.ya?ml)$/
/** Folders of a project that packages are kept in, beside its top. */
const SOURCES: ReadonlySet<string> = new Set(['src', 'lib', 'python'])
const MODULE = /^[^\W\d]\w*$/u
const MOST_MODULES = 1_000

export interface Module {
  readonly name: string
  /** The package, or the folder that a single file is in. */
  readonly folder: string
}

/** The importable packages of every Python project, by the folder of the project. */
export function pythonModules(tracked: readonly string[]): ReadonlyMap<string, readonly Module[]> {
  const projects = new Set(tracked.filter((path) => PYTHON_PROJECT.test(path)).map(folderOf))
  const found = new Set<string>()
  const result = new Map<string, Module[]>()
  for (const path of tracked) {
    if (projects.size === 0 || !path.endsWith('.py')) continue
    for (const { project, top } of placesOf(path, projects)) {
      const name = posix.basename(top, '.py')
      if (found.size >= MOST_MODULES || found.has(top) || NO_MODULES.has(name) || !MODULE.test(name)) continue
      found.add(top)
      const module = { name, folder: top.endsWith('.py') ? folderOf(top) : top }
      result.set(project, [...(result.get(project) ?? []), module])
    }
  }
  return result
}

/** What of a project a source is, or is in. At the top a folder is a package only when it says so; in a folder of sources
 *  everything is. */
function placesOf(path: string, projects: ReadonlySet<string>): { project: string; top: string }[] {
  const places: { project: string; top: string }[] = []
  for (let top = path; top !== ''; top = folderOf(top)) {
    const folder = folderOf(top)
    if (folder !== '' && SOURCES.has(posix.basename(folder)) && projects.has(folderOf(folder)))
      places.push({ project: folderOf(folder), top })
    if (path === `${top}/__init__.py` && projects.has(folder)) places.push({ project: folder, top })
  }
  return places
}

/** Folders in which cargo is asked: those with a manifest that is in no other one's, and every workspace of its own. */
export function cargoFolders(manifests: readonly ManifestFile[]): string[] {
  const folders = new Set(manifests.map(({ path }) => folderOf(path)))
  const isOutermost = (folder: string): boolean => {
    for (let at = folder; at !== '';) {
      at = folderOf(at)
      if (folders.has(at)) return false
    }
    return true
  }
  return manifests
    .filter(({ path, content }) => isOutermost(folderOf(path)) || /^\s*\[workspace[\].]/m.test(content))
    .map(({ path }) => folderOf(path))
    .sort()
}

function folderOf(path: string): string {
  const folder = posix.dirname(path)
  return folder === '.' ? '' : folder
}

/** Local folders that a go.mod replaces modules by, or a go.work uses; as they are written. */
export function goFolders(text: string): string[] {
  const result: string[] = []
  let block = ''
  for (const raw of text.split('\n')) {
    const line = raw.replace(/\/\/.*$/, '').trim()
    const opened = /^(use|replace)\s*\($/.exec(line)
    if (opened !== null) block = opened[1] ?? ''
    else if (line === ')') block = ''
    else {
      const single = /^(use|replace)\s+(.*)$/.exec(line)
      const [kind, rest] = single === null ? [block, line] : [single[1] ?? '', single[2] ?? '']
      const target = kind === 'use' ? rest : kind === 'replace' ? (rest.split('=>')[1] ?? '') : ''
      const folder = (target.trim().split(/\s+/)[0] ?? '').replaceAll(/^["`]|["`]$/g, '')
      if (/^\.{0,2}\//.test(folder) || folder === '.' || folder === '..') result.push(folder)
    }
  }
  return result
}
