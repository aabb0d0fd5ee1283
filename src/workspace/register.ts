// Registers a session's branch and worktree, or finds out that they are: looks, decides (registration.ts), acts, and
// looks again. No step here deletes a file or moves a branch.
import { lstat, mkdir, readdir, readFile, realpath, rename } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ignoring, QuintetError } from '../contract/errors.ts'
import { quoted } from '../contract/shell.ts'
import { refValue } from '../git/refs.ts'
import { resolveCommit, type Repository } from '../git/repository.ts'
import {
  addOnBranch,
  addWorktree,
  listWorktrees,
  lockWorktree,
  removeWorktreeEntry,
  repairWorktree,
  withRegistry,
  type AddOutcome,
  type WorktreeEntry,
} from '../git/worktree.ts'
import { adminEntry } from '../git/worktree-admin.ts'
import { dropEmptyBranch } from '../git/worktree-head.ts'
import { identify, isAlive } from '../process/identity.ts'
import { SESSION_MARK } from '../process/marker.ts'
import { requireSpace } from './disk.ts'
import { loadJournal, removeJournal, writeJournal, type Journal } from './journal.ts'
import { lockPrefix, lockReason, parseLockReason } from './lock-reason.ts'
import { holdSlot, lockedOtherwise } from './pool/hold.ts'
import { thisProcess } from './pool/records.ts'
import { isOurs, nextRegistration, type Action, type Situation, type Standing } from './registration.ts'
import { requireHead } from './require-head.ts'
import { sessionId, type WorkspaceSpec } from './spec.ts'
import { moveToTrash } from '../store/trash.ts'

/** Looking again after acting ends: an action either leads to `keep` or meets an obstacle of its own. */
const ATTEMPTS = 4

/** Makes the branch and the locked, registered worktree exist, and answers with the session's journal.
 *  Throws `E_BRANCH_TAKEN`, `E_PATH_TAKEN`, `E_SESSION_BUSY`, `E_WORKTREE`, `E_BASE_MISSING` or `E_DISK_FULL`. */
export async function registerWorkspace(spec: WorkspaceSpec, signal: AbortSignal): Promise<Journal> {
  const journal = await loadJournal(spec)
  if (journal !== null && (await isStanding(spec, journal))) return journal
  if (journal === null && (await standingAt(spec.path)) === 'nothing') {
    // The ordinary case: nothing is there, and whatever stands in the way after all comes back as an outcome.
    const added = await registerNew(spec, signal, false)
    if (added !== null) return added
  }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    signal.throwIfAborted()
    const situation = await look(spec)
    await requireNotDriven(spec, situation.entry)
    const action = nextRegistration(situation)
    if (action.kind === 'keep') return await confirm(spec, situation.journal)
    await act(spec, { action, situation, signal })
  }
  throw new QuintetError('E_WORKTREE', 'git', `The worktree ${spec.path} could not be registered.`, {
    hints: [{ text: 'See what git knows.', command: 'git worktree list --porcelain' }],
  })
}

/** Told from files alone: this very process holds the worktree, and entry, folder and branch belong together. */
async function isStanding(spec: WorkspaceSpec, { done, path, branch }: Journal): Promise<boolean> {
  if (!done.includes('registered') || path !== spec.path || branch !== spec.branch) return false
  const entry = await adminEntry(spec.repo, path)
  if (entry === null || entry.locked !== (await ownReason(spec))) return false
  if ((await adminFolder(path)) !== entry.folder) return false
  const head = await ignoring(['ENOENT'], readFile(join(entry.folder, 'HEAD'), 'utf8'))
  return head === `ref: refs/heads/${branch}\n` && (await refExists(spec.repo, branch))
}

/** A power cut may leave a file in which nothing is. */
async function refExists({ commonDir }: Repository, branch: string): Promise<boolean> {
  const found = await ignoring(['ENOENT', 'ENOTDIR'], lstat(join(commonDir, 'refs/heads', branch)))
  return found !== undefined && found.size > 0
}

/** Registers a worktree on a new branch; null when another look is needed: git knows a worktree of that path, or
 *  (`again`) what an earlier attempt left running has just made something. */
