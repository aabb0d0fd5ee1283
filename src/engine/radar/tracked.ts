// The files of the commit that was asked for last, for all sessions that begin there.
import { trackedFiles } from '../../git/files.ts'
import { filesByFolder, type FolderFiles } from '../../integration/radar/file-times.ts'
import { ignoredFolders } from './reading.ts'

export interface Tracked {
  readonly commit: string
  readonly paths: readonly string[]
  readonly layout: FolderFiles
}

export class TrackedFiles {
  readonly #root: string
  #last: { readonly commit: string; readonly tracked: Promise<Tracked> } | null = null

  constructor(root: string) {
    this.#root = root
  }

  /** Throws `E_GIT` when there is no such commit. */
  of(commit: string): Promise<Tracked> {
    if (this.#last?.commit === commit) return this.#last.tracked
    const tracked = read(this.#root, commit)
    this.#last = { commit, tracked }
    tracked.catch(() => {
      this.#last = null
    })
    return tracked
  }

  /** Those of the folders of a worktree at `path`, based on `commit`, in which git ignores everything. */
  async ignored(commit: string, path: string, folders: readonly string[]): Promise<ReadonlySet<string>> {
    return await ignoredFolders(path, folders, (await this.of(commit)).layout)
  }
}

async function read(root: string, commit: string): Promise<Tracked> {
  const paths = await trackedFiles(root, commit)
  return { commit, paths, layout: filesByFolder(paths) }
}
