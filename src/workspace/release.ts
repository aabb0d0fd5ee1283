// Gives a session's workspace back: processes ended, everything unsaved saved, then the worktree renamed to the trash,
// its entry struck off, the branch deleted if it has landed, the ports released. No force flag anywhere; what cannot
// be proven safe is kept and named. Called again after a crash it goes on where it was.
import { mkdir, rename, rmdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { errorData, errnoOf, ignoring, QuintetError } from '../contract/errors.ts'
import { isScratch } from '../contract/scratch.ts'
import { deleteRefs, refValue } from '../git/refs.ts'
import { isGitFailure } from '../git/repository.ts'
import {
  listWorktrees,
  removeWorktreeEntry,
  repairWorktree,
  type RemoveOutcome,
  type WorktreeEntry,
} from '../git/worktree.ts'
import { endSurvivors, survivors } from '../process/marker.ts'
import { tidyExcluded } from './exclude.ts'
import { removeGuards } from './guard/install.ts'
import { modulesToKeep } from './modules.ts'
import { loadJournal, removeJournal, writeJournal, type Journal } from './journal.ts'
import { lockPrefix } from './lock-reason.ts'
import { lastingOccupants } from './occupants.ts'
import { releasePorts } from './ports/lease.ts'
import { adminFolder, canonicalPath, folderOf } from './register.ts'
import { isOurs } from './registration.ts'
import { isReachable, keptFolder, saveCommit, saveWorktree, type Saved } from './save.ts'
import type { SessionPlace } from './spec.ts'
import { discard, moveToTrash } from '../store/trash.ts'

/** `landed`: the branch goes too, if it still is at `tip`. `keep-work`: it stays, unless nothing was committed to it. */
export type ReleaseMode = { readonly mode: 'landed'; readonly tip: string } | { readonly mode: 'keep-work' }

export type ReleaseOutcome =
  | {
      readonly kind: 'removed'
      /** Reference with what was not committed. */
      readonly backup?: string
      /** Folder with ignored files and the like. */
      readonly files?: string
      /** What is worth telling, one sentence each. */
      readonly notes: readonly string[]
    }
  /** Nothing was touched, apart from processes of the session. */
  | { readonly kind: 'kept'; readonly reason: string }
  /** Somebody works in the worktree. */
  | { readonly kind: 'busy'; readonly pids: readonly number[] }
  /** Everything is saved, but this is still there; the next call goes on. */
  | { readonly kind: 'half'; readonly left: readonly string[] }

const REMOVAL_ATTEMPTS = 3
const OCCUPANT_GRACE_MS = 2_000
const NOTHING: Saved = { backup: null, files: null, notes: [] }

/** A scratch workspace was made for a look alone: nothing in it is kept. */
type Mode = ReleaseMode | { readonly mode: 'scratch' }

/** Removes a session's workspace without losing anything. What stands in the way is an outcome, not an error. */
export function releaseWorkspace(session: SessionPlace, mode: ReleaseMode): Promise<ReleaseOutcome> {
  return release(session, mode)
}

/** Removes a scratch workspace with everything in it, its branch too. Throws `E_NOT_SCRATCH` for any other. */
export async function releaseScratch(session: SessionPlace): Promise<ReleaseOutcome> {
  if (!isScratch(session.piece) || !session.branch.includes(`/${session.piece}/`)) {
    throw new QuintetError(
      'E_NOT_SCRATCH',
      'internal',
      `The workspace of ${session.run}/${session.piece} is no scratch workspace.`,
    )
  }
  return await release(session, { mode: 'scratch' })
}

async function release(asked: SessionPlace, mode: Mode): Promise<ReleaseOutcome> {
  const session = { ...asked, path: await canonicalPath(asked.path) }
  const alive = await endProcesses(session)
  if (alive.length > 0) return { kind: 'busy', pids: alive }
  const tip = await refValue(session.repo, `refs/heads/${session.branch}`)
  if (mode.mode === 'landed' && tip !== null && tip !== mode.tip) {
    return { kind: 'kept', reason: `The branch ${session.branch} is at ${tip}, and ${mode.tip} has landed.` }
  }
  const journal = await loadJournal(session)
  const found = await locate(session)
  const modules = mode.mode === 'scratch' ? null : await submodulesOf(session, found)
  const reason = reasonToKeep(session, found, journal) ?? modules
  if (reason !== null) return { kind: 'kept', reason }
  const pids = found.folder ? await lastingOccupants(session.path, OCCUPANT_GRACE_MS) : []
  if (pids.length > 0) return { kind: 'busy', pids }
  const saved = mode.mode === 'scratch' ? NOTHING : await save(session, found, journal)
  if ('kind' in saved) return saved
  return await remove({ session, mode, tip, journal, found, saved })
}

async function endProcesses({ marker }: SessionPlace): Promise<readonly number[]> {
  try {
    await endSurvivors(marker)
    return []
  } catch (error) {
    if (errorData(error).code !== 'E_PROCESS_SURVIVES') throw error
    return await survivors(marker)
  }
}

interface Found {
  readonly entry: WorktreeEntry | null
  /** Something stands at the session's path. */
  readonly folder: boolean
  /** The folder is the entry's worktree. */
  readonly linked: boolean
}

/** What there is of the worktree; one that a person moved nearby is moved back first. */
async function locate(session: SessionPlace): Promise<Found> {
  const { repo, path } = session
  const entries = await listWorktrees(repo)
  const entry =
    entries.find((one) => one.path === path) ?? entries.find((one) => isOurs(one, session)) ?? null
  const at = entry === null ? null : await folderOf(repo, entry, path)
  if (at !== null && at !== path && !(await exists(path))) {
    await mkdir(dirname(path), { recursive: true })
    await rename(at, path)
  }
  const folder = await exists(path)
  if (entry === null || !folder) return { entry, folder, linked: false }
  // A folder that has lost its .git file, or whose repository was moved, is reconnected before git is asked about it.
  const linked = (at !== null && entry.path === path) || (await repairWorktree(repo, path))
  return { entry: linked ? { ...entry, path } : entry, folder, linked }
}

function reasonToKeep(session: SessionPlace, found: Found, journal: Journal | null): string | null {
  const { entry, folder, linked } = found
  const foreignLock = entry !== null && entry.locked !== null && !entry.locked.startsWith(lockPrefix(session))
  if (foreignLock) return `The worktree ${session.path} is locked: ${entry.locked || 'no reason given'}.`
  if (entry !== null && journal === null && !isOurs(entry, session) && entry.branch !== session.branch) {
    return `The path ${session.path} is another worktree.`
  }
  if (folder && !linked && journal?.removing === undefined) {
    return `The folder ${session.path} is not a worktree that git knows.`
  }
  return null
}

/** What is in submodules alone would go with the worktree. */
async function submodulesOf({ repo }: SessionPlace, { entry, linked }: Found): Promise<string | null> {
  if (entry === null || !linked) return null
  const admin = await adminFolder(entry.path)
  return admin === null ? null : await modulesToKeep(repo, entry.path, admin)
}

/** Saves what only the worktree has; a failure keeps the worktree. */
async function save(
  session: SessionPlace,
  { entry, folder, linked }: Found,
  journal: Journal | null,
): Promise<Saved | ReleaseOutcome> {
  const before = journal?.removing ?? NOTHING
  try {
    if (linked) return joined(before, await saveWorktree(session, journal?.readyAt ?? null))
    if (folder) return joined(before, await setAside(session))
    if (entry === null || entry.head === null) return before
    return joined(before, { ...NOTHING, backup: await saveCommit(session, entry.head) })
  } catch (error) {
    const { code, message } = errorData(error)
    if (!['E_NOT_SAVED', 'E_DISK_FULL', 'E_GIT'].includes(code)) throw error
    return { kind: 'kept', reason: `The uncommitted work could not be saved: ${message}` }
  }
}

function joined(before: Saved, now: Saved): Saved {
  return {
    backup: now.backup ?? before.backup,
    files: now.files ?? before.files,
    notes: [...new Set([...before.notes, ...now.notes])],
  }
}

/** A folder that was made anew after the worktree had gone to the trash: nobody knows it, so it is kept. */
async function setAside(session: SessionPlace): Promise<Saved> {
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

interface Removal {
  readonly session: SessionPlace
  readonly mode: Mode
  readonly tip: string | null
  readonly journal: Journal | null
  readonly found: Found
  readonly saved: Saved
}

async function remove({ session, mode, tip, journal, found, saved }: Removal): Promise<ReleaseOutcome> {
  const { repo } = session
  const removing = { backup: saved.backup, files: saved.files, notes: [...saved.notes] }
  if (journal !== null && (found.folder || found.entry !== null))
    await writeJournal(repo, { ...journal, removing })
  const removal = await strikeOff(session, found, mode)
  if (removal.left.length > 0) return { kind: 'half', left: removal.left }
  const branch = await dropBranch(session, { mode, tip, base: journal?.base ?? null })
  if (branch !== null) return { kind: 'half', left: [branch] }
  await releasePorts({ commonDir: repo.commonDir, run: session.run, piece: session.piece })
  const hooks = await withoutGuards(session)
  if (hooks !== null) return { kind: 'half', left: [hooks] }
  await removeJournal(session)
  await tidyExcluded(repo)
  await removeEmptyParents(session)
  const all = joined(saved, removal.late)
  return {
    kind: 'removed',
    ...(all.backup === null ? {} : { backup: all.backup }),
    ...(all.files === null ? {} : { files: all.files }),
    notes: all.notes,
  }
}

/** Renames the folder away and strikes off its entry. A writer that nobody knew may make the folder again meanwhile. */
async function strikeOff(
  session: SessionPlace,
  found: Found,
  { mode }: Mode,
): Promise<{ left: string[]; late: Saved }> {
  const { path } = session
  const away = mode === 'scratch' ? discard : moveToTrash
  let late = NOTHING
  for (let attempt = 1; attempt <= REMOVAL_ATTEMPTS; attempt += 1) {
    if (attempt > 1 && mode !== 'scratch' && (await exists(path)))
      late = joined(late, await setAside(session))
    else if (!(await movedAway(session, away))) return { left: [path], late }
    if (found.entry === null) return { left: [], late }
    const outcome = await removeEntry(session, found.entry.path)
    if (outcome.kind === 'locked')
      return { left: [`worktree entry ${path}, locked: ${outcome.reason}`], late }
    if (outcome.kind !== 'folder-present') return { left: [], late }
  }
  return { left: [path], late }
}

async function removeEntry(session: SessionPlace, path: string): Promise<RemoveOutcome> {
  try {
    return await removeWorktreeEntry(session.repo, { path, reason: lockPrefix(session) })
  } catch (error) {
    // Git refuses when the folder is made again between two looks of its own.
    if (isGitFailure(error) && (await exists(path))) return { kind: 'folder-present' }
    throw error
  }
}

/** False when the folder cannot be renamed (permissions, a mount point). */
async function movedAway({ repo, path }: SessionPlace, away: typeof moveToTrash): Promise<boolean> {
  try {
    await away(repo, path)
    return true
  } catch (error) {
    if (['EACCES', 'EPERM', 'EBUSY', 'EROFS'].includes(errnoOf(error) ?? '')) return false
    throw error
  }
}

interface BranchRemoval {
  readonly mode: Mode
  readonly tip: string | null
  readonly base: string | null
}

/** Deletes the branch when it has landed, or when nothing was committed to it; the branch's name if that failed. */
async function dropBranch({ repo, branch }: SessionPlace, removal: BranchRemoval): Promise<string | null> {
  const { mode, tip, base } = removal
  const ref = `refs/heads/${branch}`
  if (tip === null) return null
  if (mode.mode === 'keep-work' && !(tip === base && (await isReachable(repo, tip, ref)))) return null
  const { changed } = await deleteRefs(repo, [{ ref, expected: tip }])
  return changed.some(({ commit }) => commit !== null) ? `branch ${branch}` : null
}

/** Takes the git hooks away; what is left of them if that failed. */
async function withoutGuards(session: SessionPlace): Promise<string | null> {
  try {
    await removeGuards(session)
    return null
  } catch (error) {
    if (!isGitFailure(error)) throw error
    return `the line of the git hooks in ${join(session.repo.commonDir, 'config')}`
  }
}

/** Removes the folders that only grouped worktrees, once they are empty. */
async function removeEmptyParents({ repo, run, path }: SessionPlace): Promise<void> {
  const parent = dirname(path)
  if (!basename(parent).includes(run) || parent === repo.root) return
  if (!(await removedEmpty(parent))) return
  if (basename(dirname(parent)) === `${repo.name}.quintet`) await removedEmpty(dirname(parent))
}

async function removedEmpty(folder: string): Promise<boolean> {
  return (
    (await ignoring(
      ['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EBUSY'],
      rmdir(folder).then(() => true),
    )) === true
  )
}

async function exists(path: string): Promise<boolean> {
  return (await ignoring(['ENOENT', 'ENOTDIR'], stat(path))) !== undefined
}
