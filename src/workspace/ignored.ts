// Ignored files of a session's worktree: which of them are the session's work, to be kept when the worktree goes, and which
// go with it because somebody makes them again. What is there when a worktree is ready is written down in git's folder for it:
// later, times do not tell. A folder that is moved in brings files with old ones, and clocks are set back.
import type { Stats } from 'node:fs'
import { access, constants, lstat, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, ignoring } from '../contract/errors.ts'
import { entriesIn } from '../git/entries.ts'
import { ignoredFiles } from '../git/files.ts'
import { encode } from '../git/text.ts'
import { writeAtomic } from '../store/atomic.ts'
import { outermost } from './dependencies/folders.ts'
import { fateOf, type Fate } from './keepsakes.ts'
import { stampFrom } from './pool/stamps.ts'
import { adminFolder } from './register.ts'
import type { SessionPlace } from './spec.ts'

export interface IgnoredWork {
  /** Files that nobody makes again, changed since the setup and different from the main worktree's; sorted. */
  readonly kept: readonly string[]
  /** Of the kept: what this user may not read, and so cannot be saved; folders with a slash at their end. */
  readonly unreadable: readonly string[]
  /** Dependencies, output and caches: files, and folders with a slash at their end; sorted. */
  readonly dropped: readonly string[]
}

type Place = Pick<SessionPlace, 'path' | 'coordinationFolder'>

const DENIED: readonly string[] = ['EACCES', 'EPERM']
const COMPARED_BYTES = 16 * 1024 * 1024
const NOTE = 'quintet-ready'
const LOOKS_AT_ONCE = 64

/** Looks at all ignored files. `readyAt` null: the worktree was never ready, and no file is known to be the set-up's. */
export async function ignoredWork(session: SessionPlace, readyAt: number | null): Promise<IgnoredWork> {
  const kept: string[] = []
  const unreadable: string[] = []
  const dropped = new Set<string>()
  const known = readyAt === null ? new Set<string>() : await notedStamps(session)
  for await (const { path, top, fate, closed } of ignoredIn(session)) {
    if (fate === 'output') dropped.add(top)
    // What is in a folder of output goes with it, and is not named.
    if (fate === 'made' && !dropped.has(top)) dropped.add(path)
    if (fate === 'made' || fate === 'own') continue
    const found = closed ? null : await unlessDenied(changedIn(session, path, known))
    if (found === null) unreadable.push(path)
    else kept.push(...found)
  }
  return {
    kept: [...kept, ...unreadable].sort(),
    unreadable: unreadable.sort(),
    dropped: [...dropped].sort(),
  }
}

/** Writes down which ignored files there are: as they are now, they are not the session's. */
export async function noteIgnored(place: Place): Promise<void> {
  const admin = await adminFolder(place.path)
  if (admin === null) return
  const paths: string[] = []
  for await (const { path, fate } of ignoredIn(place))
    if (fate === 'keep' && !path.endsWith('/')) paths.push(path)
  const stamps: string[] = []
  for (let at = 0; at < paths.length; at += LOOKS_AT_ONCE) {
    const looks = paths.slice(at, at + LOOKS_AT_ONCE).map((path) => unlessDenied(seenAt(place.path, path)))
    stamps.push(...(await Promise.all(looks)).map((found) => (found == null ? '' : stampFrom(found))))
  }
  await writeAtomic(join(admin, NOTE), stamps.join(''), { lasting: false })
}

async function notedStamps({ path }: Place): Promise<ReadonlySet<string>> {
  const admin = await adminFolder(path)
  const text = admin === null ? undefined : await ignoring(['ENOENT'], readFile(join(admin, NOTE), 'utf8'))
  return new Set((text ?? '').split(/(?<=\n)/))
}

interface Ignored {
  readonly path: string
  /** What git names of it as ignored: itself, or a folder above. */
  readonly top: string
  readonly fate: Fate
  /** This user may not look into it. */
  readonly closed: boolean
}

/** Ignored paths; what is in folders that somebody makes again is not looked for. */
async function* ignoredIn({ path: root, coordinationFolder }: Place): AsyncGenerator<Ignored> {
  const pending = outermost(await ignoredFiles(root)).map((path) => ({ path, top: path }))
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, top } = next
    const fate = fateOf(path, top, coordinationFolder)
    const entered = path.endsWith('/') && fate !== 'made' && fate !== 'own'
    const found = entered ? await unlessDenied(inside(root, path)) : []
    yield { path, top, fate, closed: found === null }
    pending.push(...(found ?? []).map((one) => ({ path: one, top })))
  }
}

/** Null where this user may not look. */
async function unlessDenied<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (DENIED.includes(errnoOf(error) ?? '')) return null
    throw error
  }
}

async function inside(root: string, folder: string): Promise<readonly string[]> {
  const entries = (await ignoring(['ENOENT', 'ENOTDIR'], entriesIn(join(root, folder)))) ?? []
  return entries.map(({ name, isFolder }) => `${folder}${name}${isFolder ? '/' : ''}`)
}

const seenAt = (root: string, path: string): Promise<Stats | undefined> =>
  ignoring(['ENOENT', 'ENOTDIR'], lstat(encode(join(root, path))))

/** The path itself where it is the session's. Throws the errno of a file that is, and cannot be read. */
async function changedIn(
  session: SessionPlace,
  path: string,
  known: ReadonlySet<string>,
): Promise<readonly string[]> {
  const mine = await seenAt(session.path, path)
  if (mine === undefined || !(mine.isFile() || mine.isSymbolicLink())) return []
  if (known.has(stampFrom(mine)) || (await isAsInMain(session, path, mine))) return []
  if (mine.isFile()) await access(encode(join(session.path, path)), constants.R_OK)
  return [path]
}

async function isAsInMain({ repo, path: root }: SessionPlace, path: string, mine: Stats): Promise<boolean> {
  const theirs = await ignoring(DENIED, seenAt(repo.root, path))
  if (theirs === undefined || theirs.size !== mine.size || theirs.isFile() !== mine.isFile()) return false
  // A larger file is kept rather than read.
  if (mine.isFile() && mine.size > COMPARED_BYTES) return false
  const [ours, others] = [encode(join(root, path)), encode(join(repo.root, path))]
  if (mine.isSymbolicLink())
    return (await readlink(ours, { encoding: 'buffer' })).equals(
      await readlink(others, { encoding: 'buffer' }),
    )
  // What cannot be read in the main worktree is not known to be the same.
  const bytes = await ignoring(DENIED, readFile(others))
  return bytes !== undefined && (await readFile(ours)).equals(bytes)
}
