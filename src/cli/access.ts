// What most commands begin with: the repository, the daemon, and the run that was meant. Heavy modules are loaded only
// when they are reached for.
import { QuintetError } from '../contract/errors.ts'
import type { RunView } from '../contract/view.ts'
import type { DaemonClient } from '../daemon/client.ts'
import type { Repository } from '../git/repository.ts'
import type { Invocation } from './command.ts'
import { usageError } from './failure.ts'
import { nearest } from '../contract/nearest.ts'

/** The repository the command was called in. Throws `E_NOT_A_REPOSITORY`, `E_BARE_REPOSITORY`. */
export async function repositoryOf({ cwd }: Pick<Invocation, 'cwd'>): Promise<Repository> {
  const { openRepository } = await import('../git/repository.ts')
  return await openRepository(cwd)
}

/** The root of the repository; where there is none, the folder: presets are the same everywhere, and outside of a repository
 *  there is no committed configuration. */
export async function rootOf(invocation: Pick<Invocation, 'cwd'>): Promise<string> {
  try {
    return (await repositoryOf(invocation)).root
  } catch (error) {
    if (!(error instanceof QuintetError) || error.code !== 'E_NOT_A_REPOSITORY') throw error
    return invocation.cwd
  }
}

/** The daemon of the repository, started when none runs. */
export async function daemonOf(repo: Repository, signal: AbortSignal): Promise<DaemonClient> {
  const { connectDaemon } = await import('../daemon/connect.ts')
  const client = await connectDaemon(repo, { start: true, signal })
  if (client === null) {
    throw new QuintetError('E_DAEMON_GONE', 'environment', 'The daemon ended right after it was started.', {
      hints: [{ text: 'See what is wrong.', command: 'quintet doctor' }],
    })
  }
  return client
}

/** The daemon of the repository if one runs; null otherwise. */
export async function runningDaemon(repo: Repository, signal: AbortSignal): Promise<DaemonClient | null> {
  const { connectDaemon } = await import('../daemon/connect.ts')
  return await connectDaemon(repo, { start: false, signal })
}

export type RunName = Pick<RunView, 'run' | 'plan' | 'created'>

/** The run with the id `wanted`, or the newest run of the plan `wanted`. Throws `E_NO_RUN` naming the nearest. */
export function requireRun<T extends RunName>(runs: readonly T[], wanted: string): T {
  const named = runs.find(({ run }) => run === wanted)
  const ofPlan = runs.filter(({ plan }) => plan === wanted).sort((a, b) => b.created - a.created)
  const found = named ?? ofPlan[0]
  if (found !== undefined) return found
  const meant = nearest(
    wanted,
    runs.map(({ run }) => run),
  )
  throw new QuintetError('E_NO_RUN', 'usage', `There is no run ${wanted}.`, {
    hints: [
      meant === null
        ? { text: 'See the newest run.', command: 'quintet status' }
        : { text: `Did you mean ${meant}?`, command: `quintet status ${meant}` },
    ],
  })
}

/** The view of the run `wanted`, by default of the newest unfinished, else the newest; null when there is none. Throws `E_NO_RUN`. */
export async function viewOf(repo: Repository, wanted?: string): Promise<RunView | null> {
  const { readRun, readRuns } = await import('../daemon/projection/read.ts')
  if (wanted !== undefined) return requireRun(await readRuns(repo), wanted)
  try {
    return await readRun(repo)
  } catch (error) {
    if (error instanceof QuintetError && error.code === 'E_NO_RUN') return null
    throw error
  }
}

/** As `viewOf`. Throws `E_NO_RUN` when the repository has no run. */
export async function requireView(repo: Repository, wanted?: string): Promise<RunView> {
  const view = await viewOf(repo, wanted)
  if (view !== null) return view
  throw new QuintetError('E_NO_RUN', 'precondition', 'This repository has no run yet.', {
    hints: [{ text: 'See which plans there are.', command: 'quintet plan list' }],
  })
}

/** A text given as words, or from standard input when it is `-`. Throws `E_USAGE` when it is empty. */
export async function textOrInput(words: string, what: string): Promise<string> {
  const text = (words === '-' ? await standardInput() : words).trim()
  if (text === '') throw usageError(`The ${what} is empty.`)
  return text
}

async function standardInput(): Promise<string> {
  const { text } = await import('node:stream/consumers')
  return await text(process.stdin)
}
