import { setTimeout as delay } from 'node:timers/promises'
import { QuintetError } from '../../contract/errors.ts'
import type { IntegrationView, RunView } from '../../contract/view.ts'
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
  const view = await requireView(repo, invocation.arguments[0])
  const { run } = view
  requireFinished(view)
  const { integration: n } = await (await daemonOf(repo, signal)).merge(run)
  output.narrate(`Integration ${n} of run ${run} has begun.`)
  const integration = await settled(repo, { run, n, signal })
  output.answer({ run, integration }, () =>
    renderIntegration(integration, { width: output.width, colour: output.colour, now: Date.now() }),
  )
  return integration.state === 'landed' ? 0 : STOPPED_EXIT_CODE
}

/** With nothing to merge no integration would ever begin. */
function requireFinished({ run, sessions }: RunView): void {
  if (sessions.some(({ state }) => state === 'finished')) return
  throw new QuintetError(
    'E_NOTHING_FINISHED',
    'precondition',
    `No session of run ${run} is finished and waits to land.`,
    {
      hints: [{ text: 'See how far they are.', command: `quintet status ${run}` }],
    },
  )
}

interface Awaited {
  readonly run: string
  readonly n: number
  readonly signal: AbortSignal
}

/** The daemon may die and come back meanwhile: what counts is what the log says. */
async function settled(repo: Repository, { run, n, signal }: Awaited): Promise<IntegrationView> {
  for (;;) {
    signal.throwIfAborted()
    const { integration, state } = await requireView(repo, run)
    if (integration !== null && integration.n >= n && integration.state !== 'running') return integration
    if (state === 'ended') {
      throw new QuintetError(
        'E_RUN_ENDED',
        'precondition',
        `Run ${run} has ended before it integrated again.`,
        {
          hints: [{ text: 'See how it ended.', command: `quintet status ${run}` }],
        },
      )
    }
    await daemonOf(repo, signal)
    await delay(POLL_MS)
  }
}
