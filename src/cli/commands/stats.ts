import { healthStats } from '../../health/stats.ts'
import { renderStats } from '../../tui/stats.ts'
import { repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'

/** Prints what became of all sessions of this repository, and what resets and nudges were worth. */
export async function run(invocation: Invocation): Promise<number> {
  const { output } = invocation
  const repo = await repositoryOf(invocation)
  const { readRecords } = await import('../../daemon/projection/read.ts')
  const stats = healthStats(readRecords(repo))
  output.answer(stats, () => renderStats(stats, output.width))
  return 0
}
