// What retry, reset and abandon have in common: a session, a reason, and the daemon that does it.
import { NO_REASON } from '../contract/reasons.ts'
import type { DaemonClient } from '../daemon/client.ts'
import { stillOpen } from '../tui/terminals.ts'
import { daemonOf, repositoryOf, textOrInput } from './access.ts'
import type { Invocation } from './command.ts'
import { loadSession } from './session-argument.ts'

interface Told {
  /** The session has ended; the words are kept for the next one of its piece. */
  readonly noted?: boolean
  /** More may be spent, and nothing else was to be done. */
  readonly raised?: boolean
}

export interface Move {
  /** What is then true of the session: "starts its next attempt". */
  readonly outcome: string
  /** What comes of it while a person's terminal is open in its worktree. */
  readonly whileOpen: string
  readonly move: (client: DaemonClient, session: string, reason: string) => Promise<void | Told>
}

/** Moves the session named by the first argument; returns the exit code. */
export async function moveSession(
  invocation: Invocation,
  { outcome, whileOpen, move }: Move,
): Promise<number> {
  const { output, signal } = invocation
  const repo = await repositoryOf(invocation)
  const { session } = await loadSession(repo, invocation.arguments[0] ?? '')
  const words = invocation.arguments[1] ?? ''
  const reason = words === '' ? NO_REASON : await textOrInput(words, 'reason')
  const told = await move(await daemonOf(repo, signal), session.id, reason)
  const noted = told?.noted === true
  const raised = told?.raised === true
  const { terminals = [] } = session
  const open = terminals.map(({ agent, pid }) => ({ agent, pid }))
  const held = open.length === 0 ? {} : { terminals: open }
  const data = {
    session: session.id,
    reason,
    ...held,
    ...(noted ? { noted } : {}),
    ...(raised ? { raised } : {}),
  }
  output.answer(data, () => [
    noted
      ? `Session ${session.id} was abandoned; the next session of its piece is told.`
      : raised
        ? `More may be spent on session ${session.id}; it was not waiting for that.`
        : `Session ${session.id} ${outcome}.`,
    ...stillOpen(session, whileOpen),
  ])
  return 0
}
