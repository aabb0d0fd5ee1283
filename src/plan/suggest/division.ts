// A division of a repository: places of its tree, each given to one piece. A place inside of another is taken out of it, so
// that every path, also of files to come, belongs to at most one piece, whoever asks. Pure.

/** Part of the tree that is given away as a whole. */
export type Place =
  /** The folder with all that is or will be in it; '' is the root. */
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string }
  /** Files below a folder whose names end in `suffix`, at any depth. */
  | { readonly kind: 'names'; readonly path: string; readonly suffix: string }
  /** What is in a folder, not below it, and has a name that begins with `start`. */
  | { readonly kind: 'marked'; readonly path: string; readonly start: string }
  /** Files and folders in a folder, with all below them, whose names go on after `start` with one of these characters. */
  | { readonly kind: 'range'; readonly path: string; readonly start: string; readonly next: string }

/** Places that hold all that is below them. */
export type Whole = Extract<Place, { kind: 'folder' | 'range' }>
/** Places that are told by the ends or beginnings of names, wherever what is around them is. */
export type Named = Extract<Place, { kind: 'names' | 'marked' }>

/** A place and the piece it belongs to, an index; null takes it out of all pieces. */
export interface Given {
  readonly place: Place
  readonly piece: number | null
}

export interface Division {
  readonly pieces: number
  /** Pieces stand in the order in which they build on each other: what is below comes first, and lands first. */
  readonly ordered?: boolean
  readonly given: readonly Given[]
}

/** Answers for paths; the most special place decides: a file, then names, then the innermost folder. */
export class Owners {
  readonly #folders = new Map<string, number | null>()
  readonly #files = new Map<string, number | null>()
  /** Folders that were asked for. */
  readonly #known = new Map<string, number | null>()
  readonly #names: { readonly holds: (path: string) => boolean; readonly piece: number | null }[] = []
  /** Ranges by the folder that they are in. */
  readonly #ranges = new Map<string, { readonly place: Range; readonly piece: number | null }[]>()

  constructor({ given }: Pick<Division, 'given'>) {
    for (const { place, piece } of given) {
      if (place.kind === 'folder') this.#folders.set(place.path, piece)
      else if (place.kind === 'file') this.#files.set(place.path, piece)
      else if (place.kind === 'range')
        this.#ranges.set(place.path, [...(this.#ranges.get(place.path) ?? []), { place, piece }])
      else this.#names.push({ holds: (path) => holdsName(place, path), piece })
    }
  }

  /** The piece that owns this path, null when none does. */
  ownerOf(path: string): number | null {
    const file = this.#files.get(path)
    if (file !== undefined) return file
    const named = this.#names.find(({ holds }) => holds(path))
    return named === undefined ? this.#ownerAround(path) : named.piece
  }

  /** What the folder or range around a place says of it. */
  around(place: Exclude<Place, Named>): number | null {
    if (place.kind !== 'range') return this.#ownerAround(place.path)
    const name = `${place.start}${place.next.charAt(0)}`
    const path = place.path === '' ? name : `${place.path}/${name}`
    return this.#ownerAround(path, place.start.length)
  }

  /** `below`: ranges that begin like this, or longer, do not count. */
  #ownerAround(path: string, below = Number.POSITIVE_INFINITY): number | null {
    const folder = folderOf(path)
    const ranges = this.#ranges.get(folder)
    if (ranges === undefined) return this.#folderOwner(folder)
    const [inner] = ranges
      .filter(({ place }) => place.start.length < below && holdsPath(place, path))
      .toSorted((a, b) => b.place.start.length - a.place.start.length)
    return inner === undefined ? this.#folderOwner(folder) : inner.piece
  }

  #folderOwner(folder: string): number | null {
    const given = this.#folders.get(folder)
    if (given !== undefined) return given
    const known = this.#known.get(folder)
    if (known !== undefined) return known
    const piece = folder === '' ? null : this.#ownerAround(folder)
    this.#known.set(folder, piece)
    return piece
  }
}

type Range = Extract<Place, { kind: 'range' }>

