// Real agents supervised at once: what the daemon costs beside them, and what a start through it costs beside a start by
// hand. Their model is scripted, so nothing depends on a provider.
import { mkdir, readdir } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { playMark } from '../../src/agents/conformance/model/script.ts'
import { PRESETS } from '../../src/agents/presets.ts'
import { installedAgents, type InstalledAgent } from '../../src/cli/demo/agents.ts'
import { ignoring, QuintetError } from '../../src/contract/errors.ts'
import { runningDaemon } from '../../src/daemon/connect.ts'
import { readRun } from '../../src/daemon/projection/read.ts'
import { sessionMarker } from '../../src/engine/session/spec.ts'
import { openRepository, stateFolder, type Repository } from '../../src/git/repository.ts'
import { openStore } from '../../src/store/store.ts'
import { takeCalls } from '../../test/support/git-calls.ts'
import type { Bench, BenchContext, Figure, Outcome } from '../bench.ts'
import { answered, quintet } from '../quintet.ts'
import { median, rounded } from '../statistics.ts'
import { timeByHand } from './by-hand.ts'
import {
  isEdit,
  makeHome,
  makeRepository,
  PLAN,
  promptOf,
  SHORT,
  startModels,
  startOf,
  steady,
  type AgentModel,
  type Pace,
} from './stage.ts'
import { Follower, type Usage } from './usage.ts'

const ALL = ['claude', 'codex', 'gemini', 'opencode', 'copilot']
const PATIENCE_MS = 300_000
const LOOK_EVERY_MS = 2_000
/** Of a model between two tool calls: a brisk agent. */
const THINK_MS = 2_000
/** From the last answer of a model until nothing follows from it any more. */
const SETTLE_MS = 5_000

export const bench: Bench = {
  options: [
    {
      flags: '--agents <names>',
      summary: `separated by commas; default: those installed of ${ALL.join(', ')}`,
    },
    { flags: '--seconds <n>', summary: 'how long they are supervised; default 60' },
    { flags: '--think <ms>', summary: `what a model takes for an answer; default ${THINK_MS}` },
    { flags: '--rounds <n>', summary: 'starts of each agent, by hand and through a run; default 3' },
    { flags: '--no-starts', summary: 'only the daemon beside the agents' },
  ],
  goals: { daemon_cpu_share: 0.25, daemon_memory_share: 0.1 },
  run,
}

async function run(context: BenchContext): Promise<Outcome> {
  const { options, note, scratch } = context
  const agents = await chosen(options.text('agents')?.split(','), note)
  const seconds = options.count('seconds', 60)
  const pace: Pace = { thinkMs: options.count('think', THINK_MS) }
  // The first agent at work waits for the last one, and must not come to the end of its script meanwhile.
  const turns = Math.ceil((seconds * 1_000 + PATIENCE_MS) / pace.thinkMs)
  const scripts = agents.map(({ agent: { name } }) => steady(name, turns, pace))
  await using models = await startModels(agents, [SHORT, ...scripts])
  const home = join(scratch.path, 'home')
  Object.assign(process.env, await makeHome(home, models.all))
  const beside = await supervised(context, models.all, { seconds, pace })
  if (options.flag('no-starts')) return { ...beside, ok: true }
  const starts = await startsOf(context, models.all)
  return {
    figures: { ...beside.figures, ...starts.figures },
    details: [...beside.details, ...starts.details],
    ok: true,
  }
}

/** The agents that were named, or those that are installed; what is missing then is said loudly. */
async function chosen(
  named: readonly string[] | undefined,
  note: BenchContext['note'],
): Promise<readonly InstalledAgent[]> {
  if (named !== undefined) return installedAgents(named)
  const found: InstalledAgent[] = []
  for (const name of ALL.filter((one) => Object.hasOwn(PRESETS, one))) {
    try {
      found.push(...(await installedAgents([name])))
    } catch (error) {
      if (!(error instanceof QuintetError) || error.code !== 'E_AGENT_MISSING') throw error
      note(`LEFT OUT: ${name} is not installed; run: npm run agents:install`)
    }
  }
  if (found.length === 0) return installedAgents(ALL)
  return found
}

