// Gives a session's workspace back: processes ended, everything unsaved saved, then the worktree renamed to the trash,
// its entry struck off, the branch deleted if it has landed, the ports released. No force flag anywhere; what cannot
// be proven safe is kept and named. Called again after a crash it goes on where it was.
import { isScratch } from '../contract/scratch.ts'
import { errorData, QuintetError } from '../contract/errors.ts'
import { stopMonitor } from '../git/monitor.ts'
import { refValue } from '../git/refs.ts'
import { endSurvivors, survivors } from '../process/marker.ts'
import { mountToKeep } from '../store/mounts.ts'
import { loadJournal, writeJournal, type Journal } from './journal.ts'
import { modulesToKeep } from './modules.ts'
import { lastingOccupants } from './occupants.ts'
import { adminFolder, canonicalPath } from './register.ts'
import { locate, reasonToKeep } from './release/found.ts'
import {
  joined,
  NOTHING_SAVED,
  type Found,
  type Mode,
  type Proof,
  type ReleaseMode,
  type ReleaseOutcome,
  type Saved,
} from './release/outcome.ts'
import { removeProven, setAside } from './release/removal.ts'
import { isReachable, saveCommit, saveWorktree } from './save.ts'
import type { SessionPlace } from './spec.ts'

export type { ReleaseMode, ReleaseOutcome } from './release/outcome.ts'

const OCCUPANT_GRACE_MS = 2_000
/** By how much the clock that stamps files may be behind. */
const CLOCK_SLACK_MS = 20

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

async function release(session: SessionPlace, mode: Mode): Promise<ReleaseOutcome> {
  const proof = await proveReleasable(session, mode)
  return proof.kind === 'proven' ? await removeProven(proof) : proof
}

/** Ends what runs in the session and saves what is in its worktree alone; the proof that the removal asks for, or what
 *  stands in its way. */
export async function proveReleasable(asked: SessionPlace, mode: Mode): Promise<Proof | ReleaseOutcome> {
  const session = { ...asked, path: await canonicalPath(asked.path) }
  const alive = await endProcesses(session)
  if (alive.length > 0) return { kind: 'busy', pids: alive }
  const since = Date.now() - CLOCK_SLACK_MS
  const [tip, journal, found] = await Promise.all([
    refValue(session.repo, `refs/heads/${session.branch}`),
    loadJournal(session),
    locate(session),
  ])
  if (mode.mode === 'landed' && tip !== null && tip !== mode.tip)
    return { kind: 'kept', reason: `The branch ${session.branch} is at ${tip}, and ${mode.tip} has landed.` }
  const admin = found.linked ? await adminFolder(session.path) : null
  const modules =
    mode.mode === 'scratch' || admin === null ? null : await modulesToKeep(session.repo, session.path, admin)
  const reason = reasonToKeep(session, found, journal) ?? modules ?? (await mountToKeep(session.path))
  if (reason !== null) return { kind: 'kept', reason }
  if (admin !== null) await stopMonitor(session.path, admin)
  const pids = found.folder ? await lastingOccupants(session.path, OCCUPANT_GRACE_MS) : []
  if (pids.length > 0) return { kind: 'busy', pids }
  const [saved, drop] = await Promise.all([
    mode.mode === 'scratch' ? NOTHING_SAVED : save(session, found, journal),
    branchToDrop(session, { mode, tip, base: journal?.base ?? null }),
  ])
  if ('kind' in saved) return saved
  await noteRemoval(session, { journal, found, saved })
  return { kind: 'proven', session, mode, drop, found, saved, since }
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

/** Saves what only the worktree has; a failure keeps the worktree. */
async function save(
  session: SessionPlace,
  { entry, folder, linked }: Found,
  journal: Journal | null,
): Promise<Saved | ReleaseOutcome> {
  const before = journal?.removing ?? NOTHING_SAVED
  try {
    if (linked) return joined(before, await saveWorktree(session, journal?.readyAt ?? null))
    if (folder) return joined(before, await setAside(session))
    if (entry === null || entry.head === null) return before
    return joined(before, { ...NOTHING_SAVED, backup: await saveCommit(session, entry.head) })
  } catch (error) {
    const { code, message } = errorData(error)
    if (!['E_NOT_SAVED', 'E_DISK_FULL', 'E_GIT'].includes(code)) throw error
    return { kind: 'kept', reason: `The uncommitted work could not be saved: ${message}` }
  }
}

interface BranchQuestion {
  readonly mode: Mode
  readonly tip: string | null
  readonly base: string | null
}

/** The branch goes when it has landed, or when nothing was committed to it. */
async function branchToDrop(
  { repo, branch }: SessionPlace,
  { mode, tip, base }: BranchQuestion,
): Promise<string | null> {
  if (tip === null || mode.mode !== 'keep-work') return tip
  return tip === base && (await isReachable(repo, tip, `refs/heads/${branch}`)) ? tip : null
}

interface Begun {
  readonly journal: Journal | null
  readonly found: Found
  readonly saved: Saved
}

/** Notes that all is saved: after kill -9 whatever is at the path then came later. */
async function noteRemoval({ repo }: SessionPlace, { journal, found, saved }: Begun): Promise<void> {
  if (journal === null || (!found.folder && found.entry === null)) return
  const { backup, files, notes } = saved
  await writeJournal(repo, { ...journal, removing: { backup, files, notes: [...notes] } })
}
