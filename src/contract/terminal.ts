// A person's own agent in a terminal, as it is seen from outside: what is stored of it, and what is shown.
import type { ContextUsage } from './agent.ts'
import type { EnforcementLevel } from './session.ts'

/** Agents whose terminals are known. */
export const TERMINAL_AGENTS = ['claude', 'codex'] as const
export type TerminalAgent = (typeof TERMINAL_AGENTS)[number]

/** `waiting`: for an answer of the person who sits at it. `unknown`: the agent does not tell. */
export const TERMINAL_STATES = ['idle', 'busy', 'waiting', 'unknown'] as const
export type TerminalState = (typeof TERMINAL_STATES)[number]

/** What something is known by: the agent's own file about its session, the record of its conversation, its status line, or
 *  the process table. */
export const TERMINAL_SOURCES = ['session-file', 'conversation', 'status-line', 'process'] as const
export type TerminalSource = (typeof TERMINAL_SOURCES)[number]

/** A terminal in the worktree of a session. */
export interface TerminalView {
  /** `<agent>:<pid>`, told apart from earlier ones by its start. */
  readonly id: string
  readonly agent: TerminalAgent
  readonly pid: number
  readonly conversation: string | null
  readonly since: number
  readonly state: TerminalState
  /** What it waits for, in the agent's words. */
  readonly waitingFor: string | null
  /** How the state is known. */
  readonly source: TerminalSource
  /** Null until the agent has answered, and after a compaction until it answers again. */
  readonly context: (ContextUsage & { readonly percent: number | null }) | null
  readonly compactions: number
  /** Files that it has changed, lately, relative to the worktree. */
  readonly files: readonly string[]
  /** Of the files that differ in the worktree, those that belong to others. */
  readonly outside: readonly { readonly path: string; readonly owner: string | null }[]
  /** What is wrong with what it does, in sentences, the latest last; a handful. */
  readonly alarms: readonly string[]
  /** What its person is advised to do; nobody else does it. Null: nothing. */
  readonly advice: string | null
  readonly level: EnforcementLevel
  readonly gaps: readonly string[]
}
