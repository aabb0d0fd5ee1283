// A plan checked from the command line: the report, and what it means for the exit code.
import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { PRESETS } from '../agents/presets.ts'
import { ignoring, type ErrorData, type ErrorKind } from '../contract/errors.ts'
import { readRuns } from '../daemon/projection/read.ts'
import type { Repository } from '../git/repository.ts'
import { checkPlan, type PlanReport } from '../plan/check.ts'
import { loadConfig } from '../plan/config.ts'
import type { PlanFacts } from '../plan/facts.ts'
import { finding, type FindingCode } from '../plan/findings.ts'
import { loadPlanFacts } from '../plan/gather.ts'
import { loadPlan } from '../plan/load.ts'
import { renderFinding, renderReport } from '../tui/plan.ts'
import type { Invocation } from './command.ts'
import { exitCodeOf } from './failure.ts'

/** Errors that are not the plan's own: what it says could be right for another state of the repository or its scopes. */
const PRECONDITIONS: ReadonlySet<FindingCode> = new Set([
  'E_OVERLAP',
  'E_ENFORCEMENT',
  'E_BASE_UNKNOWN',
  'E_TARGET_UNKNOWN',
])
/** Codes that stand for the whole refusal, the first of them that was found. */
const TELLING: readonly FindingCode[] = ['E_OVERLAP', 'E_ENFORCEMENT']

/** A plan word as the loader and the daemon take it: a path is made absolute from `cwd` where it names a file there. */
export async function planArgument(cwd: string, word: string): Promise<string> {
  if (!word.includes('/') && !word.endsWith('.toml')) return word
  const path = resolve(cwd, word)
  const there = await ignoring(
    ['ENOENT', 'ENOTDIR'],
    access(path).then(() => true),
  )
  return there === true ? path : word
}

export interface ReportOptions {
  readonly rehearsal?: boolean
  readonly signal: AbortSignal
}

/** Checks a plan against the repository. Throws what the loader throws: `E_PLAN_NOT_FOUND`, `E_PLAN_SYNTAX`, `E_PLAN_INVALID`. */
export async function loadReport(
  repo: Repository,
  plan: string,
  { rehearsal = false, signal }: ReportOptions,
): Promise<PlanReport> {
  const loaded = await loadPlan(repo.root, plan)
  const config = await loadConfig(repo.root, process.env)
  const facts = await loadPlanFacts(repo.root, { plan: loaded.plan, config, presets: PRESETS, signal })
  return await withEnforcement(checkPlan(loaded, facts, { rehearsal }), facts)
}

/** The report, refused where a piece would run below the level that the plan demands. */
async function withEnforcement(report: PlanReport, facts: PlanFacts): Promise<PlanReport> {
  if (report.checked?.plan.enforcement === undefined) return report
  const { enforcementRefusals } = await import('../engine/run/enforcement.ts')
  const refused = (await enforcementRefusals(report.checked.plan, facts)).map(({ piece, error }) =>
    finding('E_ENFORCEMENT', error.message, { piece, hints: error.hints }),
  )
  if (refused.length === 0) return report
  return { ...report, findings: [...refused, ...report.findings], checked: null }
}

/** Why the plan of this report is refused; null when it is not. */
export function refusalOf(report: PlanReport): ErrorData | null {
  if (report.checked !== null) return null
  const errors = report.findings.filter(({ severity }) => severity === 'error')
  const telling = TELLING.find((code) => errors.some((error) => error.code === code))
  const kind: ErrorKind = errors.some(({ code }) => PRECONDITIONS.has(code)) ? 'precondition' : 'config'
  return {
    code: telling ?? 'E_PLAN_REFUSED',
    kind,
    message: `The plan ${report.name} is refused: ${errors.length === 1 ? 'one error' : `${errors.length} errors`}.`,
    hints: [{ text: 'See the whole report.', command: `quintet plan check ${report.name}` }],
    details: { findings: report.findings, overlaps: report.overlaps },
  }
}

/**
 * Checks a plan that is about to run; the exit code when it is refused, with the report on standard error, else null.
 * A plan with an unfinished run is not checked again: it goes on as it was checked when it started.
 */
export async function checkBeforeRun(
  repo: Repository,
  plan: string,
  { options, output, signal }: Invocation,
): Promise<number | null> {
  const rehearsal = options.flag('rehearse')
  if (!options.flag('fresh') && (await isUnderWay(repo, plan, rehearsal))) return null
  const report = await loadReport(repo, plan, { rehearsal, signal })
  const size = { width: output.stderr.columns ?? output.width, colour: output.narrationColour }
  const refusal = refusalOf(report)
  if (refusal === null) {
    const warnings = report.findings.filter(({ severity }) => severity === 'warning')
    for (const line of warnings.flatMap((finding) => renderFinding(finding, size))) output.narrate(line)
    return null
  }
  for (const line of renderReport(report, size)) output.narrate(line)
  output.failure(refusal)
  return exitCodeOf(refusal)
}

async function isUnderWay(repo: Repository, plan: string, rehearsal: boolean): Promise<boolean> {
  const name = plan.slice(plan.lastIndexOf('/') + 1).replace(/\.toml$/, '')
  return (await readRuns(repo)).some(
    (run) => run.plan === name && run.rehearsal === rehearsal && run.state !== 'ended',
  )
}
