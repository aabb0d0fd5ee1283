// Saves what a worktree holds that is nowhere else, before the worktree goes.
//
// Changes that git sees, untracked files included, become a commit under refs/quintet/backup/. Ignored files do not: they
// may hold secrets, which a mirror push would publish, and databases, which would stay in the object store for ever.
// They are copied to `<state folder>/kept/<run>/<piece>/<n>/files`, with the state of an unfinished merge or rebase
// beside them. Repositories inside the worktree are copied there whole.
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ignoring, QuintetError } from '../contract/errors.ts'
import { quoted } from '../contract/shell.ts'
import { treeOf } from '../git/merge/merge.ts'
import { operationInProgress } from '../git/operation.ts'
import { listRefs, updateRef, ZERO } from '../git/refs.ts'
import { gitFolder, resolveCommit, stateFolder, type Repository } from '../git/repository.ts'
import { recordInput, runGit } from '../git/run.ts'
import { nestedRepositories, snapshotWorktree } from '../git/snapshot.ts'
import { status } from '../git/status.ts'
import { encode } from '../git/text.ts'
import { run, type RunResult } from '../process/run.ts'
import { ignoredWork } from './ignored.ts'
import type { Saved } from './release/outcome.ts'
import { backupPrefix, sessionId, type SessionPlace } from './spec.ts'
import { moveToTrash } from '../store/trash.ts'

const BATCH = 256
/** State of an unfinished operation, in a worktree's git folder. */
const OPERATION_STATE =
  /^(?:rebase-merge|rebase-apply|sequencer|MERGE_.*|AUTO_MERGE|CHERRY_PICK_HEAD|REVERT_HEAD|BISECT_.*|index)$/

/** Saves everything of a worktree that is neither committed to a branch nor made again by somebody.
 *  `readyAt`: ignored files that have not changed since are not the session's. Throws `E_NOT_SAVED` or `E_DISK_FULL`. */
export async function saveWorktree(session: SessionPlace, readyAt: number | null): Promise<Saved> {
  const { path } = session
  const admin = await gitFolder(path)
  const [operation, { branch, tip, entries }, { kept: ignored, unreadable }] = await Promise.all([
    operationInProgress(admin),
    status(path),
    ignoredWork(session, readyAt),
  ])
  if (unreadable.length > 0) throw notReadable(path, unreadable)
  const unknown = entries.filter(({ kind }) => kind === 'untracked').map((entry) => entry.path)
  const nested = await nestedRepositories(path, unknown)
  const backup = await saveCommits(session, { dirty: entries.length > 0, tip })
  const files = await saveFiles(session, {
    files: [...nested.map((folder) => folder.replace(/\/$/, '')), ...ignored],
    state: operation === null ? [] : (await readdir(admin)).filter((name) => OPERATION_STATE.test(name)),
    admin,
  })
  const notes = [
    ...(operation === null ? [] : [`A ${operation} was under way.`]),
    ...(branch === session.branch
      ? []
      : [branch === null ? 'HEAD was detached.' : `HEAD was on the branch ${branch}.`]),
    ...(nested.length === 0 ? [] : [`It held other repositories: ${nested.join(', ')}.`]),
    ...(ignored.length === 0 ? [] : [`Ignored files were kept: ${listed(ignored)}.`]),
  ]
  return { backup, files, notes }
}

/** What cannot be copied must stay where it is. */
function notReadable(path: string, unreadable: readonly string[]): QuintetError {
  return new QuintetError(
    'E_NOT_SAVED',
    'environment',
    `Ignored files in ${path} may not be read: ${listed(unreadable)}.`,
    {
      details: { unreadable: unreadable.slice(0, 50) },
      hints: [
        {
          text: 'Take them away, or make them readable, as the user who owns them.',
          command: `ls -ld ${quoted(join(path, unreadable[0] ?? ''))}`,
        },
      ],
    },
  )
}

const listed = (paths: readonly string[]): string =>
  paths.length <= 5 ? paths.join(', ') : `${paths.slice(0, 5).join(', ')} and ${paths.length - 5} more`

/** Saves a commit that no reference leads to, under the session's next backup; null when one does. */
export async function saveCommit(session: SessionPlace, commit: string): Promise<string | null> {
  return (await isReachable(session.repo, commit)) ? null : await writeBackup(session, commit)
}

async function saveCommits(
  session: SessionPlace,
  { dirty, tip }: { readonly dirty: boolean; readonly tip: string | null },
): Promise<string | null> {
  if (dirty) {
    const snapshot = await snapshotWorktree(session.path, `Uncommitted work of ${sessionId(session)}\n`)
    return await writeBackup(session, snapshot)
  }
  return tip === null ? null : await saveCommit(session, tip)
}

