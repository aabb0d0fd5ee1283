// Which files of a worktree have changed since they were looked at last, without git and without watches: by the time of the
// last change of each (ctime), which nobody can set, and for what comes and goes by that of its folder. A look costs some two
// microseconds for each folder and file; git would take two to three times as much for the same.
import { lstatSync, readdirSync, type Dirent } from 'node:fs'
import { join } from 'node:path'
import { errnoOf } from '../../contract/errors.ts'
import { UNFOLLOWED } from './watch.ts'

/** Tracked files by folder, shared by all worktrees of one commit. */
export type FolderFiles = ReadonlyMap<string, readonly string[]>

/** Looks at so many before others have their turn. */
const AT_ONCE = 300
/** Of a folder that has come; with more of them it is for others to look into it. */
export const MOST_INSIDE = 2_000
/** New folders of a worktree that are looked at. */
const MOST_NEW = 2_000
/** Two writes within one tick of the clock of files cannot be told apart. */
const TICK_MS = 30
const ABSENT = -1
const GONE = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP']

/** Names of the files in each folder, and of the folders in it; the root is an empty text. `files`: all tracked ones. */
export function filesByFolder(files: readonly string[]): FolderFiles {
  const found = new Map<string, string[]>([['', []]])
  const folder = (path: string): string[] => {
    const known = found.get(path)
    if (known !== undefined) return known
    const names: string[] = []
    found.set(path, names)
    folderOf(path)
    return names
  }
  const folderOf = (path: string): string[] => folder(path.slice(0, Math.max(0, path.lastIndexOf('/'))))
  for (const file of files) folderOf(file).push(file.slice(file.lastIndexOf('/') + 1))
  return found
}

export interface Look {
  /** Folders to be looked at; all others are passed over. */
  readonly folders: (folder: string) => boolean
  /** Files to be looked at beside the tracked ones, relative to the root. */
  readonly more: Iterable<string>
  /** Those new folders that are not to be looked into. */
  readonly skips: (folders: readonly string[]) => Promise<ReadonlySet<string>>
  /** Whether somebody wants to go on. */
  readonly signal: AbortSignal
}

export class FileTimes {
  readonly #root: string
  #layout: FolderFiles | null = null
  #costMs = 0
  /** Of each folder and then of its files, in the order of the layout; 0: not looked at yet. */
  #times = new Float64Array()
  readonly #more = new Map<string, number>()
  /** Names in folders that are neither those of tracked files nor of folders with such. */
  readonly #strange = new Map<string, ReadonlySet<string>>()
  /** New folders, without tracked files: the last one above each that has some, and their times. */
  readonly #new = new Map<string, { readonly above: string; time: number }>()
  /** Those of them that were not looked into yet. */
  #met: string[] = []
  /** Those that were since somebody took them. */
  #found: string[] = []
  readonly #now: () => number

  constructor(root: string, now: () => number = Date.now) {
    this.#root = root
    this.#now = now
  }

  /** New folders that were found since this was asked last. */
  takeNew(): readonly string[] {
    const found = this.#found
    this.#found = []
    return found
  }

  /** Processor time of the last look, without what else was done meanwhile; milliseconds. */
  get costMs(): number {
    return this.#costMs
  }

