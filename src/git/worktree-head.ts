// HEAD of a linked worktree and its branch as they lie on the disk: read within a tenth of a millisecond, and mended where a
// power cut has left an empty file, which every later git dies over. Git writes both without waiting for the disk. Where
// references are kept otherwise (reftable), git is asked.
import { lstat, open, rename, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ignoring } from '../contract/errors.ts'
import { refValue } from './refs.ts'
import { head, type Repository } from './repository.ts'
import { textOf, type AdminEntry } from './worktree-admin.ts'

export type WorktreeHead =
  /** Without `refs/heads/`. */
  | { readonly kind: 'branch'; readonly branch: string }
  | { readonly kind: 'detached'; readonly commit: string }
  /** Its file is empty, or gone. */
  | { readonly kind: 'lost' }

const COMMIT = /^[0-9a-f]{40,64}$/
/** What stands in HEAD where it is kept in a table. */
const STUB = 'refs/heads/.invalid'
/** What file systems answer that cannot sync a folder. */
const NO_FOLDER_SYNC = ['EINVAL', 'EISDIR', 'EPERM', 'EBADF', 'ENOTSUP']

/** What HEAD of a worktree says. */
export async function headOf({ folder, path }: AdminEntry): Promise<WorktreeHead> {
  const text = textOf(join(folder, 'HEAD'))?.trim() ?? ''
  if (COMMIT.test(text)) return { kind: 'detached', commit: text }
  const ref = /^ref: (.+)$/.exec(text)?.[1]
  if (ref === undefined) return { kind: 'lost' }
  if (ref !== STUB) return { kind: 'branch', branch: ref.replace(/^refs\/heads\//, '') }
  const { branch, commit } = await head(path)
  if (branch !== null) return { kind: 'branch', branch }
  return commit === null ? { kind: 'lost' } : { kind: 'detached', commit }
}

/** The commit of a branch; null when there is none. */
export async function branchTip(repo: Repository, branch: string): Promise<string | null> {
  const text = textOf(branchFile(repo, branch))?.trim() ?? ''
  return COMMIT.test(text) ? text : await refValue(repo, `refs/heads/${branch}`)
}

/** Whether a branch is there, be it empty. */
export async function hasBranch(repo: Repository, branch: string): Promise<boolean> {
  if (textOf(branchFile(repo, branch)) !== undefined) return true
  const packed = textOf(join(repo.commonDir, 'packed-refs'))
  if (packed?.includes(` refs/heads/${branch}\n`) === true) return true
  const inTable = (await ignoring(['ENOENT'], lstat(join(repo.commonDir, 'reftable')))) !== undefined
  return inTable && (await refValue(repo, `refs/heads/${branch}`)) !== null
}

/** Takes away the file of a branch when nothing is in it: git can neither read such a branch nor make it. Under the
 *  registry's lock. */
export async function dropEmptyBranch(repo: Repository, branch: string): Promise<void> {
  const file = branchFile(repo, branch)
  const text = textOf(file)
  if (text !== undefined && /^[\0\s]*$/.test(text)) await ignoring(['ENOENT'], unlink(file))
}

/** Writes a HEAD anew that is lost: the name of a branch below `refs/heads/`, or a commit. */
export async function writeLostHead({ folder }: AdminEntry, to: WorktreeHead): Promise<void> {
  if (to.kind === 'lost') return
  const draft = join(folder, 'HEAD.quintet')
  const text = to.kind === 'branch' ? `ref: refs/heads/${to.branch}` : to.commit
  await writeFile(draft, `${text}\n`, { flush: true })
  await rename(draft, join(folder, 'HEAD'))
}

/** Waits until HEAD, lock and branch of a worktree are on the disk. */
export async function syncWorktree(
  { commonDir }: Repository,
  { folder }: AdminEntry,
  branch: string,
): Promise<void> {
  const file = branchFile({ commonDir }, branch)
  const paths = [join(folder, 'HEAD'), join(folder, 'locked'), folder, file]
  for (let at = dirname(file); at !== join(commonDir, 'refs') && at !== dirname(at); at = dirname(at))
    paths.push(at)
  await Promise.all(paths.map(sync))
}

async function sync(path: string): Promise<void> {
  const handle = await ignoring(['ENOENT', 'ENOTDIR'], open(path, 'r'))
  if (handle === undefined) return
  await using opened = handle
  await ignoring(NO_FOLDER_SYNC, opened.sync())
}

const branchFile = ({ commonDir }: Pick<Repository, 'commonDir'>, branch: string): string =>
  join(commonDir, 'refs/heads', branch)