async function registerNew(
  spec: WorkspaceSpec,
  signal: AbortSignal,
  again: boolean,
): Promise<Journal | null> {
  const { repo, path, branch, base } = spec
  spec.onProgress('registering the worktree')
  await mkdir(dirname(path), { recursive: true })
  await namingBase(spec, signal, requireSpace(dirname(path), repo.commonDir, base))
  const journal = newJournal(spec)
  await writeJournal(repo, journal)
  const outcome = await add(spec, signal)
  if (outcome.kind === 'added') return journal
  if (again) return null
  // Nothing was made: a journal would claim a branch that is somebody else's.
  await removeJournal(spec)
  if (outcome.kind === 'path-taken' && outcome.why === 'registered') return null
  if (outcome.kind === 'path-taken') throw pathTaken(path, null)
  throw branchTaken(branch, outcome.kind === 'branch-checked-out' ? outcome.path : null)
}

async function add(spec: WorkspaceSpec, signal: AbortSignal): Promise<AddOutcome> {
  const { repo, path, branch, base, marker } = spec
  const worktree = { path, branch, commit: base, reason: await ownReason(spec) }
  // Where this process is killed, that git goes on: by the mark it is found, and ended before anybody looks.
  const env = { [SESSION_MARK]: marker }
  return await namingBase(spec, signal, addWorktree(repo, worktree, { signal, env }))
}

/** The same outcome; a failure of which the reason is that the base is not there says so. */
async function namingBase<T>(
  { repo, base }: WorkspaceSpec,
  signal: AbortSignal,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work
  } catch (error) {
    signal.throwIfAborted()
    if ((await resolveCommit(repo.commonDir, base)) !== null) throw error
    throw new QuintetError(
      'E_BASE_MISSING',
      'precondition',
      `The base commit ${base} is not in this repository.`,
      {
        hints: [{ text: 'Fetch it.', command: `git fetch origin ${base}` }],
        cause: error,
      },
    )
  }
}

async function look(spec: WorkspaceSpec): Promise<Situation> {
  const { repo, run, piece, path, branch, base } = spec
  const [journal, entries, tip, standing] = await Promise.all([
    loadJournal(spec),
    listWorktrees(repo),
    refValue(repo, `refs/heads/${branch}`),
    standingAt(path),
  ])
  const entry = entries.find((one) => one.path === path) ?? entries.find((one) => isOurs(one, spec)) ?? null
  const elsewhere = entries.find((one) => one.branch === branch && one.path !== entry?.path)?.path ?? null
  const at = entry === null ? null : await folderOf(repo, entry, path)
  // A folder that a moved repository does not find any more has to be reconnected, wherever it is.
  const found = at === path && !(await isConnected(repo, path)) ? null : at
  return { run, piece, path, branch, base, journal, entry, elsewhere, standing, found, tip }
}

async function standingAt(path: string): Promise<Standing> {
  const found = await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))
  if (found === undefined) return 'nothing'
  if (!found.isDirectory()) return 'content'
  const names = await readdir(path)
  if (names.length === 0) return 'nothing'
  return names.length === 1 && names[0] === '.git' ? 'link-only' : 'content'
}

/** Where the folder of an entry is. */
export async function folderOf(repo: Repository, entry: WorktreeEntry, path: string): Promise<string | null> {
  const id = await entryId(repo, entry)
  return id === null ? null : await linkedFolder(repo, id, [path, entry.path])
}

/** The folder whose `.git` file names the entry `id`: at one of the paths, or where a person moved it nearby. */
export async function linkedFolder(
  { root }: Repository,
  id: string,
  paths: readonly string[],
): Promise<string | null> {
  for (const candidate of paths) if ((await linkedTo(candidate)) === id) return candidate
  const around = paths.flatMap((path) => [dirname(path), dirname(dirname(path))])
  for (const folder of new Set([...around, dirname(root)])) {
    for (const found of (await ignoring(['ENOENT', 'EACCES'], readdir(folder, { withFileTypes: true }))) ??
      []) {
      if (found.isDirectory() && (await linkedTo(join(folder, found.name))) === id)
        return join(folder, found.name)
    }
  }
  return null
}

