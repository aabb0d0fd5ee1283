// What a session may not do with git because all worktrees share it: the box or git's hooks refuse it in any case, but
// what git says then ("Read-only file system") tells a model nothing. Only commands that are plain to read are seen. Pure.
import { posix } from 'node:path'
import type { GuardRecord } from '../../../contract/guard.ts'
import type { ShellCommand } from './shell.ts'

/** A command by which shared things are written, unless it begins with or holds one of the words that only read. */
interface Shared {
  readonly reads: readonly string[]
  /** Whether the bare command writes. */
  readonly bare: boolean
  readonly why: (record: GuardRecord) => string
}

const shortName = (ref: string): string => ref.replace(/^refs\/heads\//, '')
const tidying: Shared = {
  reads: [],
  bare: true,
  why: () => 'Nobody tidies up the repository while sessions work in it: all worktrees share its objects.',
}

const SHARED: ReadonlyMap<string, Shared> = new Map([
  [
    'stash',
    {
      reads: ['list', 'show'],
      bare: true,
      why: ({ branch }) =>
        `The stash is shared by all worktrees, so no session may use it; commit on ${shortName(branch)} instead.`,
    },
  ],
  [
    'worktree',
    {
      reads: ['list'],
      bare: false,
      why: ({ worktree }) =>
        `The worktrees of the repository are the operator's; this session works in ${worktree} alone.`,
    },
  ],
  [
    'tag',
    {
      reads: ['-l', '--list', '-n', '-v', '--verify', '--contains', '--points-at', '--merged', '--no-merged'],
      bare: false,
      why: () => "Tags are shared by all worktrees and are the operator's.",
    },
  ],
  [
    'notes',
    {
      reads: ['list', 'show', 'get-ref'],
      bare: false,
      why: () => "Notes are shared by all worktrees and are the operator's.",
    },
  ],
  ...['gc', 'prune', 'repack', 'pack-refs', 'maintenance'].map((name): [string, Shared] => [name, tidying]),
])

/** Options of git itself that take the next word. */
const WITH_VALUE = new Set(['-c', '--exec-path', '--namespace', '--super-prefix', '--config-env'])

/** Why a command is not for a session, one sentence; null when nothing speaks against it, or when it is about another
 *  repository or may be. */
export function gitObjection(record: GuardRecord, { words, folder }: ShellCommand): string | null {
  const [program = '', ...rest] = words
  if (program !== 'git' && !program.endsWith('/git')) return null
  if (folder === null || !`${posix.normalize(folder)}/`.startsWith(`${record.worktree}/`)) return null
  const begins = subcommandAt(rest)
  if (begins === null) return null
  const shared = SHARED.get(rest[begins] ?? '')
  const given = rest.slice(begins + 1)
  if (shared === undefined || given.some((word) => ['-h', '--help'].includes(word))) return null
  const reads = given.length === 0 ? !shared.bare : given.some((word) => isAmong(word, shared.reads))
  return reads ? null : shared.why(record)
}

/** Position of the subcommand; null when another repository is named. */
function subcommandAt(words: readonly string[]): number | null {
  let at = 0
  for (let word = words[at]; word?.startsWith('-') === true; word = words[at]) {
    if (word === '-C' || /^--(?:git-dir|work-tree)/.test(word)) return null
    at += WITH_VALUE.has(word) ? 2 : 1
  }
  return at
}

function isAmong(word: string, reads: readonly string[]): boolean {
  return reads.some((read) => word === read || (read.startsWith('--') && word.startsWith(`${read}=`)))
}
