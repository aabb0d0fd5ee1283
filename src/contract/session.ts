import type { ScopeFinding } from './scope.ts'

/** States as shown; derived from the facts in the log, see daemon/projection. */
const SESSION_STATES = [
  'planned',
  'preparing',
  'working',
  'waiting',
  'finished',
  'landed',
  'abandoned',
  'failed',
  'lost',
] as const
export type SessionState = (typeof SESSION_STATES)[number]

/** States that nothing leads out of without the operator. */
export const TERMINAL_STATES: readonly SessionState[] = ['landed', 'abandoned', 'failed']

/** How a state is known: told by the protocol, seen in git or in the process table, or concluded. */
export type StateBasis = 'reported' | 'observed' | 'inferred'

/** What holds a session inside its scope, strongest first: the kernel; git hooks and the gate; the gate alone. */
export const ENFORCEMENT_LEVELS = ['enforced', 'guarded', 'advisory'] as const
export type EnforcementLevel = (typeof ENFORCEMENT_LEVELS)[number]

/** What carries the rules of a session through a compaction: the agent's system prompt; a hook of the agent that is called
 *  after it; the first prompt, with what is found lost stated again in the next one. */
export const RULE_WAYS = ['system prompt', 'hook', 'first prompt'] as const
export type RuleWay = (typeof RULE_WAYS)[number]

/** A block of consecutive ports: `first` to `first + count - 1`. */
export interface PortBlock {
  readonly first: number
  readonly count: number
}

/** What a session works in. */
export interface Workspace {
  readonly path: string
  readonly branch: string
  /** Commit the branch starts from: the run's base, or the merge of the dependencies' branches. */
  readonly base: string
  readonly ports: PortBlock
}

/** Result of one check. `output` is the tail, bounded; the whole is in the log file. */
export interface CheckResult {
  readonly name: string
  readonly green: boolean
  readonly exitCode: number | null
  readonly signal: string | null
  readonly durationMs: number
  readonly output: string
  readonly log: string
}

/** What must be true before a session counts as finished; each missing thing is named. */
export interface Evidence {
  readonly tip: string
  readonly commits: number
  readonly uncommitted: readonly string[]
  readonly inScope: readonly string[]
  readonly outOfScope: readonly { readonly path: string; readonly owner: string | null }[]
  /** What else the gate found; not every finding blocks. */
  readonly findings?: readonly ScopeFinding[] | undefined
  readonly checks: readonly CheckResult[]
  /** What the session itself said in this turn that it is blocked on. */
  readonly blockedOn?: readonly string[]
}

/** A session's own status file. `verbatim` is kept as written; the lists are what could be read from it. */
export interface SessionStatus {
  readonly completed: readonly string[]
  readonly inProgress: readonly string[]
  readonly blockedOn: readonly string[]
  readonly verbatim: string
}
