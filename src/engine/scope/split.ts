// Splitting off: what a session has at some paths, committed or not, is written to a patch file and taken out of its
// branch and worktree, from outside and while no turn is in flight. The patch is written first, so nothing is ever lost.
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { QuintetError } from '../../contract/errors.ts'
import type { Workspace } from '../../contract/session.ts'
import { changes, type Change } from '../../git/diff.ts'
import { commitTree, mergeBase, OWN_IDENTITY } from '../../git/merge/merge.ts'
import { refValue } from '../../git/refs.ts'
import { patchBetween, restorePaths, treeWith } from '../../git/merge/rewrite.ts'
import { snapshotWorktree } from '../../git/snapshot.ts'
import { status, type StatusEntry } from '../../git/status.ts'
import { advanceTarget } from '../../integration/target.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { branchRef } from '../names.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from '../session/spec.ts'

/** What a session has at some paths. */
export interface Hunks {
  readonly cwd: string
  readonly tip: string
  /** Between the commit that the branch left and its tip. */
  readonly committed: readonly Change[]
  /** Between the tip and the worktree, where that is no way back to the base. */
  readonly loose: readonly Change[]
  /** The worktree as a commit; null when it is as the tip has it. */
  readonly snapshot: string | null
  /** Tracked paths among them that the worktree has otherwise than the tip. */
  readonly dirty: readonly string[]
  /** Other tracked paths that the worktree has as the branch began, and the tip otherwise. */
  readonly left: readonly string[]
  /** Paths that the tip has deleted and the worktree has as the branch began. */
  readonly kept: readonly string[]
  /** Something else is uncommitted: the branch cannot be moved. */
  readonly held: boolean
}

/** What there is at the paths for which `matches` holds; null when there is nothing. */
export async function hunksAt(
  services: Services,
  session: SessionSpec,
  workspace: Workspace,
  matches: (path: string) => boolean,
): Promise<Hunks | null> {
  const cwd = workspace.path
  const tip = await refValue(services.repo, branchRef(session.name))
  if (tip === null) return null
  const fork = (await mergeBase(cwd, workspace.base, tip)) ?? workspace.base
  const committed = (await changes(cwd, fork, tip)).filter(({ path }) => matches(path))
  const now = await status(cwd)
  const entries = now.entries.filter(({ path }) => matches(path))
  const others = now.entries.filter(({ path }) => !matches(path))
  const whole = now.entries.length === 0 ? null : await snapshotWorktree(cwd, 'what is split off')
  const work = whole === null ? new Set<string>() : await workIn(cwd, fork, whole)
  const snapshot = entries.length === 0 ? null : whole
  const loose = snapshot === null ? [] : await changes(cwd, tip, snapshot)
  const found = {
    committed,
    loose: loose.filter(({ path }) => work.has(path) && matches(path)),
    dirty: trackedPaths(entries),
    left: trackedPaths(others).filter((path) => !work.has(path)),
    kept: entries.flatMap(({ kind, path }) => (kind === 'untracked' && !work.has(path) ? [path] : [])),
  }
  if (found.committed.length + found.loose.length + found.dirty.length === 0) return null
  return { cwd, tip, snapshot, ...found, held: now.tip !== tip || others.some(({ path }) => work.has(path)) }
}

function trackedPaths(entries: readonly StatusEntry[]): readonly string[] {
  return entries.filter(({ kind }) => kind !== 'untracked').map(({ path }) => path)
}

/** Paths at which the worktree is no longer as the branch began. A box that closed a path leaves there what was then,
 *  whatever the branch says: that is nobody's work. */
async function workIn(cwd: string, fork: string, worktree: string): Promise<ReadonlySet<string>> {
  return new Set((await changes(cwd, fork, worktree)).map(({ path }) => path))
}

/** Where the patch of a request is kept. */
export interface PatchName {
  readonly to: string
  readonly n: number
}

