// The two sides of a comparison: what the session did since its last prompt, what the fresh run did, and how far each came.
// How far is told by the piece's checks, run for both on the files that they left, each with the same bound.
import { runCheck } from '../../../process/check.ts'
import type { TraceCall, TraceEvent } from '../../../contract/trace.ts'
import type { RunSide } from '../../../health/fresh.ts'
import type { Ladder } from '../../../health/ladder.ts'
import { readAction } from '../../../health/symptoms/action.ts'
import type { Services } from '../../services.ts'
import { sessionEnvironment } from '../../session/environment.ts'
import type { SessionSpec } from '../../session/spec.ts'
import { attemptEvents } from '../session-trace.ts'
import type { Furnished } from './agent-run.ts'

const MOST_CHECKING_MS = 10 * 60_000

export interface LastRun {
  readonly events: readonly TraceEvent[]
  /** The last prompt when it was not the first. */
  readonly prompt: string | null
  /** Hash of the files when it was given; null when none was taken before. */
  readonly tree: string | null
}

/** What the session did since its last prompt; null without a prompt. */
export async function lastRun(
  services: Pick<Services, 'state'>,
  session: SessionSpec,
  attempt: number,
): Promise<LastRun | null> {
  let events: TraceEvent[] = []
  let prompts = 0
  let prompt: string | null = null
  let latest: string | null = null
  let tree: string | null = null
  for await (const event of attemptEvents(services.state, session.name, attempt)) {
    if (event.t === 'tree') latest = event.hash
    if (event.t === 'user' && event.meta === true) {
      prompts++
      prompt = prompts === 1 ? null : event.text
      tree = latest
      events = []
    }
    events.push(event)
  }
  return prompts === 0 ? null : { events, prompt, tree }
}

/** One side as it is compared. `green`: of the piece's checks on the files that it left. */
export function sideOf(
  events: readonly TraceEvent[],
  { root, green }: { readonly root: string; readonly green: boolean | null },
): RunSide {
  const open = new Map<string, TraceCall>()
  const signatures = new Set<string>()
  const failing = new Map<string, number>()
  for (const event of events) {
    if (event.t === 'call') open.set(event.id, event)
    if (event.t !== 'result') continue
    const call = open.get(event.id)
    open.delete(event.id)
    if (call === undefined) continue
    const {
      state,
      signatures: met,
      failing: told,
      verify,
      key,
    } = readAction(call, event, { turn: 0, batch: 0 })
    if (state === 'failed') for (const signature of met) signatures.add(signature)
    const count = told?.count ?? (verify && state === 'ok' ? 0 : null)
    // Counts of different commands say nothing of one another.
    if (count !== null) failing.set(key, Math.min(count, failing.get(key) ?? count))
  }
  return { events, root, signatures: [...signatures], state: { green, failing } }
}

/** Whether the piece's checks are green on the files as they are; null when it has none, or they take too long. */
export async function checksGreen(
  services: Services,
  { session, workspace, boxed }: Pick<Furnished, 'session' | 'workspace' | 'boxed'>,
  { side, signal }: { readonly side: 'old' | 'fresh'; readonly signal: AbortSignal },
): Promise<boolean | null> {
  const { checks } = session.piece
  const limit = AbortSignal.timeout(MOST_CHECKING_MS)
  try {
    for (const [index, check] of checks.entries()) {
      const { green } = await runCheck(check, {
        cwd: workspace.path,
        env: { ...sessionEnvironment(services, session, workspace), ...boxed.env },
        box: boxed.box ?? undefined,
        log: `${session.logs}/check-${side}-${index + 1}.log`,
        signal: AbortSignal.any([signal, limit]),
      })
      if (!green) return false
    }
  } catch (error) {
    if (signal.aborted || !limit.aborted) throw error
    return null
  }
  return checks.length === 0 ? null : true
}

/** What says that a session is stuck, one sentence each: alarms that no progress and no operator has answered since. */
export function stuckSigns({ alarms, pending }: Ladder): readonly string[] {
  const strong = alarms.filter(({ strength }) => strength === 'strong').map(({ evidence }) => evidence.text)
  if (strong.length > 0 || pending === null) return strong
  return [`It is proposed to ${pending} it.`]
}
