import { QuintetError } from '../../contract/errors.ts'
import { folderWithin, resolveCommit, type Repository } from '../../git/repository.ts'
import { loadConfig, type Config } from '../../plan/config.ts'
import { explainPath, type Explanation } from '../../plan/explain/explain.ts'
import type { RepositoryFacts } from '../../plan/facts/facts.ts'
import { loadPlanFacts } from '../../plan/gather.ts'
import { loadPlan, planNames } from '../../plan/load.ts'
import { renderExplanation } from '../../tui/explain.ts'
import { repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { planArgument } from '../plan-report.ts'
import { factsAtHand } from '../repository-facts.ts'

/** Says who owns a path by a plan, or by each, and what it has to do with others; without a plan only the latter. */
export async function run(invocation: Invocation): Promise<number> {
  const { cwd, output, options } = invocation
  const repo = await repositoryOf(invocation)
  const wanted = options.text('plan')
  const words = wanted === undefined ? await planNames(repo.root) : [await planArgument(cwd, wanted)]
  const config = await loadConfig(repo.root, process.env)
  const explained: Explanation[] = []
  const broken: QuintetError[] = []
  if (words.length === 0) explained.push(await withoutPlan(invocation, repo, config))
  for (const word of words) {
    try {
      explained.push(await byPlan(invocation, repo, { word, config }))
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

async function byPlan(
  invocation: Invocation,
  repo: Repository,
  { word, config }: { readonly word: string; readonly config: Config },
): Promise<Explanation> {
  const { signal } = invocation
  const { name, plan } = await loadPlan(repo.root, word)
  const known = await loadPlanFacts(repo.root, { plan, config, signal })
  const { files, ignoreCase, coordinationFolder, base } = known
  const facts = await factsOf(invocation, repo, base.commit)
  const asked = await askedIn(invocation)
  return explainPath({ name, plan, ...asked, files, ignoreCase, coordinationFolder, facts })
}

async function withoutPlan(
  invocation: Invocation,
  repo: Repository,
  { coordination_folder: coordinationFolder }: Config,
): Promise<Explanation> {
  const facts = await factsOf(invocation, repo, await resolveCommit(repo.root, 'HEAD'))
  return explainPath({
    name: null,
    plan: { pieces: [], shared: [] },
    ...(await askedIn(invocation)),
    files: facts?.files.map(({ path }) => path) ?? [],
    ignoreCase: false,
    coordinationFolder,
    facts,
  })
}

function factsOf(
  { output, signal }: Invocation,
  repo: Repository,
  commit: string | null,
): Promise<RepositoryFacts | null> {
  return factsAtHand(repo, commit, { signal, narrate: (text) => output.narrate(text) })
}

async function askedIn({
  arguments: [path = ''],
  cwd,
}: Invocation): Promise<{ readonly path: string; readonly from: string }> {
  return { path, from: await folderWithin(cwd) }
}
