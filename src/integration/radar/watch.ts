// Following the files of worktrees by the kernel's watches, of which a machine has a limited number for all its programs:
// a budget keeps the radar to a part of them. The folders that a session may write come first, one watch each; those beyond,
// where nothing but a box would keep it from writing, have what is spared for them. A worktree that gets none, or not all,
// says so and is read now and then instead.
import { readFileSync, watch, type FSWatcher } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, ignoring } from '../../contract/errors.ts'

/** The part of all watches of the machine that the radar takes at most. */
const SHARE = 0.25
/** Of these, for folders in which no session is expected to write; each costs a kilobyte or two of memory as well. */
const SPARE_SHARE = 0.5
const MOST_SPARE = 10_000
/** Of the spare ones, for one worktree. */
const MOST_BEYOND = 2_000
const WITHOUT_LIMIT = 4_096
const LIMIT_FILE = '/proc/sys/fs/inotify/max_user_watches'
const EXHAUSTED = ['ENOSPC', 'EMFILE', 'ENFILE']
const GONE = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP']
/** Never followed, wherever they stand. */
const UNFOLLOWED: ReadonlySet<string> = new Set(['.git', 'node_modules', '.quintet'])
const GATHER_MS = 5

/** `own`: a folder that the session may write. `beyond`: any other. */
type Kind = 'own' | 'beyond'

/** How many watches may still be set. */
export class WatchBudget {
  #left: number
  #spare: number

  constructor(limit: number = Math.floor(machineLimit() * SHARE)) {
    this.#left = limit
    this.#spare = Math.min(Math.floor(limit * SPARE_SHARE), MOST_SPARE)
  }

  get left(): number {
    return this.#left
  }

  /** Takes one; false when there is none. */
  take(kind: Kind = 'own'): boolean {
    if (this.#left <= 0 || (kind === 'beyond' && this.#spare <= 0)) return false
    this.#left -= 1
    if (kind === 'beyond') this.#spare -= 1
    return true
  }

  give(kind: Kind = 'own'): void {
    this.#left += 1
    if (kind === 'beyond') this.#spare += 1
  }

  /** The kernel has none left, whatever was counted. */
  exhaust(): void {
    this.#left = 0
  }
}

export interface FolderWatchOptions {
  readonly root: string
  /** Relative to the root, without slashes at their ends; the root itself is an empty text. */
  readonly folders: readonly string[]
  readonly budget: WatchBudget
  /** Whether a folder that has come is none to be followed, such as the output of a build. Must not throw. */
  readonly skips?: (folder: string) => Promise<boolean>
  /** Told of files and folders that were written, created or deleted, gathered over a few milliseconds; relative to the
   *  root. `.git` at the top: it came or went. */
  readonly onSaved: (paths: readonly string[]) => void
}

export class FolderWatch implements Disposable {
  readonly #options: FolderWatchOptions
  readonly #watchers = new Map<string, { readonly watcher: FSWatcher; readonly kind: Kind }>()
  readonly #unwatched = new Set<string>()
  readonly #left = new Set<string>()
  readonly #saved = new Set<string>()
  readonly #looking = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #beyond = 0

  constructor(options: FolderWatchOptions) {
    this.#options = options
    for (const folder of options.folders) this.#watch(folder, 'own')
  }

  /** Watches these as well, those nearest to the root first, as far as watches can be spared. */
  widen(folders: readonly string[]): void {
    for (const folder of folders.toSorted((a, b) => depthOf(a) - depthOf(b))) this.#watch(folder, 'beyond')
  }

  /** Why not everything is watched; null when it is. */
  get gap(): string | null {
    const missing = this.#unwatched.size + this.#left.size
    if (missing === 0) return null
    const why =
      this.#unwatched.size > 0
        ? 'the machine has too few watches'
        : 'more lie outside its scope than are followed'
    return `${missing} of ${missing + this.#watchers.size} folders are not watched: ${why}.`
  }

  get watched(): number {
    return this.#watchers.size
  }

