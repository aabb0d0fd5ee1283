// What is known of the health of an attempt's context, as it crosses files and processes.
import * as v from 'valibot'

export const SYMPTOMS = [
  'repetitive errors',
  'circular reasoning',
  'forgotten instructions',
  'inconsistent behaviour',
  'generic responses',
] as const
export type Symptom = (typeof SYMPTOMS)[number]

/** What a rule found. Actions are indices as in the trace, turns count from 1; never a bare score. */
export const Alarm = v.object({
  /** Action at which it was raised. */
  a: v.number(),
  symptom: v.picklist(SYMPTOMS),
  /** The rule's name; rules of one family prove one thing. */
  rule: v.string(),
  family: v.string(),
  /** `weak` marks and lowers thresholds; only `strong` leads to a nudge. */
  strength: v.picklist(['weak', 'strong']),
  evidence: v.object({
    /** What recurred, normalised; null when it has no signature. */
    signature: v.nullable(v.string()),
    count: v.number(),
    actions: v.array(v.number()),
    turns: v.array(v.number()),
    /** One sentence for the operator and the agent: "4 runs, same failure: …". */
    text: v.string(),
    /** Commands or edits already tried, shortest form, at most eight. */
    tried: v.optional(v.array(v.string())),
  }),
})
export type Alarm = v.InferOutput<typeof Alarm>

/** What an attempt is doing: five states that are never taken for one another, and `working`. */
export const ACTIVITIES = [
  'working',
  'idle',
  'waiting for the operator',
  'infrastructure',
  'polling',
  'stuck',
] as const
export type Activity = (typeof ACTIVITIES)[number]

/** How far it has come. Each step needs more than the one before; alarms alone never lead to `abandon`. */
export const LADDER = ['ok', 'watch', 'nudge', 'reset', 'abandon'] as const
export type Rung = (typeof LADDER)[number]

/** Where a session stands on the ladder, as health/ladder.ts keeps it. */
export const LadderState = v.object({
  rung: v.picklist(LADDER),
  alarms: v.array(Alarm),
  markedAt: v.nullable(v.number()),
  nudges: v.number(),
  nudgedAt: v.nullable(v.number()),
  resets: v.number(),
  unchanged: v.number(),
  compactedAt: v.nullable(v.number()),
  overLimit: v.boolean(),
  iterations: v.number(),
  misunderstandings: v.number(),
  pending: v.nullable(v.picklist(['reset', 'abandon'])),
})

/** What the operator can say to an alarm or a proposal. */
export const HEALTH_WORDS = ['nudge', 'reset', 'abandon', 'not-stuck'] as const
export type HealthWord = (typeof HEALTH_WORDS)[number]

/** How full a context is; percent is of what the agent can really use. Null: not known. */
export const ContextReading = v.object({
  used: v.nullable(v.number()),
  announced: v.nullable(v.number()),
  effective: v.nullable(v.number()),
  percent: v.nullable(v.number()),
  source: v.picklist(['provider', 'estimate', 'derived', 'unknown']),
  trend: v.picklist(['rising', 'steady', 'falling', 'unknown']),
  compactions: v.number(),
  /** Tokens since the constraints were last stated. */
  sinceStated: v.nullable(v.number()),
  /** One sentence for each limit that is reached. */
  reached: v.array(v.string()),
})
export type ContextReading = v.InferOutput<typeof ContextReading>

/** How a gate of a handoff stands: open gates close at the end of the attempt at the latest. */
const GATE_VERDICTS = ['open', 'passed', 'failed', 'not measured'] as const

/** One measure of a handoff, taken on the attempt that began with it; `passed` null: open, or not measured. */
export const GateResult = v.object({
  name: v.string(),
  value: v.nullable(v.number()),
  bar: v.string(),
  passed: v.nullable(v.boolean()),
  /** Absent in older logs. */
  verdict: v.optional(v.picklist(GATE_VERDICTS)),
  note: v.string(),
})
export type GateResult = v.InferOutput<typeof GateResult>

/** What a fork of the conversation still knew. */
export const ProbeResult = v.object({
  /** Mean of all answers, -1 to 1; null when nothing could be asked. */
  total: v.nullable(v.number()),
  classes: v.record(v.string(), v.number()),
  items: v.array(
    v.object({
      class: v.string(),
      question: v.string(),
      answer: v.string(),
      score: v.number(),
      fact: v.string(),
      lost: v.boolean(),
    }),
  ),
  act: v.nullable(v.picklist(['constraint lost', 'too much lost'])),
  /** The headless program that asked a copy; absent: a fork over the protocol. */
  via: v.optional(v.string()),
  /** The answer word for word. */
  reply: v.string(),
})
export type ProbeResult = v.InferOutput<typeof ProbeResult>

/** How far a run came. Null: not known. */
export const FreshState = v.object({
  /** Of the piece's checks, on what the run left. */
  green: v.nullable(v.boolean()),
  /** Fewest failing tests in commands of its own. */
  failing: v.nullable(v.number()),
})
export type FreshState = v.InferOutput<typeof FreshState>

/** What the first five actions of the two touched. */
export const FirstActions = v.object({
  both: v.array(v.string()),
  /** The session alone. */
  old: v.array(v.string()),
  /** The fresh run alone. */
  fresh: v.array(v.string()),
})
export type FirstActions = v.InferOutput<typeof FirstActions>

/** A session beside a fresh conversation that was given its handoff at the same tree. */
export const FreshResult = v.object({
  verdict: v.picklist(['context', 'handoff', 'task or environment', 'undecided']),
  /** What the verdict rests on. */
  because: v.string(),
  rows: v.array(v.object({ measure: v.string(), old: v.string(), fresh: v.string() })),
  state: v.object({ old: FreshState, fresh: FreshState }),
  /** What says that the session is stuck, one sentence each. */
  stuck: v.array(v.string()),
  /** Constraints that the fresh run broke and the session kept. */
  missing: v.array(v.string()),
  /** Error signatures that both met. */
  shared: v.array(v.string()),
  first: v.object({ files: FirstActions, commands: FirstActions }),
  /** Share of files and commands of the first five actions that only one of the two touched, 0 to 1; null: no actions. */
  divergence: v.nullable(v.number()),
  actions: v.object({ old: v.number(), fresh: v.number() }),
  /** Whether the session's tree is still as it was at the prompt that both were given; null: not known. */
  sameTree: v.nullable(v.boolean()),
  /** What the fresh run made, where it came further; null: nothing is kept. */
  kept: v.nullable(v.object({ ref: v.string(), commit: v.string() })),
  /** The headless program that played it; absent: a conversation over the protocol. */
  via: v.optional(v.string()),
  /** What can be done now, each with a command that can be run as printed. */
  next: v.array(v.object({ text: v.string(), command: v.string() })),
})
export type FreshResult = v.InferOutput<typeof FreshResult>
