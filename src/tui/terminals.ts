// The terminals of people in a session's worktree, as lines of text. Pure.
import type { TerminalView } from '../contract/terminal.ts'
import type { SessionView } from '../contract/view.ts'
import { counted } from './text.ts'

const FILES_SHOWN = 3

/** One line: which agent, what it does, how full its context is, and what holds it. */
function terminalText(terminal: TerminalView): string {
  const { agent, pid, state, waitingFor, level, source } = terminal
  const what = waitingFor === null ? state : `${state} for ${waitingFor}`
  return [`${agent} ${pid}: ${what} (${source})`, contextText(terminal), ...filesText(terminal), level].join(
    ', ',
  )
}

/** What a terminal has done that belongs to others; nothing when it has not. */
function outsideText({ outside }: TerminalView): string | null {
  if (outside.length === 0) return null
  const paths = outside.map(({ path, owner }) => (owner === null ? path : `${path} of ${owner}`))
  return `outside of its scope: ${shortened(paths)}`
}

function contextText({ context, compactions }: TerminalView): string {
  const compacted = compactions === 0 ? '' : ` after ${counted(compactions, 'compaction')}`
  if (context === null) return `context not known${compacted}`
  const { used, percent } = context
  return `context ${percent === null ? `${used} tokens` : `${percent} %`}${compacted}`
}

function filesText({ files }: TerminalView): string[] {
  return files.length === 0 ? [] : [`wrote ${shortened(files)}`]
}

function shortened(paths: readonly string[]): string {
  const more = paths.length - FILES_SHOWN
  const shown = paths.slice(-FILES_SHOWN).join(' ')
  return more > 0 ? `${shown} and ${more} more` : shown
}

/** What is open in the worktree of a session, and what follows from it; no line where nothing is. */
export function stillOpen(
  { terminals = [] }: Pick<SessionView, 'terminals'>,
  then: string,
): readonly string[] {
  if (terminals.length === 0) return []
  const named = terminals.map(({ agent, pid }) => `${agent} (process ${pid})`).join(', ')
  return [
    `  ${terminals.length === 1 ? 'A terminal is' : 'Terminals are'} open in its worktree: ${named}. ${then}`,
  ]
}

/** What is wrong with its context, and what its person is advised to do. */
function healthTexts({ alarms, advice }: TerminalView): readonly string[] {
  const last = alarms.at(-1)
  return [
    ...(last === undefined ? [] : [`alarm: ${last}`]),
    ...(advice === null ? [] : [`advice, for its person alone: ${advice}`]),
  ]
}

/** A line for every open terminal, and more for what it has done outside of its session's scope and for its health. */
export function terminalLines(
  sessions: readonly Pick<SessionView, 'number' | 'piece' | 'terminals'>[],
): string[] {
  return sessions.flatMap(({ number, piece, terminals = [] }) =>
    terminals.flatMap((terminal) => {
      const outside = outsideText(terminal)
      const line = `terminal ${number} ${piece}: ${terminalText(terminal)}`
      const told = [...(outside === null ? [] : [outside]), ...healthTexts(terminal)]
      return [line, ...told.map((text) => `  ! ${text}`)]
    }),
  )
}
