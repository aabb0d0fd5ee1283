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

/** What an agent does during a turn, normalised. Text chunks are live output and never stored in the event log. */
export type AgentEvent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thought'; readonly text: string }
  | {
      readonly kind: 'tool'
      readonly id: string
      readonly title: string
      readonly tool: ToolKind
      readonly status: 'pending' | 'running' | 'completed' | 'failed'
      readonly paths: readonly string[]
    }
  | { readonly kind: 'usage'; readonly usage: ContextUsage }
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
}

/** How a turn ended. `failed`: the agent answered with an error. `lost`: the process is gone. */
export type TurnOutcome =
  | { readonly kind: 'stopped'; readonly reason: StopReason }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | {
      readonly kind: 'lost'
      readonly exitCode: number | null
      readonly signal: string | null
      readonly stderr: string
    }
