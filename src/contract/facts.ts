// The facts of the event log. Everything shown is folded from them; a fact is never changed, and a reader for every
// version ever written is kept. Streams: `<run>/run`, `<run>/session/<piece>`, `<run>/integration/<n>`.
import * as v from 'valibot'
import { HANDOFF_REASONS } from './handoff.ts'
import {
  ACTIVITIES,
  Alarm,
  ContextReading,
  FreshResult,
  GateResult,
  HEALTH_WORDS,
  LadderState,
  ProbeResult,
} from './health.ts'
import { EXTERNAL_DONE, EXTERNAL_SIGHTS } from './external.ts'
import { ENFORCEMENT_LEVELS, RULE_WAYS } from './session.ts'
import { SpendLimits, SpendRaise } from './spend.ts'
import { DECIDERS, REQUEST_WAYS, ScopeFindingFact } from './scope.ts'
import { TERMINAL_AGENTS, TERMINAL_SOURCES, TERMINAL_STATES } from './terminal.ts'

const strings = v.array(v.string())
const nullableString = v.nullable(v.string())

export const PortBlockFact = v.object({ first: v.number(), count: v.number() })

const UsageFact = v.object({
  used: v.number(),
  size: v.nullable(v.number()),
  source: v.picklist(['provider', 'estimate', 'derived', 'unknown']),
})

const CheckFact = v.object({
  name: v.string(),
  green: v.boolean(),
  exitCode: v.nullable(v.number()),
  signal: nullableString,
  durationMs: v.number(),
  output: v.string(),
  log: v.string(),
})

/** `ancestor`: merged as it is. `patches`: every commit was taken over (rebase, cherry-pick). `squash`: one commit brings the
 *  whole change. `contained`: merging it would change nothing. `tree`: merging it, or taking over its commits, where the
 *  target says that it was done gives exactly the tree that is there. */
const LANDING_PROOFS = ['ancestor', 'patches', 'squash', 'contained', 'tree'] as const
/** What proves that everything on a branch is in the target. */
export type LandingProof = (typeof LANDING_PROOFS)[number]

const ErrorFact = v.object({
  code: v.string(),
  kind: v.string(),
  message: v.string(),
  hints: v.array(v.object({ text: v.string(), command: v.optional(v.string()) })),
  details: v.optional(v.unknown()),
  cause: v.optional(v.string()),
})

const OutcomeFact = v.variant('kind', [
  v.object({ kind: v.literal('stopped'), reason: v.string() }),
  v.object({ kind: v.literal('failed'), code: v.string(), message: v.string() }),
  v.object({
    kind: v.literal('lost'),
    exitCode: v.nullable(v.number()),
    signal: nullableString,
    stderr: v.string(),
  }),
  v.object({ kind: v.literal('interrupted'), by: v.string() }),
])

const PieceFact = v.object({
  number: v.number(),
  id: v.string(),
  title: v.string(),
  agent: v.string(),
  dependsOn: strings,
  include: strings,
  exclude: strings,
})

