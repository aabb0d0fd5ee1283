// What an agent is started with so that it keeps to its scope by its own means, and tells its model why: rules and hooks
// that stand in no file of the worktree. Which agent it is shows in the program that is started.
//
// Claude, Codex and OpenCode have such means; the others are put into the mode of their preset, in which they ask before
// each file they write, and the map answers. For these, more was looked at and left out:
// - Gemini CLI reads hooks from the settings of the user, which all sessions share, of the project, which are files of the
//   worktree, and of the system, which it reads only where root owns every folder above. A policy (`--policy`) would deny
//   by path, but the model is told neither why nor by whom, and we are not asked, so we could not say it either.
// - Copilot CLI reads hooks from the project and from the user, and its versions do not agree on what refuses.
// Pure.
import { basename } from 'node:path'
import type { GuardRecord } from '../../contract/guard.ts'
import type { Environment } from '../../process/environment.ts'
import { claudeMeta } from './claude.ts'
import { codexConfig } from './codex.ts'
import { openCodeConfig } from './opencode.ts'

export interface AgentGuards {
  /** Whether the agent holds to them until it is started again, also when its scope has changed. */
  readonly fixed: boolean
  /** It calls the hook that gives the session's rules after a compaction. */
  readonly rulesHook?: true
  /** Replaces variables of the same name. */
  readonly env: Environment
  /** `_meta` of every session that is opened, resumed or loaded. */
  readonly meta?: Readonly<Record<string, unknown>>
}

export interface GuardInput {
  readonly command: readonly string[]
  readonly env: Environment
  readonly record: GuardRecord
  /** File of the record. */
  readonly file: string
  /** Whether the agent runs in a box that holds it to its scope as far as mounts can. */
  readonly boxed: boolean
}

/** Agents that ask file by file, and sessions without a record. */
export const NONE: AgentGuards = { fixed: false, env: {} }

const CODEX_CONFIG = 'CODEX_CONFIG'
const OPENCODE_CONFIG = 'OPENCODE_CONFIG_CONTENT'
/** Claude does not start for root unless it knows that it is in a sandbox. */
const IN_BOX: Environment = { IS_SANDBOX: '1' }

/** The guards of the agent that this command starts. */
export function agentGuards({ command, env, record, file, boxed }: GuardInput): AgentGuards {
  const starts = (program: string): boolean =>
    command.some((word) => basename(word).replace(/(?:@[^@/]+|\.[cm]?js)$/, '') === program)
  if (starts('claude-agent-acp') || starts('claude-code-acp'))
    return { fixed: true, env: boxed ? IN_BOX : {}, meta: claudeMeta(record, file), rulesHook: true }
  if (starts('codex-acp') && boxed) {
    return { fixed: false, env: { [CODEX_CONFIG]: codexConfig(record, file, env[CODEX_CONFIG]) } }
  }
  if (starts('opencode')) {
    const config = openCodeConfig(record, { given: env[OPENCODE_CONFIG], boxed })
    return { fixed: true, env: { [OPENCODE_CONFIG]: config } }
  }
  return NONE
}
