import { errorData, QuintetError } from '../../contract/errors.ts'
import type { RunView } from '../../contract/view.ts'
import type { Repository } from '../../git/repository.ts'
import { renderRun } from '../../tui/run.ts'
import { repositoryOf, requireView, runningDaemon, viewOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { renderFailure } from '../failure.ts'

const NO_RUN = ['No run yet.', '  → run: quintet plan list']

/** Shows a run once, or until it ends. */
export async function run(invocation: Invocation): Promise<number> {
  return invocation.options.flag('watch') ? await watch(invocation) : await once(invocation)
}

async function once(invocation: Invocation): Promise<number> {
  const { output } = invocation
  const repo = await repositoryOf(invocation)
  const stored = await viewOf(repo, invocation.arguments[0])
  const view = stored === null || stored.state === 'ended' ? stored : await liveView(repo, stored, invocation)
  output.answer(view, () => lines(view, invocation))
  return 0
}

/** The view with what the sessions are doing right now, which only the daemon knows; the stored one when it cannot be asked. */
async function liveView(repo: Repository, stored: RunView, { output, signal }: Invocation): Promise<RunView> {
  const { daemonAlive } = await import('../../daemon/projection/read.ts')
  if (!(await daemonAlive(repo))) {
    output.narrate(`No daemon is running: run ${stored.run} stands still.`)
    output.narrate(`  → run: quintet run ${stored.plan}`)
    return stored
  }
  try {
    const client = await runningDaemon(repo, signal)
    return (await client?.run(stored.run)) ?? stored
  } catch (error) {
    if (!(error instanceof QuintetError)) throw error
    for (const line of renderFailure(errorData(error), output.narrationColour)) output.narrate(line)
    return stored
  }
}

function lines(view: RunView | null, { output }: Invocation): string[] {
  return view === null
    ? NO_RUN
    : renderRun(view, { width: output.width, colour: output.colour, now: Date.now() })
}

async function watch(invocation: Invocation): Promise<number> {
  const { output, signal } = invocation
  const repo = await repositoryOf(invocation)
  const { run } = await requireView(repo, invocation.arguments[0])
  const { displayFor } = await import('../display.ts')
  const { watchRun } = await import('../watch.ts')
  using display = displayFor({ output, stream: 'stdout', footer: 'Ctrl-C leaves; the run goes on.' })
  const { view } = await watchRun({ repo, run, start: false, display, signal, over: () => false })
  output.answer(view, () => [])
  if (view.state !== 'ended') signal.throwIfAborted()
  return 0
}
