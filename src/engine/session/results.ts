// What a session's steps leave in the log, as it is read back on replay.
import * as v from 'valibot'
import { FACTS, PortBlockFact } from '../../contract/facts.ts'
import { HealthAdvice } from '../health/advice.ts'

const Hint = v.pipe(
  v.object({ text: v.string(), command: v.optional(v.string()) }),
  v.transform(({ text, command }) => (command === undefined ? { text } : { text, command })),
)

const StoredError = v.pipe(
  v.object({
    code: v.string(),
    kind: v.picklist([
      'usage',
      'config',
      'precondition',
      'conflict',
      'agent',
      'git',
      'environment',
      'internal',
    ]),
    message: v.string(),
    hints: v.array(Hint),
    details: v.optional(v.unknown()),
  }),
  v.transform(({ details, ...error }) => (details === undefined ? error : { ...error, details })),
)

export const PrepareResult = v.variant('kind', [
  v.object({
    kind: v.literal('ready'),
    workspace: v.object({ path: v.string(), branch: v.string(), base: v.string(), ports: PortBlockFact }),
  }),
  v.object({ kind: v.literal('failed'), error: StoredError }),
  v.object({ kind: v.literal('interrupted') }),
])
export type PrepareResult = v.InferOutput<typeof PrepareResult>

export const TurnResultData = v.variant('kind', [
  v.object({
    kind: v.literal('stopped'),
    reason: v.string(),
    refused: v.optional(v.array(v.object({ path: v.string(), owner: v.nullable(v.string()) })), []),
    cut: v.optional(v.boolean(), false),
    health: v.optional(HealthAdvice),
    unsent: v.optional(v.boolean()),
    spent: v.optional(v.object({ why: v.string(), raise: v.string() })),
  }),
  v.object({ kind: v.literal('interrupted'), unsent: v.optional(v.boolean()) }),
  v.pipe(
    v.object({
      kind: v.literal('failed'),
      code: v.string(),
      message: v.string(),
      error: v.optional(StoredError),
      health: v.optional(HealthAdvice),
    }),
    v.transform(({ error, ...rest }) => (error === undefined ? rest : { ...rest, error })),
  ),
  v.object({ kind: v.literal('lost'), why: v.string(), health: v.optional(HealthAdvice) }),
  v.object({ kind: v.literal('unresumable'), why: v.string() }),
])

export const EvidenceResult = v.variant('kind', [
  v.object({
    kind: v.literal('evidence'),
    evidence: FACTS['evidence.gathered'],
    news: v.optional(v.boolean(), false),
    awaits: v.optional(v.nullable(v.number()), null),
    health: v.optional(HealthAdvice),
  }),
  v.object({ kind: v.literal('interrupted') }),
])
export type EvidenceResult = v.InferOutput<typeof EvidenceResult>
