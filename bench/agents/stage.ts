// Where real agents are measured: a repository with a piece for each, a home folder that knows nobody, and a scripted model
// behind each of them.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stringify } from 'smol-toml'
import { offlineModel, offlineSetup } from '../../src/agents/conformance/offline.ts'
import type { ModelScript, ScriptedTurn } from '../../src/agents/conformance/model/script.ts'
import { startScriptedModel, type ScriptedModel } from '../../src/agents/conformance/model/server.ts'
import type { InstalledAgent } from '../../src/cli/demo/agents.ts'
import { git } from '../scratch.ts'

/** Name of the plan. */
export const PLAN = 'agents'
const ASIDE = /Answer from memory, without tools/

export interface AgentModel {
  readonly installed: InstalledAgent
  readonly model: ScriptedModel
}

/** A model for each of the agents, with scripts of its own. */
export async function startModels(
  agents: readonly InstalledAgent[],
  scripts: readonly ModelScript[],
): Promise<AsyncDisposable & { readonly all: readonly AgentModel[] }> {
  const all: AgentModel[] = []
  for (const installed of agents) {
    const options = { ...offlineModel(installed.agent.name), aside: ASIDE }
    all.push({ installed, model: await startScriptedModel(scripts, options) })
  }
  return {
    all,
    [Symbol.asyncDispose]: async () => {
      for (const { model } of all) await model[Symbol.asyncDispose]()
    },
  }
}

/** A script that answers the first prompt and is over. */
export const SHORT: ModelScript = { name: 'short', turns: [{ text: 'Nothing to do.' }] }

/** What a model does before it answers: it thinks, milliseconds. */
export interface Pace {
  thinkMs: number
}

/** Whether a turn of `steady` writes a file. */
export const isEdit = (index: number): boolean => index % 10 !== 9 && index % 3 !== 2

/** A script that writes, looks and commits in a folder, one call a turn, for as long as is measured; `pace` may change
 *  meanwhile. */
export function steady(folder: string, turns: number, pace: Readonly<Pace>): ModelScript {
  const one = (index: number): ScriptedTurn => ({
    text: `Step ${index} of the notes.`,
    calls: [
      index % 10 === 9
        ? { kind: 'run', command: `git add -A && git commit -q -m 'Notes up to ${index}'` }
        : isEdit(index)
          ? { kind: 'write', path: `${folder}/${index % 8}.txt`, content: `Note ${index}.\n`.repeat(40) }
          : { kind: 'run', command: `ls | wc -l && date +%s && echo ${index}` },
    ],
    get delayMs() {
      return pace.thinkMs
    },
    fill: 0.1,
  })
  return { name: `steady-${folder}`, turns: Array.from({ length: turns }, (_, index) => one(index)) }
}

/** The home folder at `path`, and the variables that lead there. */
export async function makeHome(
  path: string,
  models: readonly AgentModel[],
): Promise<Readonly<Record<string, string>>> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  for (const { installed, model } of models)
    await writeFiles(path, offlineSetup(installed.agent.name, model.url)?.files ?? {})
  return {
    HOME: path,
    XDG_CONFIG_HOME: join(path, '.config'),
    XDG_STATE_HOME: join(path, '.local/state'),
    XDG_DATA_HOME: join(path, '.local/share'),
    XDG_CACHE_HOME: join(path, '.cache'),
  }
}

/** What an agent is asked for. */
export const promptOf = (folder: string, mark: string): string => `Keep notes in ${folder}/. ${mark}`

/** How the agent is started by hand: its words, and its variables. */
export function startOf({ installed: { agent, program }, model }: AgentModel): {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
} {
  const env = { ...agent.env, ...offlineSetup(agent.name, model.url)?.env }
  return { command: [program, ...agent.command.slice(1)], env }
}

/** A repository at `path` with a plan in which each agent has a piece and a folder, named after it, and is told the mark of
 *  its script. */
export async function makeRepository(
  path: string,
  models: readonly AgentModel[],
  mark: (agent: string) => string,
): Promise<void> {
  const agents = models.map((one) => {
    const { name, mode, boxedMode } = one.installed.agent
    const modes = {
      ...(mode === undefined ? {} : { mode }),
      ...(boxedMode === undefined ? {} : { boxed_mode: boxedMode }),
    }
    return [name, { ...startOf(one), ...modes }] as const
  })
  const pieces = agents.map(([name]) => ({
    id: name,
    title: `Notes of ${name}`,
    brief: promptOf(name, mark(name)),
    agent: name,
    scope: { include: [`/${name}/`] },
  }))
  await writeFiles(path, {
    ...Object.fromEntries(agents.map(([name]) => [`${name}/readme.txt`, `${name}\n`])),
    '.quintet/config.toml': stringify({ permissions: 'allow', agents: Object.fromEntries(agents) }),
    [`.quintet/plans/${PLAN}.toml`]: stringify({
      goal: 'Notes of all agents.',
      base: 'main',
      target: 'main',
      integration: { checks: [{ name: 'version', run: ['git', 'version'] }] },
      pieces,
    }),
  })
  await git(path, 'init', '--quiet', '--initial-branch=main')
  await git(path, 'config', 'user.name', 'Bench')
  await git(path, 'config', 'user.email', 'bench@example.invalid')
  await git(path, 'add', '--all')
  await git(path, 'commit', '--quiet', '--message', 'A folder for each')
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}
