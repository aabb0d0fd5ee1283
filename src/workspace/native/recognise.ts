// Worktrees that agents make for themselves: whose one is, by its place, its branch and the reason of its lock. Pure.

/** A process that a lock names, as its maker wrote it. */
export interface LockHolder {
  readonly pid: number
  /** Opaque, in the maker's own measure. */
  readonly start: string
}

export interface NativeWorktree {
  /** Absolute. */
  readonly path: string
  /** The agent's name; `git` for one that a killed git has left half made. */
  readonly owner: string
  readonly branch: string | null
  readonly head: string | null
  /** Reason of its lock; null when it is not locked. */
  readonly lock: string | null
  /** The process that the lock names; null when it names none. */
  readonly holder: LockHolder | null
}

interface Entry {
  readonly path: string
  readonly head: string | null
  readonly branch: string | null
  readonly locked: string | null
}

/** Agents that make worktrees, as their folders and their locks are named. */
export const WORKTREE_AGENTS = ['claude', 'codex', 'gemini', 'copilot', 'opencode', 'cursor'] as const
const OWNER = `(${WORKTREE_AGENTS.join('|')})`
const PLACE = new RegExp(String.raw`/\.${OWNER}/worktrees/[^/]+$`)
const HOLDER = /\(pid (\d+) start ([^()]+)\)$/
const AGENT_LOCK = new RegExp(String.raw`^${OWNER} (?:session|agent)\b`)
/** What git writes while it makes a worktree; one that was killed leaves it for ever. */
const HALF_MADE = 'initializing'

/** The native worktree that a git entry is; null for every other. */
export function nativeWorktree({ path, head, branch, locked }: Entry): NativeWorktree | null {
  const owner =
    PLACE.exec(path)?.[1] ?? AGENT_LOCK.exec(locked ?? '')?.[1] ?? (locked === HALF_MADE ? 'git' : undefined)
  if (owner === undefined) return null
  const [, pid, start] = HOLDER.exec(locked ?? '') ?? []
  const holder = pid === undefined || start === undefined ? null : { pid: Number(pid), start }
  return { path, owner, branch, head, lock: locked, holder }
}

/** The command that takes `core.hooksPath` out of the configuration that all worktrees share. */
export const UNSET_HOOKS_PATH = 'git config --local --unset-all core.hooksPath'

/** Branches that agents make for their own worktrees. */
export const isNativeBranch = (branch: string): boolean => /^worktree-[^/]+$/.test(branch)

/** What is true of a native worktree; see `nativeVerdict`. */
export interface NativeFacts {
  readonly worktree: NativeWorktree
  /** The folder is there. */
  readonly present: boolean
  /** The process of its lock, where one with that id is alive. */
  readonly alive: number | null
  /** Processes that work in the folder. */
  readonly occupants: readonly number[]
  readonly uncommitted: number
  /** Ignored files that nobody makes again. */
  readonly ignored: readonly string[]
  /** No other branch, tag or remote branch leads to its commit. */
  readonly unreachable: boolean
  /** An unfinished merge, rebase and the like. */
  readonly operation: string | null
}

/** `removable`: dead, clean, and its commits are elsewhere too or stay on its branch. */
export type NativeVerdict =
  | { readonly kind: 'removable'; readonly proof: readonly string[] }
  | { readonly kind: 'in-use'; readonly why: string }
  | { readonly kind: 'kept'; readonly why: string }

/** Whether a native worktree may go, and what shows it. */
export function nativeVerdict(facts: NativeFacts): NativeVerdict {
  const { worktree, alive, occupants, uncommitted, ignored, operation } = facts
  const { owner, branch, lock, holder } = worktree
  if (alive !== null) return { kind: 'in-use', why: `it is locked by a process that may be alive: ${alive}` }
  if (occupants.length > 0) return { kind: 'in-use', why: `processes ${occupants.join(', ')} work in it` }
  if (owner === 'git')
    return { kind: 'kept', why: 'git is making it at this moment, or was ended while it did' }
  if (lock !== null && holder === null)
    return { kind: 'kept', why: `it is locked, and the lock names no process: ${lock || 'no reason given'}` }
  if (operation !== null) return { kind: 'kept', why: `a ${operation} is under way in it` }
  if (uncommitted > 0) return { kind: 'kept', why: `${counted(uncommitted, 'file')} in it not committed` }
  if (ignored.length > 0)
    return {
      kind: 'kept',
      why: `it has ignored files that are nowhere else: ${ignored.slice(0, 5).join(', ')}`,
    }
  if (facts.unreachable && branch === null)
    return { kind: 'kept', why: 'its HEAD is detached, at commits that no branch has' }
  return { kind: 'removable', proof: proofOf(facts) }
}

function proofOf({ worktree, present, unreachable }: NativeFacts): readonly string[] {
  const { branch, holder } = worktree
  return [
    holder === null
      ? 'Nothing works in it.'
      : `The process of its lock (pid ${holder.pid}, start ${holder.start}) is gone, and nothing works in it.`,
    present ? 'Everything in it is committed.' : 'Its folder is gone already.',
    ...(branch === null
      ? ['Its commits are on a branch.']
      : unreachable || !isNativeBranch(branch)
        ? [`Its branch ${branch} stays.`]
        : [`Everything on its branch ${branch} is on another one.`]),
  ]
}

const counted = (count: number, noun: string): string =>
  count === 1 ? `1 ${noun} is` : `${count} ${noun}s are`
