// What a conflicting merge consists of, and trees with single files replaced. Objects only: no worktree, no index of
// anybody's, no reference.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mergeSettings } from './merge.ts'
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

/** The files of a tree at `paths`; those that are not there, or are no files, are left out. */
export async function treeEntries(
  cwd: string,
  tree: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Stage>> {
  if (paths.length === 0) return new Map()
  const { stdout } = await runGit(['ls-tree', '-z', '--full-tree', tree, '--', ...paths], {
    cwd,
    op: 'list files of a tree',
    env: { GIT_LITERAL_PATHSPECS: '1' },
  })
  const found = new Map<string, Stage>()
  for (const entry of records(stdout)) {
    const [, mode = '', blob = '', path = ''] = /^(\d+) blob ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? []
    if (path !== '') found.set(path, { mode, blob })
  }
  return found
}

/** A tree like `tree` with some files replaced. */
export async function treeWith(
  cwd: string,
  tree: string,
  files: readonly (Stage & { readonly path: string })[],
): Promise<string> {
  return withTreeIndex(cwd, tree, async (env) => {
    await runGit(['update-index', '-z', '--index-info'], {
      cwd,
      op: 'replace files of a tree',
      input: encode(files.map(({ mode, blob, path }) => `${mode} ${blob}\t${path}\0`).join('')),
      env,
      locks: true,
    })
    const { stdout } = await runGit(['write-tree'], { cwd, op: 'write a tree', env, writes: 'store' })
    return stdout.trim()
  })
}

/** Writes files of a tree below `folder`: all of them, or those at `paths`. */
export async function writeTreeFiles(
  cwd: string,
  tree: string,
  { folder, paths }: { readonly folder: string; readonly paths?: readonly string[] },
): Promise<void> {
  await withTreeIndex(cwd, tree, async (env) => {
    const which = paths === undefined ? ['--all'] : ['--stdin']
    await runGit(['checkout-index', '--force', '-z', `--prefix=${folder}/`, ...which], {
      cwd,
      op: 'write the files of a tree',
      env,
      locks: true,
      ...(paths === undefined ? {} : { input: encode(paths.map((path) => `${path}\0`).join('')) }),
    })
  })
}

async function withTreeIndex<T>(
  cwd: string,
  tree: string,
  work: (env: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'quintet-index-'))
  try {
    const env = { GIT_INDEX_FILE: join(scratch, 'index') }
    await runGit(['read-tree', tree], { cwd, op: 'read a tree', env, locks: true })
    return await work(env)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
