import { planReportJson } from '../../plan/check.ts'
import type { Forecast } from '../../plan/forecast/forecast.ts'
import { renderReport } from '../../tui/plan.ts'
import { repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { exitCodeOf } from '../failure.ts'
import { loadReport, planArgument, refusalOf } from '../plan-report.ts'
import { aheadLines, askAhead } from '../pool-ahead.ts'

/** Checks a plan and shows the report: 0 when it can run, 3 when scopes overlap or a branch is missing, else 2. */
export async function run(invocation: Invocation): Promise<number> {
  const { cwd, output, options, signal } = invocation
  const repo = await repositoryOf(invocation)
  const plan = await planArgument(cwd, invocation.arguments[0] ?? '')
  const report = await loadReport(repo, plan, { signal })
  const forecast = options.flag('forecast') ? await forecastOf(invocation, plan) : null
  const size = { width: output.width, colour: output.colour }
  const rendered = forecast === null ? [] : await forecastLines(forecast, size)
  const refusal = refusalOf(report)
  const asked = refusal === null ? () => askAhead(repo, plan, invocation) : () => Promise.resolve(null)
  // A person reads the report while the daemon is asked.
  const ahead = output.json ? await asked() : null
  const more = { ...(forecast === null ? {} : { forecast }), ...(ahead === null ? {} : { pool: ahead }) }
  output.answer({ ...Object(planReportJson(report)), ...more }, () => [
    ...renderReport(report, size),
    ...rendered,
  ])
  if (!output.json) output.lines(aheadLines(await asked()))
  return refusal === null ? 0 : exitCodeOf(refusal)
}

async function forecastOf(invocation: Invocation, plan: string): Promise<Forecast> {
  const { loadForecast } = await import('../plan-forecast.ts')
  return await loadForecast(invocation, plan)
}

async function forecastLines(
  forecast: Forecast,
  size: { readonly width: number; readonly colour: boolean },
): Promise<readonly string[]> {
  const { renderForecast } = await import('../../tui/forecast.ts')
  return ['', ...renderForecast(forecast, size)]
}
