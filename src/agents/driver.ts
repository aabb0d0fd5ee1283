// The room of the coding agents. The engine drives every agent, whatever protocol it speaks, through the interface in
// this file; drivers stand in folders of their own (acp/), the agent that plays a script in scripted/, and how agents
// are called in presets.ts. What a driver must do is defined by its contract suite, test/agents/suite.ts.
import type {
  AgentAnswer,
  AgentCapabilities,
  AgentEvent,
  AgentQuestion,
  ContextUsage,
  TurnOutcome,
} from '../contract/agent.ts'
import type { Box } from '../process/box.ts'
import type { Environment } from '../process/environment.ts'
import type { ProcessIdentity } from '../process/identity.ts'

/** Our code that drives one kind of agent. */
export interface AgentDriver {
  readonly name: string
  /**
   * Starts the agent's process and opens a conversation in it. Throws `E_AGENT_MISSING`, `E_AGENT_EXITED`,
   * `E_AGENT_PROTOCOL`, `E_AGENT_AUTH` or `E_RESUME_FAILED`, and in every case leaves no process behind.
   */
  open(options: OpenOptions): Promise<Conversation>
}

/** Who hears what the agent does, and who answers it. */
export interface ConversationListener {
  /** Live, also between prompts. Must not throw and must not block. */
  onEvent(event: AgentEvent): void
  /** May take hours. The signal aborts when nobody waits for the answer any longer. */
  onQuestion(question: AgentQuestion, signal: AbortSignal): Promise<AgentAnswer>
}

export interface OpenOptions extends ConversationListener {
  /** Absolute path of the worktree. */
  readonly cwd: string
  /** Added to the scrubbed environment of this process; `QUINTET_SESSION` marks the whole process tree. */
  readonly env: Environment
  /** The program and its arguments. */
  readonly command: readonly string[]
  /** The session mode that is wished for; set on every start and resume, and read back. */
  readonly mode?: string
  /** The box to start the agent in; `true` for a process namespace of its own and nothing more. */
  readonly box: boolean | Box
  /** Told to the agent whenever a session of its protocol is opened; what it means is the agent's own affair. */
  readonly meta?: Readonly<Record<string, unknown>>
  /** What the agent must know through every compaction; appended to its system prompt where it takes that. */
  readonly standing?: string
  /** Tools that the agent is offered, where it can reach tools over HTTP. */
  readonly mcp?: { readonly url: string; readonly token: string }
  /** A private home folder for the agent. */
  readonly home?: string
  /** The conversation to go on with; absent for a new one. */
  readonly resume?: string
  /** File for the agent's standard error and for what was wrong on the wire, bounded. */
  readonly log: string
  /** For the process register; called before the first message is sent. */
  onStart?(identity: ProcessIdentity, group: number): void
  /** Its abort ends the process, whatever is going on. */
  readonly signal: AbortSignal
  /** Milliseconds for each step of the start; default 60 seconds. */
  readonly initializeTimeoutMs?: number
  /** Milliseconds that a cancelled turn may take to end before the process is ended; default 10 seconds. */
  readonly cancelTimeoutMs?: number
}

/** One conversation with an agent: an open session of its protocol and the process that holds it. */
export interface Conversation extends AsyncDisposable {
  /** The agent's own id, to resume by. */
  readonly id: string
  readonly how: 'new' | 'resumed' | 'loaded'
  readonly capabilities: AgentCapabilities
  readonly mode: { readonly wanted: string | null; readonly actual: string | null }
  /** The last figure heard; null when none was, or when a compaction made it stale. */
  readonly usage: ContextUsage | null
  readonly alive: boolean
  /** Resolves when the process has ended; never rejects. */
  readonly exited: Promise<void>
  /** Plays one turn. An abort cancels it; however it ended is the value. One turn at a time (`E_AGENT_BUSY`). */
  prompt(text: string, signal: AbortSignal): Promise<TurnOutcome>
  /** Cancels the turn in flight and resolves when it has ended, by force after the time limit. */
  cancel(): Promise<void>
  /**
   * A second conversation that begins with this one's memory, in the same process; stopping it leaves this one alone. It
   * is put into the most cautious mode that its agent is known to have, whatever mode this one is in.
   * Present only when the agent can. Without a listener it is silent and every question is declined.
   */
  fork?(listener?: ConversationListener): Promise<Conversation>
  /** Ends the whole process tree; idempotent. */
  stop(): Promise<void>
}
