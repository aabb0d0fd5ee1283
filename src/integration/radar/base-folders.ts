// What stands in the folders of the common base. Whoever saves a file saves its neighbours as well, and often under a name
// that is gone a moment later: a folder is listed once, instead of a look-up for every name, within bounds.
import { treeEntries } from '../../git/hunks.ts'

interface Entry {
  readonly mode: string
  readonly blob: string
}

type Listing = ReadonlyMap<string, Entry>

/** Entries of all folders that are kept at once. */
const KEPT_ENTRIES = 50_000
/** A folder that counts as much as this one is looked into name by name. */
const LARGEST_FOLDER = 5_000

export class BaseFolders {
  readonly #cwd: string
  readonly #commit: string
  /** In the order in which they were used; null: too large to be kept. */
  readonly #folders = new Map<string, Listing | null>()
  #size = 0

  constructor(cwd: string, commit: string) {
    this.#cwd = cwd
    this.#commit = commit
  }

  /** Mode and blob of those paths that the base has, folders included. Throws `E_GIT` when it cannot be read. */
  async entries(paths: readonly string[]): Promise<Listing> {
    const found = new Map<string, Entry>()
    const single: string[] = []
    for (const path of paths) {
      const listing = await this.#listing(path.slice(0, path.lastIndexOf('/') + 1))
      if (listing === null) single.push(path)
      const entry = listing?.get(path)
      if (entry !== undefined) found.set(path, entry)
    }
    return new Map([...found, ...(await treeEntries(this.#cwd, this.#commit, single))])
  }

  /** `folder` ends with a slash; the top has no name that git could be asked for, and is not kept. */
  async #listing(folder: string): Promise<Listing | null> {
    if (folder === '') return null
    const known = this.#folders.get(folder)
    if (known !== undefined) {
      this.#folders.delete(folder)
      this.#folders.set(folder, known)
      return known
    }
    const listed = await treeEntries(this.#cwd, this.#commit, [folder])
    const listing = listed.size > LARGEST_FOLDER ? null : listed
    this.#keep(folder, listing)
    return listing
  }

  #keep(folder: string, listing: Listing | null): void {
    this.#folders.set(folder, listing)
    this.#size += sizeOf(listing)
    for (const [oldest, kept] of this.#folders) {
      if (this.#size <= KEPT_ENTRIES || oldest === folder) return
      this.#folders.delete(oldest)
      this.#size -= sizeOf(kept)
    }
  }
}

/** An empty folder takes room as well. */
const sizeOf = (listing: Listing | null): number => (listing?.size ?? 0) + 1
