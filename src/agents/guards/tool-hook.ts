// How an agent is told to call the tool hook; Claude and Codex take the same form. Pure.
import type { GuardRecord } from '../../contract/guard.ts'
import { quoted } from '../../contract/shell.ts'

/** Seconds. The program gives up before, and then refuses; agents take their own limit for consent. */
const TIMEOUT = 60

export interface ToolHook {
  readonly matcher: string
  readonly hooks: readonly {
    readonly type: 'command'
    readonly command: string
    readonly timeout: number
  }[]
}

/** The hook before the tools that match. A program that cannot even be started refuses as well. */
export function toolHook(record: GuardRecord, file: string, matcher: string): ToolHook {
  const command = `${[...record.program, 'tool', file].map(quoted).join(' ')} || exit 2`
  return { matcher, hooks: [{ type: 'command', command, timeout: TIMEOUT }] }
}

/** The hook after a compaction: it gives the session's rules anew where nothing else carries them. It refuses nothing. */
export function rulesHook(record: GuardRecord, file: string): ToolHook {
  const command = [...record.program, 'rules', file].map(quoted).join(' ')
  return { matcher: 'compact', hooks: [{ type: 'command', command, timeout: TIMEOUT }] }
}
