// Where one case is played: a repository made for it with one piece for the agent, a home folder that knows nobody, a
// scripted model, and this command line with a daemon of its own. Disposing of it ends all of that.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stringify } from 'smol-toml'
import type { InferInput } from 'valibot'
import {
  configuredSetup,
  OFFLINE_AGENTS,
  offlineModel,
  offlineSetup,
  type OfflineSetup,
} from '../../agents/conformance/offline.ts'
import { playMark, type ModelScript } from '../../agents/conformance/model/script.ts'
import { startScriptedModel, type ScriptedModel } from '../../agents/conformance/model/server.ts'
import type { AgentCommand } from '../../agents/presets.ts'
import { QuintetError } from '../../contract/errors.ts'
import type { ConfigFile } from '../../contract/config.ts'
import { parseFact, type FactData, type FactType } from '../../contract/facts.ts'
import type { PlanFile } from '../../contract/plan.ts'
import { stateFolder, openRepository } from '../../git/repository.ts'
import { runGit } from '../../git/run.ts'
import { isAlive } from '../../process/identity.ts'
import { run, type RunResult } from '../../process/run.ts'
import { openStore } from '../../store/store.ts'

/** The piece of the agent, and the files that are its own and another's. */
const PIECE = 'auth'
const PLAN = 'case'
const FILES = { 'src/auth/a.txt': 'one\n', 'src/api/b.txt': 'two\n', 'src/auth/check.mjs': '' }
/** How questions begin that a copy of the conversation is asked. */
const ASIDE = /Answer from memory, without tools/
/** Variables of the caller that say nothing of any account. */
const KEPT = ['PATH', 'TMPDIR', 'LANG', 'TERM', 'USER', 'LOGNAME', 'SHELL']
/** Longest that any command of a case may take. */
const LIMIT_MS = 300_000

/** What is played: the words of the model, and the plan and configuration around the one piece. */
export interface Setting {
  /** What is shown, and the title of the piece. */
  readonly title: string
  /** Where agents have to be led in different ways, by the name of the preset. */
  readonly script: ModelScript | ((agent: string) => ModelScript)
  /** Scripts of sub-agents. */
  readonly more?: readonly ModelScript[]
  readonly config?: InferInput<typeof ConfigFile>
  readonly plan?: Partial<InferInput<typeof PlanFile>>
  readonly piece?: Partial<InferInput<typeof PlanFile>['pieces'][number]>
}

export interface StageOptions {
  /** The words that start this command line. */
  readonly program: readonly string[]
  readonly signal: AbortSignal
  /** Leaves the repository, the log and the agent's own files where they are. */
  readonly keep?: boolean
}

export class Stage implements AsyncDisposable {
  readonly model: ScriptedModel
  readonly root: string
  readonly #folder: string
  readonly #options: StageOptions

