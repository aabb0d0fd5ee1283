// What branches change, down to the lines of the base that each of their hunks replaces, for any number of branches in one
// process. Diffed as merging diffs: by histogram, and without the indent heuristic, which moves hunks to where the merge
// does not look.
import { recordInput, records, runGit } from './run.ts'
import { parseTreeChanges, type TreeChange } from './hunk-text.ts'

export interface TreePair {
  readonly base: string
  readonly tip: string
}

export interface TreeChangesOptions {
  readonly cwd: string
  /** False: only which paths, as what; hunks are then null. */
  readonly hunks: boolean
  /** Only these paths, literally; renames are then told as a deletion and an addition. */
  readonly paths?: readonly string[]
  /** Where objects are looked for, when not only in the repository. */
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

const MAX_BYTES = 1024 * 1024 * 1024
/** As merging does, and one process can be told of so many paths. */
const RENAME_LIMIT = 7_000
const DIFF = [
  '-c',
  'core.quotePath=true',
  '-c',
  'diff.orderFile=',
  '--literal-pathspecs',
  'diff-tree',
  '--stdin',
  '--always',
  '-r',
  '-M',
  `-l${RENAME_LIMIT}`,
  '--raw',
  '--full-index',
  '--ignore-submodules=none',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
]
const PATCH = ['-p', '-U0', '--no-indent-heuristic', '--diff-algorithm=histogram', '--no-prefix']

/** The changes from `base` to `tip` of every pair of commits, in their order. Throws `E_GIT` when one is missing. */
export async function treeChanges(
  pairs: readonly TreePair[],
  { cwd, hunks, paths, env, signal }: TreeChangesOptions,
): Promise<readonly (readonly TreeChange[])[]> {
  if (pairs.length === 0) return []
  const only = paths === undefined ? [] : ['--', ...paths]
  const { stdout } = await runGit([...DIFF, ...(hunks ? PATCH : []), ...only], {
    cwd,
    op: 'compare branches with their base',
    input: pairs.map(({ base, tip }) => `${tip} ${base}\n`).join(''),
    maxBytes: MAX_BYTES,
    ...(env === undefined ? {} : { env }),
    ...(signal === undefined ? {} : { signal }),
  })
  return parseTreeChanges(stdout, hunks)
}

/** Mode and blob of those paths that the tree of `commit` has, and its folders where a path names one. */
export async function treeEntries(
  cwd: string,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, { readonly mode: string; readonly blob: string }>> {
  const found = new Map<string, { mode: string; blob: string }>()
  if (paths.length === 0) return found
  const { stdout } = await runGit(
    ['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', commit, '--', ...paths],
    { cwd, op: 'look paths up in a tree' },
  )
  for (const record of records(stdout)) {
    const [mode = '', , blob = ''] = record.slice(0, record.indexOf('\t')).split(' ')
    found.set(record.slice(record.indexOf('\t') + 1), { mode, blob })
  }
  return found
}

/** Those of the folders that are not in the tree of their commit. */
export async function absentFolders<T extends { readonly commit: string; readonly folder: string }>(
  folders: readonly T[],
  { cwd, env, signal }: Omit<TreeChangesOptions, 'hunks' | 'paths'>,
): Promise<readonly T[]> {
  if (folders.length === 0) return []
  const { stdout } = await runGit(['cat-file', '-z', '--batch-check=%(objecttype)'], {
    cwd,
    op: 'look folders up',
    input: recordInput(folders.map(({ commit, folder }) => `${commit}:${folder}`)),
    ...(env === undefined ? {} : { env }),
    ...(signal === undefined ? {} : { signal }),
  })
  // One line each, whatever is in it: a folder whose name holds a line end counts as absent from there on.
  const lines = stdout.split('\n')
  return folders.filter((_folder, index) => lines[index] !== 'tree')
}

/** Those of the untracked `paths` that git ignores in the worktree at `cwd`. */
export async function ignoredAmong(cwd: string, paths: readonly string[]): Promise<ReadonlySet<string>> {
  if (paths.length === 0) return new Set()
  const { stdout } = await runGit(['check-ignore', '--no-index', '-z', '--stdin'], {
    cwd,
    op: 'ask what is ignored',
    ok: [0, 1],
    input: recordInput(paths),
  })
  return new Set(records(stdout))
}
