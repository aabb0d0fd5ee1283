// The terminals of people in a session's worktree, folded from its facts. Pure.
import type { Fact } from '../../contract/facts.ts'
import type { TerminalView } from '../../contract/terminal.ts'
import type { Need, SessionView } from '../../contract/view.ts'

/** The session with its open terminals after one more fact. */
export function withTerminals(view: SessionView, fact: Fact, at: number): SessionView {
  const before = view.terminals ?? []
  const after = applyTerminalFact(before, fact, at)
  if (after === before) return view
  const { terminals: _before, ...rest } = view
  return after.length === 0 ? rest : { ...rest, terminals: after }
}

/** What people have changed in a terminal that belongs to others. */
export function terminalNeeds(sessions: readonly SessionView[]): readonly Need[] {
  return sessions.flatMap(({ id, piece, terminals = [] }) =>
    terminals.flatMap(({ outside, since }): readonly Need[] => {
      if (outside.length === 0) return []
      const paths = outside.map(({ path, owner }) => (owner === null ? path : `${path} of ${owner}`))
      const text = `A terminal in its worktree has changed what is outside of its scope: ${paths.join(', ')}`
      return [{ session: id, kind: 'scope', text, command: `quintet session show ${piece}`, since }]
    }),
  )
}

/** The open terminals after one more fact; the same value when the fact is about something else. */
function applyTerminalFact(before: readonly TerminalView[], fact: Fact, at: number): readonly TerminalView[] {
  switch (fact.type) {
    case 'terminal.attached': {
      const { terminal, ...known } = fact.data
      return [...before.filter(({ id }) => id !== terminal), { ...UNSEEN, ...known, id: terminal, since: at }]
    }
    case 'terminal.state': {
      const { terminal, ...told } = fact.data
      return changed(before, terminal, told)
    }
    case 'terminal.context': {
      const { terminal, context, compactions } = fact.data
      return changed(before, terminal, { context: withPercent(context), compactions })
    }
    case 'terminal.files':
      return changed(before, fact.data.terminal, { files: fact.data.files })
    case 'terminal.outside':
      return changed(before, fact.data.terminal, { outside: fact.data.paths })
    case 'terminal.alarm': {
      const { terminal, alarm } = fact.data
      return before.map((view) =>
        view.id === terminal
          ? { ...view, alarms: [...view.alarms, alarm.evidence.text].slice(-ALARMS_SHOWN) }
          : view,
      )
    }
    case 'terminal.advice': {
      const { terminal, what, why } = fact.data
      return changed(before, terminal, { advice: `${ADVICE[what]}: ${why.join(' ')}` })
    }
    case 'terminal.detached':
      return before.filter(({ id }) => id !== fact.data.terminal)
    case 'session.released':
      return before.length === 0 ? before : []
    default:
      return before
  }
}

const ALARMS_SHOWN = 5

/** What a person can do where a driven agent would be moved. */
const ADVICE = {
  nudge: 'tell it to try something else',
  reset: 'begin a new conversation',
  abandon: 'stop it and look at the task again',
} as const

/** What is not known yet. */
const UNSEEN: Omit<TerminalView, 'id' | 'agent' | 'pid' | 'level' | 'gaps' | 'since'> = {
  conversation: null,
  state: 'unknown',
  waitingFor: null,
  source: 'process',
  context: null,
  compactions: 0,
  files: [],
  outside: [],
  alarms: [],
  advice: null,
}

function changed(
  before: readonly TerminalView[],
  terminal: string,
  more: Partial<TerminalView>,
): readonly TerminalView[] {
  return before.map((view) => (view.id === terminal ? { ...view, ...more } : view))
}

function withPercent(
  context: Extract<Fact, { type: 'terminal.context' }>['data']['context'],
): TerminalView['context'] {
  if (context === null) return null
  const { used, size } = context
  return { ...context, percent: size === null || size === 0 ? null : Math.round((100 * used) / size) }
}