/** Whether a branch, tag, remote branch or backup leads to the commit. */
export async function isReachable(repo: Repository, commit: string, except?: string): Promise<boolean> {
  const exclude = except === undefined ? [] : [`--exclude=${except}`]
  const refs = [...exclude, '--branches', '--tags', '--remotes', '--glob=refs/quintet/*']
  const { stdout } = await runGit(['rev-list', '--max-count=1', commit, '--not', ...refs], {
    cwd: repo.commonDir,
    op: 'see whether a commit is on a branch',
  })
  return stdout.trim() === ''
}

/** Makes the next free backup reference; an equal latest one, left by an attempt that was cut off, is used again. */
async function writeBackup(session: SessionPlace, commit: string): Promise<string> {
  const prefix = backupPrefix(session)
  for (;;) {
    const existing = await listRefs(session.repo, prefix)
    const numbers = existing.map(({ ref }) => Number(ref.slice(prefix.length))).filter(Number.isInteger)
    const last = Math.max(0, ...numbers)
    const latest = existing.find(({ ref }) => ref === `${prefix}${last}`)
    if (latest !== undefined && (await sameContent(session.repo, latest.commit, commit))) return latest.ref
    const ref = `${prefix}${last + 1}`
    const outcome = await updateRef(session.repo, { ref, to: commit, from: ZERO, reason: 'quintet: backup' })
    if (outcome === 'updated') return ref
  }
}

async function sameContent({ commonDir }: Repository, a: string, b: string): Promise<boolean> {
  if (a === b) return true
  const [treeA, treeB] = [await treeOf(commonDir, a), await treeOf(commonDir, b)]
  return (
    treeA === treeB && (await resolveCommit(commonDir, `${a}^`)) === (await resolveCommit(commonDir, `${b}^`))
  )
}

/** Where the kept files of a session are; `<n>` follows. */
export function keptFolder({ repo, run, piece }: SessionPlace): string {
  return join(stateFolder(repo), 'kept', run, piece)
}

interface Keeping {
  /** Relative to the worktree. */
  readonly files: readonly string[]
  /** Names in the git folder. */
  readonly state: readonly string[]
  readonly admin: string
}

async function saveFiles(session: SessionPlace, { files, state, admin }: Keeping): Promise<string | null> {
  if (files.length === 0 && state.length === 0) return null
  const kept = keptFolder(session)
  const partial = join(kept, `.partial-${randomBytes(8).toString('hex')}`)
  await dropPartial(session.repo, kept)
  await mkdir(partial, { recursive: true, mode: 0o700 })
  await copyAll(session.path, join(partial, 'files'), files)
  await copyAll(admin, join(partial, 'git'), state)
  for (;;) {
    const target = join(kept, String(await nextNumber(kept)))
    if (
      (await ignoring(
        ['EEXIST', 'ENOTEMPTY'],
        rename(partial, target).then(() => true),
      )) === true
    )
      return target
  }
}

/** What an attempt that was cut off had begun to copy; the files themselves are still where they were. */
async function dropPartial(repo: Repository, kept: string): Promise<void> {
  for (const name of (await ignoring(['ENOENT'], readdir(kept))) ?? []) {
    if (name.startsWith('.partial-')) await moveToTrash(repo, join(kept, name))
  }
}

async function nextNumber(folder: string): Promise<number> {
  const numbers = (await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number)
  return Math.max(0, ...numbers) + 1
}

/** Copies paths with their folders, times and modes; one cp per folder and batch. */
async function copyAll(from: string, to: string, paths: readonly string[]): Promise<void> {
  const byFolder = Map.groupBy(paths, (path) => dirname(path))
  for (const [folder, members] of byFolder) {
    const target = join(to, folder)
    await mkdir(encode(target), { recursive: true })
    for (let start = 0; start < members.length; start += BATCH) {
      const sources = members.slice(start, start + BATCH).map((path) => join(from, path))
      await copy(sources, target)
    }
  }
}

async function copy(sources: readonly string[], target: string): Promise<void> {
  const result = await runCopy(sources, `${target}/`)
  if (result.exitCode === 0) return
  throw new QuintetError(
    'E_NOT_SAVED',
    'environment',
    `Files of a worktree could not be copied to ${target}.`,
    {
      details: { sources: sources.slice(0, 20), stderr: result.stderr.toString('utf8').slice(-2000) },
      hints: [{ text: 'See how much room there is.', command: `df -h ${target}` }],
    },
  )
}

async function runCopy(sources: readonly string[], target: string): Promise<RunResult> {
  const how = [...(process.platform === 'darwin' ? ['-a', '-c'] : ['-a', '--reflink=auto']), '--']
  const at = { cwd: '/' }
  if ([...sources, target].every((path) => path.isWellFormed()))
    return await run('cp', [...how, ...sources, target], at)
  // Node gives programs only what is text as their arguments.
  const pairs = sources.flatMap((source) => [source, target])
  return await run('xargs', ['-0', '-n', '2', 'cp', ...how], { ...at, input: recordInput(pairs) })
}
