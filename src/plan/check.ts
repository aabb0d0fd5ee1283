// The check of a plan against a repository. Everything a run relies on is proven here, and only here can a CheckedPlan
// come from. Pure.
import * as v from 'valibot'
import type { Json } from '../contract/json.ts'
import { PlanFile } from '../contract/plan.ts'
import { QuintetError } from '../contract/errors.ts'
import { briefFindings } from './brief.ts'
import { agentFindings, commandFindings } from './commands.ts'
import { externalFindings } from './external.ts'
import type { PlanFacts } from './facts.ts'
import { finding, isOfEnvironment, quote, type Finding } from './findings.ts'
import { dependencyOrder, graphFindings } from './graph.ts'
import { hubFindings } from './hubs.ts'
import { scopeFindings } from './scopes.ts'
import { sharedFindings } from './shared.ts'
import { survey, type Overlap, type OwnerRow } from './survey.ts'

/** Sessions at once that one person can follow. */
const COMFORTABLE_SESSIONS = 5

/** What was found out about a plan. `checked` is there if and only if no finding is an error. */
export interface PlanReport {
  readonly name: string
  readonly findings: readonly Finding[]
  readonly owners: readonly OwnerRow[]
  readonly overlaps: readonly Overlap[]
  /** Piece ids, each after its dependencies. */
  readonly order: readonly string[]
  /** Pieces that can be worked on at the same time, wave after wave. */
  readonly waves: readonly (readonly string[])[]
  readonly unowned: { readonly count: number; readonly first: readonly string[] }
  readonly checked: CheckedPlan | null
}

export interface CheckOptions {
  /** In a rehearsal every piece is played by a stand-in, so its agent need not be there. */
  readonly rehearsal?: boolean
}

const StoredPlan = v.object({
  version: v.literal(1),
  name: v.string(),
  plan: PlanFile,
  order: v.array(v.string()),
  base: v.object({ ref: v.string(), commit: v.string() }),
  target: v.string(),
})
type StoredPlan = v.InferOutput<typeof StoredPlan>

/** A plan that passed the check. The class is known by its type alone, so nothing but this file can make one. */
class CheckedPlanValue {
  readonly #stored: StoredPlan

  constructor(stored: StoredPlan) {
    this.#stored = stored
  }

