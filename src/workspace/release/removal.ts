// The removal of what is proven to hold nothing: the folder is renamed to the trash, its entry struck off, the branch
// deleted if it still is where it was, ports, hooks and the journal given back. Each step may have been done already.
import { randomBytes } from 'node:crypto'
import { mkdir, rename, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errnoOf, ignoring } from '../../contract/errors.ts'
import { deleteRefs } from '../../git/refs.ts'
import { isGitFailure } from '../../git/repository.ts'
import { removeEntryLocked, withRegistry, type RemoveOutcome } from '../../git/worktree.ts'
import { discard, moveEntryToTrash, moveToTrashKeeping } from '../../store/trash.ts'
import { tidyExcluded } from '../exclude.ts'
import { removeGuardsLocked } from '../guard/install.ts'
import { loadJournal, removeJournal, writeJournal } from '../journal.ts'
import { lockPrefix } from '../lock-reason.ts'
import { releasePorts } from '../ports/lease.ts'
import { keptFolder } from '../save.ts'
import type { SessionPlace } from '../spec.ts'
import { exists } from './found.ts'
import { joined, NOTHING_SAVED, type Proof, type ReleaseOutcome, type Saved } from './outcome.ts'

const REMOVAL_ATTEMPTS = 4

/** Removes the worktree and all that belongs to it. Called again after a crash it goes on where it was. */
export async function removeProven(proof: Proof): Promise<ReleaseOutcome> {
  const { session, mode, saved } = proof
  const { repo, run, piece, path } = session
  if (!(await movedAway(proof))) return { kind: 'half', left: [path] }
  // From here on nobody has the worktree: what else belongs to it goes at once, what takes longest first.
  const [branch, removal] = await Promise.all([
    dropBranch(proof),
    removeRegistration(proof),
    releasePorts({ commonDir: repo.commonDir, run, piece }),
  ])
  const left = [...removal.left, ...(branch === null ? [] : [branch])]
  if (left.length > 0) return { kind: 'half', left }
  const all = joined(saved, removal.late)
  if (mode.mode !== 'scratch' && (await exists(path))) return await stillWritten(session, all)
  await removeJournal(session)
  await tidyExcluded(repo)
  await removeEmptyParents(session)
  return {
    kind: 'removed',
    ...(all.backup === null ? {} : { backup: all.backup }),
    ...(all.files === null ? {} : { files: all.files }),
    notes: all.notes,
  }
}

interface Removal {
  readonly left: readonly string[]
  /** What somebody wrote at the path after the worktree had gone. */
  readonly late: Saved
}

/** The entry and the git hooks. A writer that nobody knew may make the folder again meanwhile. */
async function removeRegistration(proof: Proof): Promise<Removal> {
  const { session, mode } = proof
  const { entry } = proof.found
  const { repo, path } = session
  let late = NOTHING_SAVED
  for (let attempt = 1; attempt <= REMOVAL_ATTEMPTS; attempt += 1) {
    const [outcome, hooks] = await withRegistry(repo, () =>
      Promise.all([removeEntry(proof, entry?.path ?? null), withoutGuards(session)]),
    )
    if (outcome.kind === 'locked')
      return { left: [`worktree entry ${path}, locked: ${outcome.reason}`], late }
    if (outcome.kind !== 'folder-present') return { left: hooks === null ? [] : [hooks], late }
    if (mode.mode === 'scratch') await discard(repo, path)
    else if (await exists(path)) late = joined(late, await setAside(session))
  }
  return { left: [path], late }
}

/** Sets a folder aside that was made anew after the worktree had gone: nobody knows what is in it, so it is kept. */
export async function setAside(session: SessionPlace): Promise<Saved> {
  const name = `late-${randomBytes(8).toString('hex')}`
  let target = join(keptFolder(session), name)
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  try {
    await rename(session.path, target)
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error
    target = `${session.path}.${name}`
    await rename(session.path, target)
  }
  return { backup: null, files: target, notes: ['Files were written after the worktree had been removed.'] }
}

/** Somebody has made the folder again since, and may be at it yet: the journal stays, so that the next call finds what
 *  comes later. */
async function stillWritten(session: SessionPlace, saved: Saved): Promise<ReleaseOutcome> {
  const { backup, files, notes } = joined(saved, await setAside(session))
  const journal = await loadJournal(session)
  const removing = { backup, files, notes: [...notes] }
  if (journal !== null) await writeJournal(session.repo, { ...journal, removing })
  return { kind: 'half', left: [session.path] }
}

async function removeEntry(proof: Proof, path: string | null): Promise<RemoveOutcome> {
  if (path === null) return { kind: 'absent' }
  const { repo } = proof.session
  const away = (folder: string): Promise<unknown> =>
    proof.mode.mode === 'scratch' ? discard(repo, folder) : moveEntryToTrash(repo, folder)
  return await removeEntryLocked(repo, { path, reason: lockPrefix(proof.session), away })
}

/** False when the folder cannot be renamed (permissions, something that was mounted meanwhile). */
async function movedAway(proof: Proof): Promise<boolean> {
  const { session, mode, since } = proof
  const { repo, path } = session
  const keep = join(keptFolder(session), `late-${randomBytes(8).toString('hex')}`)
  try {
    // A scratch workspace goes for good.
    if (mode.mode === 'scratch') await discard(repo, path)
    else await moveToTrashKeeping(repo, path, { since, keep })
    return true
  } catch (error) {
    if (['EACCES', 'EPERM', 'EBUSY', 'EROFS', 'E_MOUNTED'].includes(errnoOf(error) ?? '')) return false
    throw error
  }
}

/** Deletes the branch if it still is where the proof found it; its name if it is not. */
async function dropBranch({ session: { repo, branch }, drop }: Proof): Promise<string | null> {
  if (drop === null) return null
  const { changed } = await deleteRefs(repo, [{ ref: `refs/heads/${branch}`, expected: drop }])
  return changed.some(({ commit }) => commit !== null) ? `branch ${branch}` : null
}

/** Takes the git hooks away; what is left of them if that failed. */
async function withoutGuards(session: SessionPlace): Promise<string | null> {
  try {
    await removeGuardsLocked(session)
    return null
  } catch (error) {
    if (!isGitFailure(error)) throw error
    return `the line of the git hooks in ${join(session.repo.commonDir, 'config')}`
  }
}

/** Removes the folders that only grouped worktrees, once they are empty. */
async function removeEmptyParents({ repo, run, path }: SessionPlace): Promise<void> {
  const parent = dirname(path)
  const ours = basename(dirname(parent)) === `${repo.name}.quintet`
  if ((!basename(parent).includes(run) && !ours) || parent === repo.root) return
  if (!(await removedEmpty(parent))) return
  if (ours) await removedEmpty(dirname(parent))
}

async function removedEmpty(folder: string): Promise<boolean> {
  return (
    (await ignoring(
      ['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EBUSY'],
      rmdir(folder).then(() => true),
    )) === true
  )
}
