// What crosses the line between an agent and the engine, whatever protocol the agent speaks.

/** Where a figure comes from: the model's provider, the agent's own estimate, our derivation, or nowhere. */
export type UsageSource = 'provider' | 'estimate' | 'derived' | 'unknown'

/** Context utilisation in tokens. `size` is null when the window is not known: unknown is neither 0 nor 100 %. */
export interface ContextUsage {
  readonly used: number
  readonly size: number | null
  readonly source: UsageSource
}

export type ToolKind =
  | 'read'
  | 'edit'
  | 'delete'
  | 'move'
  | 'search'
  | 'execute'
  | 'think'
  | 'fetch'
  | 'other'

/** One replacement in a file. `old` null: the file is new, or what was there is not known; `new` null: it goes. */
export interface ToolEdit {
  readonly path: string
  readonly old: string | null
  readonly new: string | null
}

/** What more of a tool call became known, as far as its agent tells it; bounded in size. */
export interface ToolDetails {
  /** The tool's own name. */
  readonly name?: string
  /** Its arguments, parsed from JSON; left out when they are very long. */
  readonly input?: unknown
  /** What it gave back; of what is very long the beginning and the end, and then the length of the whole. */
  readonly output?: string
  readonly outputChars?: number
  /** Exit code of a command. */
  readonly exit?: number
  readonly edits?: readonly ToolEdit[]
  /** The message of the agent that it is part of. */
  readonly message?: string
}

/** What an agent does during a turn, normalised. Text chunks are live output and never stored in the event log;
 *  `message` is the message that a chunk is part of, where the agent names it. */
export type AgentEvent =
  | { readonly kind: 'text'; readonly text: string; readonly message?: string }
  | { readonly kind: 'thought'; readonly text: string; readonly message?: string }
  | ({
      readonly kind: 'tool'
      readonly id: string
      readonly title: string
      readonly tool: ToolKind
      readonly status: 'pending' | 'running' | 'completed' | 'failed'
      readonly paths: readonly string[]
    } & ToolDetails)
  | {
      readonly kind: 'usage'
      readonly usage: ContextUsage
      /** Of the whole conversation so far, where the agent tells. */
      readonly cost?: { readonly amount: number; readonly currency: string }
    }
  | {
      readonly kind: 'compaction'
      readonly phase: 'started' | 'completed' | 'failed'
      readonly summary?: string
    }
  | { readonly kind: 'mode'; readonly mode: string }
  | { readonly kind: 'notice'; readonly text: string }

/** Why a turn stopped. `end_turn` is not success, and `cancelled` may be the consequence of our own refusal. */
export type StopReason = 'end_turn' | 'max_tokens' | 'max_turn_requests' | 'refusal' | 'cancelled'

/** A choice put to us while a turn runs. */
export interface AgentQuestion {
  readonly kind: 'permission' | 'question'
  readonly text: string
  readonly options: readonly {
    readonly id: string
    readonly label: string
    readonly effect: 'allow_once' | 'allow_always' | 'reject' | 'answer'
  }[]
  readonly paths: readonly string[]
  /** What the tool in question does, where the agent said so: reading is judged otherwise than writing. */
  readonly tool?: ToolKind
}

/** The answer to a question: a chosen option, free text, or a refusal to choose. */
export type AgentAnswer =
  | { readonly kind: 'option'; readonly id: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'declined' }

/** What the agent said of itself when it was initialised; measured, never assumed. */
export interface AgentCapabilities {
  readonly name: string
  readonly version: string
  readonly resume: boolean
  readonly load: boolean
  readonly fork: boolean
  /** What is appended to its system prompt is in every request to its model, whatever was compacted. */
  readonly systemPrompt: boolean
}

/** How a turn ended. `failed`: the agent answered with an error. `lost`: the process is gone. */
export type TurnOutcome =
  /** `output`: tokens put out in the turn, where the agent tells; `tokens`: those of all its calls of the model, put in and
   *  put out. */
  | {
      readonly kind: 'stopped'
      readonly reason: StopReason
      readonly output?: number
      readonly tokens?: number
    }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | {
      readonly kind: 'lost'
      readonly exitCode: number | null
      readonly signal: string | null
      readonly stderr: string
    }
