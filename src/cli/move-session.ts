// What retry, reset and abandon have in common: a session, a reason, and the daemon that does it.
import { NO_REASON } from '../contract/reasons.ts'
import type { DaemonClient } from '../daemon/client.ts'
import { daemonOf, repositoryOf, textOrInput } from './access.ts'
import type { Invocation } from './command.ts'
import { loadSession } from './session-argument.ts'

interface Told {
  /** The session has ended; the words are kept for the next one of its piece. */
  readonly noted?: boolean
}

export interface Move {
  /** What is then true of the session: "starts its next attempt". */
  readonly outcome: string
  readonly move: (client: DaemonClient, session: string, reason: string) => Promise<void | Told>
}

/** Moves the session named by the first argument; returns the exit code. */
export async function moveSession(invocation: Invocation, { outcome, move }: Move): Promise<number> {
  const { output, signal } = invocation
  const repo = await repositoryOf(invocation)
  const { session } = await loadSession(repo, invocation.arguments[0] ?? '')
  const words = invocation.arguments[1] ?? ''
  const reason = words === '' ? NO_REASON : await textOrInput(words, 'reason')
  const told = await move(await daemonOf(repo, signal), session.id, reason)
  const noted = told?.noted === true
  output.answer({ session: session.id, reason, ...(noted ? { noted } : {}) }, () => [
    noted
      ? `Session ${session.id} was abandoned; the next session of its piece is told.`
      : `Session ${session.id} ${outcome}.`,
  ])
  return 0
}
