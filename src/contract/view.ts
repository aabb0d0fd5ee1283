// What is shown: the same values for `--json`, the live terminal view and every other face. Times are milliseconds
// since the epoch. Absent means nothing to report, null means asked but not known.
import type { ContextUsage } from './agent.ts'
import type { Activity, Alarm, ContextReading, FreshResult, GateResult, ProbeResult, Rung } from './health.ts'
import type { ConflictView } from './radar.ts'
import type { ScopeFinding, ScopeRequest } from './scope.ts'
import type { SpendView } from './spend.ts'
import type { TerminalView } from './terminal.ts'
import type {
  CheckResult,
  EnforcementLevel,
  PortBlock,
  RuleWay,
  SessionState,
  SessionStatus,
  StateBasis,
} from './session.ts'

/** Version of the JSON answers; the `schema` field of every `--json` output. */
export const VIEW_SCHEMA = 1

export interface QuestionView {
  readonly id: string
  readonly kind: 'permission' | 'question'
  readonly text: string
  readonly options: readonly { readonly id: string; readonly label: string; readonly effect: string }[]
  readonly since: number
}

/** What is known of the health of a session's context. */
export interface HealthView {
  readonly rung: Rung
  readonly activity: Activity | null
  readonly reading: ContextReading | null
  /** Those that were not answered since, the latest last. */
  readonly alarms: readonly {
    readonly attempt: number
    readonly turn: number
    readonly at: number
    readonly alarm: Alarm
  }[]
  readonly compactions: number
  /** What the last compaction has taken; null when there was none, or it is not known. */
  readonly lost: {
    readonly constraints: readonly string[]
    readonly decisions: readonly string[]
    readonly files: readonly string[]
    readonly messages: readonly string[]
  } | null
  readonly nudges: number
  readonly resets: readonly { readonly attempt: number; readonly reason: string; readonly why: string }[]
  /** What is for the operator to decide. */
  readonly proposed: {
    readonly what: 'nudge' | 'reset' | 'abandon'
    readonly reasons: readonly string[]
    readonly since: number
  } | null
  /** The attempt is at work for longer than nine of ten of `from` sessions that landed here; absent: it is not. */
  readonly overBudget?: { readonly spentMs: number; readonly budgetMs: number; readonly from: number }
  /** Why the trace of the attempt has an end or gaps; absent: it has none. */
  readonly unrecorded?: string
  /** Of the handoff that the attempt began with. */
  readonly gates: readonly GateResult[]
  readonly probe: ProbeResult | null
  /** The last comparison with a fresh conversation, and of which attempt. */
  readonly fresh: { readonly attempt: number; readonly at: number; readonly result: FreshResult } | null
}

export interface SessionView {
  /** `<run>/<piece>`. */
  readonly id: string
  /** Position in the plan, from 1. */
  readonly number: number
  readonly piece: string
  readonly title: string
  readonly agent: string
  readonly state: SessionState
  readonly basis: StateBasis
  readonly since: number
  /** Why it is in this state, one line. */
  readonly reason: string | null
  /** What it is doing right now; live, null when nothing is known. */
  readonly activity: string | null
  readonly attempt: number
  readonly turn: number
  readonly context: (ContextUsage & { readonly percent: number | null }) | null
  readonly changes: {
    readonly commits: number
    readonly added: number
    readonly deleted: number
    readonly inScope: number
    readonly outOfScope: number
  } | null
  /** What holds it inside its scope; null until its agent was started. */
  readonly level: EnforcementLevel | null
  /** Why it is not a stronger one, one sentence each. */
  readonly gaps: readonly string[]
  /** What carries its rules through a compaction; absent until its agent was started. */
  readonly rules?: RuleWay
  readonly ports: PortBlock | null
  readonly path: string | null
  /** How it came by its worktree; absent where that was not written down. */
  readonly prepared?: { readonly fromPool: boolean; readonly tookMs: number }
  readonly branch: string
  readonly question: QuestionView | null
  readonly status: SessionStatus | null
  readonly checks: readonly CheckResult[]
  /** What the gate found when the session was judged last, paths outside its scope first. */
  readonly findings: readonly ScopeFinding[]
  readonly dependsOn: readonly string[]
  /** Absent until something was seen. */
  readonly health?: HealthView
  /** Absent until something was spent or limited. */
  readonly spend?: SpendView
  /** Terminals of people that are open in its worktree; absent when there are none. */
  readonly terminals?: readonly TerminalView[]
  /** It waits because what may be spent is spent: the raise that would let it go on, for `--budget`. */
  readonly paused?: string
}

