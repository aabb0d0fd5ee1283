// The files of the common base, as far as somebody has touched them: their lines are kept, within bounds, since every save
// is compared with them.
import { blobTexts } from '../../git/objects/blobs.ts'
import { BaseFolders } from './base-folders.ts'
import { linesOf } from './line-diff.ts'

export interface BaseFile {
  readonly mode: string
  readonly blob: string
  /** Null: binary, too long, a link or another repository. */
  readonly lines: readonly string[] | null
}

/** Bytes of one file above which its lines are not compared. */
export const LONGEST_BYTES = 1024 * 1024
/** Characters of all files that are kept at once. */
const KEPT_CHARACTERS = 24 * 1024 * 1024

interface Known {
  readonly file: BaseFile | null
  readonly folder: boolean
  readonly size: number
}

export class BaseFiles {
  readonly #cwd: string
  readonly #folders: BaseFolders
  /** In the order in which they were asked for; null: the base has no such file. */
  readonly #files = new Map<string, Known>()
  #size = 0

  constructor(cwd: string, commit: string) {
    this.#cwd = cwd
    this.#folders = new BaseFolders(cwd, commit)
  }

  /** The file of the base; null when it has none, undefined when it is to be loaded first. */
  file(path: string): BaseFile | null | undefined {
    const found = this.#files.get(path)
    if (found === undefined) return undefined
    this.#files.delete(path)
    this.#files.set(path, found)
    return found.file
  }

  /** Whether the base has a folder there, as far as it was loaded. */
  isFolder(path: string): boolean {
    return this.#files.get(path)?.folder ?? false
  }

  /** Loads what is not known of these paths. */
  async load(paths: readonly string[]): Promise<void> {
    const missing = [...new Set(paths)].filter((path) => !this.#files.has(path))
    if (missing.length === 0) return
    const entries = await this.#folders.entries(missing)
    const blobs = [...entries.values()].filter(({ mode }) => mode.startsWith('100')).map(({ blob }) => blob)
    const texts = await blobTexts(this.#cwd, blobs, LONGEST_BYTES)
    for (const path of missing) {
      const entry = entries.get(path)
      const folder = entry?.mode === '040000'
      const text = entry === undefined ? undefined : texts.get(entry.blob)
      const lines = text === undefined || text.includes('\0') ? null : linesOf(text)
      const file = entry === undefined || folder ? null : { ...entry, lines }
      this.#keep(path, { file, folder, size: (text?.length ?? 0) + path.length })
    }
  }

  #keep(path: string, known: Known): void {
    this.#files.set(path, known)
    this.#size += known.size
    for (const [oldest, { size: freed }] of this.#files) {
      if (this.#size <= KEPT_CHARACTERS || oldest === path) return
      this.#files.delete(oldest)
      this.#size -= freed
    }
  }
}
