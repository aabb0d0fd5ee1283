// The session's guards in the settings of its worktree that belong to nobody but this clone: Claude reads them there beside
// all others, and takes up a change while it runs. What was written is noted first, so that it can be taken out again to the
// byte, by whoever comes after a crash too. A file that git follows, or that is a link, is left alone.
import { lstat, mkdir, readFile, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { ignoring } from '../../contract/errors.ts'
import { excludeFromStatus } from '../../git/exclude.ts'
import type { Repository } from '../../git/repository.ts'
import { runGit } from '../../git/run.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { textOfRegular } from './regular-file.ts'
import { hasAdditions, statusLineIn, withAdditions, withoutAdditions, type Additions } from './settings.ts'

const FOLDER = '.claude'
const LOCAL = `${FOLDER}/settings.local.json`
/** A write of ours that was broken off. */
const UNFINISHED = `${FOLDER}/.settings.local.json.*.tmp`
const GONE = ['ENOENT', 'ENOTDIR']
const MOST_BYTES = 1024 * 1024

const Note = v.object({
  before: v.nullable(v.string()),
  after: v.string(),
  /** The folder was not there before. */
  made: v.boolean(),
  added: v.object({
    deny: v.array(v.string()),
    hooks: v.array(
      v.object({
        matcher: v.string(),
        hooks: v.array(v.object({ type: v.literal('command'), command: v.string(), timeout: v.number() })),
      }),
    ),
    statusLine: v.string(),
  }),
})

type Note = v.InferOutput<typeof Note>

export interface Wired {
  readonly repo: Repository
  readonly worktree: string
  /** Where it is noted what was written. */
  readonly note: string
}

/** Puts the guards into the worktree's settings, once. False: what stands there cannot be added to. */
export async function wire(wired: Wired, added: Additions): Promise<boolean> {
  const noted = await notedIn(wired.note)
  if (noted === null) return await add(wired, added)
  if (noted === 'unreadable') return false
  const now = await textOfRegular(join(wired.worktree, LOCAL), { maxBytes: MOST_BYTES })
  const ownLine = noted.added.statusLine
  if (now !== null && hasAdditions(now, { ...added, statusLine: ownLine })) return true
  // Noted, but not there: whoever wrote the note was ended before the file, or somebody has taken them out. A status line
  // that was made while ours stood there would call ours again.
  const statusLine = now !== null && statusLineIn(now) === ownLine ? ownLine : added.statusLine
  return (await unwire(wired)) && (await add(wired, { ...added, statusLine }))
}

async function add({ repo, worktree, note }: Wired, added: Additions): Promise<boolean> {
  const file = join(worktree, LOCAL)
  const folder = await ignoring(GONE, lstat(join(worktree, FOLDER)))
  const found = await ignoring(GONE, lstat(file))
  if (folder?.isDirectory() === false || found?.isFile() === false || (await isTracked(worktree)))
    return false
  const before = found === undefined ? null : await textOfRegular(file, { maxBytes: MOST_BYTES })
  if (found !== undefined && before === null) return false
  const after = withAdditions(before, added)
  if (after === null) return false
  await mkdir(dirname(note), { recursive: true })
  await writeAtomic(note, JSON.stringify({ before, after, made: folder === undefined, added }))
  await excludeFromStatus(repo, [`/${LOCAL}`, `/${UNFINISHED}`])
  await mkdir(join(worktree, FOLDER), { recursive: true })
  await writeAtomic(file, after)
  return true
}

/** Takes the guards out again; does nothing where there are none. False: they cannot be told from what stands there, and
 *  the note of them is kept. */
export async function unwire({ worktree, note }: Omit<Wired, 'repo'>): Promise<boolean> {
  const noted = await notedIn(note)
  if (noted === null) return true
  if (noted === 'unreadable' || !(await restore(worktree, noted))) return false
  await rm(note, { force: true })
  return true
}

async function notedIn(note: string): Promise<Note | 'unreadable' | null> {
  const text = await ignoring(GONE, readFile(note, 'utf8'))
  if (text === undefined) return null
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Note), text)
  return parsed.success ? parsed.output : 'unreadable'
}

async function restore(worktree: string, noted: Note): Promise<boolean> {
  const file = join(worktree, LOCAL)
  if ((await ignoring(GONE, lstat(file))) === undefined) return true
  if (!(await lstat(join(worktree, FOLDER))).isDirectory()) return false
  const now = await textOfRegular(file, { maxBytes: MOST_BYTES })
  const left = now === null ? undefined : withoutAdditions(now, noted)
  if (left === undefined) return false
  if (left === null) await rm(file)
  else if (left !== now) await writeAtomic(file, left)
  if (left === null && noted.made)
    await ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(join(worktree, FOLDER)))
  return true
}

async function isTracked(worktree: string): Promise<boolean> {
  const { stdout } = await runGit(['ls-files', '-z', '--', LOCAL], {
    cwd: worktree,
    op: 'ask what is followed',
  })
  return stdout.length > 0
}
