// The late look at a claimed slot. A claim has no time to look at every file; it relies on marks.ts. So all of the workspace
// is looked at afterwards, while the agent starts. The time of last change of a file, which nobody can set, tells what was
// there before the session: such a file is somebody else's, is saved, and is not given to the session.
import { lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { recordInput, runGit } from '../../git/run.ts'
import { status } from '../../git/status.ts'
import { encode } from '../../git/text.ts'
import { adminEntry } from '../../git/worktree-admin.ts'
import { syncWorktree } from '../../git/worktree-head.ts'
import { moveToTrash } from '../../store/trash.ts'
import { ignoredWork } from '../ignored.ts'
import { loadJournal, writeJournal, type Journal } from '../journal.ts'
import { saveWorktree } from '../save.ts'
import type { SessionPlace } from '../spec.ts'
import type { ClaimProof } from './slot.ts'

/** The whole look at a claimed slot for which the claim itself had no time: beside the start of the agent, before its first
 *  prompt. What was in it before the claim and is not of the base is saved and taken out. Idempotent; `clean` at once for a
 *  workspace that was no slot. Throws `E_NOT_SAVED`, `E_DISK_FULL`. */
export async function proveClaim(session: SessionPlace, signal: AbortSignal): Promise<ClaimProof> {
  const journal = await loadJournal(session)
  if (journal?.slot === undefined || journal.slot.proven) return { kind: 'clean' }
  const place = { ...session, path: journal.path }
  const { tracked, others } = await foreignIn(place, journal, signal)
  const paths = [...tracked, ...others].sort()
  const proof: ClaimProof =
    paths.length === 0
      ? { kind: 'clean' }
      : { kind: 'restored', paths, ...(await takenOut(place, journal, { tracked, others })) }
  // From here on the session may begin, and nothing that git has not written down lastingly could be made again.
  const entry = await adminEntry(session.repo, journal.path)
  if (entry !== null) await syncWorktree(session.repo, entry, journal.branch)
  await writeJournal(session.repo, { ...journal, slot: { ...journal.slot, proven: true } })
  return proof
}

interface Foreign {
  readonly tracked: readonly string[]
  /** Untracked and ignored. */
  readonly others: readonly string[]
}

/** What differs from the base and was last changed before the session had the worktree. */
async function foreignIn(place: SessionPlace, journal: Journal, signal: AbortSignal): Promise<Foreign> {
  const claimedAt = journal.slot?.claimedAt ?? 0
  const { entries } = await status(place.path, { untracked: 'all', signal })
  const { kept } = await ignoredWork(place, journal.readyAt ?? null)
  const tracked: string[] = []
  const others: string[] = []
  for (const { path, kind } of entries) {
    if (journal.unsettled.includes(path) || (await changedAt(place.path, path)) > claimedAt) continue
    ;(kind === 'untracked' ? others : tracked).push(path)
  }
  for (const path of kept) if ((await changedAt(place.path, path)) <= claimedAt) others.push(path)
  return { tracked, others }
}

/** When a path was last changed, on the clock of files; one that is gone by the folder that it was in. */
async function changedAt(root: string, path: string): Promise<number> {
  for (let at = path.replace(/\/$/, ''); ; at = dirname(at)) {
    const found = await ignoring(['ENOENT', 'ENOTDIR'], lstat(encode(join(root, at))))
    if (found !== undefined) return found.ctimeMs
    if (at === '.') return Number.POSITIVE_INFINITY
  }
}

async function takenOut(
  place: SessionPlace,
  journal: Journal,
  { tracked, others }: Foreign,
): Promise<{ readonly backup: string | null; readonly files: string | null }> {
  const { backup, files } = await saveWorktree(place, journal.readyAt ?? null)
  const literal = ['--literal-pathspecs', 'restore', '--staged', '--worktree']
  if (tracked.length > 0) {
    await runGit([...literal, '--pathspec-from-file=-', '--pathspec-file-nul'], {
      cwd: place.path,
      op: 'restore files of the base',
      writes: 'index',
      input: recordInput(tracked),
    })
  }
  for (const path of others) await moveToTrash(place.repo, join(place.path, path), place.path)
  return { backup, files }
}
