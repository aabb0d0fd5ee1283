import type { PoolView } from '../../contract/pool.ts'
import type { Repository } from '../../git/repository.ts'
import { renderPool } from '../../tui/pool.ts'
import { repositoryOf, runningDaemon } from '../access.ts'
import type { Invocation } from '../command.ts'

/** Shows the workspaces that stand ready, who wants them, and what is in the way. */
export async function run(invocation: Invocation): Promise<number> {
  const { output } = invocation
  const repo = await repositoryOf(invocation)
  const view = await poolOf(repo, invocation)
  output.answer(view, () => renderPool(view, { width: output.width, colour: output.colour, now: Date.now() }))
  return 0
}

/** As the daemon keeps it; without one, as it stands on disk. */
async function poolOf(repo: Repository, { signal }: Invocation): Promise<PoolView> {
  const client = await runningDaemon(repo, signal)
  if (client !== null) return await client.pool()
  const { readPoolView } = await import('../../daemon/pool.ts')
  return await readPoolView(repo)
}
