// What was begun for a session's workspace, written before it is done: after kill -9 the next call knows which branch
// and which folder are ours, which steps are complete, and whether a removal was under way.
import { mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { ignoring } from '../contract/errors.ts'
import { stateFolder, type Repository } from '../git/repository.ts'
import { writeAtomic } from '../store/atomic.ts'

/** Steps that leave no trace of their own. That files are checked out is told by git's index; a step that is not noted
 *  is done again. */
const STEPS = ['registered', 'included', 'dependencies', 'ready'] as const

const Journal = v.object({
  version: v.literal(1),
  run: v.string(),
  piece: v.string(),
  path: v.string(),
  branch: v.string(),
  base: v.string(),
  done: v.array(v.picklist(STEPS)),
  /** Paths that git calls changed in a fresh checkout already (line ends, filters). */
  unsettled: v.optional(v.array(v.string()), []),
  /** When the setup ended, on the clock of files; milliseconds since the epoch. What is not younger was not made by the
   *  session. */
  readyAt: v.optional(v.number()),
  /** Fingerprint of the installed dependencies. */
  fingerprint: v.optional(v.string()),
  /** How they came here. */
  dependencies: v.optional(v.picklist(['nothing', 'copied', 'installed'])),
  /** The worktree was a slot of the warm pool before; see pool/. */
  slot: v.optional(
    v.object({
      id: v.string(),
      /** Its first port, which the set-up was run with; null when it has to run, or there is none. */
      port: v.nullable(v.number()),
      /** The commit whose files are there until those of the base are. */
      from: v.optional(v.string()),
      /** When it became the session's, on the clock of files. */
      claimedAt: v.number(),
      /** All of it was looked at since. */
      proven: v.boolean(),
      /** Of the slot's record: whether it can be a slot again is judged by these. */
      settings: v.optional(v.string()),
      dependencyNames: v.optional(v.string()),
    }),
  ),
  /** Set once everything worth keeping is saved and the removal has begun. */
  removing: v.optional(
    v.object({ backup: v.nullable(v.string()), files: v.nullable(v.string()), notes: v.array(v.string()) }),
  ),
})

export type Journal = v.InferOutput<typeof Journal>
export type Step = (typeof STEPS)[number]

export interface SessionKey {
  readonly repo: Repository
  readonly run: string
  readonly piece: string
}

function journalFile({ repo, run, piece }: SessionKey): string {
  return join(stateFolder(repo), 'workspaces', run, `${piece}.json`)
}

/** The journal of a session; null when there is none, or none that can be read. */
export async function loadJournal(session: SessionKey): Promise<Journal | null> {
  const text = await ignoring(['ENOENT'], readFile(journalFile(session), 'utf8'))
  return text === undefined ? null : parseJournal(text)
}

/** Whether any session of the repository has a journal that can be read. */
export async function hasJournal(repo: Repository): Promise<boolean> {
  return (await findJournal(repo, () => true)) !== null
}

/** A session's journal that `fits`; null when there is none. */
export async function findJournal(
  repo: Repository,
  fits: (journal: Journal) => boolean,
): Promise<Journal | null> {
  const folder = join(stateFolder(repo), 'workspaces')
  for (const run of (await ignoring(['ENOENT'], readdir(folder))) ?? []) {
    for (const name of (await ignoring(['ENOENT', 'ENOTDIR'], readdir(join(folder, run)))) ?? []) {
      if (!name.endsWith('.json') || name.startsWith('.')) continue
      const journal = await loadJournal({ repo, run, piece: name.slice(0, -'.json'.length) })
      if (journal !== null && fits(journal)) return journal
    }
  }
  return null
}

/** Parses a journal file; null when it is not one. */
function parseJournal(text: string): Journal | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Journal), text)
  return parsed.success ? parsed.output : null
}

/** Replaces a session's journal. */
export async function writeJournal(repo: Repository, journal: Journal): Promise<void> {
  const file = journalFile({ repo, ...journal })
  await mkdir(dirname(file), { recursive: true })
  await writeAtomic(file, `${JSON.stringify(journal, null, 2)}\n`)
}

/** Removes a session's journal, when nothing of its workspace is left. */
export async function removeJournal(session: SessionKey): Promise<void> {
  const file = journalFile(session)
  await rm(file, { force: true })
  await ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(dirname(file)))
}

/** The journal with one more step done. */
export function withStep(journal: Journal, step: Step): Journal {
  return journal.done.includes(step) ? journal : { ...journal, done: [...journal.done, step] }
}
