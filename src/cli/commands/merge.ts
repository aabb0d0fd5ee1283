import { setTimeout as delay } from 'node:timers/promises'
import { QuintetError } from '../../contract/errors.ts'
import type { IntegrationView, RunView } from '../../contract/view.ts'
import type { Repository } from '../../git/repository.ts'
import { renderIntegration, renderNeeds } from '../../tui/run.ts'
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
  output.narrate(`Integration ${n} of run ${run} is asked for.`)
  const integration = await settled(repo, { run, n, before: view.integration, signal })
  const drawing = { width: output.width, colour: output.colour, now: Date.now() }
  const after = await requireView(repo, run)
  output.answer({ run, integration }, () => [
    ...renderIntegration(integration, drawing),
    ...(integration.state === 'landed' ? [] : renderNeeds(after, drawing)),
  ])
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
  /** The last integration when this one was asked for. */
  readonly before: IntegrationView | null
  readonly signal: AbortSignal
}

/** The daemon may die and come back meanwhile: what counts is what the log says. */
async function settled(repo: Repository, awaited: Awaited): Promise<IntegrationView> {
  const { run, signal } = awaited
  for (;;) {
    signal.throwIfAborted()
    const view = await requireView(repo, run)
    const integration = settledIntegration(view, awaited)
    if (integration !== null) return integration
    if (view.state === 'ended') throw runEnded(run)
    if (view.state === 'running') requireFinished(view)
    await daemonOf(repo, signal)
    await delay(POLL_MS)
  }
}

/** The integration that was asked for, or the one under way meanwhile that has taken all there was. */
function settledIntegration(
  { integration, sessions }: RunView,
  { n, before }: Awaited,
): IntegrationView | null {
  if (integration === null || integration.state === 'running') return null
  if (integration.n >= n) return integration
  const meanwhile = before === null || before.state === 'running' || integration.n > before.n
  return meanwhile && !sessions.some(({ state }) => state === 'finished') ? integration : null
}

function runEnded(run: string): QuintetError {
  return new QuintetError('E_RUN_ENDED', 'precondition', `Run ${run} has ended before it integrated again.`, {
    hints: [{ text: 'See how it ended.', command: `quintet status ${run}` }],
  })
}
