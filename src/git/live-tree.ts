// The files of a worktree as they stand, as a commit, again and again: through an index of our own that stays, so that each
// time only what changed is read, and into a scratch store. The agent's index, its lock and the repository are not touched.
import { join } from 'node:path'
import { commitTree, OWN_IDENTITY } from './merge/merge.ts'
import type { ScratchObjects } from './objects/scratch.ts'
import {
  copyIndex,
  hiddenEntries,
  indexGit,
  leaveOut,
  presentAmong,
  reveal,
  type Index,
} from './private-index.ts'
import { resolveCommit } from './repository.ts'
import { records } from './run.ts'

export interface LiveTreeOptions {
  /** The worktree. */
  readonly cwd: string
  readonly scratch: ScratchObjects
  /** A word for files, unique within the scratch store. */
  readonly name: string
  /** A commit that resembles the worktree and is wholly in the repository. */
  readonly like: string
}

export class LiveTree {
  readonly #options: LiveTreeOptions
  readonly #file: string
  readonly #index: Index
  #filled = false
  /** Of the index as it is; null when it has changed since. */
  #tree: string | null = null
  /** What a sparse checkout leaves out. */
  #absent: ReadonlySet<string> = new Set()

  constructor(options: LiveTreeOptions) {
    const { cwd, scratch, name } = options
    this.#options = options
    this.#file = join(scratch.folder, `index-${name}`)
    this.#index = { cwd, env: { ...scratch.env, GIT_INDEX_FILE: this.#file } }
  }

  /** The tree of the worktree's files, untracked ones included and ignored ones not. `paths`: what can have changed since
   *  the last call; absent: anything. Throws `E_GIT` when a file went while it was read. */
  async tree(paths?: readonly string[]): Promise<string> {
    const known = this.#filled ? paths : undefined
    if (!this.#filled) await this.#fill()
    await this.#appeared(known)
    const stage = known ?? (await this.#changed())
    if (stage.length > 0) {
      this.#tree = null
      await this.#stage(stage)
    }
    this.#tree ??= (await indexGit(this.#index, ['write-tree'], 'write a tree')).trim()
    return this.#tree
  }

  /** HEAD of the worktree; null when it is not in the repository (yet). */
  head(): Promise<string | null> {
    return resolveCommit(this.#options.cwd, 'HEAD')
  }

  async #fill(): Promise<void> {
    const own = this.#index
    const copied = await copyIndex(own.cwd, this.#file)
    const left = copied ? (await hiddenEntries(own)).absent : []
    // What is known of unchanged files stays; the objects of a box, which may not be here yet, are not asked for.
    await indexGit(this.#index, ['read-tree', '--reset', this.#options.like], 'read a tree')
    await leaveOut(own, left)
    const hidden = await hiddenEntries(own)
    await reveal(own, hidden)
    this.#absent = new Set(hidden.absent)
    this.#filled = true
  }

  /** A file that was left out may have been checked out or written since. */
  async #appeared(paths: readonly string[] | undefined): Promise<void> {
    const asked = (paths ?? [...this.#absent]).filter((path) => this.#absent.has(path))
    const present = await presentAmong(this.#index.cwd, asked)
    if (present.size === 0) return
    await reveal(this.#index, { skipped: [...present], assumed: [], absent: [] })
    this.#absent = new Set([...this.#absent].filter((path) => !present.has(path)))
  }

  async #changed(): Promise<readonly string[]> {
    // Beside each path stands why it is listed; one that is deleted is listed twice.
    const found = await indexGit(
      this.#index,
      ['ls-files', '-z', '-t', '--modified', '--deleted', '--others', '--exclude-standard'],
      'list the changed files',
    )
    // A slash at the end: a repository of its own, whose configuration is none of ours.
    return [...new Set(records(found).map((line) => line.slice(2)))].filter((path) => !path.endsWith('/'))
  }

  async #stage(paths: readonly string[]): Promise<void> {
    const args = [
      '-c',
      'core.safecrlf=false',
      'update-index',
      '--add',
      '--remove',
      '--replace',
      // What a sparse checkout leaves out stays.
      '--ignore-skip-worktree-entries',
      '-z',
      '--stdin',
    ]
    await indexGit(this.#index, args, 'note changed files', paths)
  }
}

/** Writes a commit that nobody will keep into a scratch store. */
export async function scratchCommit(
  cwd: string,
  scratch: ScratchObjects,
  { tree, parents }: { readonly tree: string; readonly parents: readonly string[] },
): Promise<string> {
  const commit = { tree, parents, message: 'scratch\n', identity: OWN_IDENTITY, env: scratch.env }
  return await commitTree(cwd, commit)
}
