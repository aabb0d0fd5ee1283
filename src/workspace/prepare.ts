// The workspace of a session: its branch, its worktree with files, environment files, dependencies and ports, and the way
// back from all of that (release.ts). prepareWorkspace is called again after any crash: it looks at what exists, goes
// on from there, and repairs what a person has moved or deleted. Branches and commits are never given up on the way.
import { QuintetError } from '../contract/errors.ts'
import type { PortBlock, Workspace } from '../contract/session.ts'
import { refValue, updateRef } from '../git/refs.ts'
import { endSurvivors } from '../process/marker.ts'
import { blameDisk } from './blame-disk.ts'
import { settleIndex, writeFiles } from './checkout.ts'
import { clearCaches } from './dependencies/caches.ts'
import type { Installation } from './dependencies/install.ts'
import { furnish, type Present } from './furnish.ts'
import { installGuards } from './guard/install.ts'
import { includeFiles } from './include.ts'
import { loadJournal, withStep, writeJournal, type Journal } from './journal.ts'
import { excludeOwnFolders, holdOwnFolders } from './own-folders.ts'
import { leasePorts } from './ports/lease.ts'
import { canonicalPath, hasIndex, registerWorkspace } from './register.ts'
import type { WorkspaceSpec } from './spec.ts'

const NAMED_PATHS = 5

/**
 * Makes a session's workspace, or makes it whole again. The caller sees to it that no agent of the session is running;
 * other processes that carry the session's mark are ended. Throws `E_BRANCH_TAKEN`, `E_PATH_TAKEN`, `E_SESSION_BUSY`,
 * `E_WORKTREE`, `E_BASE_MISSING`, `E_DISK_FULL`, `E_NO_PORTS`, `E_INSTALL_FAILED`, `E_SETUP_FAILED`, `E_SETUP_DIRTY`, or the
 * signal's reason.
 */
export async function prepareWorkspace(asked: WorkspaceSpec, signal: AbortSignal): Promise<Workspace> {
  const spec = { ...asked, path: await canonicalPath(asked.path) }
  try {
    return await prepare(spec, signal)
  } catch (error) {
    throw await blameDisk(error, spec.path, spec.repo)
  }
}

async function prepare(spec: WorkspaceSpec, signal: AbortSignal): Promise<Workspace> {
  const known = await loadJournal(spec)
  // A slot that was claimed as it is: mostly nothing has run in it yet, and what is done meanwhile writes nothing in it.
  const asItIs = known?.slot !== undefined && known.done.includes('ready')
  const ending = known === null ? [] : [endSurvivors(spec.marker)]
  if (!asItIs) await Promise.all(ending)
  const [journal] = await Promise.all([stand(spec, { guarded: asItIs, signal }), ...ending])
  const { repo, run, piece, path, branch, base } = spec
  const ports = await leasePorts({ commonDir: repo.commonDir, run, piece, worktree: path }, signal)
  const ready = isReady(journal, ports)
  if (!ready) {
    const included = await include(spec, journal, signal)
    await makeReady(spec, { journal: included, ports, signal })
  }
  if (!asItIs || !ready) await guard(spec)
  return { path, branch, base, ports }
}

/** Registered, with the files of the base. `guarded`: what is to run in it has run. */
async function stand(
  spec: WorkspaceSpec,
  { guarded, signal }: { readonly guarded: boolean; readonly signal: AbortSignal },
): Promise<Journal> {
  await excludeOwnFolders(spec)
  const journal = await registerWorkspace(spec, signal)
  // The last one of other sessions may have been released since; from here on this one is seen to be there. A slot was
  // there before it became the session's.
  if (journal.slot === undefined) await holdOwnFolders(spec)
  if (guarded) await guard(spec)
  return await checkOut(spec, journal, signal)
}

/** The set-up of a slot was run with the slot's ports: with others it has to be run again. */
function isReady({ done, slot }: Journal, ports: PortBlock): boolean {
  return done.includes('ready') && (slot?.port ?? ports.first) === ports.first
}

