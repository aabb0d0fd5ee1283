import { planReportJson } from '../../plan/check.ts'
import { renderReport } from '../../tui/plan.ts'
import { repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { exitCodeOf } from '../failure.ts'
import { loadReport, planArgument, refusalOf } from '../plan-report.ts'

/** Checks a plan and shows the report: 0 when it can run, 3 when scopes overlap or a branch is missing, else 2. */
export async function run(invocation: Invocation): Promise<number> {
  const { cwd, output, signal } = invocation
  const repo = await repositoryOf(invocation)
  const plan = await planArgument(cwd, invocation.arguments[0] ?? '')
  const report = await loadReport(repo, plan, { signal })
  output.answer(planReportJson(report), () =>
    renderReport(report, { width: output.width, colour: output.colour }),
  )
  const refusal = refusalOf(report)
  return refusal === null ? 0 : exitCodeOf(refusal)
}
