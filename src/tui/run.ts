// A run as lines of text: who needs the operator on top, then one line a session, then the integration. Pure: the same
// values give the same lines; `now` makes the ages.
import type { ContextUsage } from '../contract/agent.ts'
import type { ConflictView } from '../contract/radar.ts'
import type { IntegrationView, Need, QueueView, RunView, SessionView } from '../contract/view.ts'
import { duration } from './duration.ts'
import { healthCell } from './health-cell.ts'
import { limitsText, spendText } from './spend.ts'
import { stateTone, toned, type Tone } from './style.ts'
import { table, type Cell, type Column } from './table.ts'
import { terminalLines } from './terminals.ts'
import { counted, displayWidth, oneLine, pad, truncate } from './text.ts'

export interface Drawing {
  /** Columns of the terminal. */
  readonly width: number
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly colour: boolean
}

const BAR_CELLS = 8
const BAR_FROM_WIDTH = 110
const NEEDS_SHOWN = 6
const NOTES_SHOWN = 4
const CONFLICTS_SHOWN = 4
const MOVES_SHOWN = 4

/** The run as it is drawn, top to bottom. Only a command to be run may be longer than `width`. */
export function renderRun(view: RunView, drawing: Drawing): string[] {
  const sections = [
    [headline(view, drawing), cut(oneLine(view.goal), drawing, 'quiet')],
    renderNeeds(view, drawing),
    conflictMarks(view.conflicts ?? [], drawing),
    renderSessions(view.sessions, drawing),
    terminalLines(view.sessions).map((line) => cut(oneLine(line), drawing)),
    renderMoves(view.requests, drawing),
    tail(view, drawing),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

/** One line a conflict between sessions as they stand now, and the command that tells more. */
function conflictMarks(conflicts: readonly ConflictView[], { now, width, colour }: Drawing): string[] {
  if (conflicts.length === 0) return []
  const lines = conflicts.slice(0, CONFLICTS_SHOWN).map(({ sessions: [left, right], files, since }) => {
    const who = `${pieceOf(left)} × ${right === null ? 'the target' : pieceOf(right)}`
    const text = `X ${who} conflict in ${files.join(', ')} (${duration(now - since)})`
    return toned(truncate(oneLine(text), width), 'bad', colour)
  })
  const more = conflicts.length - CONFLICTS_SHOWN
  return [...lines, ...(more > 0 ? [`  … and ${more} more`] : []), '  → quintet conflicts']
}

function headline(view: RunView, drawing: Drawing): string {
  const done = view.sessions.filter(({ state }) => state === 'finished' || state === 'landed').length
  const parts = [
    `${view.run}  ${runState(view)} ${duration(drawing.now - view.since)}`,
    `${done} of ${view.sessions.length} finished`,
    `target ${view.target}`,
    ...(view.rehearsal ? ['rehearsal'] : []),
    ...spendParts(view),
  ]
  return cut(oneLine(parts.join(' · ')), drawing, runTone(view))
}

/** What all sessions have spent, where their agents tell or a limit is set. */
function spendParts({ spend }: RunView): readonly string[] {
  if (spend === undefined) return []
  const told = spend.tokens !== null || spend.cost !== null || limitsText(spend.limits) !== ''
  return told ? [`spent ${spendText(spend)}`] : []
}

function runState(view: RunView): string {
  return view.state === 'ended' ? (view.verdict ?? 'ended') : view.state
}

function runTone(view: RunView): Tone {
  if (view.state !== 'ended') return 'plain'
  return view.verdict === 'landed' ? 'good' : 'bad'
}

/** The first `most` of those who need the operator, each with the commands that help; nothing when nobody does. */
export function renderNeeds(
  { needs, sessions }: Pick<RunView, 'needs' | 'sessions'>,
  drawing: Drawing,
  most = NEEDS_SHOWN,
): string[] {
  const lines = needs.slice(0, most).flatMap((need) => {
    const who = need.session === null ? 'the run' : pieceOf(need.session)
    const age = duration(drawing.now - need.since)
    const text = `! ${who} (${need.kind}, ${age}): ${oneLine(need.text)}`
    return [
      cut(text, drawing, 'attention'),
      ...needCommands(need, sessions).map((command) => `  → ${command}`),
    ]
  })
  const more = needs.length - most
  return more > 0 ? [...lines, `  … and ${more} more → quintet blocked`] : lines
}

/** A question is answered by one of several commands: each of them as it can be run. */
function needCommands(need: Need, sessions: readonly SessionView[]): string[] {
  const asking = sessions.find(({ id }) => id === need.session)
  const asks = need.kind === 'question' || need.kind === 'permission'
  const options = asks ? (asking?.question?.options ?? []) : []
  if (asking === undefined || options.length === 0) return plainCommands(need)
  const commands = options.map(({ id }) => `quintet answer ${asking.piece} ${oneLine(id)}`)
  const width = Math.max(...commands.map(displayWidth))
  return commands.map((command, index) => `${pad(command, width)}   ${oneLine(options[index]?.label ?? '')}`)
}

function plainCommands({ command, others = [] }: Need): string[] {
  return [oneLine(command), ...others.map((other) => `${oneLine(other.command)}   ${oneLine(other.label)}`)]
}

function pieceOf(session: string): string {
  return session.slice(session.lastIndexOf('/') + 1)
}

/** One line a session under a heading; columns are left out where the terminal is narrow. */
export function renderSessions(sessions: readonly SessionView[], drawing: Drawing): string[] {
  return table(sessionColumns(drawing), sessions, drawing)
}

/** The last paths that changed hands, and changes that were handed over; nothing when all is where the plan put it. */
function renderMoves(requests: RunView['requests'], drawing: Drawing): string[] {
  const lines = requests.flatMap(({ piece, paths, owner, state, settled }) => {
    const what = oneLine(paths.join(', '))
    if (state === 'granted') return [`moved to ${piece}: ${what}${owner === null ? '' : ` (${owner})`}`]
    return state === 'handed' ? [`handed to ${settled?.to ?? ''}: ${what} (asked by ${piece})`] : []
  })
  const more = lines.length - MOVES_SHOWN
  const rest = more > 0 ? [`… and ${more} more → quintet scope list`] : []
  return [...lines.slice(-MOVES_SHOWN).map((line) => cut(line, drawing)), ...rest]
}

function sessionColumns({ width, now }: Drawing): Column<SessionView>[] {
  const withBar = width >= BAR_FROM_WIDTH
  return [
    { heading: '#', priority: 0, align: 'right', cell: (session) => String(session.number) },
    { heading: 'piece', priority: 0, min: 8, cell: (session) => session.piece },
    {
      heading: 'state',
      priority: 0,
      cell: (session) => ({ text: stateText(session), tone: stateTone(session.state) }),
    },
    { heading: 'since', priority: 1, align: 'right', cell: (session) => duration(now - session.since) },
    { heading: 'doing', priority: 2, min: 14, cell: doing },
    { heading: 'level', priority: 3, cell: levelCell },
    { heading: 'health', priority: 3, cell: healthCell },
    { heading: 'context', priority: 3, cell: (session) => contextCell(session.context, withBar) },
    { heading: 'files', priority: 4, cell: filesCell },
    { heading: 'port', priority: 6, align: 'right', cell: (session) => String(session.ports?.first ?? '') },
    { heading: 'branch', priority: 5, cell: branchCell },
  ]
}

/** A state that is only concluded carries a question mark. */
export function stateText({ state, basis }: Pick<SessionView, 'state' | 'basis'>): string {
  return basis === 'inferred' && state !== 'planned' ? `${state}?` : state
}

function doing(session: SessionView): string {
  return session.question?.text ?? session.activity ?? session.reason ?? ''
}

/** How full the context is: a bar and a percentage, or the tokens when the window's size is not known. */
export function contextCell(context: SessionView['context'], withBar: boolean): Cell {
  if (context === null) return { text: '' }
  const about = context.source === 'provider' ? '' : '~'
  if (context.percent === null) return { text: `${about}${tokens(context)}` }
  const percent = Math.round(context.percent)
  const filled = Math.max(0, Math.min(BAR_CELLS, Math.round((percent / 100) * BAR_CELLS)))
  const bar = withBar ? `${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)} ` : ''
  return {
    text: `${bar}${about}${percent}%`,
    tone: percent >= 90 ? 'bad' : percent >= 70 ? 'attention' : 'plain',
  }
}

function tokens({ used }: ContextUsage): string {
  return used >= 1000 ? `${Math.round(used / 1000)}k` : String(used)
}

function filesCell({ changes }: SessionView): Cell {
  if (changes === null) return { text: '' }
  if (changes.outOfScope > 0) return { text: `${changes.inScope} in ${changes.outOfScope} out`, tone: 'bad' }
  return { text: `${changes.inScope} in` }
}

/** Only what is less than it could be is worth a column. */
function levelCell({ level }: SessionView): Cell {
  return level === null || level === 'enforced' ? { text: '' } : { text: level, tone: 'attention' }
}

function branchCell({ changes }: SessionView): string {
  return changes === null ? '' : `+${changes.added} -${changes.deleted}`
}

function tail(view: RunView, drawing: Drawing): string[] {
  const notes = view.notes.slice(-NOTES_SHOWN).map((note) => cut(`note: ${oneLine(note)}`, drawing))
  return [...renderIntegration(view.integration, drawing), ...notes]
}

/** The integration in a few lines; nothing when there is none. */
export function renderIntegration(integration: IntegrationView | null, drawing: Drawing): string[] {
  if (integration === null) return []
  const { n, state, since, merged, leftOut, conflict, checks, notes, reason } = integration
  const tone: Tone = state === 'landed' ? 'good' : state === 'stopped' ? 'bad' : 'busy'
  const why = reason === null ? '' : `: ${oneLine(reason)}`
  return [
    cut(`integration ${n} ${state} ${duration(drawing.now - since)}${why}`, drawing, tone),
    ...(merged.length > 0 ? [cut(`  merged ${merged.join(', ')}`, drawing)] : []),
    ...refusedLines(integration, drawing),
    ...leftOut.map((left) => cut(`  left out ${left.piece}: ${oneLine(left.reason)}`, drawing)),
    ...(conflict === null
      ? []
      : [
          cut(
            `  conflict of ${conflict.piece} in ${counted(conflict.files.length, 'file')}: ${conflict.files.join(', ')}`,
            drawing,
            'bad',
          ),
        ]),
    ...checks.map((check) =>
      cut(
        `  check ${oneLine(check.name)} ${check.green ? 'green' : 'red'}, ${duration(check.durationMs)}`,
        drawing,
        check.green ? 'good' : 'bad',
      ),
    ),
    ...queueLines(integration.queue, drawing),
    ...notes.map((note) => cut(`  note: ${oneLine(note)}`, drawing)),
  ]
}

function queueLines(
  { landed, runs, culprits, flaky, redBefore, handedBack }: QueueView,
  drawing: Drawing,
): string[] {
  const ran = [
    ...(runs.full > 1 ? [`${runs.full} full runs`] : []),
    ...(runs.tests > 0 ? [counted(runs.tests, 'run of single tests', 'runs of single tests')] : []),
  ]
  return [
    ...(landed.length > 0 ? [cut(`  landed ${landed.join(', ')}`, drawing, 'good')] : []),
    ...(ran.length > 0 ? [cut(`  ${ran.join(', ')}, ${duration(runs.durationMs)}`, drawing)] : []),
    ...culprits.map(({ piece, verdict, with: others, tests }) =>
      cut(
        `  culprit ${piece}${verdict === 'interacts' ? ` with ${others.join(', ')}` : verdict === 'alone' ? ' alone' : ''}: ${oneLine(tests.join(', '))}`,
        drawing,
        'bad',
      ),
    ),
    ...(flaky.length > 0 ? [cut(`  not steady: ${oneLine(flaky.join(', '))}`, drawing, 'attention')] : []),
    ...(redBefore.length > 0
      ? [cut(`  red before any branch: ${oneLine(redBefore.join(', '))}`, drawing, 'bad')]
      : []),
    ...handedBack.map(({ piece, round, of, reason }) =>
      cut(`  handed back ${piece} (${round} of ${of}): ${oneLine(reason)}`, drawing, 'attention'),
    ),
  ]
}

function refusedLines({ refused }: IntegrationView, drawing: Drawing): string[] {
  return refused.flatMap(({ piece, findings }) =>
    findings.map(({ path, text }) =>
      cut(`  refused ${piece}: ${oneLine(path)}: ${oneLine(text)}`, drawing, 'bad'),
    ),
  )
}

function cut(text: string, { width, colour }: Drawing, tone: Tone = 'plain'): string {
  return toned(truncate(text, width), tone, colour)
}
