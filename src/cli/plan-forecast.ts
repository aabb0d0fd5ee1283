// The forecast of a plan from the command line.
import { PRESETS } from '../agents/presets.ts'
import { loadConfig } from '../plan/config.ts'
import { forecast, type Forecast } from '../plan/forecast/forecast.ts'
import { loadPlanFacts } from '../plan/gather.ts'
import { loadPlan } from '../plan/load.ts'
import { repositoryOf } from './access.ts'
import type { Invocation } from './command.ts'
import { factsAtHand } from './repository-facts.ts'

/** Forecasts the run of a plan. `word`: as `loadPlan` takes it. Throws what that throws. */
export async function loadForecast(invocation: Invocation, word: string): Promise<Forecast> {
  const { output, signal } = invocation
  const repo = await repositoryOf(invocation)
  const { plan } = await loadPlan(repo.root, word)
  const config = await loadConfig(repo.root, process.env)
  const known = await loadPlanFacts(repo.root, { plan, config, presets: PRESETS, signal })
  const facts = await factsAtHand(repo, known.base.commit, {
    signal,
    narrate: (text) => output.narrate(text),
  })
  const { files, history = [], ignoreCase, coordinationFolder } = known
  return forecast({ plan, files, history, facts, ignoreCase, coordinationFolder })
}
