// From the specifiers of a JavaScript or TypeScript module to files of the repository: relative paths, aliases, packages of
// the workspace by their names with their exports, and the imports of a package's own manifest. Pure.
import { member } from '../manifests.ts'
import type { KnownPackage } from '../packages.ts'
import { aliased, AliasMap } from './aliases.ts'
import { folderOf, joined, upward, type FileIndex } from './paths.ts'
import { moduleFile, packageFile } from './script-files.ts'

/** Conditions of exports, those first that lead to sources. */
const CONDITIONS = [
  'source',
  'development',
  'types',
  'import',
  'module',
  'node',
  'default',
  'require',
  'browser',
]
const DEEPEST = 8

export interface ScriptWorld {
  readonly index: FileIndex
  readonly packages: readonly KnownPackage[]
  /** Texts of tsconfig and jsconfig files. */
  readonly texts: ReadonlyMap<string, string>
}

type ScriptPackage = KnownPackage & { readonly script: NonNullable<KnownPackage['script']> }

export class ScriptResolver {
  readonly #index: FileIndex
  readonly #aliases: AliasMap
  readonly #byName: ReadonlyMap<string, ScriptPackage>
  readonly #byFolder: ReadonlyMap<string, ScriptPackage>
  readonly #bare = new Map<string, number | null>()

  constructor({ index, packages, texts }: ScriptWorld) {
    this.#index = index
    this.#aliases = new AliasMap(texts)
    const scripts = packages.filter((one): one is ScriptPackage => one.script !== null)
    this.#byFolder = new Map(scripts.map((one) => [one.folder, one]))
    this.#byName = new Map(
      scripts.flatMap((one) => (one.script.name === null ? [] : [[one.script.name, one]])),
    )
  }

  /** The file that `specifier` stands for in a module of this folder; null when it is none of the repository. */
  resolve(folder: string, specifier: string): number | null {
    const name = plain(specifier)
    if (name === '') return null
    if (name.startsWith('.')) return this.#relative(folder, name)
    if (name.startsWith('/') || /^[a-z]+:/.test(name)) return null
    const key = `${folder}\0${name}`
    const known = this.#bare.get(key)
    if (known !== undefined) return known
    const found = name.startsWith('#') ? this.#own(folder, name) : this.#named(folder, name)
    this.#bare.set(key, found)
    return found
  }

  #relative(folder: string, name: string): number | null {
    const path = joined(folder, name)
    if (path === null) return null
    const found = moduleFile(this.#index, path)
    if (found !== null) return found
    const inner = this.#byFolder.get(path)
    if (inner !== undefined) return this.#entry(inner)
    // A built file of a package: `../lib/index.js`, where only src is tracked.
    const owner = upward(folderOf(path)).find((at) => this.#byFolder.has(at))
    if (owner === undefined) return null
    return packageFile(this.#index, owner, owner === '' ? path : path.slice(owner.length + 1))
  }

  #named(folder: string, name: string): number | null {
    const aliases = this.#aliases.in(folder)
    for (const path of aliases === null ? [] : aliased(aliases, name)) {
      const found = moduleFile(this.#index, path)
      if (found !== null) return found
    }
    const parts = name.split('/')
    const length = name.startsWith('@') ? 2 : 1
    const wanted = this.#byName.get(parts.slice(0, length).join('/'))
    if (wanted !== undefined) return this.#inPackage(wanted, parts.slice(length).join('/'))
    return /^[@~]\//.test(name) ? this.#fromSource(folder, name.slice(2)) : null
  }

  /** `@/x` and `~/x` where no settings say what they mean: the sources of the package. */
  #fromSource(folder: string, name: string): number | null {
    for (const at of upward(folder)) {
      if (!this.#byFolder.has(at)) continue
      const base = at === '' ? '' : `${at}/`
      return moduleFile(this.#index, `${base}src/${name}`) ?? moduleFile(this.#index, base + name)
    }
    return null
  }

  /** `#name` by the imports of the nearest manifest. */
  #own(folder: string, name: string): number | null {
    const owner = upward(folder)
      .map((at) => this.#byFolder.get(at))
      .find((one) => one !== undefined)
    if (owner === undefined) return null
    for (const target of targetsOf(owner.script.imports, name)) {
      const found = target.startsWith('.')
        ? packageFile(this.#index, owner.folder, target)
        : this.resolve(owner.folder, target)
      if (found !== null) return found
    }
    const aliases = this.#aliases.in(folder)
    for (const path of aliases === null ? [] : aliased(aliases, name)) {
      const found = moduleFile(this.#index, path)
      if (found !== null) return found
    }
    return null
  }

  #inPackage(one: ScriptPackage, below: string): number | null {
    const { exports } = one.script
    if (exports !== undefined) {
      const key = below === '' ? '.' : `./${below}`
      for (const target of targetsOf(exports, key)) {
        const found = packageFile(this.#index, one.folder, target)
        if (found !== null) return found
      }
    }
    if (below === '') return this.#entry(one)
    return packageFile(this.#index, one.folder, below) ?? packageFile(this.#index, one.folder, `src/${below}`)
  }

  #entry({ folder, script }: ScriptPackage): number | null {
    for (const target of [...script.main, 'index', 'src/index', 'src/main', 'lib/index']) {
      const found = packageFile(this.#index, folder, target)
      if (found !== null) return found
    }
    return null
  }
}

/** Without loaders in front and queries behind: `loader!./file.js?raw`. */
function plain(specifier: string): string {
  const name = specifier.slice(specifier.lastIndexOf('!') + 1)
  const query = name.indexOf('?')
  return query === -1 ? name : name.slice(0, query)
}

/** Targets of a table of exports or imports for a key, the likeliest source first. */
function targetsOf(table: unknown, key: string): readonly string[] {
  if (typeof table === 'string' || Array.isArray(table)) return key === '.' ? leaves(table, 0) : []
  if (typeof table !== 'object' || table === null) return []
  const keys = Object.keys(table)
  if (key === '.' && !keys.some((name) => name.startsWith('.'))) return leaves(table, 0)
  const exact = member(table, key)
  if (exact !== undefined) return leaves(exact, 0)
  const patterns = keys.filter((name) => name.includes('*')).sort((a, b) => b.length - a.length)
  for (const pattern of patterns) {
    const [before = '', after = ''] = pattern.split('*')
    if (!key.startsWith(before) || !key.endsWith(after) || key.length < before.length + after.length) continue
    const rest = key.slice(before.length, key.length - after.length)
    return leaves(member(table, pattern), 0).map((target) => target.replaceAll('*', () => rest))
  }
  return []
}

function leaves(value: unknown, depth: number): readonly string[] {
  if (typeof value === 'string') return [value]
  if (depth > DEEPEST) return []
  if (Array.isArray(value)) return value.flatMap((one) => leaves(one, depth + 1))
  if (typeof value !== 'object' || value === null) return []
  const rank = (name: string): number => (CONDITIONS.indexOf(name) + CONDITIONS.length) % CONDITIONS.length
  return Object.entries(value)
    .sort(([a], [b]) => rank(a) - rank(b))
    .flatMap(([, one]) => leaves(one, depth + 1))
}
