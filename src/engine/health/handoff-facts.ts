// What the log says of an attempt that ends: its agent, its last evidence and report, what was asked and not answered, and
// how it did when it was probed.
import * as v from 'valibot'
import { FACTS, type FactData } from '../../contract/facts.ts'
import type { CheckRun, Handoff } from '../../contract/handoff.ts'
import { missingEvidence, missingSummary } from '../../coordination/evidence.ts'
import type { Store } from '../../store/store.ts'
import type { SessionSpec } from '../session/spec.ts'

export interface HandedFacts {
  /** As it called itself; null: it never began. */
  readonly agent: { readonly name: string; readonly version: string } | null
  /** Of its context, at last. */
  readonly percent: number | null
  /** The last run of each check of the plan, from outside. */
  readonly checks: readonly CheckRun[]
  readonly checkedAt: string | null
  /** What was missing at the last look, one sentence each. */
  readonly missing: readonly string[]
  readonly completed: readonly string[]
  readonly inProgress: readonly string[]
  readonly questions: Handoff['questions']
  /** Of the last probe, by class. */
  readonly probe: Readonly<Record<string, number>> | null
  /** Paths that the piece was granted in the course of the run. */
  readonly granted: readonly string[]
}

const TYPES = [
  'attempt.started',
  'evidence.gathered',
  'status.read',
  'health.context',
  'health.probed',
  'question.asked',
  'question.answered',
] as const

/** What the log holds at the end of the attempt `ended`. */
export function handedFacts(store: Store, session: SessionSpec, ended: number): HandedFacts {
  let agent: HandedFacts['agent'] = null
  let percent: number | null = null
  let evidence: { readonly data: FactData<'evidence.gathered'>; readonly at: string } | null = null
  let report: FactData<'status.read'> | null = null
  let probe: HandedFacts['probe'] = null
  const asked = new Map<string, string>()
  for (const event of store.events({ stream: session.stream, types: [...TYPES] })) {
    const { data } = event
    if (event.type === 'attempt.started') {
      const started = v.parse(FACTS['attempt.started'], data)
      if (started.attempt === ended) agent = { name: started.agent, version: started.version }
    } else if (event.type === 'evidence.gathered') {
      evidence = { data: v.parse(FACTS['evidence.gathered'], data), at: new Date(event.at).toISOString() }
    } else if (event.type === 'status.read') report = v.parse(FACTS['status.read'], data)
    else if (event.type === 'health.context') percent = v.parse(FACTS['health.context'], data).percent
    else if (event.type === 'health.probed') {
      const probed = v.parse(FACTS['health.probed'], data)
      probe = probed.attempt === ended ? probed.probe.classes : null
    } else if (event.type === 'question.asked') {
      const { question, kind, text } = v.parse(FACTS['question.asked'], data)
      if (kind === 'question') asked.set(question, text)
    } else asked.delete(v.parse(FACTS['question.answered'], data).question)
  }
  return {
    agent,
    percent,
    ...evidenceOf(session, evidence),
    completed: report?.completed ?? [],
    inProgress: report?.inProgress ?? [],
    questions: [
      ...(report?.blockedOn ?? []).map((text) => ({ text, blockedOn: null })),
      ...[...asked.values()].map((text) => ({ text, blockedOn: 'operator' })),
    ],
    probe,
    granted: grantedPaths(store, session),
  }
}

function evidenceOf(
  { piece }: SessionSpec,
  found: { readonly data: FactData<'evidence.gathered'>; readonly at: string } | null,
): Pick<HandedFacts, 'checks' | 'checkedAt' | 'missing'> {
  if (found === null) return { checks: [], checkedAt: null, missing: [] }
  const { data, at } = found
  const required = piece.checks.map(({ name }) => name)
  // A red check is among the checks already.
  const missing = missingEvidence(data, required).filter(({ kind }) => kind !== 'red-check')
  return {
    checks: data.checks.map(({ name, exitCode, green }) => {
      const words = piece.checks.find((check) => check.name === name)?.run ?? [name]
      const exit = exitCode ?? (green ? 0 : 1)
      return { command: words.join(' '), exit, failing: null, failed: null, at, treeHash: null }
    }),
    checkedAt: data.checks.length === 0 ? null : at,
    missing: missing.map((one) => missingSummary([one])),
  }
}

function grantedPaths(store: Store, { name, piece }: SessionSpec): readonly string[] {
  return [...store.events({ prefix: `${name.run}/`, types: ['scope.granted'] })].flatMap(({ data }) => {
    const { to, paths } = v.parse(FACTS['scope.granted'], data)
    return to === piece.id ? paths : []
  })
}