/** Something that only the operator can move, with the command that does. */
export interface Need {
  readonly session: string | null
  readonly kind:
    | 'question'
    | 'permission'
    | 'scope'
    | 'waiting'
    | 'failed'
    | 'conflict'
    | 'red-check'
    | 'target'
    | 'health'
    | 'budget'
  readonly text: string
  readonly command: string
  /** Other commands that would do, each with what it does; absent when there are none. */
  readonly others?: readonly { readonly command: string; readonly label: string }[]
  readonly since: number
}

/** A branch that makes tests red. */
export interface CulpritView {
  readonly piece: string
  readonly verdict: 'alone' | 'interacts' | 'stacked'
  /** The pieces without which it is green. */
  readonly with: readonly string[]
  readonly tests: readonly string[]
  readonly output: string
}

/** What the merge queue has found out. */
export interface QueueView {
  /** What has landed in it so far. */
  readonly landed: readonly string[]
  /** Runs of every check, and of single tests. */
  readonly runs: { readonly full: number; readonly tests: number; readonly durationMs: number }
  readonly culprits: readonly CulpritView[]
  /** Tests that were red and, on the same tree, green again. */
  readonly flaky: readonly string[]
  /** Tests that are red on the target without any branch. */
  readonly redBefore: readonly string[]
  readonly handedBack: readonly {
    readonly piece: string
    readonly reason: string
    readonly round: number
    readonly of: number
  }[]
  /** Whether only the operator can move what did not land. */
  readonly operator: boolean
}

export interface IntegrationView {
  readonly n: number
  readonly state: 'running' | 'landed' | 'stopped'
  readonly since: number
  readonly merged: readonly string[]
  readonly leftOut: readonly { readonly piece: string; readonly reason: string }[]
  /** Branches that the gate stopped, with what was found. */
  readonly refused: readonly { readonly piece: string; readonly findings: readonly ScopeFinding[] }[]
  readonly conflict: { readonly piece: string; readonly files: readonly string[] } | null
  readonly checks: readonly CheckResult[]
  readonly queue: QueueView
  /** What is worth knowing although it landed. */
  readonly notes: readonly string[]
  readonly reason: string | null
  /** A command that puts aside what keeps the target where it is; absent where nothing does, or no command can. */
  readonly clear?: string
}

export type RunState = 'running' | 'integrating' | 'ended'
export type Verdict = 'landed' | 'partial' | 'nothing' | 'stopped'

/** A request as it stands in its run: `lapsed` when its session ended before anybody decided. */
export interface RequestView extends Omit<ScopeRequest, 'state'> {
  readonly state: ScopeRequest['state'] | 'lapsed'
}

export interface RunView {
  readonly run: string
  readonly plan: string
  readonly goal: string
  readonly base: { readonly ref: string; readonly commit: string }
  readonly target: string
  readonly coordination: { readonly on: boolean; readonly why: string }
  readonly limit: number
  readonly rehearsal: boolean
  readonly created: number
  readonly state: RunState
  readonly since: number
  readonly verdict: Verdict | null
  readonly notes: readonly string[]
  readonly sessions: readonly SessionView[]
  readonly decisions: readonly { readonly n: number; readonly at: number; readonly text: string }[]
  /** Paths that sessions asked for or were given, oldest first. */
  readonly requests: readonly RequestView[]
  readonly integration: IntegrationView | null
  /** Sessions that conflict as they stand now; absent when none do. */
  readonly conflicts?: readonly ConflictView[]
  /** Of all sessions together; absent until something was spent or limited. */
  readonly spend?: SpendView
  readonly needs: readonly Need[]
  /** Sequence number of the last event folded in; the event stream can be resumed from it. */
  readonly seq: number
}