/** Last: the setup may set hooks of the repository's own, and tools that do so look whether others are set. */
async function guard(spec: WorkspaceSpec): Promise<void> {
  if (spec.guard === undefined) return
  const state = await installGuards(spec, spec.guard)
  if (!state.active) spec.onProgress(state.reason)
}

/** Checks the files out unless git's index says that this was done to the end; later changes are the session's. */
async function checkOut(spec: WorkspaceSpec, journal: Journal, signal: AbortSignal): Promise<Journal> {
  if (journal.slot?.from !== undefined) return await moveToBase(spec, journal, signal)
  if (await hasIndex(spec.path)) return journal
  spec.onProgress('checking out the files')
  await writeFiles(spec, 'HEAD', signal)
  const unsettled = await settleIndex(spec.path, signal)
  return unsettled.length === 0 ? journal : await written(spec, { ...journal, unsettled })
}

/** A slot that stood at another commit: only the files that differ are written. */
async function moveToBase(spec: WorkspaceSpec, journal: Journal, signal: AbortSignal): Promise<Journal> {
  const { repo, base, branch } = spec
  const { from = base, ...slot } = journal.slot ?? { id: '', port: null, claimedAt: 0, proven: true }
  spec.onProgress('checking out the files of the base')
  await writeFiles(spec, base, signal)
  const ref = `refs/heads/${branch}`
  const moved = await updateRef(repo, { ref, to: base, from, reason: 'quintet: base of the session' })
  if (moved === 'changed' && (await refValue(repo, ref)) !== base) {
    throw new QuintetError('E_BRANCH_TAKEN', 'conflict', `Somebody has moved the branch ${branch}.`, {
      hints: [{ text: 'See what is on it.', command: `git log --oneline -10 ${branch}` }],
    })
  }
  const unsettled = await settleIndex(spec.path, signal)
  await clearCaches(repo, spec.path)
  return await written(spec, { ...journal, slot, unsettled })
}

async function written({ repo }: WorkspaceSpec, journal: Journal): Promise<Journal> {
  await writeJournal(repo, journal)
  return journal
}

async function include(spec: WorkspaceSpec, journal: Journal, signal: AbortSignal): Promise<Journal> {
  if (journal.done.includes('included')) return journal
  const { copied, skipped } = await includeFiles(spec.repo, spec.path, signal)
  if (copied.length > 0)
    spec.onProgress(`copied ${copied.length} environment file${copied.length === 1 ? '' : 's'}`)
  if (skipped.length > 0) spec.onProgress(`left out ${skipped.slice(0, NAMED_PATHS).join(', ')}`)
  return withStep(journal, 'included')
}

interface Readying {
  readonly journal: Journal
  readonly ports: PortBlock
  readonly signal: AbortSignal
}

/** Dependencies and the setup command, then proof that neither left the tree changed. */
async function makeReady(spec: WorkspaceSpec, { journal, ports, signal }: Readying): Promise<void> {
  let installed = journal
  const { installation, readyAt } = await furnish(spec, {
    ports,
    present: presentIn(journal),
    unsettled: journal.unsettled,
    onInstalled: async (made) => {
      installed = withInstallation(journal, made)
      if (made.how !== 'nothing') await writeJournal(spec.repo, installed)
    },
    signal,
  })
  if (installation === null) installed = withStep(installed, 'dependencies')
  const done = ['registered', 'included', 'dependencies', 'ready'] as const
  await writeJournal(spec.repo, { ...done.reduce(withStep, installed), readyAt })
}

function presentIn({ done, slot, fingerprint }: Journal): Present {
  if (done.includes('dependencies')) return { kind: 'made' }
  return slot === undefined ? { kind: 'none' } : { kind: 'kept', fingerprint: fingerprint ?? null }
}

function withInstallation(journal: Journal, { fingerprint, how }: Installation): Journal {
  return (['included', 'dependencies'] as const).reduce(withStep, {
    ...journal,
    fingerprint,
    dependencies: how,
  })
}
