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
/** Folders that are listed in one call. */
const AT_ONCE = 200

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
    const folders = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/') + 1)))
    const listings = await this.#listings(folders)
    const found = new Map<string, Entry>()
    const single: string[] = []
    for (const path of paths) {
      const listing = listings.get(path.slice(0, path.lastIndexOf('/') + 1)) ?? null
      if (listing === null) single.push(path)
      const entry = listing?.get(path)
      if (entry !== undefined) found.set(path, entry)
    }
    return new Map([...found, ...(await treeEntries(this.#cwd, this.#commit, single))])
  }

  /** Folders end with a slash; the top has no name that git could be asked for, and is not kept. */
  async #listings(folders: ReadonlySet<string>): Promise<ReadonlyMap<string, Listing | null>> {
    const found = new Map<string, Listing | null>()
    const missing: string[] = []
    for (const folder of folders) {
      if (folder === '') continue
      const known = this.#folders.get(folder)
      if (known === undefined) {
        missing.push(folder)
        continue
      }
      this.#folders.delete(folder)
      this.#folders.set(folder, known)
      found.set(folder, known)
    }
    for (const together of batches(missing))
      for (const [folder, listing] of await this.#list(together)) {
        found.set(folder, listing)
        this.#keep(folder, listing)
      }
    return found
  }

  /** In one call for all of them. */
  async #list(folders: readonly string[]): Promise<ReadonlyMap<string, Listing | null>> {
    const listings = new Map(folders.map((folder) => [folder, new Map<string, Entry>()]))
    for (const [path, entry] of await treeEntries(this.#cwd, this.#commit, folders))
      listings.get(path.slice(0, path.lastIndexOf('/') + 1))?.set(path, entry)
    return new Map(
      [...listings].map(([folder, listing]) => [folder, listing.size > LARGEST_FOLDER ? null : listing]),
    )
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

/** Git does not list a folder of which it is to list what is in it: none that lies in another one is asked for at once. */
function batches(folders: readonly string[]): readonly (readonly string[])[] {
  const byDepth = Map.groupBy(folders, (folder) => folder.split('/').length)
  return [...byDepth.values()].flatMap((same) =>
    Array.from({ length: Math.ceil(same.length / AT_ONCE) }, (_batch, index) =>
      same.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
    ),
  )
}
