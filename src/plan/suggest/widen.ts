// Lists of single files said in fewer words: `/tests/help*` instead of twenty tests by their names, where nobody else has a
// file of such a name. Files to come that are called so belong to the same piece. Pure.
import { folderOf, nameOf, Owners, type Division, type Given, type Place } from './division.ts'

/** Files of one piece in one folder from which on their names are looked at. */
const FEWEST = 3
/** Where a word of a name ends: `help.style`, `test_json`, `helpGroup`. */
const WORD_END = /[._-]|(?<=[a-z\d])(?=[A-Z])/
/** Words that any test may begin with. */
const COMMON = /^(?:test|tests|spec|index|use|is|has|get|set|to)$/i
const SHORTEST = 3

/** The division with lists of files told by the beginnings of their names. `paths`: all that are tracked. */
export function widened(division: Division, paths: readonly string[]): Division {
  if (division.given.some(({ place }) => place.kind === 'names' || place.kind === 'marked')) return division
  const lists = listsOf(division.given)
  if (lists.length === 0) return division
  const folders = new Set(lists.map(({ folder }) => folder))
  const neighbours = neighboursIn(folders, paths)
  const owners = new Owners(division)
  let given = division.given
  for (const { folder, piece, names } of lists) {
    const beside = neighbours.get(folder) ?? NOTHING
    // A file of another piece, or a folder, must not be called so; what nobody has may be.
    const isFree = (name: string): boolean => {
      const path = beside.get(name)
      if (path === undefined || path === null) return false
      const owner = owners.ownerOf(path)
      return owner === null || owner === piece
    }
    for (const start of startsOf(names, [...beside.keys()], isFree)) {
      const place: Place = { kind: 'marked', path: folder, start }
      const isSaid = (own: Given): boolean =>
        own.piece === piece &&
        own.place.kind === 'file' &&
        folderOf(own.place.path) === folder &&
        nameOf(own.place.path).startsWith(start)
      given = [...given.filter((own) => !isSaid(own)), { place, piece }]
    }
  }
  return { ...division, given }
}

const NOTHING: ReadonlyMap<string, string | null> = new Map()

interface List {
  readonly folder: string
  readonly piece: number
  readonly names: readonly string[]
}

function listsOf(given: Division['given']): readonly List[] {
  const found = new Map<string, { folder: string; piece: number; names: string[] }>()
  for (const { place, piece } of given) {
    if (place.kind !== 'file' || piece === null) continue
    const folder = folderOf(place.path)
    const key = `${piece} ${folder}`
    const list = found.get(key) ?? { folder, piece, names: [] }
    list.names.push(nameOf(place.path))
    found.set(key, list)
  }
  return [...found.values()].filter(({ names }) => names.length >= FEWEST)
}

/** What lies directly in these folders by its name: a file as its path, a folder as one that is no file's. */
function neighboursIn(
  folders: ReadonlySet<string>,
  paths: readonly string[],
): ReadonlyMap<string, ReadonlyMap<string, string | null>> {
  const found = new Map([...folders].map((folder) => [folder, new Map<string, string | null>()]))
  for (const path of paths) {
    let name = nameOf(path)
    let isFile = true
    for (let folder = folderOf(path); ; folder = folderOf(folder)) {
      const children = found.get(folder)
      if (isFile) children?.set(name, path)
      else children?.set(name, null)
      isFile = false
      name = nameOf(folder)
      if (folder === '') break
    }
  }
  return found
}

/** Beginnings that stand for three or more of these names and for no other that is not free, the shortest first; none begins
 *  like another. */
function startsOf(
  names: readonly string[],
  beside: readonly string[],
  isFree: (name: string) => boolean,
): readonly string[] {
  const found: string[] = []
  const words = new Set(names.flatMap(beginnings))
  for (const start of [...words].toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))) {
    if (found.some((shorter) => start.startsWith(shorter))) continue
    const mine = names.filter((name) => name.startsWith(start))
    if (mine.length >= FEWEST && beside.every((name) => !name.startsWith(start) || isFree(name)))
      found.push(start)
  }
  return found
}

/** `help`, `help.`, `help.style` and so on of `help.style.test.js`; not the whole of it. */
function beginnings(name: string): readonly string[] {
  const words = name.split(WORD_END)
  const [first = ''] = words
  const from = COMMON.test(first) ? 2 : 1
  let end = 0
  return words.slice(0, -1).flatMap((word, index) => {
    end = name.indexOf(word, end) + word.length
    if (index + 1 < from || end < SHORTEST) return []
    return /[._-]/.test(name.charAt(end))
      ? [name.slice(0, end), name.slice(0, end + 1)]
      : [name.slice(0, end)]
  })
}
