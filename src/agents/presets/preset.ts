// What is known of an agent before it is started: an entry of the public registry of agents with what the registry does
// not tell. Pure. What an agent can do is measured when it is started; what stands here was measured with the versions
// named in `tested`, and is compared with what a start finds.
import type { RegistryAgent } from '../../contract/registry.ts'
import type { Environment } from '../../process/environment.ts'
import type { AgentHome } from '../home.ts'

/** What an agent does before it writes a file by its own tools. */
export type PermissionStyle =
  /** Asks, in the mode of the preset. */
  | 'asks'
  /** Refuses itself, by its own sandbox, and asks to leave that. */
  | 'refuses'
  /** Writes unasked: only the box, git's hooks and the gate hold it. */
  | 'unasked'

/** What becomes of the turn when the agent is refused something. */
export type AfterRefusal = 'goes on' | 'ends the turn' | 'untried'

/** What is told of a compaction. */
export type CompactionSigns =
  | 'event and summary'
  | 'event'
  /** Nothing; it is concluded from the figures of the context. */
  | 'fall of the context'
  /** It did not compact, though its context was nearly full. */
  | 'none seen'
  | 'untried'

/** An agent that can be used without configuration, once its program is installed. */
export interface Preset extends Omit<RegistryAgent, 'quintet'> {
  /** The program as it is installed, and its arguments. */
  readonly command: readonly [string, ...string[]]
  /** Other programs that it starts, which have to be installed beside it. */
  readonly needs?: readonly string[]
  readonly env?: Environment
  /** Set on every start, resume and load, and read back. */
  readonly mode?: string
  /** Where the kernel holds it: an agent that makes a box of its own cannot make it inside of ours. */
  readonly boxedMode?: string
  readonly home: AgentHome
  /** The command that installs it. */
  readonly install: string
  /** The command that logs in; what has to be typed into it besides stands in `loginSteps`. */
  readonly login: string
  readonly loginSteps?: string
  /** First and last version that was tried, as the agent tells it of itself. */
  readonly tested: { readonly from: string; readonly to: string }
  readonly permissions: { readonly style: PermissionStyle; readonly afterRefusal: AfterRefusal }
  /** Where figures of the context come from, and how often. */
  readonly usage: {
    readonly source: 'provider' | 'estimate' | 'none'
    readonly told: 'by the response' | 'by the prompt' | 'never'
  }
  readonly compaction: CompactionSigns
  /** What it is expected to be able to do. */
  readonly expects: {
    readonly resume: boolean
    readonly load: boolean
    readonly fork: boolean
    /** Of MCP servers that a session names. */
    readonly tools: readonly ('stdio' | 'http' | 'sse')[]
  }
  /** What to know of it in a box, one sentence each. */
  readonly sandbox: readonly string[]
}
