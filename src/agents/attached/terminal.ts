// The room of attached terminals: agents that a person started in a terminal of their own. They are found, read and, in
// their worktree, given the session's guards; they are never driven, and nothing is ever typed into them. What is read
// here is what the agents write of themselves: files about their sessions (claude-file.ts), transcripts and rollouts
// (claude-transcript.ts, codex-rollout.ts), followed by tail.ts without holding more than a line.
import type { TerminalAgent, TerminalSource, TerminalState } from '../../contract/terminal.ts'
import type { ProcessIdentity } from '../../process/identity.ts'

/** A terminal as it was found, proven alive. */
export interface FoundTerminal {
  readonly agent: TerminalAgent
  readonly process: ProcessIdentity
  /** Resolved. */
  readonly cwd: string
  /** The agent's own id of its conversation. */
  readonly conversation: string | null
  /** `unknown` where only the record of the conversation can tell. */
  readonly state: TerminalState
  readonly waitingFor: string | null
  readonly source: TerminalSource
  /** File of the conversation; null as long as there is none. */
  readonly record: string | null
}

/** Tells one terminal from every other, also from one with the same process id later. */
export function terminalKey({ agent, process }: Pick<FoundTerminal, 'agent' | 'process'>): string {
  return `${agent}:${process.pid}:${process.startTime}`
}
