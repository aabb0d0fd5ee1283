import { planNames } from '../../plan/load.ts'
import { repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'

/** Lists the plans under .quintet/plans. */
export async function run(invocation: Invocation): Promise<number> {
  const { root } = await repositoryOf(invocation)
  const plans = await planNames(root)
  invocation.output.answer(plans, () =>
    plans.length === 0 ? ['No plans yet.', '  → run: quintet init'] : plans,
  )
  return 0
}
