import { setTimeout as delay } from 'node:timers/promises'
import type { IntegrationView } from '../../contract/view.ts'
import type { Repository } from '../../git/repository.ts'
import { renderIntegration } from '../../tui/run.ts'
import { daemonOf, repositoryOf, requireView } from '../access.ts'
import type { Invocation } from '../command.ts'

const POLL_MS = 200
const STOPPED_EXIT_CODE = 6

/** Integrates what is finished and waits for the result. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, signal } = invocation
  const repo = await repositoryOf(invocation)
  const { run } = await requireView(repo, invocation.arguments[0])
  const { integration: n } = await (await daemonOf(repo, signal)).merge(run)
  output.narrate(`Integration ${n} of run ${run} has begun.`)
  const integration = await settled(repo, { run, n, signal })
  output.answer({ run, integration }, () =>
    renderIntegration(integration, { width: output.width, colour: output.colour, now: Date.now() }),
  )
  return integration.state === 'landed' ? 0 : STOPPED_EXIT_CODE
}

/** The daemon may die and come back meanwhile: what counts is what the log says. */
async function settled(
  repo: Repository,
  { run, n, signal }: { readonly run: string; readonly n: number; readonly signal: AbortSignal },
): Promise<IntegrationView> {
  for (;;) {
    signal.throwIfAborted()
    const { integration } = await requireView(repo, run)
    if (integration !== null && integration.n >= n && integration.state !== 'running') return integration
    await daemonOf(repo, signal)
    await delay(POLL_MS)
  }
}
