// Whether workspaces may be made ahead in a repository: making one installs dependencies and runs its set-up, outside of any
// box. Nobody who only looks at a repository has asked for that; who has run a plan there, or filled the pool, has. Pure.
import type { PoolAnswer } from '../../contract/pool.ts'
import { quoted } from '../../contract/shell.ts'
import type { RunLedger } from './ledger.ts'
import type { PoolRecord } from './record.ts'

/** Whether somebody has said so here. */
export function isTold(
  { told }: Pick<PoolRecord, 'told'>,
  ledger: Pick<RunLedger, 'hasRuns'> | null,
): boolean {
  return told || ledger?.hasRuns === true
}

/** What whoever checks a plan is told until then; the plan as it was named. */
export function untold(plan: string): PoolAnswer {
  return {
    base: null,
    who: null,
    wanted: 0,
    ready: 0,
    why: 'Nothing is made ahead in this repository before a plan was run here, or somebody has asked for it.',
    command: `quintet pool fill ${quoted(plan)}`,
  }
}
