// What Claude Code writes of its own session: one file a process below `sessions/` of its configuration folder, kept up
// to date while it runs and left behind when it is killed. Its `state` is a model's word and is not looked at. Pure.
import * as v from 'valibot'
import type { TerminalState } from '../../contract/terminal.ts'

const SessionFile = v.object({
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  sessionId: v.pipe(v.string(), v.regex(/^[\w-]{1,100}$/)),
  cwd: v.string(),
  kind: v.optional(v.string()),
  status: v.optional(v.string()),
  waitingFor: v.optional(v.nullable(v.string())),
  /** Clock ticks since the machine was started, as /proc tells it; absent where there is no /proc. */
  procStart: v.optional(v.nullable(v.string())),
})

export interface ClaudeSession {
  readonly pid: number
  readonly conversation: string
  readonly cwd: string
  readonly state: TerminalState
  readonly waitingFor: string | null
  readonly started: string | null
}

const STATES: Readonly<Record<string, TerminalState>> = { idle: 'idle', busy: 'busy', waiting: 'waiting' }
const WORDS = 200

/** The session of a person at a terminal; null for anything else, also for sessions that a program drives. */
export function parseClaudeSession(text: string): ClaudeSession | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), SessionFile), text)
  if (!parsed.success || parsed.output.kind !== 'interactive') return null
  const { pid, sessionId, cwd, status = '', waitingFor = null, procStart = null } = parsed.output
  const state = Object.hasOwn(STATES, status) ? STATES[status] : undefined
  return {
    pid,
    conversation: sessionId,
    cwd,
    state: state ?? 'unknown',
    waitingFor: state === 'waiting' ? (waitingFor?.slice(0, WORDS) ?? null) : null,
    started: procStart,
  }
}

/** The name of the folder in which the transcripts of a working folder are. */
export function transcriptFolder(cwd: string): string {
  return cwd.replaceAll(/[^a-zA-Z0-9]/g, '-')
}
