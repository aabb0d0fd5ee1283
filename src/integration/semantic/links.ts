// Where an import leads: to the file itself, through files that export again what others define, or into a package of the
// same repository by its name. By paths and names, as they are written; no settings of a compiler are read. Pure.
import { posix } from 'node:path'

/** `export { name as as } from from`; both `*` for all of it. */
export interface ReExport {
  readonly name: string
  readonly as: string
  readonly from: string
  /** The file that does. */
  readonly at: string
}

/** What the tree of a side tells about the imports in it. */
export interface Links {
  /** Folder by the name of the package in it. */
  readonly packages: ReadonlyMap<string, string>
  /** What files export again, by path without ending. */
  readonly through: ReadonlyMap<string, readonly ReExport[]>
}

export const NO_LINKS: Links = { packages: new Map(), through: new Map() }

/** Longer chains are rings, or nobody follows them. */
const DEEPEST = 4
const LIST =
  /\b(import|export)\s+(?:type\s+)?(?:\*\s*(?:as\s+(\w+)\s*)?|\{([^}]*)\}\s*)(?:from\s*(['"])([^'"\n]+)\4)?/g
const REQUIRED = /\bmodule\.exports\s*=\s*require\(\s*(['"])([^'"\n]+)\1\s*\)/g

/** What the file `at` exports that it does not define itself. */
export function reExportsOf(text: string, at: string): readonly ReExport[] {
  const plain = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<![:\\'"`])\/\/.*$/gm, '')
  const imported = new Map<string, ReExport>()
  const found: ReExport[] = []
  const own: { readonly name: string; readonly as: string }[] = []
  for (const [, word, whole, list, , from] of plain.matchAll(LIST)) {
    const names = list === undefined ? [{ name: '*', as: whole ?? '*' }] : namesIn(list)
    if (word === 'import' && from !== undefined)
      for (const one of names) imported.set(one.as, { ...one, from, at })
    else if (word === 'export' && from !== undefined)
      found.push(...names.map((one) => ({ ...one, from, at })))
    else if (word === 'export') own.push(...names)
  }
  for (const { name, as } of own) {
    const origin = imported.get(name)
    if (origin !== undefined) found.push({ ...origin, as })
  }
  for (const [, , from = ''] of plain.matchAll(REQUIRED)) found.push({ name: '*', as: '*', from, at })
  return found
}

function namesIn(list: string): readonly { readonly name: string; readonly as: string }[] {
  return list.split(',').flatMap((item) => {
    const [, name, as = name] = /^\s*(?:type\s+)?(\w+)(?:\s+as\s+(\w+))?\s*$/.exec(item) ?? []
    return name === undefined || as === undefined ? [] : [{ name, as }]
  })
}

/** A name that the file `at` imports; `*` is all there is. */
export interface Import {
  readonly name: string
  readonly from: string
  readonly at: string
}

/** What the file `path` would have to call it, for this import to mean something of that file; empty when it does not. */
export function namesAt(path: string, imported: Import, links: Links, depth = 0): readonly string[] {
  const { name, from, at } = imported
  if (leadsTo(from, at, path)) return [name]
  const found = new Set<string>()
  const distinct = name !== '*' && name !== 'default'
  if (distinct && (leadsAbove(from, at, path) || leadsInto(from, path, links))) found.add(name)
  if (depth === DEEPEST) return [...found]
  for (const place of placesOf(from, at, links)) {
    for (const again of links.through.get(place) ?? []) {
      // `export *` leaves the default out.
      if (again.as === '*' ? name === 'default' : again.as !== name) continue
      const further = { ...again, name: again.as === '*' ? name : again.name }
      for (const one of namesAt(path, further, links, depth + 1)) found.add(one)
    }
  }
  return [...found]
}

/** Paths without ending that an import may mean, but for aliases. */
export function placesOf(from: string, at: string, { packages }: Links): readonly string[] {
  if (from.startsWith('.')) return [bare(posix.join(posix.dirname(at), from))]
  const inside = packageOf(from, packages)
  if (inside === null) return []
  const { folder, rest } = inside
  return ['', 'src', 'lib'].map((below) => bare(posix.join(folder, below, rest)))
}

/** Whether an import in the file `at` means the file `path`. */
function leadsTo(from: string, at: string, path: string): boolean {
  if (from.startsWith('.')) return bare(posix.join(posix.dirname(at), from)) === bare(path)
  const below = bare(from.replace(ALIAS, ''))
  return ALIAS.test(from) && (bare(path) === below || bare(path).endsWith(`/${below}`))
}

/** Whether an import means the index of a folder that the file is in: such files export again what is below them. */
function leadsAbove(from: string, at: string, path: string): boolean {
  return from.startsWith('.') && path.startsWith(`${bare(posix.join(posix.dirname(at), from))}/`)
}

/** Whether an import means the package that the file is in, or the part of it that is named. */
function leadsInto(from: string, path: string, { packages }: Links): boolean {
  const inside = packageOf(from, packages)
  if (inside === null || !`/${path}`.startsWith(posix.join('/', inside.folder, '/'))) return false
  const rest = bare(inside.rest)
  return rest === '' || `/${bare(path)}/`.includes(`/${rest}/`)
}

function packageOf(
  from: string,
  packages: Links['packages'],
): { readonly folder: string; readonly rest: string } | null {
  const parts = from.split('/')
  const name = parts.slice(0, from.startsWith('@') ? 2 : 1).join('/')
  const folder = packages.get(name)
  return folder === undefined ? null : { folder, rest: from.slice(name.length + 1) }
}

/** What projects call the folder of their sources in imports. */
const ALIAS = /^(?:[@~]\/|#\/?|src\/)/

/** A path without ending; an index is its folder. */
export function bare(file: string): string {
  return file.replace(/\.[cm]?[jt]sx?$/, '').replace(/\/(?:index)?$/, '')
}