  /** Has told, afterwards, of all that the kernel has reported until now. */
  async settled(): Promise<void> {
    while (this.#looking.size > 0) await Promise.all(this.#looking)
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#saved.size > 0) this.#flush()
  }

  #watch(folder: string, kind: Kind): void {
    if (this.#closed || this.#watchers.has(folder)) return
    const full = kind === 'beyond' && this.#beyond >= MOST_BEYOND
    if (full || !this.#options.budget.take(kind)) {
      this.#miss(folder, kind)
      return
    }
    try {
      const watcher = watch(join(this.#options.root, folder), { persistent: false }, (event, name) =>
        this.#note(folder, event, name),
      )
      watcher.on('error', () => this.#release(folder))
      this.#watchers.set(folder, { watcher, kind })
      this.#unwatched.delete(folder)
      this.#left.delete(folder)
      if (kind === 'beyond') this.#beyond += 1
    } catch (error) {
      this.#options.budget.give(kind)
      const errno = errnoOf(error) ?? ''
      if (EXHAUSTED.includes(errno)) {
        this.#options.budget.exhaust()
        this.#miss(folder, kind)
      } else if (!GONE.includes(errno)) throw error
    }
  }

  #miss(folder: string, kind: Kind): void {
    if (kind === 'own') this.#unwatched.add(folder)
    else if (!this.#unwatched.has(folder)) this.#left.add(folder)
  }

  #release(folder: string): void {
    this.#unwatched.delete(folder)
    this.#left.delete(folder)
    const watched = this.#watchers.get(folder)
    if (watched === undefined) return
    this.#watchers.delete(folder)
    if (watched.kind === 'beyond') this.#beyond -= 1
    this.#options.budget.give(watched.kind)
    watched.watcher.close()
  }

  /** A folder that went or was moved takes those in it along. */
  #releaseAll(folder: string): void {
    const known = [...this.#watchers.keys(), ...this.#unwatched, ...this.#left]
    for (const one of known) if (one === folder || one.startsWith(`${folder}/`)) this.#release(one)
  }

  #note(folder: string, kind: string, name: string | null): void {
    if (folder === '' && name === '.git' && kind === 'rename') this.#tell(name)
    if (name === null || UNFOLLOWED.has(name)) return
    const path = folder === '' ? name : `${folder}/${name}`
    this.#tell(path)
    if (kind !== 'rename') return
    const looking = this.#come(path).finally(() => this.#looking.delete(looking))
    this.#looking.add(looking)
  }

  #tell(path: string): void {
    this.#saved.add(path)
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS)
  }

  #flush(): void {
    this.#timer = undefined
    const paths = [...this.#saved]
    this.#saved.clear()
    if (!this.#closed) this.#options.onSaved(paths)
  }

  async #come(path: string): Promise<void> {
    const found = await ignoring(GONE, lstat(join(this.#options.root, path)))
    if (found?.isDirectory() !== true) this.#releaseAll(path)
    else if ((await this.#options.skips?.(path)) !== true) await this.#lookInto(path)
  }

  /** A folder that has come is followed as well, and what is in it already is told. */
  async #lookInto(path: string): Promise<void> {
    if (this.#closed) return
    // What is new at the top is a program's output as often as somebody's work.
    const above = path.includes('/') ? this.#watchers.get(path.slice(0, path.lastIndexOf('/'))) : undefined
    this.#watch(path, above?.kind ?? 'beyond')
    const entries =
      (await ignoring(GONE, readdir(join(this.#options.root, path), { withFileTypes: true }))) ?? []
    for (const entry of entries) {
      if (UNFOLLOWED.has(entry.name)) continue
      const inside = `${path}/${entry.name}`
      if (entry.isDirectory()) await this.#lookInto(inside)
      else this.#tell(inside)
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const folder of this.#watchers.keys()) this.#release(folder)
  }
}

function depthOf(folder: string): number {
  return folder === '' ? 0 : folder.split('/').length
}

function machineLimit(): number {
  try {
    return Number(readFileSync(LIMIT_FILE, 'utf8').trim()) || WITHOUT_LIMIT
  } catch (error) {
    if (!GONE.includes(errnoOf(error) ?? '')) throw error
    return WITHOUT_LIMIT / SHARE
  }
}
