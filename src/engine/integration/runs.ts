// Runs of checks and of single tests on the states of a union, each a step of its own with a fact in the log.
import { join } from 'node:path'
import type { Check } from '../../contract/plan.ts'
import {
  INSTALLATION,
  type FullObservation,
  type Purpose,
  type RedUnit,
  type SelectedObservation,
  type State,
  type Unit,
} from '../../integration/queue/port.ts'
import { runUnits, type UnitsSeen } from '../../integration/queue/run.ts'
import { unitName } from '../../integration/queue/words.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { IntegrationInput, RunInput } from '../run/input.ts'
import type { Services } from '../services.ts'
import { loadRunInput } from '../session/spec.ts'
import { landedSessions } from './landed-tips.ts'
import { prepareTree } from './tree.ts'
import { checksBefore, partChecks, unionChecks } from './union-checks.ts'

export interface StateRun {
  readonly input: IntegrationInput
  readonly state: State
  /** Pieces of the queue that are in it. */
  readonly pieces: readonly string[]
  /** Unique in the integration: names the folder of the logs. */
  readonly key: string
  readonly purpose: Purpose
}

/** Runs every check on exactly this state, in a worktree of its own. */
export async function runAllChecks(
  services: Services,
  effect: EffectContext,
  run: StateRun,
): Promise<FullObservation> {
  const { seen, red, checks } = await runOn(services, effect, run, null)
  const { plan } = loadRunInput(services, run.input.run)
  const whole = Math.max(1, sum(seen.results.map(({ durationMs }) => durationMs)))
  const share = (name: string): number =>
    (seen.results.find((result) => result.name === name)?.durationMs ?? 0) / whole
  const ran = checks.map((check) => ({
    check: check.name,
    share: share(check.name),
    after: checksBefore(plan, checks, check),
  }))
  return { red, checks: ran }
}

/** Runs only these units. A piece's own check is green where the piece is not. */
export async function runOnlyUnits(
  services: Services,
  effect: EffectContext,
  run: StateRun,
  units: readonly Unit[],
): Promise<SelectedObservation> {
  const { seen, red } = await runOn(services, effect, run, units)
  return { red, unseen: seen.unseen }
}

interface Ran {
  readonly seen: UnitsSeen
  readonly red: readonly RedUnit[]
  readonly checks: readonly Check[]
}

async function runOn(
  services: Services,
  effect: EffectContext,
  { input, state, pieces, key, purpose }: StateRun,
  units: readonly Unit[] | null,
): Promise<Ran> {
  const run = loadRunInput(services, input.run)
  const started = performance.now()
  const logs = join(services.state, 'logs', run.run, `integration-${input.n}`, key.replaceAll(':', '-'))
  const checks = checksFor(services, { run, input, pieces })
  const request = { run, commit: state.commit, logs, commands: checks.map((check) => check.run) }
  const { path, boxed, reports, broken } = await prepareTree(services, effect, request)
  const ready: UnitsSeen =
    broken === null
      ? await runUnits({
          worktree: path,
          commit: state.commit,
          checks,
          units,
          logs,
          reports,
          ...boxed,
          signal: effect.signal,
          onResult: (result) => {
            if (purpose === 'union') record(effect, 'integration.checked', `${key}:${result.name}`, result)
          },
        })
      : { results: [], red: [{ ...INSTALLATION, output: broken }], unseen: [] }
  record(effect, 'integration.ran', key, {
    purpose,
    commit: state.commit,
    branches: pieces.length,
    tests: (units ?? []).map(unitName),
    red: ready.red.map(unitName),
    durationMs: Math.round(performance.now() - started),
  })
  return { seen: ready, red: ready.red, checks }
}

interface Part {
  readonly run: RunInput
  readonly input: IntegrationInput
  readonly pieces: readonly string[]
}

/** Named as those of the whole integration, so that a check has one name in all its parts. */
function checksFor(services: Services, { run, input, pieces }: Part): readonly Check[] {
  const landed = landedSessions(services, run.run).map(({ piece }) => piece)
  const all = new Set([...landed, ...input.branches.map(({ piece }) => piece)])
  return partChecks(run.plan, unionChecks(run.plan, all), new Set([...landed, ...pieces]))
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
