import { daemonOf, repositoryOf, requireView } from '../access.ts'
import { itemLines, proofLines } from '../clean-items.ts'
import type { Invocation } from '../command.ts'

/** Removes what has landed and names what is kept, or only says what it would do; 1 when something could be removed only in
 *  part or is in use. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, signal } = invocation
  const wanted = invocation.arguments[0]
  const repo = await repositoryOf(invocation)
  const dryRun = invocation.options.flag('dryRun')
  const which = wanted === undefined ? {} : { run: (await requireView(repo, wanted)).run }
  const foreign = invocation.options.flag('foreign')
  const request = { ...which, ...(dryRun ? { dryRun } : {}), ...(foreign ? { foreign } : {}) }
  const items = await (await daemonOf(repo, signal)).clean(request)
  output.answer(items, () =>
    items.length === 0
      ? ['There is nothing to clean.']
      : [...itemLines(items, output), ...(dryRun ? proofLines(items) : [])],
  )
  return items.every(({ outcome }) => outcome !== 'busy' && outcome !== 'half') ? 0 : 1
}