interface Part {
  readonly figures: Readonly<Record<string, Figure>>
  readonly details: readonly string[]
}

/** One daemon with all agents at work, each in a piece and a box of its own. */
async function supervised(
  context: BenchContext,
  models: readonly AgentModel[],
  { seconds, pace }: { readonly seconds: number; readonly pace: Pace },
): Promise<Part> {
  const { scratch, note, signal } = context
  const path = join(scratch.path, 'beside', 'repo')
  await mkdir(path, { recursive: true })
  await makeRepository(path, models, (agent) => playMark(`steady-${agent}`, 'beside'))
  const calls = join(scratch.path, 'git-calls')
  await mkdir(calls)
  process.env['GIT_TRACE2_EVENT'] = calls
  try {
    await answered(path, ['run', PLAN, '--detach'], { signal })
    note(`Waiting for ${models.length} agents to be at work.`)
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
    await Promise.all(models.map(({ model }) => model.until(({ turn }) => (turn ?? 0) >= 2, patience)))
    const stage = { repo: await openRepository(path), models, calls }
    note(`Measuring the daemon and the agents for ${seconds} s.`)
    const busy = await measured(stage, { seconds, signal, note })
    pace.thinkMs = seconds * 1_000 + 2 * SETTLE_MS + pace.thinkMs
    note(`Measuring them for ${seconds} s while every agent waits for its model.`)
    await delay(SETTLE_MS, undefined, { signal })
    const idle = await measured(stage, { seconds, signal, note })
    return {
      figures: { ...busy.figures, ...idleFigures(idle.figures) },
      details: [...busy.details, ...idle.details.map((line) => `idle: ${line}`)],
    }
  } finally {
    delete process.env['GIT_TRACE2_EVENT']
    await quintet(path, ['stop', '--force'], { signal: AbortSignal.timeout(PATIENCE_MS) })
  }
}

const IDLE = ['daemon_cpu_percent', 'daemon_own_cpu_s', 'daemon_cpu_share', 'git_calls']

function idleFigures(figures: Part['figures']): Part['figures'] {
  return Object.fromEntries(IDLE.map((name) => [`idle_${name}`, figures[name] ?? null]))
}

interface Stage {
  readonly repo: Repository
  readonly models: readonly AgentModel[]
  /** Where every git leaves what it was called for. */
  readonly calls: string
}

