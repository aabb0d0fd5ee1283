// The handoff: what one attempt of a session leaves to the next. The JSON keeps everything; a page of at most 6,000
// characters is rendered from it. Nearly all of it is filled mechanically; the agent's own words are asked for once and
// are never verified. Version 1; whoever reads must accept fields that were added later.
import * as v from 'valibot'

const text = v.string()
const nullableText = v.nullable(v.string())
const nullableNumber = v.nullable(v.number())
const texts = v.array(v.string())

/** How a call can be seen to break a constraint. Patterns have the semantics of scopes. */
export const Checker = v.variant('kind', [
  v.object({ kind: v.literal('paths'), patterns: texts }),
  v.object({ kind: v.literal('only-paths'), include: texts, exclude: texts }),
  /** `avoid`: a program with its first arguments, or a flag. */
  v.object({ kind: v.literal('command'), avoid: text, use: nullableText }),
  /** `branch` null: to anywhere. `force`: only with force. */
  v.object({ kind: v.literal('push'), branch: nullableText, force: v.boolean() }),
  /** `stay`: to leave the branch (named, or the one that is checked out) breaks it; else to enter the named one does. */
  v.object({ kind: v.literal('branch'), stay: v.boolean(), name: nullableText }),
  /** `name` null: any dependency. */
  v.object({ kind: v.literal('dependency'), name: nullableText }),
  /** A line that new files (of this extension) begin with. */
  v.object({ kind: v.literal('header'), line: text, extension: nullableText }),
])
export type Checker = v.InferOutput<typeof Checker>

const CONSTRAINT_SOURCES = ['brief', 'scope', 'decision', 'operator', 'correction'] as const
export type ConstraintSource = (typeof CONSTRAINT_SOURCES)[number]

/** A demand, word for word. `lastSeen`: action before which it was last stated to the agent; null: at the beginning. */
export const Constraint = v.object({
  id: text,
  text,
  source: v.picklist(CONSTRAINT_SOURCES),
  ref: v.optional(text),
  lastSeen: nullableNumber,
  checker: v.fallback(v.nullable(Checker), null),
})
export type Constraint = v.InferOutput<typeof Constraint>

export const HANDOFF_REASONS = [
  'phase',
  'errors',
  'topic',
  'daily',
  'utilisation',
  'stuck',
  'operator',
] as const
export type HandoffReason = (typeof HANDOFF_REASONS)[number]

const Evidence = v.object({ kind: v.picklist(['commit', 'check']), ref: text })

/** `file`: how it stands in the worktree. */
const ChangedFile = v.object({
  path: text,
  added: nullableNumber,
  deleted: nullableNumber,
  state: v.picklist(['committed', 'dirty', 'untracked']),
})

/** Times are ISO 8601. */
const CheckRun = v.object({
  command: text,
  exit: nullableNumber,
  failing: v.nullable(texts),
  failed: nullableNumber,
  at: nullableText,
  treeHash: nullableText,
})
export type CheckRun = v.InferOutput<typeof CheckRun>

/** The stated check as the engine ran it on the worktree before the attempt began. */
export const FirstCheck = v.object({
  run: CheckRun,
  /** Whether it is as the handoff says; null: that cannot be told. */
  same: v.nullable(v.boolean()),
  note: text,
})
export type FirstCheck = v.InferOutput<typeof FirstCheck>

/** The agent's own words: at most 600 characters each, never verified. */
const AgentNotes = v.object({
  understanding: nullableText,
  nextStep: nullableText,
  warnings: nullableText,
  /** The headless program that asked a copy for them; absent: a fork over the protocol. */
  via: v.optional(text),
})

export const Handoff = v.object({
  version: v.literal(1),
  meta: v.object({
    run: text,
    session: text,
    /** The attempt that ends. */
    attempt: v.number(),
    agent: text,
    model: nullableText,
    branch: text,
    base: text,
    head: text,
    treeHash: nullableText,
    port: nullableNumber,
    reason: v.fallback(v.picklist(HANDOFF_REASONS), 'operator'),
    why: text,
    contextPercent: nullableNumber,
    at: text,
  }),
  goal: v.object({ piece: text, done: texts }),
  ownership: v.object({ mine: texts, forbidden: texts, granted: texts }),
  constraints: v.array(Constraint),
  /** Without evidence it is printed as claimed. */
  done: v.array(v.object({ item: text, evidence: v.nullable(Evidence) })),
  remaining: v.array(v.object({ item: text, state: text })),
  changes: v.object({
    commits: v.array(v.object({ id: text, subject: text })),
    files: v.array(ChangedFile),
    diffstat: text,
  }),
  checks: v.array(CheckRun),
  /** Null or absent: it was not run, because nothing says what to run, or it could not be. */
  firstCheck: v.optional(v.nullable(FirstCheck)),
  /** Files that the attempts before have read or written, the latest last. */
  known: v.optional(texts),
  bestState: v.nullable(v.object({ treeHash: nullableText, failed: nullableNumber })),
  openFailures: v.array(
    v.object({ signature: text, firstSeen: v.number(), count: v.number(), lastOutput: text }),
  ),
  triedAndFailed: v.array(
    v.object({ approach: text, actions: v.array(v.number()), signature: nullableText }),
  ),
  decisions: v.array(v.object({ text, by: text, ref: nullableText })),
  questions: v.array(v.object({ text, blockedOn: nullableText })),
  operatorMessages: v.array(v.object({ a: v.number(), text, correction: v.boolean() })),
  environment: v.object({
    /** Null: there is nothing to install, or nobody has noted it. */
    install: v.nullable(v.boolean()),
    /** What answers on the session's ports. */
    servers: texts,
    ports: v.array(v.number()),
    versions: texts,
  }),
  agentNotes: AgentNotes,
  verification: v.object({
    /** Of the last probe of the attempt that ends, by class; null: it was not probed. */
    probe: v.nullable(v.record(v.string(), v.number())),
    /** When the checks were last run from outside; null: never. */
    checkedAt: nullableText,
    /** Whether the files are as the last action left them; null: not known. */
    treeHashMatches: v.nullable(v.boolean()),
  }),
})
export type Handoff = v.InferOutput<typeof Handoff>
