// How agents are called: which program, which variables, which mode. Pure. What an agent can do is measured when it is
// started; a preset only brings an agent to the point where it asks before it writes.
import type { AgentConfig, ConfigFile, OfflineConfig } from '../contract/config.ts'
import { QuintetError } from '../contract/errors.ts'
import { nearest } from '../contract/nearest.ts'
import type { Piece } from '../contract/plan.ts'
import type { Environment } from '../process/environment.ts'
import { NO_HOME, type AgentHome } from './home.ts'
import { CLAUDE } from './presets/claude.ts'
import { CODEX } from './presets/codex.ts'
import { COPILOT } from './presets/copilot.ts'
import { GEMINI } from './presets/gemini.ts'
import { OPENCODE } from './presets/opencode.ts'
import { PI } from './presets/pi.ts'
import type { Preset } from './presets/preset.ts'
import { scriptedProgram } from './scripted/location.ts'

/** A way to start an agent. */
export interface AgentCommand {
  readonly name: string
  readonly command: readonly string[]
  readonly env: Environment
  readonly mode?: string
  /** Instead of `mode` inside a box. */
  readonly boxedMode?: string
  /** What it shares with the operator's home folder when it is boxed; a slash at the end makes a missing folder. */
  readonly writes: readonly string[]
  /** What it has there for itself. */
  readonly home: AgentHome
  readonly network: 'shared' | 'none'
  /** How it is pointed at a scripted model, where the configuration tells. */
  readonly offline?: OfflineConfig
}

/** The agent that plays a script; it needs no installation. */
export const SCRIPTED = 'scripted'

/** By the names that plans use; each is described in a file of its own under presets/. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  claude: CLAUDE,
  codex: CODEX,
  gemini: GEMINI,
  opencode: OPENCODE,
  copilot: COPILOT,
  pi: PI,
}

/** The root of the repository, and how the scripted agent is started when it is not as installed. */
export interface CommandContext {
  readonly root: string
  readonly scripted?: readonly string[]
}

/**
 * How the agent of a piece is started: as configured, else by a preset. A piece with a script and without an agent is
 * played by the scripted agent. Throws `E_AGENT_UNSET`, `E_AGENT_UNKNOWN` or `E_SCRIPT_MISSING`.
 */
export function agentCommand(
  piece: Pick<Piece, 'id' | 'agent' | 'script'>,
  config: Pick<ConfigFile, 'agent' | 'agents'>,
  context: CommandContext,
): AgentCommand {
  const name = piece.agent ?? (piece.script === undefined ? config.agent : SCRIPTED)
  if (name === undefined) throw unsetError(piece.id)
  const configured = Object.hasOwn(config.agents, name) ? config.agents[name] : undefined
  const preset = Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined
  if (configured !== undefined) return fromConfig(name, configured, preset)
  if (name === SCRIPTED) return scriptedCommand(piece, context)
  if (preset === undefined)
    throw unknownError(name, [...Object.keys(config.agents), SCRIPTED, ...Object.keys(PRESETS)])
  const { command, env = {}, mode, boxedMode, home } = preset
  return {
    name,
    command,
    env,
    ...(mode === undefined ? {} : { mode }),
    ...(boxedMode === undefined ? {} : { boxedMode }),
    writes: [],
    home,
    network: 'shared',
  }
}

/** An agent of the configuration under the name of a preset has the home of that preset. */
function fromConfig(name: string, config: AgentConfig, preset: Preset | undefined): AgentCommand {
  const { command, env, mode, boxed_mode: boxedMode, writes = [], network = 'shared', offline } = config
  return {
    name,
    command,
    env,
    ...(mode === undefined ? {} : { mode }),
    ...(boxedMode === undefined ? {} : { boxedMode }),
    writes,
    home: preset?.home ?? NO_HOME,
    network,
    ...(offline === undefined ? {} : { offline }),
  }
}

function scriptedCommand(piece: Pick<Piece, 'id' | 'script'>, context: CommandContext): AgentCommand {
  if (piece.script === undefined) {
    throw new QuintetError(
      'E_SCRIPT_MISSING',
      'config',
      `The piece ${piece.id} is to be played by the scripted agent, but the plan names no script for it.`,
      {
        hints: [
          { text: 'Add "script" to the piece: the path of a script file, relative to the repository root.' },
        ],
      },
    )
  }
  const script = piece.script.startsWith('/') ? piece.script : `${context.root}/${piece.script}`
  return {
    name: SCRIPTED,
    command: [...(context.scripted ?? scriptedProgram()), '--script', script],
    env: {},
    writes: [],
    home: NO_HOME,
    network: 'shared',
  }
}

function unsetError(piece: string): QuintetError {
  return new QuintetError(
    'E_AGENT_UNSET',
    'config',
    `No agent is named for the piece ${piece}, and none is configured.`,
    {
      hints: [
        { text: 'See which agents are installed.', command: 'quintet doctor' },
        { text: 'Then set "agent" in .quintet/config.toml or in the piece.' },
      ],
    },
  )
}

function unknownError(name: string, known: readonly string[]): QuintetError {
  const near = nearest(name, known)
  return new QuintetError(
    'E_AGENT_UNKNOWN',
    'config',
    `There is no agent named ${name}${near === null ? '.' : `; did the plan mean ${near}?`}`,
    {
      details: { name, known },
      hints: [
        {
          text: `Known agents: ${known.join(', ')}. Others are described under [agents.<name>] in .quintet/config.toml, or in .quintet/agents/<name>.json.`,
        },
        { text: 'See which agents are installed.', command: 'quintet agents' },
      ],
    },
  )
}
