import { daemonOf, repositoryOf } from '../access.ts'
import { itemLines, proofLines } from '../clean-items.ts'
import type { Invocation } from '../command.ts'

/** Removes ready workspaces that nobody wants, or all of them; 1 when one could be removed only in part or is in use. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, options, signal } = invocation
  const repo = await repositoryOf(invocation)
  const dryRun = options.flag('dryRun')
  const items = await (await daemonOf(repo, signal)).trimPool({ all: options.flag('all'), dryRun })
  output.answer(items, () =>
    items.length === 0
      ? ['No workspaces stand ready.']
      : [...itemLines(items, output), ...(dryRun ? proofLines(items) : [])],
  )
  return items.every(({ outcome }) => outcome !== 'busy' && outcome !== 'half') ? 0 : 1
}
