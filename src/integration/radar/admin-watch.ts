// The folder in which git keeps what is a worktree's own, by two watches: where HEAD is, and what stands in the index. A commit,
// a switch, a reset are told at once, though they may touch no file.
import { watch, type FSWatcher } from 'node:fs'
import { lstat, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { errnoOf, ignoring } from '../../contract/errors.ts'
import type { WatchBudget } from './budget.ts'

const EXHAUSTED = ['ENOSPC', 'EMFILE', 'ENFILE']
const GONE = ['ENOENT', 'ENOTDIR', 'EACCES', 'EISDIR']
const GATHER_MS = 5
const LOGS = 'logs'

export interface AdminWatchOptions {
  /** The worktree. */
  readonly root: string
  readonly budget: WatchBudget
  /** Told that HEAD may be another commit (`head`), or that only the index was written; gathered over some milliseconds. */
  readonly onChanged: (what: 'head' | 'index') => void
}

export class AdminWatch implements Disposable {
  readonly #options: AdminWatchOptions
  readonly #watched = new Map<string, FSWatcher>()
  #folder: string | null = null
  #told: 'head' | 'index' | null = null
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: AdminWatchOptions) {
    this.#options = options
  }

  /** Sets what watches are missing; the folder is looked up anew when it is another one. */
  async open(): Promise<void> {
    const folder = await adminFolder(this.#options.root)
    if (this.#closed) return
    if (folder !== this.#folder) for (const one of this.#watched.keys()) this.#release(one)
    this.#folder = folder
    if (folder === null) return
    this.#watch('')
    this.#watch(LOGS)
  }

  /** Whether a move of HEAD is told. */
  get complete(): boolean {
    return this.#watched.size === 2
  }

  #watch(within: '' | typeof LOGS): void {
    if (this.#folder === null || this.#watched.has(within) || !this.#options.budget.take('admin')) return
    try {
      const watcher = watch(join(this.#folder, within), { persistent: false })
      watcher.on('change', (event, name) => this.#note(within, event, name?.toString() ?? ''))
      watcher.on('error', () => this.#release(within))
      this.#watched.set(within, watcher)
    } catch (error) {
      this.#options.budget.give('admin')
      const errno = errnoOf(error) ?? ''
      if (EXHAUSTED.includes(errno)) this.#options.budget.refused(errno)
      else if (!GONE.includes(errno)) throw error
    }
  }

  #release(within: string): void {
    const watcher = this.#watched.get(within)
    if (watcher === undefined) return
    this.#watched.delete(within)
    this.#options.budget.give('admin')
    this.#options.budget.queue.close(watcher)
  }

  #note(within: string, event: string, name: string): void {
    this.#options.budget.queue.note()
    if (name === LOGS && within === '') this.#watch(LOGS)
    // A watch tells of its own folder by that folder's name: it went, and may come again.
    if (event === 'rename' && name === basename(join(this.#folder ?? '', within))) this.#release(within)
    // What is in new logs already was written unseen.
    const head = name === 'HEAD' || (name === LOGS && within === '')
    if (!head && (name !== 'index' || within !== '')) return
    this.#told = head || this.#told === 'head' ? 'head' : 'index'
    this.#timer ??= setTimeout(() => {
      const told = this.#told
      this.#timer = undefined
      this.#told = null
      if (told !== null && !this.#closed) this.#options.onChanged(told)
    }, GATHER_MS)
  }

  [Symbol.dispose](): void {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const one of this.#watched.keys()) this.#release(one)
  }
}

/** Where git keeps what is the worktree's own; null when no worktree stands there. */
async function adminFolder(root: string): Promise<string | null> {
  const link = join(root, '.git')
  const found = await ignoring(GONE, lstat(link))
  if (found === undefined) return null
  if (found.isDirectory()) return link
  const text = (await ignoring(GONE, readFile(link, 'utf8'))) ?? ''
  const folder = /^gitdir: (.+?)\n*$/s.exec(text)?.[1]
  return folder === undefined ? null : resolve(root, folder)
}
