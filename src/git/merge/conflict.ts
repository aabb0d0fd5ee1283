// What a conflicting merge consists of, and files of trees. No worktree, no index of anybody's, no reference.
import { mergeSettings } from './merge.ts'
import { indexGit, withTreeIndex } from '../private-index.ts'
import { records, runGit } from '../run.ts'
import { encode } from '../text.ts'

/** One side of a conflict. */
export interface Stage {
  /** Octal, as git writes it: `100644`. */
  readonly mode: string
  readonly blob: string
}

/** A path that git could not merge; a side that does not have it is null. */
export interface ConflictedPath {
  readonly path: string
  readonly base: Stage | null
  readonly ours: Stage | null
  readonly theirs: Stage | null
}

export interface ConflictedMerge {
  /** Everything that could be merged, and the conflicting files with markers. */
  readonly tree: string
  readonly clean: boolean
  readonly paths: readonly ConflictedPath[]
}

const SIDES = { '1': 'base', '2': 'ours', '3': 'theirs' } as const

/** Merges two commits, as `mergeTree` does, and tells the three sides of each conflict. */
export async function conflictedMerge(cwd: string, ours: string, theirs: string): Promise<ConflictedMerge> {
  const settings = await mergeSettings(cwd)
  const { exitCode, stdout } = await runGit(
    [...settings, 'merge-tree', '--write-tree', '-z', '--no-messages', ours, theirs],
    { cwd, op: 'merge two commits', ok: [0, 1], writes: 'store' },
  )
  const [tree = '', ...entries] = records(stdout)
  const paths = new Map<string, { -readonly [Side in keyof ConflictedPath]: ConflictedPath[Side] }>()
  for (const entry of entries) {
    const [, mode, blob, stage, path] = /^(\d+) ([0-9a-f]+) ([123])\t(.*)$/s.exec(entry) ?? []
    if (mode === undefined || blob === undefined || path === undefined) continue
    const known = paths.get(path) ?? { path, base: null, ours: null, theirs: null }
    known[stage === '1' ? SIDES[1] : stage === '2' ? SIDES[2] : SIDES[3]] = { mode, blob }
    paths.set(path, known)
  }
  return { tree, clean: exitCode === 0, paths: [...paths.values()] }
}

/** Stores a text as a blob. */
export async function writeBlob(cwd: string, text: string): Promise<string> {
  const { stdout } = await runGit(['hash-object', '-w', '--stdin', '--no-filters'], {
    cwd,
    op: 'store a file',
    input: encode(text),
    writes: 'store',
  })
  return stdout.trim()
}

/** Writes files of a tree below `folder`: all of them, or those at `paths`. */
export async function writeTreeFiles(
  cwd: string,
  tree: string,
  { folder, paths }: { readonly folder: string; readonly paths?: readonly string[] },
): Promise<void> {
  const which = paths === undefined ? ['--all'] : ['--stdin']
  const args = ['checkout-index', '--force', '-z', `--prefix=${folder}/`, ...which]
  await withTreeIndex(cwd, tree, (index) => indexGit(index, args, 'write the files of a tree', paths))
}
