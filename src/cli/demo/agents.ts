// Real agents in the demo: each is found, put behind a scripted model that plays its pieces, and given a home folder that
// knows nobody, so nothing reaches a provider and nothing of the operator's own settings is read or changed.
import { constants } from 'node:fs'
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { parse, stringify } from 'smol-toml'
import * as v from 'valibot'
import { offlineModel, offlineSetup } from '../../agents/conformance/offline.ts'
import { playMark, type ModelScript } from '../../agents/conformance/model/script.ts'
import { startScriptedModel, type ScriptedModel } from '../../agents/conformance/model/server.ts'
import { agentCommand, type AgentCommand } from '../../agents/presets.ts'
import { errnoOf, ignoring, QuintetError } from '../../contract/errors.ts'
import { PlanFile } from '../../contract/plan.ts'
import { Script } from '../../contract/script.ts'
import { modelScript } from './model-script.ts'

/** How questions begin that a copy of the conversation is asked. */
const ASIDE = /Answer from memory, without tools/
const HERE = { root: '/' }
/** What tells programs where their user is at home, and where that is below the folder. */
const HOMES = {
  HOME: '.',
  XDG_CONFIG_HOME: '.config',
  XDG_STATE_HOME: '.local/state',
  XDG_DATA_HOME: '.local/share',
  XDG_CACHE_HOME: '.cache',
}

/** A real agent that is installed. */
export interface InstalledAgent {
  readonly agent: AgentCommand
  readonly program: string
}

/** The agents by name, in order. Throws `E_AGENT_UNKNOWN`, `E_AGENT_OFFLINE` or, naming all that are missing,
 *  `E_AGENT_MISSING`. */
export async function installedAgents(names: readonly string[]): Promise<readonly InstalledAgent[]> {
  const found: InstalledAgent[] = []
  const missing: string[] = []
  for (const name of names) {
    const agent = agentCommand({ id: 'demo', agent: name }, { agents: {} }, HERE)
    if (offlineSetup(name, '') === null) throw offlineError(name)
    const program = await programOf(agent.command[0] ?? '')
    if (program === null) missing.push(name)
    else found.push({ agent, program })
  }
  if (missing.length > 0) throw missingError(missing)
  return found
}

/** The program in the cache of agents, or else on the path; null when it is in neither. */
async function programOf(name: string): Promise<string | null> {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const folder of [join(agentsCache(), 'node_modules', '.bin'), ...path]) {
    const program = join(folder, name)
    if (await isProgram(program)) return program
  }
  return null
}

/** Where `npm run agents:install` puts agents. */
function agentsCache(): string {
  return process.env['QUINTET_AGENTS_CACHE'] ?? join(homedir(), '.cache', 'quintet-agents')
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errnoOf(error) ?? '')) return false
    throw error
  }
}

/** The models of a demo with real agents, and how its repository is changed for them. */
export class DemoAgents implements AsyncDisposable {
  readonly #agents: readonly InstalledAgent[]
  readonly #models = new Map<string, ScriptedModel>()

  constructor(agents: readonly InstalledAgent[]) {
    this.#agents = agents
  }

  /** For a reader: `claude and codex`. */
  get names(): string {
    const names = this.#agents.map(({ agent }) => agent.name)
    return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${String(names.at(-1))}`
  }

  /** Starts the models, makes the home folder and makes this process, and what it starts, live in it. */
  async enter(home: string, material: string): Promise<void> {
    await mkdir(home, { recursive: true, mode: 0o700 })
    const scripts = await modelScripts(material)
    for (const { agent } of this.#agents) {
      const model = await startScriptedModel(scripts, { ...offlineModel(agent.name), aside: ASIDE })
      this.#models.set(agent.name, model)
      const files = offlineSetup(agent.name, model.url)?.files ?? {}
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(home, path)), { recursive: true, mode: 0o700 })
        await writeFile(join(home, path), text)
      }
    }
    for (const [variable, path] of Object.entries(HOMES)) process.env[variable] = join(home, path)
  }

  /** Writes into a new repository how the agents are started, and gives them the pieces by turns. */
  async arrange(root: string): Promise<void> {
    const plan = join(root, '.quintet', 'plans', 'demo.toml')
    const { pieces, ...rest } = v.parse(Plan, parse(await readFile(plan, 'utf8')))
    const played = pieces.map(({ script: _played, ...piece }, index) => {
      const name = this.#agents[index % this.#agents.length]?.agent.name ?? ''
      return { ...piece, agent: name, brief: `${piece.brief}\n${playMark(piece.id, name)}\n` }
    })
    await writeFile(plan, stringify({ ...rest, pieces: played }))
    // Real agents ask before commands; what these are to run stands in their scripts.
    const config = { permissions: 'allow', agents: this.#configured() }
    await writeFile(join(root, '.quintet', 'config.toml'), stringify(config))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const model of this.#models.values()) await model[Symbol.asyncDispose]()
  }

  #configured(): Record<string, object> {
    return Object.fromEntries(
      this.#agents.map(({ agent: { name, command, env, mode, boxedMode }, program }) => [
        name,
        {
          command: [program, ...command.slice(1)],
          env: { ...env, ...offlineSetup(name, this.#models.get(name)?.url ?? '')?.env },
          ...(mode === undefined ? {} : { mode }),
          ...(boxedMode === undefined ? {} : { boxed_mode: boxedMode }),
        },
      ]),
    )
  }
}

const Plan = v.looseObject({
  pieces: v.array(v.looseObject({ id: v.string(), brief: v.string(), script: v.optional(v.string()) })),
})

/** The scripts of all pieces as a model plays them. A piece begins with what the ones before it in the plan have left: what
 *  it builds on comes before it, and the rest is none of its files. */
async function modelScripts(material: string): Promise<readonly ModelScript[]> {
  const { pieces } = v.parse(PlanFile, parse(await readFile(join(material, 'plan.toml'), 'utf8')))
  const scripts: ModelScript[] = []
  let files: ReadonlyMap<string, string> = await textsBelow(join(material, 'service'))
  for (const { id } of pieces) {
    const folder = join(material, 'pieces', id)
    const script = v.parse(Script, JSON.parse(await readFile(join(folder, 'script.json'), 'utf8')))
    const translated = modelScript(script, { files, sources: await textsBelow(folder) })
    scripts.push(translated.script)
    files = translated.files
  }
  return scripts
}

/** Texts of all files in a folder, by their paths in it. */
async function textsBelow(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries =
    (await ignoring(['ENOENT'], readdir(folder, { recursive: true, withFileTypes: true }))) ?? []
  const texts = new Map<string, string>()
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    texts.set(path.slice(folder.length + 1), await readFile(path, 'utf8'))
  }
  return texts
}

function offlineError(name: string): QuintetError {
  return new QuintetError(
    'E_AGENT_OFFLINE',
    'usage',
    `The agent ${name} cannot play the demo: it is not known how to point it at a scripted model.`,
    { hints: [{ text: 'Name others.', command: 'quintet demo --agents claude,codex' }] },
  )
}

function missingError(names: readonly string[]): QuintetError {
  return new QuintetError('E_AGENT_MISSING', 'environment', `Not installed: ${names.join(', ')}.`, {
    details: { names, cache: agentsCache() },
    hints: [
      {
        text: `They are looked for in ${agentsCache()} ($QUINTET_AGENTS_CACHE names another folder) and on the path.`,
        command: 'npm run agents:install',
      },
    ],
  })
}
