// Every agent that plans can name: whether its program is there, and what it said of itself when it was started once. What a
// repository describes is started only when it is asked for by its name: whoever wrote that may be a stranger.
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, isAbsolute, join } from 'node:path'
import type { ConfigFile } from '../../contract/config.ts'
import { errorData, QuintetError, type ErrorData } from '../../contract/errors.ts'
import type { MeasuredAgent } from '../../contract/measured.ts'
import { boxAvailable, type Box } from '../../process/box.ts'
import type { Environment } from '../../process/environment.ts'
import { SESSION_MARK } from '../../process/marker.ts'
import { programFile } from '../../process/spawn.ts'
import { measureAgent } from '../acp/measure.ts'
import { agentCommand, PRESETS, type AgentCommand } from '../presets.ts'
import { presetOf } from '../presets/login.ts'
import type { Preset } from '../presets/preset.ts'
import { lookingBox } from './box.ts'
import { measuredFile, recall, remember, type Remembered } from './memory.ts'

/** What is known of one agent. */
export interface SurveyedAgent {
  readonly name: string
  readonly from: 'preset' | 'configuration'
  readonly command: readonly string[]
  /** Where its program is; null when it is not installed. */
  readonly file: string | null
  readonly preset: Preset | null
  /** The file that describes it; null for a preset. */
  readonly source: string | null
  /** Why it was not started without being asked for by its name; null when it may be. */
  readonly untried: Untried | null
  /** Null when it is not installed, was not tried, or could not be started. */
  readonly found: Remembered | null
  readonly error: ErrorData | null
}

/** `repository`: it is described there. `download`: what starts it fetches it first. */
export type Untried = 'repository' | 'download'

export interface SurveyOptions {
  /** Where agents of the configuration are called from. */
  readonly root: string
  readonly config: Pick<ConfigFile, 'agent' | 'agents'>
  /** Where agents of the configuration are described. */
  readonly sources: Readonly<Record<string, { readonly file: string; readonly repository: boolean }>>
  /** Those to look at, and to start wherever they are described; none: all of them. */
  readonly names: readonly string[]
  /** The operator's home folder. */
  readonly home: string
  /** Folder of what is remembered. */
  readonly memory: string
  /** Measures anew what is remembered. */
  readonly fresh: boolean
  readonly signal: AbortSignal
  /** Called before an agent is started. */
  onStart(name: string): void
}

/** Agents that are started at the same time. */
const AT_ONCE = 2
/** Programs that fetch what they start. */
const FETCHERS = ['npx', 'uvx', 'bunx', 'pnpx']
/** Of each step of a start, and of a start as a whole. */
const STEP_LIMIT_MS = 60_000
const LIMIT_MS = 90_000

/** Looks at the agents that are named, else at every agent of the configuration and every preset, at most two at a time.
 *  Throws `E_AGENT_UNKNOWN`, and the signal's reason. */
export async function surveyAgents(options: SurveyOptions): Promise<readonly SurveyedAgent[]> {
  const all = [...Object.keys(options.config.agents), ...Object.keys(PRESETS)]
  const names = [...new Set(options.names.length > 0 ? options.names : all)]
  const surveyed = new Map<string, SurveyedAgent>()
  const left = [...names]
  const work = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift())
      surveyed.set(name, await surveyAgent(name, options))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return names.flatMap((name) => surveyed.get(name) ?? [])
}

async function surveyAgent(name: string, options: SurveyOptions): Promise<SurveyedAgent> {
  const { config, root, signal, names } = options
  const agent = agentCommand({ id: name, agent: name }, config, { root })
  const configured = Object.hasOwn(config.agents, name)
  const file = await programFile(agent.command[0] ?? '', { cwd: root, env: agent.env })
  const known = {
    name,
    from: configured ? ('configuration' as const) : ('preset' as const),
    command: agent.command,
    file,
    // By its program alone, where it is described: the name of a preset does not make another program that.
    preset: presetOf(configured ? { name: '', command: agent.command } : agent, PRESETS),
    source: configured ? (options.sources[name]?.file ?? null) : null,
    untried: names.includes(name) ? null : untried(agent, options),
  }
  if (file === null) return { ...known, untried: null, found: null, error: null }
  try {
    const found = await findOut(agent, { file, tries: known.untried === null }, options)
    return { ...known, untried: found === null ? known.untried : null, found, error: null }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    return { ...known, found: null, error: errorData(error) }
  }
}

/** An agent of the operator's own configuration may be started, unless its program is looked for in the repository. */
function untried({ name, command }: AgentCommand, { config, sources }: SurveyOptions): Untried | null {
  if (!Object.hasOwn(config.agents, name)) return null
  const [program = ''] = command
  if (sources[name]?.repository !== false || (program.includes('/') && !isAbsolute(program)))
    return 'repository'
  return FETCHERS.includes(basename(program)) ? 'download' : null
}

interface Program {
  readonly file: string
  readonly tries: boolean
}

/** What is remembered, else what a start shows; null where nothing is remembered and it is not to be started. */
async function findOut(
  agent: AgentCommand,
  program: Program,
  options: SurveyOptions,
): Promise<Remembered | null> {
  const file = await measuredFile(options.memory, program.file, agent)
  const earlier = options.fresh && program.tries ? null : await recall(file)
  if (earlier !== null || !program.tries) return earlier
  options.signal.throwIfAborted()
  options.onStart(agent.name)
  const found = { at: new Date().toISOString(), measured: await startOnce(agent, program.file, options) }
  // A login changes no program, so what was found without one is not kept.
  if (found.measured.login === null) await remember(options.memory, file, found)
  return found
}

/** In an empty folder of its own; where there are boxes, on Linux, in one that can write that folder alone, a home folder
 *  of its own, and what the agent logs in with. Else with what the operator can do. */
async function startOnce(
  agent: AgentCommand,
  program: string,
  options: SurveyOptions,
): Promise<MeasuredAgent> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'quintet-agents-'))
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(lateError(agent.name)), LIMIT_MS)
  try {
    const cwd = join(folder, 'empty')
    await mkdir(cwd)
    const command = [program, ...agent.command.slice(1)]
    const isBoxed = process.platform === 'linux' && (await boxAvailable()).available
    const box = isBoxed ? await boxOf(agent, { folder, command }, options) : false
    return await measureAgent({
      cwd,
      command,
      // One agent does not start for root unless it is told that it is in a box; it is given nothing to do here.
      env: {
        ...agent.env,
        IS_SANDBOX: '1',
        ...(isBoxed ? inBox(options.home) : {}),
        [SESSION_MARK]: `agents/${randomUUID()}`,
      },
      ...(agent.mode === undefined ? {} : { mode: agent.mode }),
      box,
      log: join(folder, 'log'),
      signal: AbortSignal.any([options.signal, late.signal]),
      initializeTimeoutMs: STEP_LIMIT_MS,
    })
  } finally {
    clearTimeout(timer)
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Where it can write, wherever the operator has these. */
const inBox = (home: string): Environment => ({ TMPDIR: '/tmp', XDG_CACHE_HOME: join(home, '.cache') })

function boxOf(
  { name, home: places, writes }: AgentCommand,
  place: { readonly folder: string; readonly command: readonly string[] },
  { config, home }: SurveyOptions,
): Promise<Box> {
  return lookingBox({ ...place, home, places, writes, renews: !Object.hasOwn(config.agents, name) })
}

function lateError(name: string): QuintetError {
  return new QuintetError(
    'E_AGENT_PROTOCOL',
    'agent',
    `The agent ${name} was not ready within ${LIMIT_MS / 1000} seconds.`,
  )
}
