// The whole working state of a worktree as a commit, without touching it: through a private copy of its index, so that it
// works beside an agent and while the index is locked. Files that the index hides belong to it. Ignored files are not part
// of it; of a nested repository only the commit that it is at (see `nestedRepositories`).
import { lstat, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ignoring } from '../contract/errors.ts'
import { commitTree, OWN_IDENTITY, treeOf } from './merge/merge.ts'
import { withoutOwnFilters } from './own-filters.ts'
import { copyIndex, hiddenEntries, indexGit, leaveOut, reveal, type Index } from './private-index.ts'
import { isGitFailure, resolveCommit } from './repository.ts'
import { records } from './run.ts'

const GITLINK = '160000 '
/** A clean-up of line ends that git would refuse over must not stop a snapshot. */
const CALM = ['-c', 'core.safecrlf=false']

/** Commits the working state, untracked files included, on top of HEAD, and returns the commit; no reference points at
 *  it and the worktree is untouched. Throws `E_DISK_FULL`, or `E_GIT` when a file cannot be read. */
export async function snapshotWorktree(cwd: string, message: string): Promise<string> {
  const parent = await resolveCommit(cwd, 'HEAD')
  const scratch = await mkdtemp(join(tmpdir(), 'quintet-index-'))
  try {
    const tree = await treeOfFiles(cwd, { parent, scratch })
    return await commitTree(cwd, {
      tree,
      parents: parent === null ? [] : [parent],
      message,
      identity: OWN_IDENTITY,
    })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Commits what is staged, on top of HEAD, or of `base` where HEAD is at nothing; null when nothing is. `folder`: the git folder
 *  of a worktree, whose files need not be there. Throws `E_GIT` when it cannot be a tree. */
export async function snapshotIndex(
  folder: string,
  { message, base }: { readonly message: string; readonly base: string },
): Promise<string | null> {
  const parent = (await resolveCommit(folder, 'HEAD')) ?? base
  const scratch = await mkdtemp(join(tmpdir(), 'quintet-index-'))
  try {
    const copy = { cwd: folder, env: { GIT_INDEX_FILE: join(scratch, 'copy') } }
    if (!(await copyIndex(folder, copy.env.GIT_INDEX_FILE))) return null
    const tree = await writeTree(copy)
    if (tree === (await treeOf(folder, parent))) return null
    return await commitTree(folder, { tree, parents: [parent], message, identity: OWN_IDENTITY })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Repositories that stand whole inside the worktree at `cwd`, with a trailing slash: what a snapshot does not hold. `known`:
 *  the untracked paths, of a status that was just read; without them the files are walked once more. */
export async function nestedRepositories(cwd: string, known?: readonly string[]): Promise<string[]> {
  const found = (known ?? (await untracked({ cwd, env: {} }))).filter((path) => path.endsWith('/'))
  const listing = await indexGit(
    { cwd, env: {} },
    ['ls-files', '-z', '--stage'],
    'list the repositories inside',
  )
  const linked = records(listing).flatMap((entry) =>
    entry.startsWith(GITLINK) ? [entry.slice(entry.indexOf('\t') + 1)] : [],
  )
  for (const path of linked) {
    // That of a submodule is a file, and stands for a folder elsewhere.
    const folder = await ignoring(['ENOENT', 'ENOTDIR'], lstat(join(cwd, path, '.git')))
    if (folder?.isDirectory() === true) found.push(`${path}/`)
  }
  return found
}

interface Source {
  readonly parent: string | null
  readonly scratch: string
}

async function treeOfFiles(cwd: string, { parent, scratch }: Source): Promise<string> {
  const filters = await withoutOwnFilters(cwd)
  const copy = { cwd, env: { ...filters, GIT_INDEX_FILE: join(scratch, 'copy') } }
  let absent: readonly string[] = []
  try {
    if (!(await copyIndex(cwd, copy.env.GIT_INDEX_FILE))) await readTree(copy, parent)
    const hidden = await hiddenEntries(copy)
    absent = hidden.absent
    await reveal(copy, hidden)
    await stageAll(copy)
    return await writeTree(copy)
  } catch (error) {
    if (!isGitFailure(error)) throw error
  }
  // A damaged index, or a file that went while it was read: from HEAD, once more.
  const fresh = { cwd, env: { ...filters, GIT_INDEX_FILE: join(scratch, 'fresh') } }
  await readTree(fresh, parent)
  await leaveOut(fresh, absent)
  await stageAll(fresh)
  return writeTree(fresh)
}

/** Puts every changed and every new file into the index. Not by `git add`: it looks into repositories inside of this one
 *  by their own configuration, which can name programs. */
async function stageAll(index: Index): Promise<void> {
  const listing = ['diff-files', '-z', '--name-status', '--no-renames', '--ignore-submodules=dirty']
  const fields = records(await indexGit(index, listing, 'list the changed files'))
  const named = (gone: boolean): string[] =>
    fields.filter((_, at) => at % 2 === 1 && (fields[at - 1] === 'D') === gone)
  const found = (await untracked(index)).filter((path) => !path.endsWith('/'))
  const stage = async (how: readonly string[], paths: readonly string[]): Promise<unknown> =>
    paths.length === 0
      ? undefined
      : await indexGit(
          index,
          [...CALM, 'update-index', ...how, '-z', '--stdin'],
          'save the working state',
          paths,
        )
  // What is gone is not looked for: a link may stand where its folder was.
  await stage(['--force-remove'], named(true))
  await stage(['--add', '--remove', '--replace'], [...new Set([...named(false), ...found])])
}

async function readTree(index: Index, commit: string | null): Promise<void> {
  await indexGit(index, ['read-tree', ...(commit === null ? ['--empty'] : [commit])], 'read the tree of HEAD')
}

async function writeTree(index: Index): Promise<string> {
  return (await indexGit(index, ['write-tree'], 'write the tree of the working state')).trim()
}

async function untracked(index: Index): Promise<string[]> {
  return records(
    await indexGit(index, ['ls-files', '-z', '--others', '--exclude-standard'], 'list the untracked files'),
  )
}
