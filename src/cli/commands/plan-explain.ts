import { QuintetError } from '../../contract/errors.ts'
import { loadConfig } from '../../plan/config.ts'
import { explainPath, type Explanation } from '../../plan/explain/explain.ts'
import { loadPlanFacts } from '../../plan/gather.ts'
import { loadPlan, planNames } from '../../plan/load.ts'
import { renderExplanation } from '../../tui/explain.ts'
import { repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { planArgument } from '../plan-report.ts'
import { factsAtHand } from '../repository-facts.ts'

/** Says who owns a path by a plan, or by each, and what it has to do with others. */
export async function run(invocation: Invocation): Promise<number> {
  const { cwd, output, options, signal } = invocation
  const repo = await repositoryOf(invocation)
  const path = invocation.arguments[0] ?? ''
  const wanted = options.text('plan')
  const words = wanted === undefined ? await planNames(repo.root) : [await planArgument(cwd, wanted)]
  if (words.length === 0) {
    throw new QuintetError('E_PLAN_NOT_FOUND', 'usage', 'There is no plan yet.', {
      hints: [{ text: 'This writes a first one.', command: 'quintet init' }],
    })
  }
  const config = await loadConfig(repo.root, process.env)
  const explained: Explanation[] = []
  const broken: QuintetError[] = []
  for (const word of words) {
    try {
      const { name, plan } = await loadPlan(repo.root, word)
      const known = await loadPlanFacts(repo.root, { plan, config, signal })
      const { files, ignoreCase, coordinationFolder, base } = known
      const facts = await factsAtHand(repo, base.commit, { signal, narrate: (text) => output.narrate(text) })
      explained.push(explainPath({ name, plan, path, files, ignoreCase, coordinationFolder, facts }))
    } catch (error) {
      // One plan that cannot be read does not hide what the others say.
      if (wanted !== undefined || !(error instanceof QuintetError)) throw error
      broken.push(error)
    }
  }
  const [first] = broken
  if (explained.length === 0 && first !== undefined) throw first
  output.answer(explained, () =>
    explained.flatMap((one, index) => [
      ...(index === 0 ? [] : ['']),
      ...renderExplanation(one, output.colour),
    ]),
  )
  for (const { message } of broken) output.narrate(message)
  return 0
}
