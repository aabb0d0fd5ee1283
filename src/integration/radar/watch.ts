// Following the files of one worktree by the kernel's watches, one a folder, as far as the budget goes. The folders that a
// session may write come first; those beyond, where nothing but a box would keep it from writing, have what is spared for
// them. What gets no watch is said, with the reason, and is looked at now and then instead. A watch dies with its folder and
// goes along when the folder is moved; both are told by the watch itself, and another folder of that name is watched anew.
import { lstatSync, watch, type FSWatcher } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { errnoOf, ignoring } from '../../contract/errors.ts'
import type { WatchBudget } from './budget.ts'

/** Folders beyond the scope of one worktree that are watched at most. */
const MOST_BEYOND = 2_000
const EXHAUSTED = ['ENOSPC', 'EMFILE', 'ENFILE']
const GONE = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP']
/** Never followed, wherever they stand. */
export const UNFOLLOWED: ReadonlySet<string> = new Set(['.git', 'node_modules', '.quintet'])
const GATHER_MS = 5
/** Folders that are looked at before others have their turn. */
const AT_ONCE = 500

type Kind = 'own' | 'beyond'

interface Watched {
  readonly watcher: FSWatcher
  readonly kind: Kind
  /** Which folder it is, whatever its name; numbers of folders that are gone are given again. */
  readonly identity: string
}

export interface FolderWatchOptions {
  readonly root: string
  /** Relative to the root, without slashes at their ends; the root itself is an empty text. */
  readonly folders: readonly string[]
  readonly budget: WatchBudget
  /** Those of the folders that have come that are none to be followed, such as the output of a build. Must not throw. */
  readonly skips?: (folders: readonly string[]) => Promise<ReadonlySet<string>>
  /** Told of files and folders that were written, created or deleted, gathered over a few milliseconds; relative to the
   *  root. `.git` at the top: it came or went. */
  readonly onSaved: (paths: readonly string[]) => void
  /** Told that something may have gone unseen. Must not throw. */
  readonly onLost?: () => void
}

export class FolderWatch implements Disposable {
  readonly #options: FolderWatchOptions
  readonly #watched = new Map<string, Watched>()
  readonly #unwatched = new Set<string>()
  readonly #left = new Set<string>()
  /** Of the unwatched those that went: whatever comes in their place is new. */
  readonly #gone = new Set<string>()
  readonly #saved = new Set<string>()
  /** Came or went, and not looked at yet. */
  readonly #came = new Set<string>()
  #taking = false
  readonly #looking = new Set<Promise<void>>()
  readonly #overflow: Disposable
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #beyond = 0

  constructor(options: FolderWatchOptions) {
    this.#options = options
    this.#overflow = options.budget.queue.onOverflow(() => this.#lost())
    for (const folder of options.folders) this.#watch(folder, 'own')
  }

  /** Watches these as well, those nearest to the root first, as far as watches can be spared. */
  widen(folders: readonly string[]): void {
    for (const folder of folders.toSorted((a, b) => depthOf(a) - depthOf(b))) this.#watch(folder, 'beyond')
  }

