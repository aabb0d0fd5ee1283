// Asks for workspaces when a plan was checked: its sessions will want them soon. Never a reason for a command to fail.
import { QuintetError } from '../contract/errors.ts'
import type { PoolAnswer } from '../contract/pool.ts'
import type { Repository } from '../git/repository.ts'
import { counted } from '../tui/text.ts'
import { daemonOf, runningDaemon } from './access.ts'
import type { Invocation } from './command.ts'

/** Asks a running daemon for the workspaces of a plan, and in a terminal starts one where they pay and somebody has said that
 *  they are to be made here; null when nobody was asked. */
export async function askAhead(
  repo: Repository,
  plan: string,
  invocation: Pick<Invocation, 'output' | 'signal'>,
): Promise<PoolAnswer | null> {
  try {
    const running = await runningDaemon(repo, invocation.signal)
    if (running !== null) return await running.askPool({ by: 'check', plan })
    return isPerson(invocation) && (await pays(repo, plan)) ? await askNew(repo, plan, invocation) : null
  } catch (error) {
    // What was checked is right all the same, and whoever runs it prepares the workspaces then.
    if (error instanceof QuintetError) return null
    throw error
  }
}

const isPerson = ({ output }: Pick<Invocation, 'output'>): boolean =>
  !output.json && output.stdout.isTTY === true && output.stderr.isTTY === true

async function pays(repo: Repository, plan: string): Promise<boolean> {
  const { planPays } = await import('../engine/pool/wanted.ts')
  const { loadConfig } = await import('../plan/config.ts')
  return await planPays({ repo, config: await loadConfig(repo.root, process.env) }, plan)
}

/** Whoever only looks at a repository does not start what runs its commands. */
async function askNew(
  repo: Repository,
  plan: string,
  { signal }: Pick<Invocation, 'signal'>,
): Promise<PoolAnswer> {
  const { isToldHere } = await import('../daemon/pool.ts')
  const { untold } = await import('../engine/pool/told.ts')
  if (!(await isToldHere(repo))) return untold(plan)
  return await (await daemonOf(repo, signal)).askPool({ by: 'check', plan })
}

/** One line on what is being made; none when nothing is. */
export function aheadLines(answer: PoolAnswer | null): readonly string[] {
  if (answer?.command !== undefined)
    return [`Nothing is made ahead here before a plan was run; ${answer.command} makes workspaces now.`]
  if (answer === null || answer.wanted === 0) return []
  const { wanted, ready } = answer
  return ready === wanted
    ? [`${counted(ready, 'workspace')} ready ahead; quintet pool shows ${ready === 1 ? 'it' : 'them'}.`]
    : [
        `Preparing ${counted(wanted - ready, 'workspace')} ahead; quintet pool shows ${wanted === 1 ? 'it' : 'them'}.`,
      ]
}