  get name(): string {
    return this.#stored.name
  }
  get plan(): PlanFile {
    return this.#stored.plan
  }
  /** Piece ids, each after its dependencies. */
  get order(): readonly string[] {
    return this.#stored.order
  }
  /** `ref` as the plan names it, and the commit it stood for when it was checked. */
  get base(): { readonly ref: string; readonly commit: string } {
    return this.#stored.base
  }
  /** Branch name without refs/heads/. */
  get target(): string {
    return this.#stored.target
  }
  /** For `JSON.stringify`; see `checkedPlanJson`. */
  toJSON(): Json {
    // A plan is made of texts, numbers, lists and tables alone: the round trip drops nothing but absent keys.
    const json: Json = JSON.parse(JSON.stringify(this.#stored))
    return json
  }
}

export type { CheckedPlanValue as CheckedPlan }
type CheckedPlan = CheckedPlanValue

/** A checked plan for the store. */
export function checkedPlanJson(plan: CheckedPlan): Json {
  return plan.toJSON()
}

/** A checked plan from the store; only its form is looked at, the check itself is not repeated. Throws `E_STORED_PLAN`. */
export function parseCheckedPlan(json: unknown): CheckedPlan {
  const parsed = v.safeParse(StoredPlan, json)
  if (parsed.success) return new CheckedPlanValue(parsed.output)
  throw new QuintetError('E_STORED_PLAN', 'internal', 'A stored plan cannot be read.', {
    details: parsed.issues.map((issue) => issue.message),
  })
}

/** Checks a plan against what is known of its repository. */
export function checkPlan(
  { name, plan }: { readonly name: string; readonly plan: PlanFile },
  facts: PlanFacts,
  options: CheckOptions = {},
): PlanReport {
  const surveyed = survey(plan, facts)
  const { order, waves } = dependencyOrder(plan.pieces)
  const findings = [
    ...refFindings(facts),
    ...graphFindings(plan.pieces),
    ...scopeFindings(plan, facts, surveyed),
    ...sharedFindings(plan, surveyed),
    ...hubFindings(plan, facts, surveyed),
    ...briefFindings(plan, facts, surveyed),
    ...commandFindings(plan, facts),
    ...externalFindings(plan, facts),
    ...(options.rehearsal === true ? [] : agentFindings(plan, facts)),
    ...limitFindings(plan),
  ]
  const { owners, overlaps, unowned } = surveyed
  const { base, target } = facts
  const refused = findings.some(({ severity }) => severity === 'error')
  const checked =
    refused || base.commit === null || target.branch === null
      ? null
      : new CheckedPlanValue({
          version: 1,
          name,
          plan,
          order: [...order],
          base: { ref: base.ref, commit: base.commit },
          target: target.branch,
        })
  return { name, findings: bySeverity(findings), owners, overlaps, order, waves, unowned, checked }
}

/** Whether nothing is wrong with the plan itself; what the machine lacks may still keep it from running. */
export function hasNoFault({ findings }: Pick<PlanReport, 'findings'>): boolean {
  return findings.every((found) => found.severity !== 'error' || isOfEnvironment(found))
}

/** The checked plan of a report. Throws `E_OVERLAP` or `E_PLAN_REFUSED`, naming every error. */
export function requireChecked(report: PlanReport): CheckedPlan {
  if (report.checked !== null) return report.checked
  const errors = report.findings.filter(({ severity }) => severity === 'error')
  const overlaps = errors.some((error) => error.code === 'E_OVERLAP')
  const code = overlaps ? 'E_OVERLAP' : 'E_PLAN_REFUSED'
  const list = errors.map(({ message }) => message).join(' ')
  const count = errors.length === 1 ? 'one error' : `${errors.length} errors`
  throw new QuintetError(code, 'precondition', `The plan ${report.name} has ${count}: ${list}`, {
    hints: [
      ...errors.flatMap(({ hints }) => hints),
      { text: 'See the whole report.', command: `quintet plan check ${report.name}` },
    ],
    details: { findings: report.findings },
  })
}

/** A report as data, for `--json`. */
export function planReportJson(report: PlanReport): Json {
  const { checked, ...rest } = report
  const json: Json = JSON.parse(JSON.stringify({ ...rest, ok: checked !== null, ...refsOf(checked) }))
  return json
}

function refsOf(checked: CheckedPlan | null): { readonly base?: object; readonly target?: string } {
  return checked === null ? {} : { base: checked.base, target: checked.target }
}

function refFindings({ base, target }: PlanFacts): readonly Finding[] {
  const findings: Finding[] = []
  if (base.commit === null) {
    const hint =
      base.ref === 'HEAD'
        ? {
            text: 'The repository has no commit yet; make the first one.',
            command: 'git commit --allow-empty -m "Start"',
          }
        : { text: 'See the branches there are.', command: 'git branch --all' }
    findings.push(
      finding('E_BASE_UNKNOWN', `The base ${quote(base.ref)} names no commit.`, { hints: [hint] }),
    )
  }
  if (target.branch === null) {
    const message = 'The plan names no target, and no branch is checked out.'
    const hints = [{ text: 'Name one with target = "…", or check one out.', command: 'git branch' }]
    findings.push(finding('E_TARGET_UNKNOWN', message, { hints }))
  } else if (target.commit === null && base.commit !== null) {
    const message = `The target ${quote(target.branch)} is not a branch of the repository.`
    const hints = [
      { text: 'Make it, or see the branches there are.', command: `git branch ${target.branch} ${base.ref}` },
    ]
    findings.push(finding('E_TARGET_UNKNOWN', message, { hints }))
  }
  return findings
}

function limitFindings({ limits, pieces }: PlanFile): readonly Finding[] {
  const atOnce = Math.min(limits.sessions, pieces.length)
  if (atOnce <= COMFORTABLE_SESSIONS) return []
  const message = `The plan runs ${atOnce} sessions at once; more than ${COMFORTABLE_SESSIONS} are hard to follow for one person.`
  return [
    finding('W_SESSIONS', message, {
      hints: [{ text: 'Set [limits] sessions = 5 to keep the rest waiting.' }],
    }),
  ]
}

const RANK = { error: 0, warning: 1, info: 2 } as const

function bySeverity(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => RANK[a.severity] - RANK[b.severity])
}
