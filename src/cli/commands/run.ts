import type { RunView } from '../../contract/view.ts'
import type { Repository } from '../../git/repository.ts'
import { daemonOf, repositoryOf, requireView } from '../access.ts'
import type { Invocation } from '../command.ts'
import { displayFor } from '../display.ts'
import { usageError } from '../failure.ts'
import { needsOperatorOnly } from '../moving.ts'
import { checkBeforeRun, planArgument } from '../plan-report.ts'
import { watchRun, type Watched } from '../watch.ts'

const NEEDS_OPERATOR = 6
const NOT_LANDED = 1

/** Starts a plan's run or goes on with it, shows it, and returns 0 only when it has landed. */
export async function run(invocation: Invocation): Promise<number> {
  const { options } = invocation
  // Should the reader of the output go away, nothing has been proven yet.
  process.exitCode = 1
  const repo = await repositoryOf(invocation)
  if (options.flag('watch')) {
    const { run } = await requireView(repo, invocation.arguments[0])
    return await watch(repo, run, invocation)
  }
  const word = invocation.arguments[0]
  if (word === undefined) {
    throw usageError('A plan is needed.', [{ text: 'See which there are.', command: 'quintet plan list' }])
  }
  const plan = await planArgument(invocation.cwd, word)
  const refused = await checkBeforeRun(repo, plan, invocation)
  if (refused !== null) return refused
  const started = await start(repo, plan, invocation)
  return options.flag('detach') ? detached(started, invocation) : await watch(repo, started.run, invocation)
}

interface Started {
  readonly run: string
  readonly created: boolean
}

async function start(
  repo: Repository,
  plan: string,
  { options, output, signal }: Invocation,
): Promise<Started> {
  const client = await daemonOf(repo, signal)
  const started = await client.startRun({
    plan,
    rehearse: options.flag('rehearse'),
    fresh: options.flag('fresh'),
  })
  output.narrate(started.created ? `Run ${started.run} has started.` : `Run ${started.run} goes on.`)
  return started
}

function detached(started: Started, { output }: Invocation): number {
  output.answer(started, () => [
    `Run ${started.run} goes on in the background.`,
    `  → run: quintet run --watch ${started.run}`,
  ])
  return 0
}

async function watch(
  repo: Repository,
  run: string,
  { options, output, signal }: Invocation,
): Promise<number> {
  const leaveWhenStuck = options.refused('wait')
  const { view, stopped } = await watched(repo, run, {
    output,
    signal,
    over: leaveWhenStuck ? needsOperatorOnly : () => false,
  })
  const left = signal.aborted && view.state !== 'ended'
  output.answer(summary(view), () => (left ? [] : stopped ? stoppedLines(view) : summaryLines(view)))
  if (left) {
    output.narrate(`Detached; run ${run} goes on.`)
    output.narrate(`  → run: quintet run --watch ${run}`)
    signal.throwIfAborted()
  }
  if (stopped) return NOT_LANDED
  if (view.state !== 'ended') return NEEDS_OPERATOR
  return view.verdict === 'landed' ? 0 : NOT_LANDED
}

async function watched(
  repo: Repository,
  run: string,
  {
    output,
    signal,
    over,
  }: Pick<Invocation, 'output' | 'signal'> & { readonly over: (view: RunView) => boolean },
): Promise<Watched> {
  using display = displayFor({ output, stream: 'stderr', footer: 'Ctrl-C detaches; the run goes on.' })
  return await watchRun({ repo, run, start: true, display, signal, over })
}

function summary(view: RunView): object {
  const { run, verdict, needs } = view
  return {
    run,
    verdict,
    landed: piecesIn(view, 'landed'),
    abandoned: piecesIn(view, 'abandoned'),
    failed: piecesIn(view, 'failed'),
    needs,
  }
}

function summaryLines(view: RunView): string[] {
  const { run, verdict, needs } = view
  const parts = (['landed', 'finished', 'abandoned', 'failed'] as const)
    .map((state) => ({ state, pieces: piecesIn(view, state) }))
    .filter(({ pieces }) => pieces.length > 0)
    .map(({ state, pieces }) => `  ${state}: ${pieces.join(', ')}`)
  const headline = verdict === null ? `Run ${run} needs the operator.` : `Run ${run} has ended: ${verdict}.`
  return [headline, ...parts, ...needs.map(({ command }) => `  → run: ${command}`)]
}

function stoppedLines({ run, plan }: RunView): string[] {
  return [`The daemon was stopped; run ${run} stands still.`, `  → run: quintet run ${plan}`]
}

function piecesIn(view: RunView, state: RunView['sessions'][number]['state']): string[] {
  return view.sessions.filter((session) => session.state === state).map(({ piece }) => piece)
}
