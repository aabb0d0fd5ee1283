// Runs the check that a handoff states, in the box of the session and before its agent is prompted: a new attempt need not
// be trusted to begin with it.
import { join } from 'node:path'
import { QuintetError } from '../../contract/errors.ts'
import type { FirstCheck, Handoff } from '../../contract/handoff.ts'
import { firstCheck, runnableCheck } from '../../health/handoff/first-check.ts'
import { runCheck } from '../../process/check.ts'
import type { Services } from '../services.ts'
import { checkBox } from '../session/check-box.ts'
import { sessionEnvironment } from '../session/environment.ts'
import type { TurnInput } from '../session/turn/input.ts'

/** The agent waits for it. */
const MOST_SECONDS = 300

/** What the stated check says now; null where none is stated or none can be run as it stands. Rejects with the signal's
 *  reason on abort. */
export async function runFirstCheck(
  services: Services,
  { session, workspace, attempt }: Pick<TurnInput, 'session' | 'workspace' | 'attempt'>,
  handoff: Pick<Handoff, 'checks'>,
  signal: AbortSignal,
): Promise<FirstCheck | null> {
  const runnable = runnableCheck(handoff, session.piece.checks)
  if (runnable === null) return null
  const planned = session.piece.checks.find(({ run }) => run === runnable.words)
  const seconds = Math.min(planned?.timeout_seconds ?? MOST_SECONDS, MOST_SECONDS)
  services.announce(session.label, `first of all: ${runnable.stated.command}`)
  const boxed = await checkBox(services, session, workspace)
  const check = { name: 'first', run: [...runnable.words], timeout_seconds: seconds }
  try {
    const { exitCode, output } = await runCheck(check, {
      cwd: join(workspace.path, runnable.folder ?? ''),
      env: { ...sessionEnvironment(services, session, workspace), ...boxed.env },
      box: boxed.box ?? undefined,
      log: `${session.logs}/check-first-${attempt}.log`,
      signal,
    })
    return firstCheck(runnable, { exit: exitCode, output, at: new Date().toISOString() })
  } catch (error) {
    if (!(error instanceof QuintetError) || error.code !== 'E_FOLDER_MISSING') throw error
    return null
  }
}
