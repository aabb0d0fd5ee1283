// Tries a real agent against a scripted model, case by case, through the whole of this program.
import { performance } from 'node:perf_hooks'
import type { AgentCommand } from '../../agents/presets.ts'
import { QuintetError } from '../../contract/errors.ts'
import { fail, type ConformanceCase, type Finding } from './case.ts'
import { editInside, outsideFile, outsidePython, outsideShell, withoutCommit } from './cases/edits.ts'
import { compaction, utilisation } from './cases/memory.ts'
import { ownTools, question, subAgent } from './cases/talk.ts'
import { cancelled, faults, killed } from './cases/trouble.ts'
import { Stage, type StageOptions } from './stage.ts'

/** In the order in which they are played: the plainest first. */
export const CASES: readonly ConformanceCase[] = [
  editInside,
  outsideFile,
  outsideShell,
  outsidePython,
  withoutCommit,
  question,
  ownTools,
  subAgent,
  utilisation,
  compaction,
  faults,
  killed,
  cancelled,
]

export interface CaseResult {
  readonly name: string
  readonly title: string
  readonly finding: Finding
  /** What the agent said that it is; null when it never started. */
  readonly version: string | null
  readonly seconds: number
}

/** Plays one case from an empty folder to an empty folder. What goes wrong in it is its finding. */
export async function playCase(
  agent: AgentCommand,
  one: ConformanceCase,
  options: StageOptions,
): Promise<CaseResult> {
  const begun = performance.now()
  await using stage = await Stage.set(agent, one, options)
  const finding = await judged(one, stage)
  const version = await stage.version()
  const seconds = (performance.now() - begun) / 1000
  return { name: one.name, title: one.title, finding, version, seconds }
}

async function judged(one: ConformanceCase, stage: Stage): Promise<Finding> {
  try {
    return await one.judge(stage)
  } catch (error) {
    if (!(error instanceof QuintetError)) throw error
    return fail(error.message)
  }
}