async function measured(
  { repo, models, calls }: Stage,
  { seconds, signal, note }: Pick<BenchContext, 'signal' | 'note'> & { readonly seconds: number },
): Promise<Part> {
  const { run: runId } = await readRun(repo)
  const daemon = await runningDaemon(repo)
  if (daemon === null) throw new Error('The daemon has ended while its sessions work.')
  const own = Follower.ofProcess(daemon.pid)
  const alone = Follower.ofProcess(daemon.pid, false)
  const names = models.map(({ installed }) => installed.agent.name)
  const each = names.map((piece) => Follower.ofMarks([sessionMarker(repo.commonDir, { run: runId, piece })]))
  const turns = (): number[] =>
    models.map(({ model }) => model.seen.filter(({ turn }) => turn !== null).length)
  const edits = (): number =>
    models.reduce(
      (sum, { model }) => sum + model.seen.filter(({ turn }) => turn !== null && isEdit(turn)).length,
      0,
    )
  const editsBefore = edits()
  const [begun, before, handled, asked] = [
    performance.now(),
    await lookAll({ own, alone }, each),
    await events(repo, runId),
    turns(),
  ]
  await takeCalls(calls)
  const looks: Looks[] = []
  while (performance.now() - begun < seconds * 1_000) {
    await delay(LOOK_EVERY_MS, undefined, { signal })
    looks.push(await lookAll({ own, alone }, each))
  }
  const after = looks.at(-1) ?? before
  const gone = names.filter((_name, index) => after.agents[index]?.processes === 0)
  if (gone.length > 0) note(`ENDED BEFORE THE END: ${gone.join(', ')}; the shares count what is left.`)
  const elapsed = (performance.now() - begun) / 1_000
  const [done, said] = [await events(repo, runId), turns()]
  const called = await takeCalls(calls)
  const gits = [...called.values()].reduce((sum, count) => sum + count, 0)
  const edited = edits() - editsBefore
  const cpu = (of: (look: Looks) => number): number => (of(after) - of(before)) / 1_000
  const middle = (of: (look: Looks) => number): number => median(looks.map(of))
  const total =
    (field: keyof Usage) =>
    (look: Looks): number =>
      look.agents.reduce((sum, usage) => sum + usage[field], 0)
  const daemonCpu = cpu(({ daemon: one }) => one.cpuMs)
  const agentsCpu = cpu(total('cpuMs'))
  const perSecond = (now: number, then: number): number => rounded((now - then) / elapsed, 1)
  return {
    figures: {
      agents: names.length,
      daemon_cpu_share: rounded(daemonCpu / agentsCpu, 3),
      daemon_memory_share: rounded(middle(({ daemon: one }) => one.pssMb) / middle(total('pssMb')), 3),
      daemon_cpu_percent: rounded((daemonCpu / elapsed) * 100, 1),
      git_calls: gits,
      git_calls_per_edit: rounded(gits / Math.max(1, edited), 1),
      daemon_cpu_s: rounded(daemonCpu, 2),
      daemon_own_cpu_s: rounded(
        cpu(({ alone: one }) => one.cpuMs),
        2,
      ),
      agents_cpu_s: rounded(agentsCpu, 2),
      daemon_pss_mb: rounded(
        middle(({ daemon: one }) => one.pssMb),
        0,
      ),
      daemon_rss_mb: rounded(
        middle(({ daemon: one }) => one.rssMb),
        0,
      ),
      agents_pss_mb: rounded(middle(total('pssMb')), 0),
      agents_rss_mb: rounded(middle(total('rssMb')), 0),
      agents_processes: middle(total('processes')),
      events_per_s: perSecond(done.told, handled.told),
      log_rows_per_s: perSecond(done.rows, handled.rows),
      daemon_ms_per_event: rounded((daemonCpu * 1_000) / Math.max(1, done.told - handled.told), 2),
    },
    details: [
      `git, for ${edited} edits: ${[...called].map(([verb, count]) => `${verb} ${count}`).join(', ')}`,
      ...names.map((name, index) => {
        const of = (look: Looks | undefined): Usage => look?.agents[index] ?? NOTHING
        const spent = (of(after).cpuMs - of(before).cpuMs) / 1_000
        const answers = (said[index] ?? 0) - (asked[index] ?? 0)
        const memory = median(looks.map((look) => of(look).pssMb))
        return `${name}: ${answers} answers of its model, ${rounded(spent, 1)} s of CPU, ${rounded(memory, 0)} MB`
      }),
    ],
  }
}

const NOTHING: Usage = { cpuMs: 0, pssMb: 0, rssMb: 0, processes: 0 }

interface Looks {
  /** With the programs that it has called, git above all. */
  readonly daemon: Usage
  readonly alone: Usage
  /** In the order of the agents. */
  readonly agents: readonly Usage[]
}

async function lookAll(
  { own, alone }: { readonly own: Follower; readonly alone: Follower },
  agents: readonly Follower[],
): Promise<Looks> {
  return {
    daemon: await own.look(),
    alone: await alone.look(),
    agents: await Promise.all(agents.map((one) => one.look())),
  }
}

