// What an external session's steps leave in the log, as it is read back on replay.
import * as v from 'valibot'

export const AdoptResult = v.variant('kind', [
  v.object({
    kind: v.literal('adopted'),
    base: v.string(),
    rewritten: v.boolean(),
    backup: v.nullable(v.string()),
  }),
  v.object({ kind: v.literal('empty') }),
  v.object({ kind: v.literal('unrelated') }),
])

export const JudgeResult = v.variant('kind', [
  v.object({ kind: v.literal('interrupted') }),
  v.object({
    kind: v.literal('judged'),
    tip: v.string(),
    told: v.string(),
    next: v.variant('kind', [
      v.object({ kind: v.literal('finish') }),
      v.object({ kind: v.literal('wait'), reason: v.string() }),
      v.object({ kind: v.literal('listen'), text: v.string() }),
    ]),
  }),
])
