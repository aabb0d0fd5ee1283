// The state of a worktree's files, from porcelain v2, files included that the index hides. Never refreshes the index on disk
// unless asked to: the agent beside us may be about to lock it.
import type { KnownMarks } from './known-marks.ts'
import { withoutOwnFilters } from './own-filters.ts'
import { hiddenEntries, hidesFiles, withRevealed } from './private-index.ts'
import { records, runGit } from './run.ts'

export type StatusKind =
  | 'modified'
  | 'added'
  | 'deleted'
  | 'renamed'
  | 'copied'
  | 'type-changed'
  | 'untracked'
  | 'conflicted'

export interface StatusEntry {
  /** Relative to the worktree's root; a trailing slash marks a folder (a repository of its own, or `untracked: 'normal'`). */
  readonly path: string
  readonly kind: StatusKind
  /** Of a renamed or copied file. */
  readonly from?: string
  /** Git itself does not show the change: the mark in the index that hides it. */
  readonly hidden?: HidingMark
}

export type HidingMark = 'skip-worktree' | 'assume-unchanged'

export interface WorktreeStatus {
  /** Null: detached. */
  readonly branch: string | null
  /** Null: unborn. */
  readonly tip: string | null
  readonly entries: readonly StatusEntry[]
}

export interface StatusOptions {
  /** `all` (default): every file; `normal`: folders without tracked files as one entry; `no`: none. */
  readonly untracked?: 'all' | 'normal' | 'no'
  /** True: the index on disk may be refreshed, which settles entries that would have to be read each time. */
  readonly locks?: boolean
  /** Of this worktree, from the last time. */
  readonly marks?: KnownMarks
  readonly signal?: AbortSignal
}

const MAX_BYTES = 256 * 1024 * 1024
/** A repository may ask to overlook that its submodules have moved (`ignore` in .gitmodules): that is not its choice. What
 *  changes inside of them is not looked at: git would do it by their own configuration, which can name programs, and
 *  which whoever works in the worktree can write. */
const STATUS = ['status', '--porcelain=v2', '-z', '--branch', '--renames', '--ignore-submodules=dirty']
/** Fields before the path, per type of record. */
const FIELDS: Readonly<Record<string, number>> = { '1': 8, '2': 9, u: 10 }

/** The branch, the tip and everything that differs from the tip. */
export async function status(cwd: string, options: StatusOptions = {}): Promise<WorktreeStatus> {
  const filters = await withoutOwnFilters(cwd)
  const [seen, hidden] = await Promise.all([
    readStatus(cwd, options, filters),
    options.marks?.of({ cwd, env: filters }) ?? hiddenEntries({ cwd, env: filters }),
  ])
  if (!hidesFiles(hidden)) return seen
  const all = await withRevealed(cwd, hidden, (env) => readStatus(cwd, options, { ...filters, ...env }))
  const skipped = new Set(hidden.skipped)
  const assumed = new Set(hidden.assumed)
  const markOf = ({ path }: StatusEntry): { hidden?: HidingMark } =>
    skipped.has(path) ? { hidden: 'skip-worktree' } : assumed.has(path) ? { hidden: 'assume-unchanged' } : {}
  return { ...all, entries: all.entries.map((entry) => ({ ...entry, ...markOf(entry) })) }
}

async function readStatus(
  cwd: string,
  options: StatusOptions,
  env: Readonly<Record<string, string>>,
): Promise<WorktreeStatus> {
  const untracked = `--untracked-files=${options.untracked ?? 'all'}`
  const { stdout } = await runGit([...STATUS, untracked], {
    cwd,
    op: 'read the status',
    env,
    maxBytes: MAX_BYTES,
    locks: options.locks === true,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  return parseStatus(stdout)
}

/** Parses `git status --porcelain=v2 -z --branch`. */
export function parseStatus(output: string): WorktreeStatus {
  let branch: string | null = null
  let tip: string | null = null
  const entries: StatusEntry[] = []
  const lines = records(output)
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    if (line.startsWith('# branch.oid ')) tip = unless(line.slice(13), '(initial)')
    else if (line.startsWith('# branch.head ')) branch = unless(line.slice(14), '(detached)')
    else if (line.startsWith('? ')) entries.push({ path: line.slice(2), kind: 'untracked' })
    else if (line.startsWith('2 ')) entries.push(changed(line, lines[(at += 1)] ?? ''))
    else if (line.startsWith('1 ') || line.startsWith('u ')) entries.push(changed(line))
  }
  return { branch, tip, entries }
}

function unless(value: string, absent: string): string | null {
  return value === absent ? null : value
}

function changed(line: string, from?: string): StatusEntry {
  const type = line.slice(0, 1)
  const path = afterFields(line, FIELDS[type] ?? 0)
  if (type === 'u') return { path, kind: 'conflicted' }
  const kind = kindOf(line.slice(2, 4))
  return from === undefined ? { path, kind } : { path, kind, from }
}

/** What the file is now, seen from the tip: the worktree's letter counts more than the index's. */
function kindOf(letters: string): StatusKind {
  const [staged = '.', unstaged = '.'] = letters
  if (unstaged === 'D') return 'deleted'
  if (staged === 'R' || unstaged === 'R') return 'renamed'
  if (staged === 'C' || unstaged === 'C') return 'copied'
  if (staged === 'A' || unstaged === 'A') return 'added'
  if (staged === 'D') return 'deleted'
  return staged === 'T' || unstaged === 'T' ? 'type-changed' : 'modified'
}

function afterFields(line: string, count: number): string {
  let at = 0
  for (let seen = 0; seen < count; seen += 1) at = line.indexOf(' ', at) + 1
  return line.slice(at)
}
