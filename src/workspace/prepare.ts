// The workspace of a session: its branch, its worktree with files, environment files, dependencies and ports, and the way
// back from all of that (release.ts). prepareWorkspace is called again after any crash: it looks at what exists, goes
// on from there, and repairs what a person has moved or deleted. Branches and commits are never given up on the way.
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, errorData, ignoring, QuintetError } from '../contract/errors.ts'
import type { PortBlock, Workspace } from '../contract/session.ts'
import { quoted } from '../contract/shell.ts'
import { excludeFromStatus } from '../git/exclude.ts'
import { runGit } from '../git/run.ts'
import { status } from '../git/status.ts'
import type { Box } from '../process/box.ts'
import type { Environment } from '../process/environment.ts'
import { endSurvivors, SESSION_MARK } from '../process/marker.ts'
import { installDependencies } from './dependencies/install.ts'
import { diskSpace } from './disk.ts'
import { installGuards } from './guard/install.ts'
import { includeFiles } from './include.ts'
import { loadJournal, withStep, writeJournal, type Journal } from './journal.ts'
import { portEnvironment } from './ports/environment.ts'
import { leasePorts } from './ports/lease.ts'
import { adminFolder, canonicalPath, hasIndex, registerWorkspace } from './register.ts'
import { runSetup } from './setup.ts'
import type { WorkspaceSpec } from './spec.ts'

const NAMED_PATHS = 5
const NEARLY_FULL_BYTES = 16 * 1024 ** 2
const DISK_CODES = new Set(['ENOSPC', 'EDQUOT'])
const BLAMED_ON_DISK = new Set(['E_INSTALL_FAILED', 'E_SETUP_FAILED'])

/**
 * Makes a session's workspace, or makes it whole again. The caller sees to it that no agent of the session is running;
 * other processes that carry the session's mark are ended. Throws `E_BRANCH_TAKEN`, `E_PATH_TAKEN`, `E_SESSION_BUSY`,
 * `E_BASE_MISSING`, `E_DISK_FULL`, `E_NO_PORTS`, `E_INSTALL_FAILED`, `E_SETUP_FAILED`, `E_SETUP_DIRTY`, or the
 * signal's reason.
 */
export async function prepareWorkspace(asked: WorkspaceSpec, signal: AbortSignal): Promise<Workspace> {
  const spec = { ...asked, path: await canonicalPath(asked.path) }
  try {
    return await prepare(spec, signal)
  } catch (error) {
    throw await blameDisk(error, spec)
  }
}

async function prepare(spec: WorkspaceSpec, signal: AbortSignal): Promise<Workspace> {
  if ((await loadJournal(spec)) !== null) await endSurvivors(spec.marker)
  await excludeOwnFolders(spec)
  let journal = await registerWorkspace(spec, signal)
  // The last one of other sessions may have been released since; from here on this one is seen to be there.
  await excludeFromStatus(spec.repo, ownFolders(spec))
  journal = await checkOut(spec, journal, signal)
  const ready = journal.done.includes('ready')
  if (!ready) journal = await include(spec, journal, signal)
  const ports = await leasePorts(
    { commonDir: spec.repo.commonDir, run: spec.run, piece: spec.piece, worktree: spec.path },
    signal,
  )
  if (!ready) await furnish(spec, { journal, ports, signal })
  await guard(spec)
  const { path, branch, base } = spec
  return { path, branch, base, ports }
}

/** Last: the setup may set hooks of the repository's own, and tools that do so look whether others are set. */
async function guard(spec: WorkspaceSpec): Promise<void> {
  if (spec.guard === undefined) return
  const state = await installGuards(spec, spec.guard)
  if (!state.active) spec.onProgress(state.reason)
}

/** Keeps the coordination folder, and worktrees that stand inside the main one, out of every status and diff. */
async function excludeOwnFolders(spec: WorkspaceSpec): Promise<void> {
  const { commonDir } = spec.repo
  const present = (await ignoring(['ENOENT'], readFile(join(commonDir, 'info/exclude'), 'utf8'))) ?? ''
  const lines = new Set(present.split('\n'))
  const patterns = ownFolders(spec)
  if (patterns.some((pattern) => !lines.has(pattern))) await excludeFromStatus(spec.repo, patterns)
}

function ownFolders({ repo, path, coordinationFolder, exclude }: WorkspaceSpec): readonly string[] {
  const patterns = [`/${coordinationFolder.replaceAll(/^\/+|\/+$/g, '')}/`]
  if (exclude !== undefined) patterns.push(exclude)
  else if (path.startsWith(`${repo.root}/`)) patterns.push(`${path.slice(repo.root.length)}/`)
  return patterns
}

/** Checks the files out unless git's index says that this was done to the end; later changes are the session's. */
async function checkOut(spec: WorkspaceSpec, journal: Journal, signal: AbortSignal): Promise<Journal> {
  if (await hasIndex(spec.path)) return journal
  spec.onProgress('checking out the files')
  const admin = await adminFolder(spec.path)
  // Nobody else has had a reason to be here yet, and what an earlier attempt left running has been ended.
  if (admin !== null) await rm(join(admin, 'index.lock'), { force: true })
  await runGit(['read-tree', '--reset', '-u', 'HEAD'], {
    cwd: spec.path,
    op: 'check out the files',
    writes: 'index',
    // Like every process of the session it is marked: one that outlives a crash is found and ended.
    env: { [SESSION_MARK]: spec.marker },
    signal,
  })
  // The one status that may write the index: it settles the entries that are as young as the index, before the agent
  // begins to lock it.
  const { entries } = await status(spec.path, { untracked: 'no', locks: true, signal })
  if (entries.length === 0) return journal
  const unsettled = { ...journal, unsettled: entries.map(({ path }) => path) }
  await writeJournal(spec.repo, unsettled)
  return unsettled
}

