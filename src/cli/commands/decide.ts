import { daemonOf, repositoryOf, requireView, textOrInput } from '../access.ts'
import type { Invocation } from '../command.ts'

/** Writes a decision into the run; every session reads it. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, options, signal } = invocation
  const repo = await repositoryOf(invocation)
  const text = await textOrInput(invocation.arguments[0] ?? '', 'decision')
  const view = await requireView(repo, options.text('run'))
  const client = await daemonOf(repo, signal)
  const { n } = await client.decide(view.run, text)
  output.answer({ run: view.run, n, text }, () => [`Decision ${n} is written for run ${view.run}.`])
  return 0
}
