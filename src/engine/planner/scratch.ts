// A copy of the files of a commit for a session that only reads: outside of every worktree, without git, gone afterwards.
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import type { Repository } from '../../git/repository.ts'
import { runGit } from '../../git/run.ts'
import { writeAtomic } from '../../store/atomic.ts'

const PREFIX = 'quintet-planner-'
/** In the state folder: where the last copy is, for whoever comes after a crash. */
const NOTE = 'planner-copy'

export interface Scratch extends AsyncDisposable {
  /** Absolute path of the copy, resolved. */
  readonly path: string
}

/** Copies the files of a commit. Only one may be at work in a repository: what an earlier one has left goes first. */
export async function scratchCopy(
  repo: Repository,
  {
    commit,
    state,
    signal,
  }: { readonly commit: string; readonly state: string; readonly signal: AbortSignal },
): Promise<Scratch> {
  const note = join(state, NOTE)
  await removeNoted(note)
  const folder = await mkdtemp(join(await realpath(tmpdir()), PREFIX))
  await writeAtomic(note, folder)
  const path = join(folder, 'tree')
  const scratch = { path, [Symbol.asyncDispose]: () => removeNoted(note) }
  try {
    await mkdir(path)
    const options = { cwd: repo.root, env: { GIT_INDEX_FILE: join(folder, 'index') }, locks: true, signal }
    await runGit(['read-tree', commit], { ...options, op: 'read the tree of a commit' })
    await runGit(['checkout-index', '--all', '--force', `--prefix=${path}/`], {
      ...options,
      op: 'copy the files of a commit',
    })
    // No git folder: git, called in it, must not find that of the repository it may lie in.
    await writeFile(join(path, '.git'), '')
    return scratch
  } catch (error) {
    await removeNoted(note)
    throw error
  }
}

/** Only what was made here, by its name, is removed. */
async function removeNoted(note: string): Promise<void> {
  const folder = await ignoring(['ENOENT'], readFile(note, 'utf8'))
  if (folder === undefined) return
  if (folder.startsWith(join(await realpath(tmpdir()), PREFIX)))
    await rm(folder, { recursive: true, force: true })
  await rm(note, { force: true })
}