/** Data per fact type. Objects are open: a field added later is ignored by an older reader. */
export const FACTS = {
  'run.created': v.object({
    plan: v.string(),
    goal: v.string(),
    base: v.object({ ref: v.string(), commit: v.string() }),
    target: v.string(),
    coordination: v.object({ on: v.boolean(), why: v.string() }),
    limit: v.number(),
    pieces: v.array(PieceFact),
    rehearsal: v.boolean(),
  }),
  'run.stopped': v.object({ reason: v.string() }),
  'run.ended': v.object({
    verdict: v.picklist(['landed', 'partial', 'nothing', 'stopped']),
    landed: strings,
    abandoned: strings,
    failed: strings,
    notes: strings,
  }),
  'decision.made': v.object({ n: v.number(), text: v.string() }),

  'scope.requested': v.object({
    n: v.number(),
    /** Piece that asks. */
    session: v.string(),
    paths: strings,
    reason: v.string(),
    via: v.picklist(REQUEST_WAYS),
    /** Who owned the paths then. */
    owner: v.optional(nullableString),
  }),
  'scope.granted': v.object({
    n: v.number(),
    paths: strings,
    to: v.string(),
    /** Piece that owned the paths until now; null when nobody did. */
    from: nullableString,
    by: v.picklist(DECIDERS),
    reason: v.string(),
  }),
  'scope.refused': v.object({
    n: v.number(),
    /** Absent: all that was asked for. What is left out was filed as a request of its own. */
    paths: v.optional(strings),
    reason: v.string(),
    by: v.picklist(DECIDERS),
  }),
  'scope.handed': v.object({
    n: v.number(),
    paths: v.optional(strings),
    /** Piece that is to make the change. */
    to: v.string(),
    by: v.picklist(DECIDERS),
    reason: v.string(),
    /** File that holds what was taken off the branch; absolute. */
    patch: v.optional(v.string()),
  }),

  /** Two sessions conflict, or one (`sessions[1]` null) with the target, in files that both have changed by now. */
  'radar.conflict': v.object({ sessions: v.tuple([v.string(), nullableString]), files: strings }),
  'radar.cleared': v.object({ sessions: v.tuple([v.string(), nullableString]) }),

  'session.preparing': v.object({ path: v.string(), branch: v.string(), base: v.string() }),
  'workspace.ready': v.object({
    path: v.string(),
    branch: v.string(),
    base: v.string(),
    ports: PortBlockFact,
    /** Whether it stood ready before the session wanted it. */
    fromPool: v.optional(v.boolean()),
    /** How long the session waited for it, milliseconds. */
    tookMs: v.optional(v.number()),
  }),
  'attempt.started': v.object({
    attempt: v.number(),
    how: v.picklist(['new', 'resumed', 'loaded']),
    conversation: v.string(),
    agent: v.string(),
    version: v.string(),
    mode: v.object({ wanted: nullableString, actual: nullableString }),
    boxed: v.boolean(),
    level: v.optional(v.picklist(ENFORCEMENT_LEVELS)),
    /** Why it is not a stronger one, one sentence each. */
    gaps: v.optional(strings),
    /** What carries its rules through a compaction; measured when the agent was initialised. */
    rules: v.optional(v.picklist(RULE_WAYS)),
  }),
  'process.started': v.object({
    attempt: v.number(),
    pid: v.number(),
    startTime: v.string(),
    group: v.number(),
  }),
  'attempt.ended': v.object({ attempt: v.number(), why: v.string() }),
  'turn.started': v.object({ attempt: v.number(), turn: v.number(), prompt: v.string() }),
  'turn.ended': v.object({
    attempt: v.number(),
    turn: v.number(),
    outcome: OutcomeFact,
    /** Of the attempt so far. */
    actions: v.optional(v.number()),
    /** No agent was given its prompt. */
    unsent: v.optional(v.boolean()),
  }),
  'usage.reported': UsageFact,
  /** What a turn has used, as far as its agent tells: tokens put out, and the fullest that its context was. */
  'usage.spent': v.object({
    attempt: v.number(),
    turn: v.number(),
    output: v.nullable(v.number()),
    peak: v.nullable(v.number()),
  }),
  /** What was spent since the fact before; the sum of all is what was spent. A figure is taken back by a negative one. */
  'spend.counted': v.object({
    attempt: v.number(),
    turn: v.number(),
    /** Null: not told. */
    tokens: v.nullable(v.number()),
    cost: v.nullable(v.number()),
    currency: nullableString,
    ms: v.number(),
    /** Part of the tokens that is our sum, not the agent's own total. */
    derived: v.number(),
    /** Part of that sum that rests on the agent's own estimate; absent: none. */
    estimated: v.optional(v.number()),
    conversation: v.string(),
    /** Cost of that conversation as its agent told it last. */
    costTold: v.nullable(v.number()),
    /** Who spent it beside the turns, which is turn 0: a fork, a headless program. */
    by: v.optional(v.string()),
  }),
  /** What may be spent from now on, on the session and on its run. */
  'spend.limited': v.object({ session: SpendLimits, run: SpendLimits }),
  /** The operator lets more be spent: on the session, or in the stream of a run on the run. */
  'spend.raised': v.object({ by: SpendRaise, reason: v.string() }),
  'question.asked': v.object({
    question: v.string(),
    kind: v.picklist(['permission', 'question']),
    text: v.string(),
    options: v.array(v.object({ id: v.string(), label: v.string(), effect: v.string() })),
    paths: strings,
  }),
  'question.answered': v.object({ question: v.string(), answer: v.string(), by: v.string() }),
  'evidence.gathered': v.object({
    tip: v.string(),
    commits: v.number(),
    uncommitted: strings,
    inScope: strings,
    outOfScope: v.array(v.object({ path: v.string(), owner: nullableString })),
    findings: v.optional(v.array(ScopeFindingFact)),
    checks: v.array(CheckFact),
    /** What the session itself said in this turn that it is blocked on. */
    blockedOn: v.optional(strings, []),
  }),
  'status.read': v.object({
    completed: strings,
    inProgress: strings,
    blockedOn: strings,
    verbatim: v.string(),
  }),
  'changes.observed': v.object({
    commits: v.number(),
    added: v.number(),
    deleted: v.number(),
    inScope: v.number(),
    outOfScope: v.number(),
  }),
  /** The repository's own configuration was another when a turn without a box had ended. */
  'configuration.changed': v.object({ turn: v.number(), keys: strings }),

  /** Something was found in what the attempt does; actions are those of its trace. */
  'health.alarm': v.object({ attempt: v.number(), turn: v.number(), alarm: Alarm }),
  'health.activity': v.object({ attempt: v.number(), activity: v.picklist(ACTIVITIES) }),
  'health.context': v.object({ attempt: v.number(), ...ContextReading.entries }),
  /** A state of the work that is better than every one before in the attempt; `failing`: checks that still fail. */
  'health.best': v.object({
    attempt: v.number(),
    turn: v.number(),
    a: v.number(),
    failing: v.nullable(v.number()),
  }),
  /** The attempt is at work for longer than nine of ten that landed here, of this size where enough have. */
  'health.over-budget': v.object({
    attempt: v.number(),
    turn: v.number(),
    spentMs: v.number(),
    budgetMs: v.number(),
    /** How many landed sessions it is learned from. */
    from: v.number(),
  }),
  /** The trace of the attempt has an end or gaps: what happens is judged, and cannot be read again later. */
  'health.unrecorded': v.object({ attempt: v.number(), why: v.string() }),
  /** Where the session stands after something has moved it; actions count through all of its attempts. */
  'health.ladder': v.object({ ladder: LadderState }),
  /** A nudge, a reset or an end is due, and it is for the operator to decide. */
  'health.proposed': v.object({
    attempt: v.number(),
    turn: v.number(),
    what: v.picklist(['nudge', 'reset', 'abandon']),
    reasons: strings,
  }),
  'health.nudged': v.object({
    attempt: v.number(),
    turn: v.number(),
    text: v.string(),
    by: v.picklist(['rule', 'operator']),
  }),
  /** What the operator said to it; `rules`: with the count that each had reached. */
  'health.answered': v.object({
    answer: v.picklist(HEALTH_WORDS),
    rules: v.record(v.string(), v.number()),
    reason: v.string(),
  }),
  /** What "not stuck" has taught this repository of a rule is forgotten; null: of every rule. */
  'health.forgotten': v.object({ rule: nullableString }),
  /** The agent compacted its context. What the summary no longer holds is stated again with the next prompt; where it
   *  binds, one is forced when the turn has ended, once an attempt. */
  'health.compacted': v.object({
    attempt: v.number(),
    turn: v.number(),
    a: v.number(),
    /** Null: the agent does not show its summary, or compacted without a word; everything is stated again then. */
    lost: v.nullable(
      v.object({ constraints: strings, decisions: strings, files: strings, messages: strings }),
    ),
    restated: nullableString,
    /** More than the scope and files is stated again. */
    binding: v.optional(v.boolean(), true),
  }),
  /** A reset is due when the turn has ended, or at once. */
  'health.reset-due': v.object({
    attempt: v.number(),
    turn: v.number(),
    reason: v.picklist(HANDOFF_REASONS),
    why: v.string(),
  }),
  'health.reset': v.object({
    /** The attempt that ended. */
    attempt: v.number(),
    reason: v.picklist(HANDOFF_REASONS),
    why: v.string(),
    /** Whether the next attempt knows of approaches that failed, or begins for another reason than being stuck. */
    changed: v.boolean(),
  }),
  /** How the handoff did, measured on the attempt that began with it. */
  'health.gates': v.object({
    attempt: v.number(),
    gates: v.array(GateResult),
    passed: v.nullable(v.boolean()),
    /** What a gate that failed has shown to be lost, as it is stated again. */
    restated: v.optional(v.string()),
  }),
  'health.probed': v.object({
    attempt: v.number(),
    turn: v.number(),
    probe: ProbeResult,
    /** Why it was done unasked; absent: the operator has asked for it. */
    cause: v.optional(v.picklist(['compaction', 'reset'])),
  }),
  /** A clean conversation was given the session's handoff and last prompt, and compared with it. */
  'health.fresh': v.object({ attempt: v.number(), result: FreshResult }),
  /** Work that an end has left, saved before it was recorded. */
  'health.saved': v.object({ backup: v.string() }),
  /** The piece is worked on elsewhere; what arrives on the branch is watched from here on. */
  'external.awaited': v.object({ branch: v.string(), done: v.picklist(EXTERNAL_DONE) }),
  /** How the branch was found when that was news; `tip`: the commit that is taken for the work, null before the first. */
  'external.seen': v.object({
    kind: v.picklist(EXTERNAL_SIGHTS),
    tip: nullableString,
    text: v.string(),
    /** Commits that the branch does not hold any more. */
    backup: v.optional(v.string()),
  }),
  /** What is to be told to whoever works there. */
  'external.told': v.object({ text: v.string() }),
  'session.lost': v.object({ reason: v.string() }),
  /** `health`: the operator is asked about the health of its context. `spend`: what
   *  may be spent is spent; the raise that would let it go on. */
  'session.waiting': v.object({
    reason: v.string(),
    error: v.optional(ErrorFact),
    health: v.optional(v.boolean()),
    spend: v.optional(v.string()),
  }),
  'session.continued': v.object({ why: v.string() }),
  'session.finished': v.object({ tip: v.string() }),
  'session.failed': v.object({ reason: v.string(), error: v.optional(ErrorFact) }),
  'session.abandoned': v.object({ reason: v.string() }),
  /** What the operator says is different the next time, after it was abandoned; told to the piece's next session. */
  'session.noted': v.object({ text: v.string() }),
  // Of what landed before it was written down, `how` is not known.
  'session.landed': v.object({ commit: v.string(), how: v.optional(v.picklist(LANDING_PROOFS)) }),
  'session.released': v.object({
    outcome: v.string(),
    backup: v.optional(v.string()),
    reason: v.optional(v.string()),
  }),

  /** A person's own agent works in the session's worktree. `terminal` tells it from every other, earlier ones included. */
  'terminal.attached': v.object({
    terminal: v.string(),
    agent: v.picklist(TERMINAL_AGENTS),
    pid: v.number(),
    level: v.picklist(ENFORCEMENT_LEVELS),
    /** Why it is not a stronger one, one sentence each. */
    gaps: strings,
  }),
  'terminal.state': v.object({
    terminal: v.string(),
    state: v.picklist(TERMINAL_STATES),
    waitingFor: nullableString,
    source: v.picklist(TERMINAL_SOURCES),
    conversation: nullableString,
  }),
  'terminal.context': v.object({
    terminal: v.string(),
    /** Null: not known, as after a compaction. */
    context: v.nullable(UsageFact),
    compactions: v.number(),
  }),
  /** Files that its agent has changed, all of them as far as they are remembered. */
  'terminal.files': v.object({ terminal: v.string(), files: strings }),
  /** Files that differ in the worktree and belong to others; none: there are none any more. */
  'terminal.outside': v.object({
    terminal: v.string(),
    paths: v.array(v.object({ path: v.string(), owner: nullableString })),
  }),
  /** What a rule found in what its agent does. */
  'terminal.alarm': v.object({ terminal: v.string(), alarm: Alarm }),
  /** What would be done with a driven agent; a person's is left alone. */
  'terminal.advice': v.object({
    terminal: v.string(),
    what: v.picklist(['nudge', 'reset', 'abandon']),
    why: strings,
  }),
  'terminal.detached': v.object({ terminal: v.string(), why: v.string() }),

  'integration.started': v.object({ n: v.number(), target: v.string(), tip: v.string(), pieces: strings }),
  'integration.left-out': v.object({ piece: v.string(), reason: v.string() }),
  'integration.refused': v.object({ piece: v.string(), findings: v.array(ScopeFindingFact) }),
  'integration.merged': v.object({ piece: v.string(), commit: v.string() }),
  'integration.conflicted': v.object({ piece: v.string(), files: strings }),
  'integration.checked': CheckFact,
  /** Checks or single tests were run on a state of the union. `purpose`: why, as the queue says it. */
  'integration.ran': v.object({
    purpose: v.picklist(['union', 'again', 'base', 'part', 'alone', 'together']),
    commit: v.string(),
    /** How many branches were in it. */
    branches: v.number(),
    /** What was run; empty: every check. */
    tests: strings,
    red: strings,
    durationMs: v.number(),
  }),
  'integration.flaky': v.object({ tests: strings }),
  'integration.base-red': v.object({ tests: strings }),
  'integration.culprit': v.object({
    piece: v.string(),
    /** `alone`: red with nothing but this branch; `interacts`: only together with `with`; `stacked`: on what is below it. */
    verdict: v.picklist(['alone', 'interacts', 'stacked']),
    with: strings,
    tests: strings,
    output: v.string(),
  }),
  /** A branch goes back to its session, for the `round`-th time of at most `of`. */
  'integration.handed-back': v.object({
    piece: v.string(),
    reason: v.string(),
    round: v.number(),
    of: v.number(),
  }),
  'integration.landed': v.object({
    from: v.string(),
    to: v.string(),
    pieces: strings,
    /** Other branches of this integration have not had their answer yet. */
    more: v.optional(v.boolean()),
  }),
  'integration.noted': v.object({ text: v.string() }),
  /** Uncommitted files keep the target where it is. `clear`: a command that puts them aside. */
  'integration.obstructed': v.object({ clear: v.string() }),
  'integration.stopped': v.object({
    reason: v.string(),
    /** False: sessions are at work on it, and nobody else has to be. */
    operator: v.optional(v.boolean()),
  }),
} as const

export type FactType = keyof typeof FACTS
export type FactData<T extends FactType> = v.InferOutput<(typeof FACTS)[T]>

/** A fact as read back: discriminated by `type`. */
export type Fact = { [T in FactType]: { readonly type: T; readonly data: FactData<T> } }[FactType]

function isFactType(type: string): type is FactType {
  return Object.hasOwn(FACTS, type)
}

/** The fact in a stored event; null for events that are not facts (steps) or are of a newer kind. */
export function parseFact(type: string, data: unknown): Fact | null {
  if (!isFactType(type)) return null
  const parsed = v.safeParse(FACTS[type], data)
  // The schema was chosen by the type, which the compiler cannot follow through the record.
  return parsed.success ? ({ type, data: parsed.output } as Fact) : null
}