  /** Watches these, in which something has changed; where no watch is left, in the place of one beyond the scope. */
  favour(folders: readonly string[]): void {
    for (const folder of folders) {
      const known = this.#watched.get(folder)
      if (known?.kind === 'own') continue
      if (known === undefined && this.#options.budget.full) this.#makeRoom()
      this.#watch(folder, 'own')
    }
  }

  /** Why not everything is watched; null when it is. */
  get gap(): string | null {
    const missing = this.#unwatched.size + this.#left.size
    if (missing === 0) return null
    const lack = this.#options.budget.lack
    const why =
      lack ??
      (this.#unwatched.size > 0 ? 'not yet tried again' : 'more lie outside its scope than are followed')
    return `${missing} of ${missing + this.#watched.size} folders are not watched: ${why}.`
  }

  get watched(): number {
    return this.#watched.size
  }

  get missing(): number {
    return this.#unwatched.size + this.#left.size
  }

  /** Whether what happens in a folder is told. */
  watches(folder: string): boolean {
    return this.#watched.has(folder)
  }

  /** Whether a folder ought to be watched and is not. */
  misses(folder: string): boolean {
    return this.#unwatched.has(folder) || this.#left.has(folder)
  }

  /** Looks whether every watch is still that of its folder, and tries again what could not be watched. */
  async mend(): Promise<void> {
    let count = 0
    for (const folder of this.#watched.keys()) {
      if ((count += 1) % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve))
      if (this.#closed) return
      if (this.#identityOf(folder) !== this.#watched.get(folder)?.identity) this.#moved(folder)
    }
    const before = this.#watched.size
    for (const folder of this.#unwatched) this.#watch(folder, 'own')
    for (const folder of this.#left) this.#watch(folder, 'beyond')
    // What happened there until now was not told.
    if (this.#watched.size > before) this.#options.onLost?.()
    this.come([...this.#gone].filter((folder) => this.#watched.has(folder)))
    for (const folder of this.#gone) if (!this.misses(folder)) this.#gone.delete(folder)
  }

  /** Follows these as well, as far as they are folders that stand there and are to be followed. */
  come(paths: readonly string[]): void {
    for (const path of paths) this.#came.add(path)
    if (this.#taking || this.#came.size === 0) return
    this.#taking = true
    this.#follow(this.#takeIn())
  }

  /** Has told, afterwards, of all that the kernel has reported until now. */
  async settled(): Promise<void> {
    while (this.#looking.size > 0) await Promise.all(this.#looking)
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#saved.size > 0) this.#flush()
  }

  #watch(folder: string, kind: Kind): void {
    if (this.#closed || this.#watched.has(folder)) return
    const full = kind === 'beyond' && this.#beyond >= MOST_BEYOND
    if (full || !this.#options.budget.take(kind)) return this.#miss(folder, kind)
    if (this.#open(folder, kind)) {
      if (kind === 'beyond') this.#beyond += 1
    } else this.#options.budget.give(kind)
  }

  /** False when there is no such folder, or no watch for it. */
  #open(folder: string, kind: Kind): boolean {
    try {
      const watcher = watch(join(this.#options.root, folder), { persistent: false })
      watcher.on('change', (event, name) =>
        this.#note({ folder, watcher, event, name: name?.toString() ?? null }),
      )
      watcher.on('error', () => this.#died(folder, watcher))
      this.#watched.set(folder, { watcher, kind, identity: this.#identityOf(folder) })
      this.#unwatched.delete(folder)
      this.#left.delete(folder)
      return true
    } catch (error) {
      const errno = errnoOf(error) ?? ''
      if (!EXHAUSTED.includes(errno) && !GONE.includes(errno)) throw error
      if (EXHAUSTED.includes(errno)) {
        this.#options.budget.refused(errno)
        this.#miss(folder, kind)
      } else if (!this.#gone.has(folder)) this.#forget(folder)
      return false
    }
  }

  #identityOf(folder: string): string {
    const found = lstatSync(join(this.#options.root, folder), { throwIfNoEntry: false })
    return found === undefined ? '' : `${found.ino} ${found.birthtimeMs}`
  }

  #miss(folder: string, kind: Kind): void {
    if (kind === 'own') {
      this.#left.delete(folder)
      this.#unwatched.add(folder)
    } else if (!this.#unwatched.has(folder)) this.#left.add(folder)
  }

  #forget(folder: string): void {
    this.#unwatched.delete(folder)
    this.#left.delete(folder)
  }

  /** Gives one watch beyond the scope away: the last that was set, which is that of the deepest folder. */
  #makeRoom(): void {
    for (const folder of [...this.#watched.keys()].toReversed()) {
      if (this.#watched.get(folder)?.kind !== 'beyond') continue
      this.#release(folder)
      this.#left.add(folder)
      return
    }
  }

  #release(folder: string): void {
    this.#forget(folder)
    const watched = this.#watched.get(folder)
    if (watched === undefined) return
    this.#watched.delete(folder)
    if (watched.kind === 'beyond') this.#beyond -= 1
    this.#options.budget.give(watched.kind)
    this.#options.budget.queue.close(watched.watcher)
  }

  /** A folder that went or was moved takes those in it along. */
  #releaseAll(folder: string): void {
    const known = [...this.#watched.keys(), ...this.#unwatched, ...this.#left]
    const within = folder === '' ? known : known.filter((one) => one.startsWith(`${folder}/`))
    for (const one of within) this.#release(one)
    this.#release(folder)
  }

  #note(told: { folder: string; watcher: FSWatcher; event: string; name: string | null }): void {
    const { folder, watcher, event, name } = told
    this.#options.budget.queue.note()
    if (this.#watched.get(folder)?.watcher !== watcher) return
    if (folder === '' && name === '.git' && event === 'rename') this.#tell(name)
    if (name === null || UNFOLLOWED.has(name)) return
    // The watch tells of its own folder by that folder's name: it went, or was moved.
    const itself = event === 'rename' && name === basename(join(this.#options.root, folder))
    if (itself && this.#identityOf(folder) !== this.#watched.get(folder)?.identity) return this.#moved(folder)
    if (itself) this.#renew(folder)
    const path = folder === '' ? name : `${folder}/${name}`
    this.#tell(path)
    if (event === 'rename') this.come([path])
  }

  /** Another folder has come to stand there, or none. */
  #moved(folder: string): void {
    const known = [...this.#watched].filter(
      ([one]) => folder === '' || one === folder || one.startsWith(`${folder}/`),
    )
    this.#releaseAll(folder)
    this.#tell(folder === '' ? '.git' : folder)
    this.#options.onLost?.()
    if (this.#identityOf(folder) !== '') {
      for (const [one, { kind }] of known) this.#watch(one, kind)
      this.come([folder])
      return
    }
    // Where nobody would see it come back it is tried now and then.
    const above = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : ''
    if (folder !== '' && this.#watched.has(above)) return
    for (const [one, { kind }] of known) {
      this.#miss(one, kind)
      this.#gone.add(one)
    }
  }

  /** The watch may have died although a folder stands there, as when one is deleted and made again at once. */
  #renew(folder: string): void {
    const before = this.#watched.get(folder)
    if (before === undefined || !this.#open(folder, before.kind)) return
    this.#options.budget.queue.close(before.watcher)
  }

  #died(folder: string, watcher: FSWatcher): void {
    const kind = this.#watched.get(folder)?.watcher === watcher ? this.#watched.get(folder)?.kind : undefined
    if (kind === undefined) return
    this.#release(folder)
    this.#miss(folder, kind)
    this.#options.onLost?.()
  }

  #lost(): void {
    // What came and went unseen has taken its watch along.
    this.#follow(this.mend())
    this.#options.onLost?.()
  }

  #follow(work: Promise<void>): void {
    const looking = work
      // Whatever kept it from being looked at: it is to be read instead.
      .catch(() => this.#options.onLost?.())
      .finally(() => this.#looking.delete(looking))
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

  /** Looks at what has come or gone: all that is told meanwhile is looked at together. */
  async #takeIn(): Promise<void> {
    // The loop reads all events that are there before it goes on.
    await new Promise((resolve) => setImmediate(resolve))
    try {
      while (this.#came.size > 0 && !this.#closed) {
        const came = [...this.#came]
        this.#came.clear()
        const folders: string[] = []
        for (const path of came) {
          const found = await ignoring(GONE, lstat(join(this.#options.root, path)))
          if (found?.isDirectory() === true) folders.push(path)
          else this.#releaseAll(path)
        }
        await this.#lookInto(folders)
      }
    } finally {
      this.#taking = false
    }
  }

  /** Folders that have come are followed as well, and what is in them already is told; one level after the other. */
  async #lookInto(folders: readonly string[]): Promise<void> {
    for (let level = folders; level.length > 0;) {
      const skipped = await this.#options.skips?.(level)
      const inside: string[] = []
      for (const path of level) if (skipped?.has(path) !== true) inside.push(...(await this.#enter(path)))
      level = inside
    }
  }

  /** The folders in it that are to be followed as well. */
  async #enter(path: string): Promise<readonly string[]> {
    if (this.#closed) return []
    // What is new at the top is a program's output as often as somebody's work.
    const above = path.includes('/') ? this.#watched.get(path.slice(0, path.lastIndexOf('/'))) : undefined
    this.#watch(path, above?.kind ?? 'beyond')
    const entries =
      (await ignoring(GONE, readdir(join(this.#options.root, path), { withFileTypes: true }))) ?? []
    const folders: string[] = []
    for (const entry of entries) {
      if (UNFOLLOWED.has(entry.name)) continue
      const inside = path === '' ? entry.name : `${path}/${entry.name}`
      if (!entry.isDirectory()) this.#tell(inside)
      else if (path !== '' || this.#watched.has(inside)) folders.push(inside)
    }
    return folders
  }

  [Symbol.dispose](): void {
    this.#closed = true
    this.#overflow[Symbol.dispose]()
    clearTimeout(this.#timer)
    for (const folder of this.#watched.keys()) this.#release(folder)
  }
}

function depthOf(folder: string): number {
  return folder === '' ? 0 : folder.split('/').length
}