async function include(spec: WorkspaceSpec, journal: Journal, signal: AbortSignal): Promise<Journal> {
  if (journal.done.includes('included')) return journal
  const { copied, skipped } = await includeFiles(spec.repo, spec.path, signal)
  if (copied.length > 0)
    spec.onProgress(`copied ${copied.length} environment file${copied.length === 1 ? '' : 's'}`)
  if (skipped.length > 0) spec.onProgress(`left out ${skipped.slice(0, NAMED_PATHS).join(', ')}`)
  return withStep(journal, 'included')
}

interface Furnishing {
  readonly journal: Journal
  readonly ports: PortBlock
  readonly signal: AbortSignal
}

/** Dependencies and the setup command, then proof that neither left the tree changed. */
async function furnish(spec: WorkspaceSpec, { journal, ports, signal }: Furnishing): Promise<void> {
  const made = await spec.box?.(spec.path)
  const own = { ...spec.env, ...portEnvironment(ports, spec.portNames), [SESSION_MARK]: spec.marker }
  const env = { ...own, ...made?.env }
  const installed = await install(spec, { journal, env, box: made?.box, signal })
  if (spec.setup !== undefined) {
    spec.onProgress(`running ${spec.setup.join(' ')}`)
    const { setup: command, path: cwd, logFile: log, setupTimeout: timeout } = spec
    await runSetup({ command, cwd, env, box: made?.box, log, timeout, signal })
  }
  const readyAt = await fileClock(spec.path)
  if (spec.setup !== undefined || installed.worked) await requireClean(spec, journal.unsettled, signal)
  const done = ['registered', 'included', 'dependencies', 'ready'] as const
  await writeJournal(spec.repo, { ...done.reduce(withStep, installed.journal), readyAt })
}

/** Now, on the clock that stamps files: everything that was written before is at most as old. */
async function fileClock(path: string): Promise<number> {
  const file = join((await adminFolder(path)) ?? path, 'quintet-clock')
  await writeFile(file, '')
  const { ctimeMs } = await stat(file)
  await rm(file)
  return ctimeMs
}

interface Installing {
  readonly journal: Journal
  readonly env: Environment
  readonly box: Box | undefined
  readonly signal: AbortSignal
}

async function install(
  spec: WorkspaceSpec,
  { journal, env, box, signal }: Installing,
): Promise<{ journal: Journal; worked: boolean }> {
  if (journal.done.includes('dependencies')) return { journal, worked: true }
  const { repo, path: cwd, logFile: log, onProgress } = spec
  const { fingerprint, how } = await installDependencies({ repo, cwd, env, box, log, signal, onProgress })
  const installed = withStep(
    withStep({ ...journal, fingerprint, dependencies: how }, 'included'),
    'dependencies',
  )
  if (how === 'nothing') return { journal: installed, worked: false }
  await writeJournal(repo, installed)
  return { journal: installed, worked: true }
}

/** A tree that is changed before the agent begins would make the agent answer for it. */
async function requireClean(
  spec: WorkspaceSpec,
  unsettled: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { entries } = await status(spec.path, { untracked: 'normal', signal })
  const changed = entries
    .filter(({ path }) => !unsettled.includes(path))
    .map(({ path, hidden }) => (hidden === undefined ? path : `${path} (marked ${hidden})`))
  if (changed.length === 0) return
  const named = changed.slice(0, NAMED_PATHS).join(', ')
  const more = changed.length > NAMED_PATHS ? ` and ${changed.length - NAMED_PATHS} more` : ''
  const what = spec.setup === undefined ? 'Installing the dependencies' : 'The setup'
  throw new QuintetError(
    'E_SETUP_DIRTY',
    'precondition',
    `${what} changed files that git does not ignore: ${named}${more}.`,
    {
      hints: [
        { text: 'See the changes.', command: `git -C ${quoted(spec.path)} status` },
        { text: 'Commit them on the base, or name them in .gitignore.' },
      ],
      details: { changed: changed.slice(0, 100) },
    },
  )
}

/** The same failure, or `E_DISK_FULL` where a full disk explains it. */
async function blameDisk(error: unknown, { path, repo }: WorkspaceSpec): Promise<unknown> {
  const full = DISK_CODES.has(errnoOf(error) ?? '')
  const suspect = full || BLAMED_ON_DISK.has(errorData(error).code)
  if (!suspect) return error
  const folder = (await hasIndex(path)) ? path : repo.commonDir
  const { free } = await diskSpace(folder)
  if (!full && free > NEARLY_FULL_BYTES) return error
  const left = `${Math.floor(free / 1024 ** 2)} MB are free`
  return new QuintetError('E_DISK_FULL', 'environment', `The disk that holds ${folder} is full: ${left}.`, {
    hints: [
      { text: 'See how much is left.', command: `df -h ${quoted(folder)}` },
      { text: 'Remove what earlier runs left behind.', command: 'quintet clean' },
    ],
    cause: error,
  })
}
