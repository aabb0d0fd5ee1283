// What the scripted model says, turn by turn. One script serves every agent: its calls are abstract and are mapped on to
// whatever tools the agent offers (tools.ts). Pure types.

/** A tool call that any agent can be told to make. Paths are relative to the agent's working directory. */
export type ScriptedCall =
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string; readonly content: string }
  | { readonly kind: 'edit'; readonly path: string; readonly old: string; readonly new: string }
  /** A shell command line. */
  | { readonly kind: 'run'; readonly command: string }
  /** A sub-agent with a prompt of its own. */
  | { readonly kind: 'delegate'; readonly prompt: string }
  /** A question to the operator, where the agent has a tool for it. */
  | { readonly kind: 'ask'; readonly question: string; readonly options: readonly string[] }
  /** The offered tool whose name ends in `tool`. */
  | { readonly kind: 'tool'; readonly tool: string; readonly input: Readonly<Record<string, unknown>> }

/** Tokens of one answer, as the provider would count them. */
export interface ScriptedUsage {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
}

/** A failure of the provider; each one takes a turn, so the agent's retry meets the turn after it. */
export type ScriptedFault =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly message: string
      readonly retryAfterSeconds?: number
    }
  /** The connection is reset before the answer, or in the middle of it. */
  | { readonly kind: 'reset'; readonly when: 'before' | 'middle' }
  /** Never answers; whoever waits has to give up. */
  | { readonly kind: 'hang' }

export interface ScriptedTurn {
  readonly text?: string
  readonly thinking?: string
  /** Made in parallel. */
  readonly calls?: readonly ScriptedCall[]
  /** Share of the agent's context window that is full after this turn, 0 to 1. */
  readonly fill?: number
  readonly fault?: ScriptedFault
  /** Before the answer begins. */
  readonly delayMs?: number
  /** What the call of this turn comes to is one of these; later turns have it wherever they say `{{answer.NAME}}`. */
  readonly learn?: { readonly name: string; readonly among: readonly string[] }
}

export interface ModelScript {
  /** Unique; named in prompts as `[[play:name]]`. */
  readonly name: string
  readonly turns: readonly ScriptedTurn[]
  /** Text of the summary when the agent compacts; the marker is added, so the script goes on. */
  readonly summary?: string
}

/** The mark in a prompt that chooses a script. `key` gives a reader of its own: sessions do not disturb each other. */
export const playMark = (name: string, key: string): string => `[[play:${name}#${key}]]`