  /** Paths that have changed since they were looked at last; those that were not looked at yet count as changed. Null where
   *  the layout is another one than the last time: everything began anew, and nothing is known of what came before. */
  async look(layout: FolderFiles, look: Look): Promise<readonly string[] | null> {
    const { folders, more, signal } = look
    const anew = layout !== this.#layout
    if (anew) this.#begin(layout)
    const changed: string[] = []
    let [place, count, began] = [0, 0, process.cpuUsage()]
    this.#costMs = 0
    for (const [folder, names] of layout) {
      const at = place
      place += names.length + 1
      if (!folders(folder)) continue
      this.#lookInto(folder, at, anew ? null : changed)
      if ((count += names.length + 1) < AT_ONCE) continue
      this.#costMs += spentMs(began)
      await new Promise((resolve) => setImmediate(resolve))
      if (signal.aborted || layout !== this.#layout) return []
      count = 0
      began = process.cpuUsage()
    }
    for (const [folder, { above }] of this.#new)
      if (!anew && (folders(above) || folders(folder))) this.#lookIntoNew(folder, changed)
    for (const path of more) this.#lookAt(path, changed)
    this.#costMs += spentMs(began)
    await this.#lookIntoMet(look.skips, anew ? null : changed)
    return anew ? null : [...new Set(changed)]
  }

  #begin(layout: FolderFiles): void {
    this.#layout = layout
    const count = [...layout.values()].reduce((sum, names) => sum + names.length + 1, 0)
    this.#times = new Float64Array(count)
    this.#more.clear()
    this.#strange.clear()
    this.#new.clear()
    this.#met = []
    this.#found = []
  }

  /** `changed` is null the first time: what is there and is not tracked is told when it changes. */
  #lookInto(folder: string, place: number, changed: string[] | null): void {
    const names = this.#layout?.get(folder) ?? []
    const at = join(this.#root, folder)
    const time = this.#timeOf(at)
    if (time !== this.#times[place]) {
      this.#times[place] = time
      this.#lookForNew(folder, folder, changed)
    }
    for (const [index, name] of names.entries()) {
      const now = time === ABSENT ? ABSENT : this.#timeOf(`${at}/${name}`)
      if (now === this.#times[place + index + 1]) continue
      this.#times[place + index + 1] = now
      changed?.push(within(folder, name))
    }
  }

  #lookIntoNew(folder: string, changed: string[]): void {
    const known = this.#new.get(folder)
    const time = this.#timeOf(join(this.#root, folder))
    if (known === undefined || time === known.time) return
    known.time = time
    this.#lookForNew(folder, known.above, changed)
    if (time === ABSENT) this.#new.delete(folder)
  }

  /** New folders, one level after the other. */
  async #lookIntoMet(skips: Look['skips'], changed: string[] | null): Promise<void> {
    while (this.#met.length > 0) {
      const met = this.#met
      this.#met = []
      const skipped = await skips(met)
      for (const folder of met) {
        const known = this.#new.get(folder)
        if (known === undefined) continue
        if (skipped.has(folder)) {
          this.#new.delete(folder)
          continue
        }
        this.#found.push(folder)
        known.time = this.#timeOf(join(this.#root, folder))
        this.#lookForNew(folder, known.above, changed)
      }
    }
  }

  /** What is there and is not tracked, as far as it was not there the last time; and what of that is gone. `changed` is null
   *  the first time: what is there then is told when it changes. */
  #lookForNew(folder: string, above: string, changed: string[] | null): void {
    const before = this.#strange.get(folder)
    const names = new Set(this.#layout?.get(folder))
    const strange = new Set<string>()
    for (const entry of entriesOf(join(this.#root, folder))) {
      const [name, path] = [entry.name, within(folder, entry.name)]
      const known = names.has(name) && !entry.isDirectory()
      if (known || UNFOLLOWED.has(name) || this.#layout?.has(path) === true) continue
      // What was a file and is a folder now has come.
      const kind = entry.isDirectory() ? `${name}/` : name
      strange.add(kind)
      if (before?.has(kind) === true) continue
      // Of a folder with very many files it is for others to look into it.
      if (changed !== null && (folder === above || changed.length <= MOST_INSIDE)) changed.push(path)
      if (entry.isDirectory()) this.#meet(path, above)
    }
    for (const name of before ?? []) if (!strange.has(name)) changed?.push(within(folder, withoutSlash(name)))
    if (strange.size === 0) this.#strange.delete(folder)
    else this.#strange.set(folder, strange)
  }

  #meet(folder: string, above: string): void {
    if (this.#new.size >= MOST_NEW) return
    this.#new.set(folder, { above, time: ABSENT })
    this.#strange.delete(folder)
    this.#met.push(folder)
  }

  #lookAt(path: string, changed: string[]): void {
    const now = this.#timeOf(join(this.#root, path))
    if (this.#more.get(path) === now) return
    this.#more.set(path, now)
    changed.push(path)
  }

  /** Not a number when it may change once more without another time. */
  #timeOf(path: string): number {
    try {
      const found = lstatSync(path, { throwIfNoEntry: false })
      if (found === undefined) return ABSENT
      return Math.abs(this.#now() - found.ctimeMs) < TICK_MS ? Number.NaN : found.ctimeMs
    } catch (error) {
      if (!GONE.includes(errnoOf(error) ?? '')) throw error
      return ABSENT
    }
  }
}

function within(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}

function withoutSlash(name: string): string {
  return name.endsWith('/') ? name.slice(0, -1) : name
}

function spentMs(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began)
  return (user + system) / 1_000
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (!GONE.includes(errnoOf(error) ?? '')) throw error
    return []
  }
}