/** Whether a place holds a path, whatever lies inside of it. */
export function holds(place: Place, path: string): boolean {
  if (place.kind === 'file') return place.path === path
  return place.kind === 'folder' || place.kind === 'range' ? holdsPath(place, path) : holdsName(place, path)
}

/** Whether a folder or a range holds a path, or a folder that is written as one. */
export function holdsPath(place: Whole, path: string): boolean {
  if (place.kind === 'folder') return isBelow(path, place.path)
  if (!isBelow(path, place.path)) return false
  const from = place.path === '' ? 0 : place.path.length + 1
  const next = path.charAt(from + place.start.length)
  return path.startsWith(place.start, from) && next !== '' && place.next.includes(next)
}

/** How deep inside of others a place is: of two that hold a path the innermost has more. */
export function depthOf(place: Place): number {
  if (place.kind !== 'range') return place.path.length
  return place.path.length + 1.5 + place.start.length
}

/** Whether a place that is told by names holds a path. */
export function holdsName(place: Named, path: string): boolean {
  if (place.kind === 'names') return path.endsWith(place.suffix) && isBelow(path, place.path)
  return folderOf(path) === place.path && nameOf(path).startsWith(place.start)
}

/** Folder of a path without a trailing slash; '' is the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** The last segment. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Whether a path lies in a folder or below it. */
export function isBelow(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`)
}

/** The division without places that say what a place around them says already. */
export function simplified({ given, ...division }: Division): Division {
  const owners = new Owners({ given })
  const kept = given.filter(({ place, piece }) => {
    if (place.kind === 'names' || place.kind === 'marked') return true
    return (place.kind === 'folder' && place.path === '') || owners.around(place) !== piece
  })
  return { ...division, given: kept }
}

/** Places of others in a folder from which on a list of exceptions is read by nobody. */
const MANY_OTHERS = 6

/** The division with folders that lie between the pieces told so: where a piece owns a folder of which most places are others',
 *  it keeps what it has there by name, and what is to come in that folder itself is nobody's yet. `paths`: all that are tracked. */
export function withoutExceptions(division: Division, paths: readonly string[]): Division {
  const owners = new Owners(division)
  const places = new Map<string, Given[]>()
  for (const given of division.given) {
    if (given.place.kind === 'names' || given.place.kind === 'marked' || given.place.path === '') continue
    const folder = given.place.kind === 'range' ? given.place.path : folderOf(given.place.path)
    places.set(folder, [...(places.get(folder) ?? []), given])
  }
  const more = [...places].flatMap(([folder, given]): readonly Given[] => {
    if (folder === '' || given.some(({ place }) => place.kind === 'range')) return []
    const piece = owners.ownerOf(`${folder}/\0`)
    const others = given.filter((one) => one.piece !== piece)
    if (piece === null || others.length < MANY_OTHERS) return []
    const own = ownChildren(paths, folder, new Set(given.map(({ place }) => place.path)))
    if (own.length * 2 > others.length) return []
    return [
      { place: { kind: 'folder', path: folder }, piece: null },
      ...own.map((place) => ({ place, piece })),
    ]
  })
  const replaced = new Set(more.map(({ place }) => place.path))
  const kept = division.given.filter(({ place }) => place.kind !== 'folder' || !replaced.has(place.path))
  return { ...division, given: [...kept, ...more] }
}

/** What lies directly in a folder, but for what is given away already. */
function ownChildren(
  paths: readonly string[],
  folder: string,
  given: ReadonlySet<string>,
): readonly Extract<Place, { kind: 'folder' | 'file' }>[] {
  const start = folder.length + 1
  const found = new Map<string, Extract<Place, { kind: 'folder' | 'file' }>>()
  for (const path of paths) {
    if (!isBelow(path, folder)) continue
    const slash = path.indexOf('/', start)
    const child = slash === -1 ? path : path.slice(0, slash)
    if (!given.has(child)) found.set(child, { kind: slash === -1 ? 'file' : 'folder', path: child })
  }
  return [...found.values()]
}
