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

/** A place and the piece it belongs to, an index; null takes it out of all pieces. */
export interface Given {
  readonly place: Place
  readonly piece: number | null
}

export interface Division {
  readonly pieces: number
  readonly given: readonly Given[]
}

/** Answers for paths; the most special place decides: a file, then names, then the innermost folder. */
export class Owners {
  readonly #folders = new Map<string, number | null>()
  readonly #files = new Map<string, number | null>()
  /** Folders that were asked for. */
  readonly #known = new Map<string, number | null>()
  readonly #names: { readonly holds: (path: string) => boolean; readonly piece: number | null }[] = []

  constructor({ given }: Pick<Division, 'given'>) {
    for (const { place, piece } of given) {
      if (place.kind === 'folder') this.#folders.set(place.path, piece)
      else if (place.kind === 'file') this.#files.set(place.path, piece)
      else this.#names.push({ holds: (path) => holdsName(place, path), piece })
    }
  }

  /** The piece that owns this path, null when none does. */
  ownerOf(path: string): number | null {
    const file = this.#files.get(path)
    if (file !== undefined) return file
    const named = this.#names.find(({ holds }) => holds(path))
    if (named !== undefined) return named.piece
    return this.#folderOwner(folderOf(path))
  }

  #folderOwner(folder: string): number | null {
    const given = this.#folders.get(folder) ?? this.#known.get(folder)
    if (given !== undefined) return given
    const piece = folder === '' || this.#folders.has(folder) ? null : this.#folderOwner(folderOf(folder))
    this.#known.set(folder, piece)
    return piece
  }
}

/** Whether a place that is told by names holds a path. */
export function holdsName(place: Exclude<Place, { kind: 'folder' | 'file' }>, path: string): boolean {
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
export function simplified({ pieces, given }: Division): Division {
  const folders = new Map(
    given.flatMap(({ place, piece }) => (place.kind === 'folder' ? [[place.path, piece] as const] : [])),
  )
  const around = (path: string): number | null | undefined => {
    for (let at = path; at !== '';) {
      at = folderOf(at)
      const piece = folders.get(at)
      if (piece !== undefined) return piece
    }
    return undefined
  }
  const kept = given.filter(({ place, piece }) => {
    if (place.kind === 'names' || place.kind === 'marked') return true
    if (place.kind === 'folder' && place.path === '') return true
    const outer = around(place.path)
    return outer === undefined ? piece !== null : outer !== piece
  })
  return { pieces, given: kept }
}
