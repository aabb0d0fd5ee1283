// The gates of a handoff, measured on the attempt that began with it: constraints retained 1.00, edited files 1.00, state
// at least 0.95 (probe); re-reads among the first ten actions under 19 percent, which is what real compactions cost; no
// signature that was tried and failed within twenty actions; the stated check run before anything is changed. Every gate
// closes: after so many actions, or with the attempt. Pure.
import type { Handoff } from '../../contract/handoff.ts'
import type { GateResult } from '../../contract/health.ts'
import type { TraceEvent } from '../../contract/trace.ts'
import { rereads } from '../compaction/known.ts'
import type { ProbeScore } from '../probe/score.ts'
import { isFirstLook, isRun, TRIED_ACTIONS, type Failure } from './opening.ts'
import { statedCheck } from './render.ts'

const REREAD_ACTIONS = 10
const REREAD_SHARE = 0.19

export type GateName =
  | 'constraints'
  | 'edited files'
  | 'state'
  | 're-reads'
  | 'tried and failed'
  | 'stated check first'

/** `value` null: nothing was measured. */
export type Gate = Omit<Required<GateResult>, 'name' | 'verdict'> & {
  readonly name: GateName
  readonly verdict: NonNullable<GateResult['verdict']>
}

export interface GateInput {
  readonly handoff: Handoff
  /** The new attempt's trace so far. */
  readonly events: readonly TraceEvent[]
  readonly root: string | null
  /** Failures of the new attempt, with the index of their action. */
  readonly failures: readonly Failure[]
  /** What a copy of the conversation answered; or why none could be asked; null: not asked yet. */
  readonly probe: ProbeScore | { readonly none: string } | null
  /** Whether no further action is to come. */
  readonly ended: boolean
}

/** All gates, in a fixed order. */
export function handoffGates(input: GateInput): readonly Gate[] {
  return [
    probeGate('constraints', 1, input),
    probeGate('edited files', 1, input),
    probeGate('state', 0.95, input),
    rereadGate(input),
    triedGate(input),
    checkGate(input),
  ]
}

/** The gates as they stand now: what was closed before stays as it was. */
export function settledGates(before: readonly GateResult[], now: readonly Gate[]): readonly GateResult[] {
  return now.map((gate) => before.find((known) => known.name === gate.name && isClosed(known)) ?? gate)
}

/** Whether nothing about a gate is open any more. */
export function isClosed({ verdict, passed }: Pick<GateResult, 'verdict' | 'passed'>): boolean {
  return verdict === undefined ? passed !== null : verdict !== 'open'
}

/** Whether the handoff did what it must: false as soon as one gate failed, null while one is open or none was measured. */
export function gatesPassed(gates: readonly Pick<GateResult, 'verdict' | 'passed'>[]): boolean | null {
  if (gates.some(({ passed }) => passed === false)) return false
  return gates.every(isClosed) && gates.some(({ passed }) => passed === true) ? true : null
}

const VERDICTS = { open: null, passed: true, failed: false, 'not measured': null } as const

function gate(measured: Omit<Gate, 'passed'>): Gate {
  return { ...measured, passed: VERDICTS[measured.verdict] }
}

const PROBED = { constraints: 'constraints', 'edited files': 'files', state: 'state' } as const

function probeGate(
  name: keyof typeof PROBED,
  least: number,
  { probe, ended }: Pick<GateInput, 'probe' | 'ended'>,
): Gate {
  const open = { name, value: null, bar: `>= ${least.toFixed(2)}` }
  if (probe === null) {
    return ended
      ? gate({ ...open, verdict: 'not measured', note: 'The attempt ended before it was asked.' })
      : gate({ ...open, verdict: 'open', note: 'It was not asked yet.' })
  }
  if ('none' in probe) return gate({ ...open, verdict: 'not measured', note: probe.none })
  const value = probe.classes[PROBED[name]]
  if (value === undefined)
    return gate({ ...open, verdict: 'not measured', note: 'There was nothing to ask.' })
  return gate({ ...open, value, verdict: value >= least ? 'passed' : 'failed', note: '' })
}

/** What the attempt before has read or written counts as known, and so does what the page names. */
function rereadGate({ handoff, events, root, ended }: GateInput): Gate {
  const paths = [...(handoff.known ?? []), ...handoff.changes.files.map(({ path }) => path)]
  const { actions, reads } = rereads(events, { paths, root }, REREAD_ACTIONS)
  const decided = ended || actions >= REREAD_ACTIONS
  // Of ten actions, whatever is still to come: the share that is certain already.
  const certain = reads.length / (decided ? Math.max(1, actions) : REREAD_ACTIONS)
  const failed = certain >= REREAD_SHARE
  return gate({
    name: 're-reads',
    value: actions === 0 ? null : reads.length / actions,
    bar: `< ${REREAD_SHARE.toFixed(2)}`,
    verdict: failed ? 'failed' : !decided ? 'open' : actions === 0 ? 'not measured' : 'passed',
    note:
      reads.length > 0
        ? `Read again: ${[...new Set(reads)].join(', ')}`
        : decided && actions === 0
          ? 'Nothing was done.'
          : '',
  })
}

function triedGate({ handoff, events, failures, ended }: GateInput): Gate {
  const tried = new Set(
    handoff.triedAndFailed.flatMap(({ signature }) => (signature === null ? [] : [signature])),
  )
  const actions = events.flatMap((event) => (event.t === 'call' ? [event.a] : []))
  const first = actions[0] ?? 0
  const recurred = failures.filter(
    ({ a, signature }) =>
      a - first < TRIED_ACTIONS && tried.has(signature) && !isFirstLook(handoff, events, a),
  )
  const decided = ended || actions.length >= TRIED_ACTIONS || tried.size === 0
  const [again] = recurred
  return gate({
    name: 'tried and failed',
    value: recurred.length,
    bar: '0',
    verdict: again !== undefined ? 'failed' : decided ? 'passed' : 'open',
    note: again === undefined ? '' : `Met again: ${again.signature}`,
  })
}

function checkGate({ handoff, events, ended }: GateInput): Gate {
  const measured = { name: 'stated check first', bar: 'before the first change' } as const
  const stated = statedCheck(handoff.checks)?.command
  if (stated === undefined)
    return gate({ ...measured, value: null, verdict: 'not measured', note: 'No check was run before.' })
  const run = handoff.firstCheck
  if (run !== null && run !== undefined && run.run.exit !== null) {
    return gate({ ...measured, value: 1, verdict: 'passed', note: 'It was run before the first prompt.' })
  }
  for (const event of events) {
    if (event.t !== 'call') continue
    if (isRun(event.cmd, stated)) return gate({ ...measured, value: 1, verdict: 'passed', note: '' })
    if (event.kind === 'edit' || event.kind === 'write') {
      const note = `Changed ${event.path ?? 'a file'} first, without \`${stated}\`.`
      return gate({ ...measured, value: 0, verdict: 'failed', note })
    }
  }
  const note = ended ? `\`${stated}\` was never run.` : ''
  return gate({ ...measured, value: null, verdict: ended ? 'failed' : 'open', note })
}
