// Updating the files of a worktree from one commit to another without ever overwriting what is not in git. Git itself
// refuses for tracked changes and untracked files, but takes ignored files for expendable: those are looked for here.
import { lstat, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ignoring } from '../contract/errors.ts'
import { changes, type Change } from '../git/diff.ts'
import { records, runGit } from '../git/run.ts'
import { status } from '../git/status.ts'
import { encode } from '../git/text.ts'

/** Tracked paths with changes, staged or not, and such that the index hides. */
export async function trackedChanges(worktree: string): Promise<string[]> {
  const { entries } = await status(worktree, { untracked: 'no' })
  return entries.map(({ path }) => path)
}

/** Tracked paths with changes that keep `changed` from being written: of what the index hides only those very paths,
 *  since whoever hides a file means it to stay as it is. */
export async function changesInTheWay(
  worktree: string,
  changed: readonly Change[],
): Promise<{ files: readonly string[]; hidden: readonly string[] }> {
  const { entries } = await status(worktree, { untracked: 'no' })
  const written = new Set(changed.map(({ path }) => path))
  const found = entries.filter(({ path, hidden }) => hidden === undefined || written.has(path))
  return {
    files: found.map(({ path }) => path),
    hidden: found.flatMap(({ path, hidden }) => (hidden === undefined ? [] : [path])),
  }
}

/** Tracked paths whose files differ from the index. */
export async function unstagedChanges(worktree: string): Promise<string[]> {
  const { stdout } = await runGit(['diff-files', '--name-only', '-z', '--no-ext-diff'], {
    cwd: worktree,
    op: 'compare files with the index',
  })
  return records(stdout)
}

/** `at-to`: nothing is left to follow; what differs from `to` is somebody's own. `between`: some paths are still at `from`,
 *  all others at `to`. `foreign`: some are at `from` and others are neither. */
export async function indexStanding(
  worktree: string,
  from: string,
  to: string,
): Promise<'at-to' | 'between' | 'foreign'> {
  const unlikeTo = await indexDifferences(worktree, to)
  const unlikeFrom = new Set(await indexDifferences(worktree, from))
  const foreign = unlikeTo.filter((path) => unlikeFrom.has(path)).length
  if (foreign === unlikeTo.length) return 'at-to'
  return foreign > 0 ? 'foreign' : 'between'
}

async function indexDifferences(worktree: string, commit: string): Promise<string[]> {
  const { stdout } = await runGit(
    ['diff-index', '--cached', '--name-only', '-z', '--no-renames', '--no-ext-diff', commit, '--'],
    { cwd: worktree, op: 'compare the index with a commit' },
  )
  return records(stdout)
}

/** Takes index and files from one commit to the other; false when git refuses or the index is locked, nothing is changed
 *  then. `dryRun` only asks. */
export async function updateFiles(
  worktree: string,
  from: string,
  to: string,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<boolean> {
  // Files that were merely touched look changed until the index is refreshed; exit 1 says that some really are.
  const refreshed = await runGit(['update-index', '-q', '--refresh'], {
    cwd: worktree,
    op: 'refresh the index',
    ok: [0, 1, 128],
    locks: true,
  })
  if (refreshed.exitCode === 128) return false
  const { exitCode } = await runGit(['read-tree', ...(dryRun ? ['-n'] : []), '-m', '-u', from, to], {
    cwd: worktree,
    op: 'update the files of the target',
    ok: [0, 1, 128],
    locks: true,
  })
  return exitCode === 0
}

/** Untracked and ignored files at or above paths that `changed` would create. Tracked files must be unchanged. */
export async function filesInTheWay(worktree: string, changed: readonly Change[]): Promise<string[]> {
  const deleted = new Set(changed.filter(({ kind }) => kind === 'deleted').map(({ path }) => path))
  const renamedCase = new Set([...deleted].map((path) => path.toLowerCase()))
  const added = changed.filter(({ kind, path }) => kind === 'added' && !renamedCase.has(path.toLowerCase()))
  const found = new Set<string>()
  const seen = new Map<string, boolean>()
  for (const { path } of added) {
    const blocked = await obstacle(worktree, path, { deleted, seen })
    for (const file of blocked) found.add(file)
  }
  return [...found].sort()
}

interface Walk {
  readonly deleted: ReadonlySet<string>
  /** Folders already looked at: whether the walk goes on below. */
  readonly seen: Map<string, boolean>
}

/** Walks from the worktree down to an added path; files that stand where a folder or the file is to be. */
async function obstacle(worktree: string, path: string, { deleted, seen }: Walk): Promise<readonly string[]> {
  const parts = path.split('/')
  for (let depth = 1; depth < parts.length; depth++) {
    const folder = parts.slice(0, depth).join('/')
    const known = seen.get(folder)
    if (known === true) continue
    if (known === false) return []
    const found = await ignoring(['ENOENT', 'ENOTDIR'], lstat(join(worktree, folder)))
    seen.set(folder, found?.isDirectory() === true)
    if (found === undefined) return []
    if (!found.isDirectory()) return deleted.has(folder) ? [] : [folder]
  }
  const found = await ignoring(['ENOENT', 'ENOTDIR'], lstat(join(worktree, path)))
  if (found === undefined) return []
  return found.isDirectory() ? untrackedBelow(worktree, path) : [path]
}

/** Everything below a folder that git does not track, ignored or not. */
async function untrackedBelow(worktree: string, folder: string): Promise<string[]> {
  const { stdout } = await runGit(['ls-files', '-z', '--others', '--', `:(top,literal)${folder}`], {
    cwd: worktree,
    op: 'look for untracked files',
  })
  return records(stdout)
}

/** After a crash in the middle of an update some files are at `to` while the index is still at `from`: the index takes
 *  those over. Files that are neither are left for git to refuse. Returns the changes that are still to be made. */
export async function adoptWritten(worktree: string, from: string, to: string): Promise<readonly Change[]> {
  const changed = await changes(worktree, from, to)
  const differing = await differingFrom(worktree, to)
  const lines: string[] = []
  const left: Change[] = []
  for (const change of changed) {
    const gone = change.kind === 'deleted'
    const there = (await ignoring(['ENOENT', 'ENOTDIR'], lstat(join(worktree, change.path)))) !== undefined
    if (gone ? there : differing.has(change.path)) left.push(change)
    else
      lines.push(
        `${gone ? '0' : change.newMode} ${gone ? '0'.repeat(to.length) : change.newBlob}\t${change.path}`,
      )
  }
  if (lines.length === 0) return left
  await runGit(['update-index', '-z', '--index-info'], {
    cwd: worktree,
    op: 'take over files that are already updated',
    input: encode(lines.map((line) => `${line}\0`).join('')),
    writes: 'index',
    locks: true,
  })
  return left
}

/** Paths of `commit` whose files differ from it, read through an index of its own. */
async function differingFrom(worktree: string, commit: string): Promise<Set<string>> {
  const scratch = await mkdtemp(join(tmpdir(), 'quintet-index-'))
  try {
    const env = { GIT_INDEX_FILE: join(scratch, 'index') }
    await runGit(['read-tree', commit], { cwd: worktree, op: 'read a tree', env, locks: true })
    await runGit(['update-index', '-q', '--refresh'], {
      cwd: worktree,
      op: 'compare files with a commit',
      env,
      ok: [0, 1],
      locks: true,
    })
    const { stdout } = await runGit(['diff-files', '--name-only', '-z', '--no-ext-diff'], {
      cwd: worktree,
      op: 'compare files with a commit',
      env,
    })
    return new Set(records(stdout))
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
