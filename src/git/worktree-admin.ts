// The registry of worktrees as it lies on the disk: one folder per worktree below `worktrees/`, with the files `gitdir`
// and `locked` as gitrepository-layout(5) describes them. Reading two files costs a tenth of a millisecond where a git
// process costs four, and a lock whose file is replaced by a rename changes hands without a moment in which there is none.
import { readFileSync } from 'node:fs'
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { errnoOf, ignoring } from '../contract/errors.ts'
import type { Repository } from './repository.ts'

export interface AdminEntry {
  /** Name of its folder below `worktrees/`. */
  readonly id: string
  readonly folder: string
  /** Of the worktree, as recorded; whether or not it is there. */
  readonly path: string
  /** The reason given with the lock, possibly empty; null when not locked. */
  readonly locked: string | null
}

const DRAFT = 'locked.quintet'
const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR'])

/** The entry of the worktree that is recorded at `path` (resolved); null when there is none. */
export async function adminEntry(repo: Repository, path: string): Promise<AdminEntry | null> {
  // Git names an entry after its folder where it can: the first look mostly is the last one.
  const likely = entryCalled(repo, basename(path))
  if (likely?.path === path) return likely
  return (await adminEntries(repo)).find((entry) => entry.path === path) ?? null
}

/** All entries that name a worktree; those that a killed git has left without are passed over. */
export async function adminEntries(repo: Pick<Repository, 'commonDir'>): Promise<AdminEntry[]> {
  const names = (await ignoring(['ENOENT'], readdir(join(repo.commonDir, 'worktrees')))) ?? []
  return names.map((name) => entryCalled(repo, name)).filter((entry) => entry !== null)
}

/** Folders of the registry that name no worktree: a git that was killed in mid-write leaves one, which no listing shows and,
 *  being locked, no prune takes. With the reason of the lock and the time of the last change, milliseconds since the epoch. */
export async function strayEntries(
  repo: Repository,
): Promise<{ readonly folder: string; readonly locked: string; readonly changedAt: number }[]> {
  const root = join(repo.commonDir, 'worktrees')
  const strays = []
  for (const name of (await ignoring(['ENOENT'], readdir(root))) ?? []) {
    const folder = join(root, name)
    const locked = textOf(join(folder, 'locked'))
    if (locked === undefined || (textOf(join(folder, 'gitdir')) ?? '') !== '') continue
    const found = await ignoring(['ENOENT'], stat(folder))
    if (found !== undefined) strays.push({ folder, locked: locked.trim(), changedAt: found.mtimeMs })
  }
  return strays
}

/** Writes the lock of an entry, or another reason over the one it has. */
export async function writeLock(entry: AdminEntry, reason: string): Promise<void> {
  await using draft = await draftLock(entry, reason)
  await draft.take()
}

export interface LockDraft extends AsyncDisposable {
  /** Puts it in the place of the lock that there is, in one step; on the clock of files, when that was. */
  take(): Promise<number>
}

/** A lock that is not in force yet, but on the disk: a power cut leaves the old one or the new one, and never an empty file. */
export async function draftLock({ folder }: AdminEntry, reason: string): Promise<LockDraft> {
  const draft = join(folder, DRAFT)
  await writeFile(draft, `${reason}\n`, { flush: true })
  return {
    async take() {
      await rename(draft, join(folder, 'locked'))
      return (await stat(join(folder, 'locked'))).ctimeMs
    },
    [Symbol.asyncDispose]: () => rm(draft, { force: true }),
  }
}

/** Takes the lock of an entry away. */
export async function removeLock({ folder }: AdminEntry): Promise<void> {
  await rm(join(folder, 'locked'), { force: true })
}

function entryCalled(repo: Pick<Repository, 'commonDir'>, id: string): AdminEntry | null {
  const folder = join(repo.commonDir, 'worktrees', id)
  const target = textOf(join(folder, 'gitdir'))?.replace(/\n$/, '') ?? ''
  if (target === '') return null
  const locked = textOf(join(folder, 'locked'))?.trim() ?? null
  return { id, folder, path: dirname(resolve(folder, target)), locked }
}

/** The text of a file; undefined when there is none. */
export const textOf = (file: string): string | undefined => unlessAbsent(() => readFileSync(file, 'utf8'))

/** Lines on the local disk are read at once: by way of the thread pool each would wait behind whatever is in it. */
function unlessAbsent<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (ABSENT.has(errnoOf(error))) return undefined
    throw error
  }
}
