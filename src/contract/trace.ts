// The trace of an attempt: what an agent did, one JSON object a line, whatever agent it was. Version 1 of the format; a
// header comes first. `a` is the index of an action (a call), the unit of every figure; `ts` is ISO 8601 time. Whoever
// reads must accept fields and kinds that were added later, and every version ever written.
import * as v from 'valibot'

/** What a call does; `poll` looks at something that goes on by itself, `plan` keeps the agent's own list of things to do. */
export const CALL_KINDS = [
  'exec',
  'edit',
  'write',
  'read',
  'search',
  'poll',
  'plan',
  'agent',
  'web',
  'mcp',
  'ask',
  'other',
] as const
export type CallKind = (typeof CALL_KINDS)[number]

const action = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const optionalText = v.optional(v.string())
/** Some recorders write null where there is none. */
const looseText = v.optional(v.fallback(optionalText, undefined))
const optionalCount = v.optional(v.nullable(v.number()))
/** Tokens or tests; a figure that cannot be one is unknown. */
const loose = v.fallback(
  v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))),
  null,
)
const looseCount = v.optional(loose)

/** One replacement in a file. `old` and `new` are hashes of the whole texts; the texts themselves may be cut. */
const Edit = v.object({
  /** Where one call changes several files. */
  path: optionalText,
  old: v.optional(v.nullable(v.string())),
  new: v.optional(v.nullable(v.string())),
  oldText: looseText,
  newText: looseText,
  oldLines: optionalCount,
  newLines: optionalCount,
})

const base = {
  i: v.optional(v.number()),
  ts: optionalText,
  source: optionalText,
  confidence: v.optional(v.number()),
}

/** Every kind of line. Texts may be cut (`…[N chars cut]…`); `chars`, `hash` and `inHash` are of what was not cut. */
export const TraceEvent = v.variant('t', [
  v.object({
    ...base,
    t: v.literal('session'),
    v: v.literal(1),
    id: v.string(),
    path: optionalText,
    agent: v.string(),
    agentVersion: v.optional(v.nullable(v.string())),
    model: v.optional(v.nullable(v.string())),
    licence: optionalText,
    cwd: v.optional(v.nullable(v.string())),
    outcome: v.optional(v.nullable(v.string())),
  }),
  v.object({
    ...base,
    t: v.literal('user'),
    text: v.string(),
    chars: optionalCount,
    meta: v.optional(v.boolean()),
  }),
  /** `message`: the reply that it is part of; some recorders split one into several. */
  v.object({ ...base, t: v.literal('say'), text: v.string(), chars: optionalCount, message: optionalText }),
  v.object({ ...base, t: v.literal('think'), text: v.string(), chars: optionalCount, message: optionalText }),
  v.object({ ...base, t: v.literal('meta'), text: v.string(), chars: optionalCount }),
  v.object({
    ...base,
    t: v.literal('call'),
    a: action,
    id: v.string(),
    tool: v.string(),
    kind: v.fallback(v.picklist(CALL_KINDS), 'other'),
    cmd: optionalText,
    path: optionalText,
    input: optionalText,
    inHash: optionalText,
    inChars: optionalCount,
    /** Calls that were made at once share it: failing together they are one failure. */
    batch: optionalText,
    edits: v.optional(v.array(Edit)),
  }),
  v.object({
    ...base,
    t: v.literal('result'),
    a: action,
    id: v.string(),
    ok: v.optional(v.nullable(v.boolean()), null),
    exit: optionalCount,
    text: v.fallback(v.string(), ''),
    chars: optionalCount,
    hash: optionalText,
    timeout: v.optional(v.boolean()),
  }),
  /** Tokens in the context after an API message (counted once), tokens put out, and the window; null when unknown. */
  v.object({
    ...base,
    t: v.literal('usage'),
    ctx: loose,
    out: looseCount,
    window: looseCount,
  }),
  v.object({
    ...base,
    t: v.literal('compact'),
    trigger: v.optional(v.nullable(v.string())),
    pre: looseCount,
    post: looseCount,
  }),
  v.object({ ...base, t: v.literal('summary'), text: v.string(), chars: optionalCount }),
  v.object({ ...base, t: v.literal('interrupt') }),
  /** The provider or the network failed and it was tried again: never the agent's failure. */
  v.object({ ...base, t: v.literal('retry'), status: optionalCount, text: optionalText }),
  /** Hash of the worktree's content after an action that may have changed it. */
  v.object({ ...base, t: v.literal('tree'), a: action, hash: v.string() }),
  /** What the tests said: by a report, or by the figures in the output. `failing` null: only the count is known. */
  v.object({
    ...base,
    t: v.literal('tests'),
    a: action,
    command: v.string(),
    failing: v.nullable(v.array(v.string())),
    failed: loose,
    passed: looseCount,
  }),
  v.object({ ...base, t: v.literal('end'), outcome: optionalText, reason: optionalText }),
])
export type TraceEvent = v.InferOutput<typeof TraceEvent>
export type TraceCall = Extract<TraceEvent, { t: 'call' }>
export type TraceResult = Extract<TraceEvent, { t: 'result' }>
