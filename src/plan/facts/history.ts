// What the newest commits changed, read from git once and then remembered: what a commit changed never changes.
import { isGitFailure } from '../../git/repository.ts'
import { runGit } from '../../git/run.ts'
import { NO_FETCH, NulRecords, streamGit } from '../../git/stream.ts'
import { decode } from '../../git/text.ts'
import { ChangeReader, type CommitChanges } from './changes.ts'

export interface HistoryInput {
  readonly cwd: string
  readonly commit: string
  /** Commits looked at, merges not counted. */
  readonly commits: number
  /** What is known already, by hash. */
  readonly known: ReadonlyMap<string, CommitChanges>
  readonly signal?: AbortSignal | undefined
}

export interface History {
  /** The newest first, merges left out. */
  readonly commits: readonly CommitChanges[]
  /** False where a clone is partial and a commit could not be read without fetching: the history ends there. */
  readonly whole: boolean
}

/** The newest commits at and before `commit`. */
export async function loadHistory(input: HistoryInput): Promise<History> {
  const { cwd, commit, commits, known, signal } = input
  const { stdout } = await runGit(
    ['rev-list', '--no-merges', `--max-count=${commits}`, '--end-of-options', commit],
    { cwd, op: 'list the newest commits', env: NO_FETCH, ...(signal === undefined ? {} : { signal }) },
  )
  const hashes = stdout.split('\n').filter((hash) => hash !== '')
  const unknown = hashes.filter((hash) => !known.has(hash))
  const read = new Map(known)
  if (unknown.length > 0) await readInto(read, { cwd, hashes: unknown, signal })
  const end = hashes.findIndex((hash) => !read.has(hash))
  const usable = end === -1 ? hashes : hashes.slice(0, end)
  return { commits: usable.flatMap((hash) => read.get(hash) ?? []), whole: end === -1 }
}

interface Reading {
  readonly cwd: string
  readonly hashes: readonly string[]
  readonly signal: AbortSignal | undefined
}

async function readInto(found: Map<string, CommitChanges>, { cwd, hashes, signal }: Reading): Promise<void> {
  const reader = new ChangeReader((changes) => found.set(changes.commit, changes))
  const records = new NulRecords((record) => reader.add(decode(record)))
  // Without --root: what came with the first commit, or with the first of a shallow clone, was not changed together.
  const args = ['diff-tree', '--stdin', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', '--always']
  try {
    await streamGit(
      [...args, '--format=%x01%H %ct'],
      {
        cwd,
        op: 'read the newest commits',
        input: hashes.map((hash) => `${hash}\n`).join(''),
        env: NO_FETCH,
        signal,
      },
      (chunk) => records.add(chunk),
    )
  } catch (error) {
    // The last commit that came may not have come whole.
    if (!isGitFailure(error)) throw error
    return
  }
  reader.end()
}
