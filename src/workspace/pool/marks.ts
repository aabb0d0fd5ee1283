// Whether a slot is as it was when all of it was last looked at, told within milliseconds: from the times of last change
// (ctime, which nobody can set) of its folders, of git's own files for it, and of what depends on the main worktree. Every
// file that is made, deleted, renamed or replaced changes its folder, and every git command that moves HEAD or the index
// changes their files. What it cannot tell is a file that was written in place, or a change in a folder beyond the first
// ones; for these prove.ts looks at all of a claimed slot before its session begins. What cannot be told from the outside
// at all, submodules, has no marks: all of it is looked at for each claim.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring, NOT_READABLE } from '../../contract/errors.ts'
import { trackedFiles } from '../../git/files.ts'
import type { Repository } from '../../git/repository.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { isCache } from '../dependencies/folders.ts'
import { adminFolder } from '../register.ts'
import { furnishingsOf } from './furnishings.ts'
import { marksFile } from './records.ts'
import { ownState } from './settings.ts'
import type { SlotRecord } from './slot.ts'
import { depth, foldersOf, stampOf } from './stamps.ts'

/** About 3 µs each; the ones nearest to the top. */
const MOST_FOLDERS = 1_000
/** Of dependencies, and of everything else that git ignores. */
const MOST_IGNORED = 250
const GIT_FILES = [
  '.',
  'HEAD',
  'index',
  'locked',
  'gitdir',
  'commondir',
  'config.worktree',
  'info',
  'info/sparse-checkout',
  'refs',
  'refs/worktree',
  'refs/bisect',
  'modules',
  'reftable',
  'reftable/tables.list',
]

type Marked = Pick<SlotRecord, 'id' | 'path' | 'coordinationFolder'>

/** By which paths changes of a slot will show, and what is seen of them now. */
export interface Marks {
  readonly names: readonly string[]
  readonly digest: string
}

/** Marks of a slot as it is now; null when it has none. */
export async function marksOf(slot: Omit<Marked, 'id'>): Promise<Marks | null> {
  const admin = await adminFolder(slot.path)
  if (admin === null || (await ownState(slot.path, admin)).modules.length > 0) return null
  const inner = foldersOf(await trackedFiles(slot.path))
  inner.sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1))
  const { dependencies, inside, others } = await furnishingsOf(slot)
  const ignored = [
    ...dependencies,
    ...inside.slice(0, MOST_IGNORED),
    ...(await withFolders(slot.path, others, MOST_IGNORED)),
  ]
  const names = ['.', '.git', ...ignored, ...inner.slice(0, MOST_FOLDERS)]
  const digest = await digestOf(slot.path, names)
  return digest === null ? null : { names, digest }
}

/** The paths, and the folders below them, up to as many. */
async function withFolders(root: string, paths: readonly string[], most: number): Promise<readonly string[]> {
  const found = paths.slice(0, most)
  for (let at = 0; at < found.length && found.length < most; at += 1) {
    const path = found[at] ?? ''
    const reading = readdir(join(root, path), { withFileTypes: true })
    const entries = (await ignoring(['ENOENT', 'ENOTDIR', 'EACCES'], reading)) ?? []
    const folders = entries.filter((entry) => entry.isDirectory() && !isCache(entry.name))
    found.push(...folders.slice(0, most - found.length).map(({ name }) => `${path}/${name}`))
  }
  return found
}

/** Whether nothing shows a change since these marks were taken. */
export async function stillHold(path: string, { names, digest }: Marks): Promise<boolean> {
  return (await digestOf(path, names)) === digest
}

/** Writes down by which paths changes of a slot will show; the hash for its record. Null where that cannot be. */
export async function keepMarks(repo: Repository, id: string, marks: Marks | null): Promise<string | null> {
  if (marks === null) return null
  const written = writeAtomic(marksFile(repo, id), marks.names.join('\0')).then(() => marks.digest)
  return (await ignoring(['E_STATE_READ_ONLY'], written)) ?? null
}

/** Takes and writes down the marks of a slot; null when it has none. */
export async function takeMarks(repo: Repository, slot: Marked): Promise<string | null> {
  return await keepMarks(repo, slot.id, await marksOf(slot))
}

/** Whether a slot shows no change since its marks were taken. */
export async function marksHold(
  repo: Repository,
  slot: Pick<SlotRecord, 'id' | 'path' | 'marks'>,
): Promise<boolean> {
  const text = await ignoring(['ENOENT', ...NOT_READABLE], readFile(marksFile(repo, slot.id), 'utf8'))
  if (text === undefined || slot.marks === null) return false
  return await stillHold(slot.path, { names: text.split('\0'), digest: slot.marks })
}

async function digestOf(path: string, names: readonly string[]): Promise<string | null> {
  const admin = await adminFolder(path)
  if (admin === null) return null
  const hash = createHash('sha256')
  // Thousands of looks, each of which takes microseconds: asynchronous ones would take ten times as long.
  const stamps = names.map((name) => stampOf(`${path}/${name}`))
  hash.update([...stamps, ...GIT_FILES.map((name) => stampOf(join(admin, name)))].join(''))
  return hash.digest('hex')
}