/** Whether the folder leads to an entry of this very repository, and not to where the repository once was. */
export async function isConnected({ commonDir }: Repository, path: string): Promise<boolean> {
  const admin = await adminFolder(path)
  if (admin === null) return false
  const real = await ignoring(['ENOENT', 'ENOTDIR'], realpath(admin))
  return real !== undefined && dirname(real) === join(commonDir, 'worktrees')
}

/** Name of an entry's folder in the common git directory. */
async function entryId(repo: Repository, entry: WorktreeEntry): Promise<string | null> {
  const folder = join(repo.commonDir, 'worktrees')
  for (const id of (await ignoring(['ENOENT'], readdir(folder))) ?? []) {
    const text = await ignoring(['ENOENT', 'ENOTDIR'], readFile(join(folder, id, 'gitdir'), 'utf8'))
    if (text?.trimEnd() === join(entry.path, '.git')) return id
  }
  return null
}

/** The entry that a folder's `.git` file names, by its last part: the rest changes when a repository is moved. */
async function linkedTo(path: string): Promise<string | null> {
  const target = await adminFolder(path)
  return target === null || basename(dirname(target)) !== 'worktrees' ? null : basename(target)
}

/** Two processes never drive one worktree: the one that the lock names must be this one, or dead. */
async function requireNotDriven(spec: WorkspaceSpec, entry: WorktreeEntry | null): Promise<void> {
  const owner = entry === null || entry.locked === null ? null : parseLockReason(entry.locked)
  if (owner === null || owner.pid === process.pid || !isOurs(entry, spec) || !(await isAlive(owner))) return
  throw new QuintetError(
    'E_SESSION_BUSY',
    'conflict',
    `The session ${sessionId(spec)} is driven by the process ${owner.pid}.`,
    { hints: [{ text: 'See which process that is.', command: `ps -o pid,lstart,args -p ${owner.pid}` }] },
  )
}

async function confirm(spec: WorkspaceSpec, journal: Journal | null): Promise<Journal> {
  const { repo, path } = spec
  if (journal !== null) {
    const found = await holdSlot(repo, journal, await thisProcess())
    if (found.kind === 'foreign') throw notHeld(spec, found.reason)
    if (found.kind === 'elsewhere') throw elsewhere(spec, found.reason)
  }
  const lock = await lockWorktree(repo, { path, reason: await ownReason(spec), replacing: lockPrefix(spec) })
  if (lock.kind === 'held') throw notHeld(spec, lockedOtherwise({ path, locked: lock.reason }))
  if (lock.kind === 'absent') throw notHeld(spec, `Somebody has removed the worktree ${path} from git.`)
  await requireHead(spec)
  if (journal !== null) return journal
  // The journal is lost, the worktree is not: what its session may have changed is not copied over.
  const found = newJournal(spec)
  return (await hasIndex(path)) ? { ...found, done: ['registered', 'included'] } : found
}

function elsewhere({ path, branch }: WorkspaceSpec, reason: string): QuintetError {
  return new QuintetError('E_WORKTREE', 'git', `${reason} It should be on the branch ${branch}.`, {
    hints: [{ text: 'See what is there.', command: `git -C ${quoted(path)} log --oneline -10` }],
    details: { path, branch },
  })
}

function notHeld({ path }: WorkspaceSpec, reason: string): QuintetError {
  return new QuintetError('E_WORKTREE', 'git', reason, {
    hints: [
      { text: 'See what git knows.', command: 'git worktree list --porcelain' },
      { text: 'Unlock it if nobody needs the lock.', command: `git worktree unlock ${quoted(path)}` },
    ],
  })
}

async function ownReason({ run, piece }: WorkspaceSpec): Promise<string> {
  const { pid, startTime } = (await identify(process.pid)) ?? { pid: process.pid, startTime: 'unknown' }
  return lockReason({ run, piece, pid, startTime })
}

function newJournal({ run, piece, path, branch, base }: WorkspaceSpec): Journal {
  return { version: 1, run, piece, path, branch, base, done: [], unsettled: [] }
}

interface Acting {
  readonly action: Exclude<Action, { kind: 'keep' }>
  readonly situation: Situation
  readonly signal: AbortSignal
}