/** What has been told of agents, as their traces have it, and rows of the log; until now. */
async function events(
  repo: Repository,
  runId: string,
): Promise<{ readonly told: number; readonly rows: number }> {
  const state = stateFolder(repo)
  using store = openStore(join(state, 'quintet.db'), { readOnly: true })
  let rows = 0
  for (const _event of store.events({})) rows += 1
  const folder = join(state, 'traces', runId)
  const found = (await ignoring(['ENOENT'], readdir(folder, { recursive: true, withFileTypes: true }))) ?? []
  let told = 0
  // Beside the traces stand the scratch stores of their recorders, which come and go.
  for (const file of found.filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl')))
    told += await linesIn(join(file.parentPath, file.name))
  return { told, rows }
}

async function linesIn(path: string): Promise<number> {
  let lines = 0
  for await (const part of createReadStream(path, 'utf8')) lines += String(part).split('\n').length - 1
  return lines
}

/** By hand with a new home folder and again with the same, then through a run; from the call to the first question to the
 *  model. */
async function startsOf(context: BenchContext, models: readonly AgentModel[]): Promise<Part> {
  const rounds = context.options.count('rounds', 3)
  const figures: Record<string, Figure> = {}
  const details: string[] = []
  for (const one of models) {
    const { name } = one.installed.agent
    const times = { first: [] as number[], again: [] as number[], run: [] as number[] }
    for (let round = 0; round < rounds; round += 1) {
      context.note(`Starting ${name}, round ${round + 1} of ${rounds}.`)
      const home = await makeHome(join(context.scratch.path, `home-${name}-${round}`), [one])
      times.first.push(await startByHand(context, one, { home, key: `first-${round}` }))
      times.again.push(await startByHand(context, one, { home, key: `again-${round}` }))
      times.run.push(await startByRun(context, one, `run-${round}`))
    }
    const [first, again, through] = [times.first, times.again, times.run].map(median)
    figures[`start_ratio_${name}`] = rounded((through ?? 0) / (first ?? 1), 2)
    figures[`start_ratio_again_${name}`] = rounded((through ?? 0) / (again ?? 1), 2)
    details.push(
      `${name}: first question after ${rounded((first ?? 0) / 1_000, 1)} s by hand, ${rounded((again ?? 0) / 1_000, 1)} s by hand again, ${rounded((through ?? 0) / 1_000, 1)} s through a run`,
    )
  }
  return { figures, details }
}

async function startByHand(
  { scratch, signal }: BenchContext,
  one: AgentModel,
  { home, key }: { readonly home: Readonly<Record<string, string>>; readonly key: string },
): Promise<number> {
  const { name } = one.installed.agent
  const cwd = join(scratch.path, `by-hand-${name}`, 'repo')
  await mkdir(cwd, { recursive: true })
  const { command, env } = startOf(one)
  const prompt = promptOf(name, playMark(SHORT.name, key))
  const over = new AbortController()
  const patience = AbortSignal.any([signal, over.signal, AbortSignal.timeout(PATIENCE_MS)])
  const reached = one.model.until((seen) => seen.key === key && seen.turn === 0, patience)
  try {
    return await timeByHand({ command, env: { ...home, ...env }, cwd, prompt, signal }, reached)
  } finally {
    over.abort()
    await reached.catch(() => undefined)
  }
}

/** With a daemon that has to be started first, in a repository of its own. */
async function startByRun({ scratch, signal }: BenchContext, one: AgentModel, key: string): Promise<number> {
  const path = join(scratch.path, `${one.installed.agent.name}-${key}`, 'repo')
  await mkdir(path, { recursive: true })
  await makeRepository(path, [one], () => playMark(SHORT.name, key))
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
  const begun = performance.now()
  try {
    const reached = one.model.until((seen) => seen.key === key && seen.turn === 0, patience)
    await Promise.all([reached, answered(path, ['run', PLAN, '--detach'], { signal })])
    return performance.now() - begun
  } finally {
    await quintet(path, ['stop', '--force'], { signal: AbortSignal.timeout(PATIENCE_MS) })
  }
}
