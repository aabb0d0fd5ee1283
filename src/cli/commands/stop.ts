import { daemonOf, repositoryOf, requireView } from '../access.ts'
import type { Invocation } from '../command.ts'
import { endDaemon } from '../end-daemon.ts'
import { NO_REASON } from '../../contract/reasons.ts'

/** Ends the daemon, or one run. */
export async function run(invocation: Invocation): Promise<number> {
  const wanted = invocation.options.text('run')
  return wanted === undefined ? await stopDaemon(invocation) : await stopRun(invocation, wanted)
}

async function stopDaemon(invocation: Invocation): Promise<number> {
  const { output, options, signal } = invocation
  const repo = await repositoryOf(invocation)
  const pid = await endDaemon(repo, { force: options.flag('force'), signal })
  output.answer(pid === null ? { stopped: false } : { stopped: true, pid }, () => [
    pid === null
      ? 'No daemon is running.'
      : `The daemon has ended (process ${pid}). An unfinished run goes on with the next quintet run.`,
  ])
  return 0
}

async function stopRun(invocation: Invocation, wanted: string): Promise<number> {
  const { output, options, signal } = invocation
  const repo = await repositoryOf(invocation)
  const { run } = await requireView(repo, wanted)
  await (await daemonOf(repo, signal)).stopRun(run, options.text('reason') ?? NO_REASON)
  output.answer({ run }, () => [`Run ${run} is stopped; everything it made is kept.`])
  return 0
}