async function act(spec: WorkspaceSpec, { action, situation, signal }: Acting): Promise<void> {
  switch (action.kind) {
    case 'branch-taken':
      throw branchTaken(spec.branch, action.where)
    case 'path-taken':
      throw pathTaken(spec.path, action.by)
    case 'repair':
      return await repair(spec, action.from)
    case 'register':
      await clearRemains(spec, situation, action.clear)
      // Git could not make a branch of which a power cut has left an empty file.
      if (situation.tip === null) await withRegistry(spec.repo, () => dropEmptyBranch(spec.repo, spec.branch))
      if (action.branch === 'new') await registerNew(spec, signal, situation.journal !== null)
      else await registerAgain(spec, situation.journal)
  }
}

async function repair(spec: WorkspaceSpec, from: string | null): Promise<void> {
  spec.onProgress(from === null ? 'reconnecting the worktree' : `moving the worktree back from ${from}`)
  if (from !== null) {
    await mkdir(dirname(spec.path), { recursive: true })
    await rename(from, spec.path)
  }
  if (!(await repairWorktree(spec.repo, spec.path))) throw pathTaken(spec.path, null)
}

async function clearRemains(spec: WorkspaceSpec, { entry }: Situation, clear: boolean): Promise<void> {
  const { repo, path } = spec
  if (clear) await moveToTrash(repo, path)
  if (entry !== null) await removeWorktreeEntry(repo, { path: entry.path, reason: lockPrefix(spec) })
}

/** Registers a worktree on the session's branch as it is, with the commits it has; every later step is done again. */
async function registerAgain(spec: WorkspaceSpec, journal: Journal | null): Promise<void> {
  const { repo, path, branch } = spec
  spec.onProgress('registering the worktree again')
  await mkdir(dirname(path), { recursive: true })
  await writeJournal(repo, { ...newJournal(spec), base: journal?.base ?? spec.base, done: ['registered'] })
  const outcome = await addOnBranch(repo, { path, branch, reason: await ownReason(spec) })
  if (outcome.kind === 'branch-checked-out') throw branchTaken(branch, outcome.path)
}

function branchTaken(branch: string, where: string | null): QuintetError {
  const place = where === null ? '' : ` and is checked out at ${where}`
  return new QuintetError('E_BRANCH_TAKEN', 'conflict', `The branch ${branch} exists already${place}.`, {
    hints: [
      { text: 'See what is on it.', command: `git log --oneline -10 ${branch}` },
      {
        text: 'Give it another name to keep its commits.',
        command: `git branch -m ${branch} kept/${branch}`,
      },
    ],
    details: { branch, where },
  })
}

function pathTaken(path: string, by: string | null): QuintetError {
  const what = by === null ? 'holds something else' : `is the worktree of the branch ${by}`
  return new QuintetError('E_PATH_TAKEN', 'conflict', `The path ${path} ${what}.`, {
    hints: [
      { text: 'See what is there.', command: `ls -la ${quoted(path)}` },
      { text: 'Or set `worktrees` in .quintet/config.toml to another place.' },
    ],
    details: { path, by },
  })
}

/** Whether a worktree was checked out: git writes its index after the last file. */
export async function hasIndex(path: string): Promise<boolean> {
  const folder = await adminFolder(path)
  return (
    folder !== null && (await ignoring(['ENOENT', 'ENOTDIR'], lstat(join(folder, 'index')))) !== undefined
  )
}

/** The git folder of a linked worktree, as its `.git` file names it; null when it has none. */
export async function adminFolder(path: string): Promise<string | null> {
  const text = await ignoring(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES'], readFile(join(path, '.git'), 'utf8'))
  const target = /^gitdir: (.+?)\n*$/s.exec(text ?? '')?.[1]
  return target === undefined ? null : resolve(path, target)
}

/** The path with its existing folders resolved, as git records it. */
export async function canonicalPath(path: string): Promise<string> {
  const found = await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))
  if (found !== undefined) return await realpath(path)
  const parent = dirname(path)
  return parent === path ? path : join(await canonicalPath(parent), basename(path))
}
