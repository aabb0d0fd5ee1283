// How a person's own agent is started so that it knows where it works: what it is told in words that survive a compaction,
// and the session's guards, without a file in the worktree. Pure.
import type { GuardRecord } from '../../contract/guard.ts'
import type { TerminalAgent } from '../../contract/terminal.ts'
import { claudeSettings } from '../guards/claude.ts'
import { toolHook } from '../guards/tool-hook.ts'

export interface Guarded {
  readonly record: GuardRecord
  /** File of the record. */
  readonly file: string
}

export interface TerminalStart {
  /** What it is told about where it works. */
  readonly context: string
  /** Null: the session has no guards. */
  readonly guarded: Guarded | null
  /** Command of Claude's status line, by which the size of its window is known. */
  readonly statusLine: string
  /** A box is around it that holds it to its scope. */
  readonly boxed: boolean
}

/** In a box, which holds it, root may let Claude do what it does unasked; elsewhere Claude refuses that to root. */
export const TERMINAL_IN_BOX: Readonly<Record<string, string>> = { IS_SANDBOX: '1' }

const CODEX_TOOLS = 'apply_patch|Bash'

/** Words after the agent's own name. */
export function terminalArguments(agent: TerminalAgent, start: TerminalStart): readonly string[] {
  return agent === 'claude' ? claudeArguments(start) : codexArguments(start)
}

function claudeArguments({ context, guarded, statusLine }: TerminalStart): readonly string[] {
  const guards = guarded === null ? {} : claudeSettings(guarded.record, guarded.file)
  const settings = { ...guards, statusLine: { type: 'command', command: statusLine } }
  return ['--append-system-prompt', context, '--settings', JSON.stringify(settings)]
}

/** Hooks that nobody has reviewed run only where the box leaves them no more power than the agent has; a box of its own
 *  cannot be made inside of ours. */
function codexArguments({ context, guarded, boxed }: TerminalStart): readonly string[] {
  const told = ['-c', `developer_instructions=${tomlText(context)}`]
  if (!boxed) return told
  const open = [...told, '-s', 'danger-full-access', '-a', 'on-request']
  if (guarded === null) return open
  const { matcher, hooks } = toolHook(guarded.record, guarded.file, CODEX_TOOLS)
  const written = hooks.map(
    ({ command, timeout }) => `{type="command",command=${tomlText(command)},timeout=${timeout}}`,
  )
  const hook = `[{matcher=${tomlText(matcher)},hooks=[${written.join(',')}]}]`
  return [...open, '-c', `hooks.PreToolUse=${hook}`, '--dangerously-bypass-hook-trust']
}

/** A basic string of TOML is written as one of JSON, but for one character that JSON leaves as it is. */
const tomlText = (text: string): string => JSON.stringify(text).replaceAll('\u007F', String.raw`\u007f`)
