// References, moved only by compare-and-swap. Whether one had moved is decided by reading it again, not from a message.
import { runGit, type GitOptions } from './run.ts'
import type { Repository } from './repository.ts'

/** "Must not exist", as the expected old value. */
export const ZERO = '0'.repeat(40)

export interface RefMove {
  /** The whole name: `refs/heads/main`. */
  readonly ref: string
  readonly to: string
  /** What the reference must be now; `ZERO` when it must not exist. */
  readonly from: string
  /** For the reflog. */
  readonly reason?: string
}

export interface Ref {
  readonly ref: string
  readonly commit: string
}

/** Which references went and which did not, because they were not what they were expected to be (null: gone already). */
export interface DeletedRefs {
  readonly deleted: readonly string[]
  readonly changed: readonly { readonly ref: string; readonly commit: string | null }[]
}

const FAILED = 128
/** Milliseconds that git waits for another process which writes the same reference. */
const PATIENCE = ['-c', 'core.filesRefLockTimeout=5000', '-c', 'core.packedRefsTimeout=10000']

/** Moves a reference if it still is at `from`: 'changed' when it is not. */
export async function updateRef(repo: Repository, move: RefMove): Promise<'updated' | 'changed'> {
  const { ref, to, from, reason } = move
  const command = isZero(from) ? `create ${ref}\0${to}\0` : `update ${ref}\0${to}\0${from}\0`
  const args = [...(reason === undefined ? [] : ['-m', reason]), '--stdin', '-z']
  const options = { cwd: repo.commonDir, op: `move ${ref}`, input: command }
  if (await transaction(args, options, [0, FAILED])) return 'updated'
  if ((await refValue(repo, ref)) !== (isZero(from) ? null : from)) return 'changed'
  // It is where it should be: git failed for another reason, which the second failure tells.
  await transaction(args, options, [0])
  return 'updated'
}

/** Deletes those of `refs` that still are at their expected commit, in one transaction; the others are named. One that only
 *  is another name of a reference goes, and never what it stands for: whoever may write one could name the target. */
export async function deleteRefs(
  repo: Repository,
  refs: readonly { readonly ref: string; readonly expected: string }[],
): Promise<DeletedRefs> {
  if (refs.length === 0) return { deleted: [], changed: [] }
  const input = (some: typeof refs): string =>
    some.map(({ ref, expected }) => `option no-deref\0delete ${ref}\0${expected}\0`).join('')
  const options = { cwd: repo.commonDir, op: `delete ${refs.length} references` }
  const args = ['--stdin', '-z']
  if (await transaction(args, { ...options, input: input(refs) }, [0, FAILED])) {
    return { deleted: refs.map(({ ref }) => ref), changed: [] }
  }
  const now = await Promise.all(refs.map(async ({ ref }) => ({ ref, commit: await refValue(repo, ref) })))
  const same = refs.filter(({ expected }, index) => now[index]?.commit === expected)
  if (same.length > 0) await transaction(args, { ...options, input: input(same) }, [0])
  const deleted = same.map(({ ref }) => ref)
  return { deleted, changed: now.filter(({ ref }) => !deleted.includes(ref)) }
}

/** All references whose names begin with the folder `prefix` (`refs/heads/`), in order of name. */
export async function listRefs(repo: Repository, prefix: string): Promise<Ref[]> {
  const { stdout } = await runGit(['for-each-ref', '--format=%(objectname) %(refname)', prefix], {
    cwd: repo.commonDir,
    op: `list the references below ${prefix}`,
  })
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ commit: line.slice(0, line.indexOf(' ')), ref: line.slice(line.indexOf(' ') + 1) }))
}

/** What a reference holds; null when it does not exist. */
export async function refValue(repo: Repository, ref: string): Promise<string | null> {
  const { exitCode, stdout } = await runGit(['show-ref', '--verify', '--hash', ref], {
    cwd: repo.commonDir,
    op: `read ${ref}`,
    ok: [0, 1, FAILED],
  })
  return exitCode === 0 ? stdout.trim() : null
}

async function transaction(
  args: readonly string[],
  options: Omit<GitOptions, 'ok'>,
  ok: readonly number[],
): Promise<boolean> {
  const result = await runGit([...PATIENCE, 'update-ref', ...args], { ...options, writes: 'store', ok })
  return result.exitCode === 0
}

function isZero(commit: string): boolean {
  return /^0+$/.test(commit)
}
