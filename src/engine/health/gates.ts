// How a handoff does: measured on the attempt that began with it, after each of its turns until every gate is closed, and
// for the last time when the attempt ends. A gate that fails has a consequence: files that the agent does not know to be
// changed are stated again (what it lost else, auto-probe.ts states), and an approach that is tried again raises an alarm.
import * as v from 'valibot'
import { errorData } from '../../contract/errors.ts'
import { FACTS, type FactData } from '../../contract/facts.ts'
import type { Handoff } from '../../contract/handoff.ts'
import type { GateResult } from '../../contract/health.ts'
import {
  gatesPassed,
  handoffGates,
  isClosed,
  settledGates,
  type GateInput,
} from '../../health/handoff/gates.ts'
import { changedFilesText } from '../../health/handoff/render.ts'
import { isControl } from '../breakdown.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from '../session/spec.ts'
import type { Live } from '../session/turn/conversations.ts'
import type { TurnInput } from '../session/turn/input.ts'
import { storedHandoff } from './handoff-files.ts'
import type { Followed } from './followed.ts'
import { attemptHealth } from './open.ts'
import { attemptEvents } from './session-trace.ts'

interface Measured {
  readonly live: Live
  readonly followed: Followed
  readonly signal: AbortSignal
}

/** Measures after a turn; what was to be asked has been asked by then. Nothing without a handoff. What keeps it from being
 *  measured is told and costs the turn nothing. */
export async function measureHandoff(
  services: Services,
  effect: EffectContext,
  { session, workspace, attempt, turn }: TurnInput,
  { live, followed, signal }: Measured,
): Promise<void> {
  const why =
    live.conversation.fork === undefined ? 'The agent cannot fork a conversation.' : 'No copy answered.'
  await unlessBroken(services, session, { signal }, async () => {
    const open = await openGates(services, session, attempt)
    if (open === null) return
    note(effect, open, {
      key: `${attempt}:${turn}`,
      attempt,
      input: {
        ...followed.health.opening,
        root: workspace.path,
        probe: followed.probe ?? { none: why },
        ended: false,
      },
    })
  })
}

/** Closes the gates that are open still: no further action is to come. The attempt is read from its trace. */
export async function closeGates(
  services: Services,
  effect: EffectContext,
  {
    session,
    root,
    attempt,
  }: { readonly session: SessionSpec; readonly root: string; readonly attempt: number },
): Promise<void> {
  await unlessBroken(services, session, effect, async () => {
    const open = await openGates(services, session, attempt)
    if (open === null) return
    const health = await attemptHealth(services, session, { attempt, root, agent: '' })
    for await (const event of attemptEvents(services.state, session.name, attempt)) health.note(event)
    const input = { ...health.opening, root, probe: null, ended: true }
    note(effect, open, { key: `${attempt}:end`, attempt, input })
  })
}

interface OpenGates {
  readonly handoff: Handoff
  /** As they were measured last. */
  readonly before: readonly GateResult[]
}

/** The gates of the handoff to an attempt; null where there is none, or where all are closed. */
async function openGates(
  services: Services,
  session: SessionSpec,
  attempt: number,
): Promise<OpenGates | null> {
  const handoff = attempt === 1 ? null : await storedHandoff(services, session, attempt)
  if (handoff === null) return null
  const before = storedGates(services, session.stream, attempt)
  return before.length > 0 && before.every(isClosed) ? null : { handoff, before }
}

function storedGates({ store }: Services, stream: string, attempt: number): readonly GateResult[] {
  let gates: readonly GateResult[] = []
  for (const { data } of store.events({ stream, types: ['health.gates'] })) {
    const fact = v.parse(FACTS['health.gates'], data)
    if (fact.attempt === attempt) gates = fact.gates
  }
  return gates
}

interface Noted {
  readonly key: string
  readonly attempt: number
  readonly input: Omit<GateInput, 'handoff'>
}

function note(effect: EffectContext, { handoff, before }: OpenGates, { key, attempt, input }: Noted): void {
  const gates = settledGates(before, handoffGates({ handoff, ...input }))
  const known = before.some(({ name, passed }) => name === 'edited files' && passed === false)
  const missed = !known && gates.some(({ name, passed }) => name === 'edited files' && passed === false)
  const fact: FactData<'health.gates'> = {
    attempt,
    gates: gates.map((gate) => ({ ...gate })),
    passed: gatesPassed(gates),
    ...(missed ? { restated: changedFilesText(handoff) } : {}),
  }
  record(effect, 'health.gates', key, fact)
}

async function unlessBroken(
  { announce }: Services,
  { label }: SessionSpec,
  { signal }: { readonly signal: AbortSignal },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (isControl(error) || signal.aborted) throw error
    announce(label, `the handoff cannot be measured: ${errorData(error).message}`)
  }
}
