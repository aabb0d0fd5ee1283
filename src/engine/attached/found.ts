// Which terminals are open in the worktrees of sessions now: those that were opened by ourselves, by what their command
// has written down, and all others, by what the agents write of themselves in the operator's home folder.
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ClaudeSession } from '../../agents/attached/claude-file.ts'
import { claudeTerminals } from '../../agents/attached/claude-found.ts'
import { codexTerminals, withRollout } from '../../agents/attached/codex-found.ts'
import { terminalKey, type FoundTerminal } from '../../agents/attached/terminal.ts'
import type { EnforcementLevel } from '../../contract/session.ts'
import type { ProcessIdentity } from '../../process/identity.ts'
import { SESSION_MARK } from '../../process/marker.ts'
import { startedWith } from '../../process/programs.ts'
import { processTable, withAncestors, type ProcessRow } from '../../process/table.ts'
import { boxFolder } from '../../workspace/box/places.ts'
import type { SessionName } from '../names.ts'
import { liveLaunch, type Launch } from './launch.ts'
import { sessionAt } from './places.ts'

/** A session that has a worktree. */
export interface Workplace {
  readonly name: SessionName
  /** Resolved. */
  readonly path: string
}

/** A terminal in a session's worktree. */
export interface SessionTerminal extends FoundTerminal {
  readonly key: string
  readonly session: SessionName
  readonly level: EnforcementLevel
  readonly gaps: readonly string[]
  /** Whether it was opened with the session's guards. */
  readonly launched: boolean
}

export interface Where {
  readonly state: string
  readonly env: Readonly<Record<string, string | undefined>>
}

const FOUND_GAPS = [
  'The terminal was opened outside of the box: no kernel keeps it inside its scope.',
  'What it writes is watched, and the gate judges it before it lands.',
]

/** Every terminal in one of these worktrees. A terminal anywhere else is left alone, and so are agents that are driven. */
export async function terminalsIn(
  workplaces: readonly Workplace[],
  where: Where,
): Promise<readonly SessionTerminal[]> {
  if (workplaces.length === 0) return []
  const launches = await Promise.all(
    workplaces.map(async ({ name, path }) => {
      const launch = await liveLaunch(where.state, name)
      return launch === null ? [] : [{ name, path, launch }]
    }),
  )
  const table = launches.flat().length === 0 ? [] : await processTable()
  const [own, claude, codex] = await Promise.all([
    Promise.all(launches.flat().map((opened) => launchedTerminal(opened, where, table))),
    claudeTerminals(claudeFolder(where.env)),
    codexTerminals(),
  ])
  const found: SessionTerminal[] = []
  for (const terminal of [...claude, ...codex]) {
    const place = sessionAt(workplaces, terminal.cwd)
    if (place === undefined || (await isDriven(terminal))) continue
    const at = own.findIndex(({ launch }) => isBelow(terminal.process.pid, launch.pid, table))
    const opened = own[at]
    const seen =
      terminal.agent === 'codex' ? await withRollout(terminal, boxedFolder(opened, where)) : terminal
    if (opened !== undefined) own[at] = { ...opened, terminal: withDetails(opened.terminal, seen) }
    else found.push(foundTerminal(seen, place))
  }
  return [...own.map(({ terminal }) => terminal), ...found]
}

function foundTerminal(terminal: FoundTerminal, { name }: Workplace): SessionTerminal {
  const more = { session: name, level: 'advisory', gaps: FOUND_GAPS, launched: false } as const
  return { ...terminal, ...more, key: terminalKey(terminal) }
}

/** What the agent tells of itself, under the name that the terminal has by its launch. */
function withDetails(own: SessionTerminal, found: FoundTerminal): SessionTerminal {
  const { conversation, state, waitingFor, source } = found
  const record = own.record ?? found.record
  return { ...own, conversation, state, waitingFor, source, record }
}

/** In a box Codex has a folder of its own, which only the box sees at its usual place. */
function boxedFolder(opened: Announced | undefined, { state }: Where): string | undefined {
  if (opened?.launch.boxed !== true) return undefined
  return join(boxFolder(state, opened.terminal.session), 'home', '.codex')
}

interface Announced {
  readonly launch: Launch
  readonly terminal: SessionTerminal
}

interface Opened {
  readonly name: SessionName
  readonly path: string
  readonly launch: Launch
}

async function launchedTerminal(
  { name, path, launch }: Opened,
  where: Where,
  table: readonly ProcessRow[],
): Promise<Announced> {
  const { agent, level, gaps, pid, startTime } = launch
  const process = { pid, startTime }
  const bare: SessionTerminal = {
    agent,
    process,
    cwd: path,
    conversation: null,
    state: 'unknown',
    waitingFor: null,
    source: 'process',
    record: null,
    session: name,
    level,
    gaps,
    launched: true,
    key: terminalKey({ agent, process }),
  }
  if (!launch.boxed || agent !== 'claude') return { launch, terminal: bare }
  // In a box the agent has a folder of its own, and process ids that nobody else knows.
  const folder = join(boxFolder(where.state, name), 'home', '.claude')
  const inside = await claudeTerminals(folder, (session) => Promise.resolve(proveBelow(session, pid, table)))
  const [found] = inside
  return { launch, terminal: found === undefined ? bare : withDetails(bare, found) }
}

/** A process below the launch that began when the session did. */
function proveBelow(
  { started }: ClaudeSession,
  launch: number,
  table: readonly ProcessRow[],
): ProcessIdentity | null {
  if (started === null) return null
  const row = table.find(
    ({ pid, startTime, zombie }) =>
      !zombie && startTime.endsWith(`:${started}`) && isBelow(pid, launch, table),
  )
  return row === undefined ? null : { pid: row.pid, startTime: row.startTime }
}

const isBelow = (pid: number, ancestor: number, table: readonly ProcessRow[]): boolean =>
  table.length > 0 && withAncestors(pid, table).has(ancestor)

/** Agents that are driven by us or by another of us bear a mark from their start on. */
async function isDriven({ process }: FoundTerminal): Promise<boolean> {
  return (await startedWith(process.pid, SESSION_MARK)) !== null
}

/** The folder in which Claude keeps what is its own, as the environment has it. */
export function claudeFolder(env: Where['env']): string {
  return env['CLAUDE_CONFIG_DIR'] ?? join(env['HOME'] ?? homedir(), '.claude')
}