  /** Sets everything up; nothing runs yet. Throws `E_AGENT_OFFLINE` when no scripted model can be put behind the agent. */
  static async set(agent: AgentCommand, one: Setting, options: StageOptions): Promise<Stage> {
    requireOfflineSetup(agent)
    const script = typeof one.script === 'function' ? one.script(agent.name) : one.script
    const model = await startScriptedModel([script, ...(one.more ?? [])], {
      ...offlineModel(agent.name),
      aside: ASIDE,
    })
    const folder = await mkdtemp(join(await realpath(tmpdir()), 'quintet-agent-'))
    const stage = new Stage(model, folder, options)
    try {
      await stage.#build(agent, one, {
        setup: requireOfflineSetup(agent, model.url),
        script: script.name,
      })
    } catch (error) {
      await stage[Symbol.asyncDispose]()
      throw error
    }
    return stage
  }

  private constructor(model: ScriptedModel, folder: string, options: StageOptions) {
    this.model = model
    this.#folder = folder
    this.root = join(folder, 'work', 'repo')
    this.#options = options
  }

  /** Runs `quintet <args>` in the repository to its end. */
  quintet(...args: readonly string[]): Promise<RunResult> {
    return this.#call(args, this.#options.signal)
  }

  /** Starts the plan, or goes on with it, until it has landed or needs the operator. */
  async play(): Promise<RunResult> {
    const played = await this.quintet('run', PLAN, '--no-wait')
    if (this.#begun()) return played
    throw new QuintetError(
      'E_CASE_NOT_STARTED',
      'environment',
      `The plan of the case could not be started: ${played.stderr.toString('utf8').trim()}`,
      { hints: [{ text: 'See what is missing on this machine.', command: 'quintet doctor' }] },
    )
  }

  /** Plays until turn `number` of the script is asked for, does `work` and lets it end. False when it ended before. */
  async playUntil(number: number, work: () => Promise<void>): Promise<boolean> {
    const played = this.play()
    const over = new AbortController()
    void played.finally(() => over.abort()).catch(() => undefined)
    const isNext = ({ turn }: { readonly turn: number | null }): boolean => turn === number
    const reached = await this.model.until(isNext, over.signal).then(
      () => true,
      () => false,
    )
    if (reached) await work()
    await played
    return reached
  }

  /** The facts of one type that are in the log now, oldest first. */
  async facts<T extends FactType>(type: T): Promise<readonly FactData<T>[]> {
    const repo = await openRepository(this.root)
    using store = openStore(join(stateFolder(repo), 'quintet.db'), { readOnly: true })
    return [...store.events({ types: [type] })].flatMap(({ data }) => {
      const fact = parseFact(type, data)
      return fact === null ? [] : [fact.data]
    })
  }

  /** Text of a file on the target; null when it is not there. */
  async landed(path: string): Promise<string | null> {
    const { exitCode, stdout } = await runGit(['show', `main:${path}`], {
      cwd: this.root,
      op: 'read what has landed',
      ok: [0, 128],
    })
    return exitCode === 0 ? stdout : null
  }

  /** Whether a file of the piece's worktree exists, committed or not. */
  async exists(path: string): Promise<boolean> {
    const [ready] = await this.facts('workspace.ready')
    return ready !== undefined && existsSync(join(ready.path, path))
  }

  /** What the agent says that it is; null when it never started. */
  async version(): Promise<string | null> {
    const [started] = this.#begun() ? await this.facts('attempt.started') : []
    return started === undefined ? null : `${started.agent} ${started.version}`
  }

  /** Why the piece is not done, in the program's own words; empty when it does not say. */
  async obstacle(): Promise<string> {
    const [failed, waiting] = [await this.facts('session.failed'), await this.facts('session.waiting')]
    return failed.at(-1)?.reason ?? waiting.at(-1)?.reason ?? ''
  }

  /** Whether a process that was started for the agent is still there. */
  async runs(): Promise<boolean> {
    const started = await this.facts('process.started')
    const alive = await Promise.all(started.map(isAlive))
    return alive.includes(true)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#call(['stop', '--force'])
    await this.model[Symbol.asyncDispose]()
    if (this.#options.keep === true) {
      await writeFile(join(this.#folder, 'model.json'), JSON.stringify(this.model.seen, null, 1))
      return
    }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }

  #call(args: readonly string[], signal?: AbortSignal): Promise<RunResult> {
    const variables = Object.entries(this.#environment()).map(([name, value]) => `${name}=${value}`)
    return run('env', ['-i', ...variables, ...this.#options.program, ...args], {
      cwd: this.root,
      timeout: LIMIT_MS,
      ...(signal === undefined ? {} : { signal }),
    })
  }

  /** There is a log to be read. */
  #begun(): boolean {
    return existsSync(join(this.root, '.git', 'quintet', 'quintet.db'))
  }

  /** All of it: a key or an address of the caller's own would lead the agent to a real provider. */
  #environment(): Record<string, string> {
    const home = join(this.#folder, 'home')
    // Where they are without these variables: the caller's own may name others.
    const xdg = {
      XDG_CONFIG_HOME: join(home, '.config'),
      XDG_STATE_HOME: join(home, '.local', 'state'),
      XDG_DATA_HOME: join(home, '.local', 'share'),
      XDG_CACHE_HOME: join(home, '.cache'),
    }
    const kept = KEPT.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value] as const]
    })
    return { ...Object.fromEntries(kept), HOME: home, ...xdg, GIT_CONFIG_GLOBAL: '/dev/null' }
  }

  async #build(
    agent: AgentCommand,
    one: Setting,
    { setup, script }: { readonly setup: OfflineSetup; readonly script: string },
  ): Promise<void> {
    await writeFiles(join(this.#folder, 'home'), setup.files)
    await writeFiles(this.root, {
      ...FILES,
      '.quintet/config.toml': configuration(agent, one, setup),
      [`.quintet/plans/${PLAN}.toml`]: planOf(agent, one, playMark(script, agent.name)),
    })
    const op = 'make the repository of a case'
    const cwd = this.root
    await runGit(['init', '--quiet', '--initial-branch=main'], { cwd, op })
    await runGit(['config', 'user.name', 'Quintet'], { cwd, op })
    await runGit(['config', 'user.email', 'quintet@example.invalid'], { cwd, op })
    await runGit(['add', '--all'], { cwd, op, locks: true })
    await runGit(['commit', '--quiet', '--message', 'Start'], { cwd, op, locks: true })
  }
}

/** How the agent is pointed at a model at `url`. Throws `E_AGENT_OFFLINE` when nobody knows how. */
export function requireOfflineSetup(agent: Pick<AgentCommand, 'name' | 'offline'>, url = ''): OfflineSetup {
  const { name, offline } = agent
  const setup = offline === undefined ? offlineSetup(name, url) : configuredSetup(offline, url)
  if (setup !== null) return setup
  throw new QuintetError(
    'E_AGENT_OFFLINE',
    'usage',
    `The agent ${name} cannot be tried: it is not known how to point it at a scripted model.`,
    {
      hints: [
        {
          text: `Say how under [agents.${name}.offline] in .quintet/config.toml, such as env = { BASE_URL = "{model}" }, or as "offline" under "quintet" in .quintet/agents/${name}.json.`,
        },
        { text: `Known without that: ${OFFLINE_AGENTS.join(', ')}.` },
      ],
    },
  )
}

function configuration(agent: AgentCommand, one: Setting, { env }: OfflineSetup): string {
  const { command, mode, boxedMode } = agent
  const own = {
    command: [...command],
    env: { ...agent.env, ...env },
    ...(mode === undefined ? {} : { mode }),
    ...(boxedMode === undefined ? {} : { boxed_mode: boxedMode }),
  }
  return stringify({ ...one.config, agents: { [agent.name]: own } })
}

function planOf(agent: AgentCommand, one: Setting, mark: string): string {
  const piece = {
    id: PIECE,
    title: one.title,
    brief: `${one.title} ${mark}`,
    agent: agent.name,
    scope: { include: ['/src/auth/'] },
    ...one.piece,
  }
  return stringify({
    goal: one.title,
    target: 'main',
    coordination: 'off',
    // What a session asks for is not granted because nobody else happens to own it.
    scope_requests: 'ask',
    integration: { checks: [{ name: 'git', run: ['git', '--version'] }] },
    ...one.plan,
    pieces: [piece],
  })
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}