/** Writes the patch, clears the worktree at these paths and takes them off the branch. Throws `E_SCOPE_DIRTY`; then the
 *  branch has not moved. Resolves with the file; null when there was nothing worth keeping. */
export async function splitOff(
  services: Services,
  session: SessionSpec,
  hunks: Hunks,
  { to, n }: PatchName,
): Promise<string | null> {
  if (hunks.committed.length > 0 && hunks.held) throw dirtyError(session, 'Other files are not committed.')
  const without = await withoutCommitted(services, hunks, { to, n })
  const patch = await patchOf(hunks, without)
  const file = join(services.state, 'patches', session.name.run, `${session.name.piece}-to-${to}-${n}.patch`)
  if (patch.length > 0) {
    await mkdir(dirname(file), { recursive: true })
    await writeAtomic(file, patch)
  }
  await clearWorktree(hunks)
  if (without !== null) await moveBranch(services, session, { from: hunks.tip, to: without })
  return patch.length > 0 ? file : null
}

async function withoutCommitted(
  { repo }: Services,
  { tip, committed }: Hunks,
  { to, n }: PatchName,
): Promise<string | null> {
  if (committed.length === 0) return null
  const tree = await treeWith(repo.root, tip, committed.map(before))
  const list = committed.map(({ path }) => `- ${path}`).join('\n')
  const message = `Hand over to ${to}\n\nTaken off this branch and given to ${to}, who owns it:\n\n${list}\n\nQuintet-Request: ${n}\n`
  return await commitTree(repo.root, { tree, parents: [tip], message, identity: OWN_IDENTITY })
}

/** First what is committed, then what is not. */
async function patchOf({ cwd, tip, loose, snapshot }: Hunks, without: string | null): Promise<Uint8Array> {
  const committed = without === null ? new Uint8Array() : await patchBetween(cwd, without, tip)
  if (snapshot === null || loose.length === 0) return committed
  const tree = await treeWith(cwd, snapshot, loose.map(before))
  const rest = await commitTree(cwd, { tree, parents: [tip], message: 'the rest\n', identity: OWN_IDENTITY })
  return Buffer.concat([committed, await patchBetween(cwd, rest, snapshot)])
}

async function clearWorktree({ cwd, committed, loose, dirty, left, kept }: Hunks): Promise<void> {
  const added = loose.flatMap(({ kind, path }) => (kind === 'added' ? [path] : []))
  // What was kept comes back with the branch, which would not move over it.
  for (const path of [...added, ...kept]) await rm(join(cwd, path), { force: true })
  // A branch moves only under a clean worktree.
  await restorePaths(cwd, committed.length === 0 ? dirty : [...dirty, ...left])
}

function before({ path, oldMode, oldBlob }: Change): { path: string; mode: string; blob: string } {
  return { path, mode: oldMode, blob: oldBlob }
}

async function moveBranch(
  services: Services,
  session: SessionSpec,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  const moved = await advanceTarget({ repo: services.repo, target: session.branch, from, to })
  if (moved.kind === 'advanced' && moved.behind === null) return
  throw dirtyError(
    session,
    moved.kind === 'worktree-dirty'
      ? `Its worktree has uncommitted changes: ${moved.files.slice(0, 5).join(', ')}.`
      : moved.kind === 'advanced'
        ? `Its worktree could not follow: ${moved.behind?.why ?? ''}.`
        : moved.kind === 'moved'
          ? 'Its branch has moved in this very moment.'
          : `Its worktree is busy: ${moved.why}.`,
  )
}

function dirtyError({ label }: SessionSpec, why: string): QuintetError {
  return new QuintetError(
    'E_SCOPE_DIRTY',
    'precondition',
    `Nothing can be taken off the branch of ${label}. ${why}`,
    {
      hints: [
        {
          text: 'Have it commit its work first.',
          command: `quintet session retry ${label} "Commit everything"`,
        },
      ],
    },
  )
}
