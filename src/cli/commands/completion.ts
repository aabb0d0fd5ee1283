import { QuintetError } from '../../contract/errors.ts'
import type { Repository } from '../../git/repository.ts'
import { repositoryOf, rootOf, viewOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { COMMANDS, GLOBAL_OPTIONS } from '../commands.ts'
import { completionScript, SHELLS, type Shell } from '../completion.ts'
import { usageError } from '../failure.ts'

/** Prints the script of a shell, or the names that a script asks for. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, options } = invocation
  const what = options.text('list')
  if (what !== undefined) {
    output.lines(await names(invocation, what))
    return 0
  }
  const shell = requireShell(invocation.arguments[0])
  output.stdout.write(completionScript(shell, COMMANDS, GLOBAL_OPTIONS))
  return 0
}

function requireShell(word: string | undefined): Shell {
  const shell = SHELLS.find((known) => known === word)
  if (shell !== undefined) return shell
  throw usageError(
    word === undefined
      ? `A shell is needed: ${SHELLS.join(', ')}.`
      : `There is no completion for ${word}; there is ${SHELLS.join(', ')}.`,
    [{ text: 'For example:', command: 'quintet completion bash' }],
  )
}

/** A shell that completes must not see an error: outside of a repository there is nothing to complete. */
async function names(invocation: Invocation, what: string): Promise<readonly string[]> {
  try {
    if (what === 'agents') return await agents(await rootOf(invocation))
    const repo = await repositoryOf(invocation)
    if (what === 'plans') return await plans(repo)
    if (what === 'pieces') return await pieces(repo, invocation)
    if (what === 'runs') return await runs(repo)
    if (what === 'saved') return await saved(repo)
    const view = await viewOf(repo)
    return view?.sessions.map(({ piece }) => piece) ?? []
  } catch (error) {
    if (error instanceof QuintetError) return []
    throw error
  }
}

/** Those of the configuration, then the presets. */
async function agents(root: string): Promise<readonly string[]> {
  const { PRESETS } = await import('../../agents/presets.ts')
  const { loadConfig } = await import('../../plan/config.ts')
  const config = await loadConfig(root, process.env)
  return [...new Set([...Object.keys(config.agents), ...Object.keys(PRESETS)])]
}

async function plans({ root }: Repository): Promise<readonly string[]> {
  const { planNames } = await import('../../plan/load.ts')
  return await planNames(root)
}

/** Pieces of the plan that is named, else of all that can be read. */
async function pieces({ root }: Repository, { cwd, options }: Invocation): Promise<readonly string[]> {
  const { loadPlan, planNames } = await import('../../plan/load.ts')
  const { planArgument } = await import('../plan-report.ts')
  const named = options.text('plan')
  const names = named === undefined ? await planNames(root) : [await planArgument(cwd, named)]
  const read = names.map(async (name) => (await loadPlan(root, name)).plan.pieces)
  const found = await Promise.allSettled(read)
  const ids = found.flatMap((one) => (one.status === 'fulfilled' ? one.value.map(({ id }) => id) : []))
  return [...new Set(ids)]
}

async function runs(repo: Repository): Promise<string[]> {
  const { readRuns } = await import('../../daemon/projection/read.ts')
  return (await readRuns(repo)).map(({ run }) => run)
}

async function saved(repo: Repository): Promise<readonly string[]> {
  const { savedThings } = await import('../../engine/recover.ts')
  return (await savedThings(repo)).map(({ name }) => name)
}
