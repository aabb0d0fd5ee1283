import type { Repository } from '../../git/repository.ts'
import { stillOpen } from '../../tui/terminals.ts'
import { daemonOf, repositoryOf, requireView, viewOf } from '../access.ts'
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
  const open = await openIn(repo)
  const pid = await endDaemon(repo, { force: options.flag('force'), signal })
  output.answer(pid === null ? { stopped: false } : { stopped: true, pid }, () => [
    pid === null
      ? 'No daemon is running.'
      : `The daemon has ended (process ${pid}). An unfinished run goes on with the next quintet run.`,
    ...open,
  ])
  return 0
}

async function stopRun(invocation: Invocation, wanted: string): Promise<number> {
  const { output, options, signal } = invocation
  const repo = await repositoryOf(invocation)
  const { run } = await requireView(repo, wanted)
  const open = await openIn(repo, wanted)
  await (await daemonOf(repo, signal)).stopRun(run, options.text('reason') ?? NO_REASON)
  output.answer({ run }, () => [`Run ${run} is stopped; everything it made is kept.`, ...open])
  return 0
}

/** The terminals of people, which nothing ends but their person. */
async function openIn(repo: Repository, run?: string): Promise<readonly string[]> {
  const sessions = (await viewOf(repo, run))?.sessions ?? []
  const then = 'It stays open, and the worktree with it; the next daemon finds it again.'
  return sessions.flatMap((session) =>
    stillOpen(session, then).map((line) => `  ${session.piece}: ${line.trim()}`),
  )
}
