// A session of one turn that drafts a plan: any agent, in a box in which nothing of the repository can be written, on a copy
// of its files. Whatever happens, its processes are ended and the copy is removed. What it says is data and no more; whether
// it is a plan, and a good one, is for others to judge.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CACHES, PROGRAM_CACHES, RUN_CACHES } from '../../agents/home.ts'
import type { AgentDriver } from '../../agents/driver.ts'
import { agentCommand, type AgentCommand } from '../../agents/presets.ts'
import type { AgentAnswer, AgentEvent, AgentQuestion, TurnOutcome } from '../../contract/agent.ts'
import type { ConfigFile } from '../../contract/config.ts'
import { QuintetError } from '../../contract/errors.ts'
import type { Repository } from '../../git/repository.ts'
import { planIn } from '../../plan/draft/answer.ts'
import { plannerPrompt } from '../../plan/draft/prompt.ts'
import { boxAvailable, type Box } from '../../process/box.ts'
import type { Environment } from '../../process/environment.ts'
import { holdFileLock } from '../../process/lock.ts'
import { endSurvivors, SESSION_MARK } from '../../process/marker.ts'
import { homeFolder } from '../../workspace/box/places.ts'
import { prepareTreeBox } from '../../workspace/box/survey.ts'
import { UNSIGNED } from '../session/environment.ts'
import { scratchCopy } from './scratch.ts'

export interface PlannerServices {
  readonly repo: Repository
  /** The state folder. */
  readonly state: string
  readonly config: ConfigFile
  readonly driver: AgentDriver
}

export interface DraftInput {
  readonly goal: string
  /** The commit that is planned for. */
  readonly commit: string
  /** JSON texts. */
  readonly facts: string
  readonly candidates: string
  /** Name of an agent, configured or known. */
  readonly agent: string
  /** Script of the scripted agent. */
  readonly script?: string
  readonly signal: AbortSignal
  /** What the planner is doing, one line each. */
  readonly onProgress?: (text: string) => void
  /** Milliseconds for the whole session; default a quarter of an hour. */
  readonly timeoutMs?: number
}

export type Draft = { readonly text: string } | { readonly failed: string }

const NAME = { run: 'planner', piece: 'draft' }
const MARKER = 'planner/draft'
const TIMEOUT_MS = 15 * 60_000
const LONGEST_ANSWER = 1024 * 1024

/** Lets an agent draft a plan. Whatever the agent does or fails to do is a value. Throws `E_AGENT_UNKNOWN`, what git throws,
 *  and the signal's reason. */
export async function draftPlan(services: PlannerServices, input: DraftInput): Promise<Draft> {
  const { repo, state, config } = services
  const { agent: name, script, commit } = input
  const piece = { id: NAME.piece, agent: name, ...(script === undefined ? {} : { script }) }
  const agent = agentCommand(piece, config, { root: repo.root })
  const support = await boxAvailable()
  if (!support.available) return { failed: `A planner is not started without a box. ${support.reason}` }
  await mkdir(state, { recursive: true })
  await using lock = await holdFileLock(join(state, 'planner.lock'))
  if (lock === null) return { failed: 'Another planner is at work in this repository.' }
  await endSurvivors(MARKER)
  const limit = AbortSignal.timeout(input.timeoutMs ?? TIMEOUT_MS)
  const signal = AbortSignal.any([input.signal, limit])
  try {
    await using scratch = await scratchCopy(repo, { commit, state, signal })
    const boxed = await plannerBox(services, agent, scratch.path)
    return await converse(services, { ...input, signal }, { agent, cwd: scratch.path, ...boxed })
  } catch (error) {
    input.signal.throwIfAborted()
    if (limit.aborted) return { failed: 'The planner took too long.' }
    if (error instanceof QuintetError && error.code.startsWith('E_AGENT_')) return { failed: error.message }
    throw error
  } finally {
    await endSurvivors(MARKER)
  }
}

interface Boxed {
  readonly box: Box
  readonly env: Environment
}

/** The box of a set-up, with the copy read-only as well. */
async function plannerBox(
  { repo, state, config }: PlannerServices,
  agent: AgentCommand,
  path: string,
): Promise<Boxed> {
  const { box, env } = await prepareTreeBox({
    repo,
    state,
    ...NAME,
    path,
    home: homeFolder(state, NAME),
    operator: {
      ...agent.home,
      writes: [...agent.writes, ...config.home_writes],
      caches: [...CACHES, ...RUN_CACHES],
      programs: PROGRAM_CACHES,
    },
    command: agent.command,
  })
  const mounts = box.mounts.map((mount) =>
    mount.path === path ? { ...mount, kind: 'read' as const } : mount,
  )
  return { box: { ...box, mounts, network: agent.network }, env: { ...env, ...UNSIGNED } }
}

interface Started extends Boxed {
  readonly agent: AgentCommand
  readonly cwd: string
}

async function converse(
  { driver, state }: PlannerServices,
  { goal, facts, candidates, signal, onProgress }: DraftInput,
  { agent, cwd, box, env }: Started,
): Promise<Draft> {
  const said: string[] = []
  let length = 0
  const onEvent = (event: AgentEvent): void => {
    if (event.kind === 'tool' && event.status === 'running') onProgress?.(event.title)
    if (event.kind !== 'text' || length > LONGEST_ANSWER) return
    said.push(event.text)
    length += event.text.length
  }
  await mkdir(join(state, 'logs'), { recursive: true })
  await using conversation = await driver.open({
    cwd,
    command: agent.command,
    env: { ...agent.env, ...env, [SESSION_MARK]: MARKER },
    ...(agent.mode === undefined ? {} : { mode: agent.mode }),
    box,
    home: homeFolder(state, NAME),
    log: join(state, 'logs', 'planner.log'),
    onEvent,
    onQuestion: (question) => Promise.resolve(answerTo(question)),
    signal,
  })
  onProgress?.(`${agent.name} plans`)
  const outcome = await conversation.prompt(plannerPrompt({ goal, facts, candidates }), signal)
  signal.throwIfAborted()
  const failure = failureOf(outcome)
  return failure === null ? planIn(said.join('')) : { failed: failure }
}

/** Reading is allowed, once each time; everything else is refused, and questions are not answered. */
function answerTo({ kind, tool, options }: AgentQuestion): AgentAnswer {
  if (kind !== 'permission') return { kind: 'declined' }
  const wanted = tool === 'read' || tool === 'search' ? 'allow_once' : 'reject'
  const option = options.find(({ effect }) => effect === wanted)
  return option === undefined ? { kind: 'declined' } : { kind: 'option', id: option.id }
}

function failureOf(outcome: TurnOutcome): string | null {
  switch (outcome.kind) {
    case 'stopped':
      return outcome.reason === 'end_turn'
        ? null
        : `The planner stopped: ${outcome.reason.replaceAll('_', ' ')}.`
    case 'failed':
      return `The planner failed: ${outcome.message.replace(/\.$/, '')}.`
    case 'lost':
      return `The planner ended before it had answered (${outcome.signal ?? `exit code ${outcome.exitCode ?? 'unknown'}`}).`
  }
}
