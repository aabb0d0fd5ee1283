// What differs between two commits. Renames are a deletion and an addition: who may write is asked for each path.
import { records, runGit } from './run.ts'

export type ChangeKind = 'added' | 'modified' | 'deleted' | 'type-changed'

export interface Change {
  readonly path: string
  readonly kind: ChangeKind
  /** Octal, as git writes it: `100644`, `100755`, `120000` (symbolic link), `160000` (submodule), `000000` (absent). */
  readonly oldMode: string
  readonly newMode: string
  /** Zeros when absent. */
  readonly oldBlob: string
  readonly newBlob: string
}

const MAX_BYTES = 512 * 1024 * 1024
const DIFF = [
  'diff-tree',
  '-r',
  '-z',
  '--no-renames',
  '--no-ext-diff',
  '--no-textconv',
  '--ignore-submodules=none',
]
const KINDS: Readonly<Record<string, ChangeKind>> = { A: 'added', D: 'deleted', T: 'type-changed' }

/** The paths that differ between the trees of `from` and `to`. */
export async function changes(cwd: string, from: string, to: string): Promise<Change[]> {
  const { stdout } = await runGit([...DIFF, '--raw', '--no-abbrev', '--end-of-options', from, to, '--'], {
    cwd,
    op: 'compare two commits',
    maxBytes: MAX_BYTES,
  })
  return parseRaw(stdout)
}

/** Parses `git diff-tree --raw -z --no-renames --no-abbrev`. */
function parseRaw(output: string): Change[] {
  const fields = records(output)
  const found: Change[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = '', newMode = '', oldBlob = '', newBlob = '', letter = ''] = (fields[at] ?? '')
      .slice(1)
      .split(' ')
    const kind = KINDS[letter.slice(0, 1)] ?? 'modified'
    found.push({ path: fields[at + 1] ?? '', kind, oldMode, newMode, oldBlob, newBlob })
  }
  return found
}

/** Lines added and deleted between two commits; binary files count for nothing. */
export async function lineCounts(
  cwd: string,
  from: string,
  to: string,
): Promise<{ added: number; deleted: number }> {
  const { stdout } = await runGit([...DIFF, '--numstat', '--end-of-options', from, to, '--'], {
    cwd,
    op: 'count the changed lines',
    maxBytes: MAX_BYTES,
  })
  let added = 0
  let deleted = 0
  for (const record of records(stdout)) {
    const [plus = '', minus = ''] = record.split('\t')
    added += Number.parseInt(plus, 10) || 0
    deleted += Number.parseInt(minus, 10) || 0
  }
  return { added, deleted }
}

/** Lines added and deleted in each tracked file of the worktree since a commit; null for binary files. */
export async function worktreeLineCounts(
  cwd: string,
  from: string,
): Promise<ReadonlyMap<string, { readonly added: number | null; readonly deleted: number | null }>> {
  const { stdout } = await runGit(['diff', ...DIFF.slice(2), '--numstat', '--end-of-options', from, '--'], {
    cwd,
    op: 'count the changed lines of the files',
    maxBytes: MAX_BYTES,
  })
  return new Map(
    records(stdout).map((record) => {
      const [plus = '', minus = '', ...path] = record.split('\t')
      return [path.join('\t'), { added: lines(plus), deleted: lines(minus) }] as const
    }),
  )
}

function lines(count: string): number | null {
  return count === '-' ? null : Number.parseInt(count, 10)
}

/** How many commits `to` has that `from` has not. */
export async function commitCount(cwd: string, from: string, to: string): Promise<number> {
  const { stdout } = await runGit(['rev-list', '--count', '--end-of-options', `${from}..${to}`, '--'], {
    cwd,
    op: 'count the commits',
  })
  return Number(stdout.trim())
}

/** Whether `descendant` contains `ancestor`; a commit contains itself. */
export async function isAncestor(cwd: string, ancestor: string, descendant: string): Promise<boolean> {
  const { exitCode } = await runGit(['merge-base', '--is-ancestor', ancestor, descendant], {
    cwd,
    op: 'compare two commits',
    ok: [0, 1],
  })
  return exitCode === 0
}
