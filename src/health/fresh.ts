// Fresh-context comparison: the same prompt in a clean conversation, at the same tree, beside the session that is in
// doubt. Compared mechanically; the verdict is one of context, handoff, task or environment, and "undecided" where the
// figures do not say. A session without a sign of being stuck is never said to have a polluted context. Never adopted
// without the operator. Pure.
import type { FirstActions, FreshResult, FreshState } from '../contract/health.ts'
import type { TraceCall, TraceEvent } from '../contract/trace.ts'
import { relativeTo } from './paths.ts'
import type { CallChecker } from './ledger/ledger.ts'

/** Actions at the beginning that tell which way a run goes. */
const FIRST_ACTIONS = 5

export interface RunState {
  /** Whether the piece's checks are green on what the run left; null: not run, or not to their end. */
  readonly green: boolean | null
  /** By command: fewest failing tests reached. */
  readonly failing: ReadonlyMap<string, number>
}

/** One of the two runs, from the prompt that both were given. */
export interface RunSide {
  readonly events: readonly TraceEvent[]
  readonly root: string | null
  readonly state: RunState
  /** Normalised error signatures that it met. */
  readonly signatures: readonly string[]
}

export interface Compared {
  readonly old: RunSide
  readonly fresh: RunSide
  /** What says that the old one is stuck, one sentence each; empty: nothing does. */
  readonly stuck: readonly string[]
  /** Of what was demanded, for calls in a worktree at this path. */
  readonly checkers: (root: string | null) => readonly CallChecker[]
}

type Verdict = Pick<FreshResult, 'verdict' | 'because'>
export type FreshComparison = Omit<FreshResult, 'sameTree' | 'kept' | 'next'> & {
  /** The fresh run reached a state that the old one has not. */
  readonly further: boolean
}

/** The comparison as a table with a verdict. */
export function compareRuns({ old, fresh, stuck, checkers }: Compared): FreshComparison {
  const broken = { old: brokenBy(old, checkers(old.root)), fresh: brokenBy(fresh, checkers(fresh.root)) }
  const before = new Set(broken.old.map(({ id }) => id))
  const missing = broken.fresh.filter(({ id }) => !before.has(id)).map(({ text }) => text)
  const met = new Set(fresh.signatures)
  const shared = [...new Set(old.signatures)].filter((signature) => met.has(signature))
  const first = { files: firstOf([old, fresh], fileOf), commands: firstOf([old, fresh], commandOf) }
  const reached = reachedBy(fresh.state, old.state)
  const state = { old: stateOf(old.state), fresh: stateOf(fresh.state) }
  return {
    ...judge({ old: old.state, fresh: fresh.state, stuck, missing, shared, reached }),
    rows: [
      { measure: 'state reached', old: stateText(state.old), fresh: stateText(state.fresh) },
      { measure: 'first files', ...columns(first.files) },
      { measure: 'first commands', ...columns(first.commands) },
      { measure: 'constraints broken', old: texts(broken.old), fresh: texts(broken.fresh) },
      { measure: 'same error met again', old: listText(shared), fresh: shared.length === 0 ? 'no' : 'yes' },
    ],
    missing,
    shared,
    first,
    divergence: divergence([first.files, first.commands]),
    actions: { old: callsOf(old).length, fresh: callsOf(fresh).length },
    state,
    stuck: [...stuck],
    further: reached === 'further',
  }
}

interface Found {
  readonly old: RunState
  readonly fresh: RunState
  readonly stuck: readonly string[]
  readonly missing: readonly string[]
  readonly shared: readonly string[]
  readonly reached: Reached
}

function judge({ old, fresh, stuck, missing, shared, reached }: Found): Verdict {
  if (missing.length > 0) {
    const because = 'The fresh run broke constraints that the old one kept: the handoff does not carry them.'
    return { verdict: 'handoff', because }
  }
  if (reached === 'further') {
    if (stuck.length === 0)
      return undecided(
        'The fresh run came further, but nothing says that the session is stuck: it may only not be there yet.',
      )
    const because = `The fresh run reached a state that the old one has not, and the old one is stuck: its context is polluted. ${stuck.join(' ')}`
    return { verdict: 'context', because }
  }
  if (old.green === true) return undecided('The checks are green on what the session has: nothing is wrong.')
  const unknown = unknownSide(old, fresh)
  if (unknown !== null)
    return undecided(`How far the ${unknown} came is not known, so the two cannot be compared.`)
  const [signature] = shared
  if (signature !== undefined) {
    const because = `Both met the same error (${signature}): the approach, the specification or the environment is at fault.`
    return { verdict: 'task or environment', because }
  }
  return undecided(
    reached === 'unknown'
      ? 'How far either came is not known, and the fresh run met no error of the old one.'
      : 'The fresh run came no further, and it met no error of the old one.',
  )
}

function undecided(because: string): Verdict {
  return { verdict: 'undecided', because }
}

type Reached = 'further' | 'no further' | 'unknown'

/** Whether one state is further than another: a green check, or fewer failures of the same command. Unknown against known
 *  is unknown. */
function reachedBy(state: RunState, than: RunState): Reached {
  if (unknownSide(than, state) !== null) return 'unknown'
  if (state.green !== than.green) return state.green === true ? 'further' : 'no further'
  if (state.green === true) return 'no further'
  const common = [...state.failing].flatMap(([command, count]) => {
    const other = than.failing.get(command)
    return other === undefined ? [] : [count - other]
  })
  if (common.length === 0) return state.green === null ? 'unknown' : 'no further'
  return common.some((change) => change < 0) && common.every((change) => change <= 0)
    ? 'further'
    : 'no further'
}

/** The one of the two that nothing is known of while something is of the other. */
function unknownSide(old: RunState, fresh: RunState): 'session' | 'fresh run' | null {
  if ((old.green === null) !== (fresh.green === null)) return old.green === null ? 'session' : 'fresh run'
  if (old.green !== null || (old.failing.size === 0) === (fresh.failing.size === 0)) return null
  return old.failing.size === 0 ? 'session' : 'fresh run'
}

function brokenBy({ events }: RunSide, checkers: readonly CallChecker[]): readonly CallChecker[] {
  return checkers.filter((checker) => events.some((event) => event.t === 'call' && checker.violatedBy(event)))
}

function callsOf({ events }: RunSide): readonly TraceCall[] {
  return events.flatMap((event) => (event.t === 'call' ? [event] : []))
}

function fileOf({ path }: TraceCall, root: string | null): string | null {
  return path === undefined ? null : relativeTo(root, path)
}

function commandOf({ path, cmd }: TraceCall): string | null {
  return path !== undefined || cmd === undefined || cmd === null ? null : cmd.replace(/\s+/g, ' ').trim()
}

/** What the first actions of the two touched: both of them, and each alone. */
function firstOf(
  [old, fresh]: readonly [RunSide, RunSide],
  read: (call: TraceCall, root: string | null) => string | null,
): FirstActions {
  const of = (side: RunSide): readonly string[] => [
    ...new Set(
      callsOf(side)
        .slice(0, FIRST_ACTIONS)
        .flatMap((call) => read(call, side.root) ?? []),
    ),
  ]
  const [left, right] = [of(old), of(fresh)]
  return {
    both: left.filter((entry) => right.includes(entry)),
    old: left.filter((entry) => !right.includes(entry)),
    fresh: right.filter((entry) => !left.includes(entry)),
  }
}

/** Share of all that was touched that only one of the two touched. */
function divergence(found: readonly FirstActions[]): number | null {
  const common = found.reduce((sum, { both }) => sum + both.length, 0)
  const apart = found.reduce((sum, { old, fresh }) => sum + old.length + fresh.length, 0)
  return common + apart === 0 ? null : apart / (common + apart)
}

function columns({ both, old, fresh }: FirstActions): { old: string; fresh: string } {
  return { old: listText([...both, ...old]), fresh: listText([...both, ...fresh]) }
}

function stateOf({ green, failing }: RunState): FreshState {
  return { green, failing: failing.size === 0 ? null : [...failing.values()].reduce((a, b) => a + b, 0) }
}

function stateText({ green, failing }: FreshState): string {
  const checks = green === null ? [] : [green ? 'checks green' : 'checks red']
  const tests = failing === null ? [] : [`${failing} failing`]
  return checks.length + tests.length === 0 ? 'not known' : [...checks, ...tests].join(', ')
}

function listText(entries: readonly string[]): string {
  return entries.length === 0 ? 'none' : entries.join(', ')
}

function texts(broken: readonly CallChecker[]): string {
  return listText(broken.map(({ text }) => text))
}
