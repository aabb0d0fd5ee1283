// The ground an arena stands on: a repository with two sessions of one run, made and boxed by the product itself, a daemon
// that answers, processes of others, and a home folder with something to lose.
import type { Server } from 'node:http'
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { createServer as createSocketServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import * as v from 'valibot'
import { acpDriver } from '../../src/agents/acp/driver.ts'
import { AGENT_HOMES } from '../../src/agents/home.ts'
import type { AgentCommand } from '../../src/agents/presets.ts'
import { ConfigFile } from '../../src/contract/config.ts'
import type { Workspace } from '../../src/contract/session.ts'
import { createToken, setDaemonFile } from '../../src/daemon/announce.ts'
import { Feed } from '../../src/daemon/http/feed.ts'
import { apiRoutes } from '../../src/daemon/http/routes.ts'
import { listen } from '../../src/daemon/http/server.ts'
import { protocol } from '../../src/daemon/mcp/protocol.ts'
import { mcpRoutes } from '../../src/daemon/mcp/routes.ts'
import { SessionTokens } from '../../src/daemon/mcp/tokens.ts'
import { runWorkflowId, sessionWorkflowId } from '../../src/engine/names.ts'
import type { EffectContext } from '../../src/engine/port.ts'
import { toJson } from '../../src/engine/record.ts'
import type { RunInput } from '../../src/engine/run/input.ts'
import type { Services } from '../../src/engine/services.ts'
import { sessionBox, type SessionBox } from '../../src/engine/session/box.ts'
import { sessionEnvironment } from '../../src/engine/session/environment.ts'
import { setGuards } from '../../src/engine/session/guards.ts'
import { prepareSession } from '../../src/engine/session/prepare.ts'
import { sessionSpec, type SessionSpec } from '../../src/engine/session/spec.ts'
import { callTool } from '../../src/engine/session/tools.ts'
import { Conversations } from '../../src/engine/session/turn/conversations.ts'
import { openRepository, stateFolder } from '../../src/git/repository.ts'
import { startChild, type Child } from '../../src/process/child.ts'
import { run } from '../../src/process/run.ts'
import { openStore } from '../../src/store/store.ts'
import { gitIn, writeFiles } from '../support/repository.ts'
import { operatorsHome, SECRET } from './template.ts'

const AGENT: AgentCommand = {
  // What it has in the operator's home is that agent's.
  name: 'claude',
  command: ['sh'],
  env: {},
  writes: ['.escapist/'],
  home: AGENT_HOMES.claude,
  network: 'shared',
}

/** A folder of the neighbour in one of `left`. */
const THEIRS = '/src/left/one/two/theirs/'

/** What is run of the session's own files before it counts as finished: in a box, like all that it has written. */
const CHECK = { name: 'tests', run: ['sh', 'src/left/check.sh'], timeout_seconds: 20 }

export interface Ground {
  readonly path: string
  readonly services: Services
  readonly left: SessionSpec
  readonly right: SessionSpec
  readonly workspace: Workspace
  readonly box: SessionBox
  readonly env: Readonly<Record<string, string>>
  readonly resources: AsyncDisposableStack
  readonly victim: Child
}

/** Makes the ground from what `makeTemplate` has filled. The operator's home folder is another from then on, until the
 *  resources are disposed of: one ground a process at a time. */
export async function makeGround(template: string): Promise<Ground> {
  await using stack = new AsyncDisposableStack()
  const path = await realpath(await mkdtemp(join(tmpdir(), 'quintet-escape-')))
  stack.defer(() => rm(path, { recursive: true, force: true, maxRetries: 5 }))
  const root = await repositoryAt(path, template)
  stack.use(await operatorsHome(path))
  const tokens = new SessionTokens()
  const services = await servicesAt(root, tokens, stack)
  const input = runInput(await gitIn(root, 'rev-parse', 'HEAD'))
  services.store.claims.create({ id: runWorkflowId(input.run), workflow: 'run', input: toJson(input) })
  const left = sessionSpec(services, { run: input.run, piece: 'left' })
  const right = sessionSpec(services, { run: input.run, piece: 'right' })
  const workspace = await prepared(services, left)
  const neighbour = await prepared(services, right)
  await neighboursWork(neighbour, right)
  const port = await daemonOf(services, tokens, stack)
  const { token } = tokens.open(left.name)
  const other = tokens.open(right.name)
  await writeFiles(right.home, { 'tools.json': JSON.stringify(other) })
  const victim = stack.use(
    await startChild('sleep', ['600'], {
      cwd: neighbour.path,
      env: { QUINTET_SESSION: right.marker, SECRET, QUINTET_TOKEN: other.token },
    }),
  )
  const door = await doorIn(stack)
  const guards = await setGuards(services, left, workspace.path)
  const box = await sessionBox(services, { session: left, workspace, agent: AGENT, guards })
  const env = {
    ...sessionEnvironment(services, left, workspace),
    ROOT: root,
    COMMON: services.repo.commonDir,
    STATE: services.state,
    OTHER: neighbour.path,
    RIGHT_HOME: right.home,
    OPERATOR: process.env['HOME'] ?? '',
    VICTIM: String(victim.identity.pid),
    DAEMON: `http://127.0.0.1:${port}`,
    DOOR: door,
    CANARY: join(process.env['HOME'] ?? '', 'canary'),
    TOKEN: token,
    RUN: input.run,
    BASE: workspace.base,
    NODE: process.execPath,
    PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    npm_config_cache: join(left.home, '.npm'),
    npm_config_update_notifier: 'false',
  }
  return { path, services, left, right, workspace, box, env, victim, resources: stack.move() }
}

async function repositoryAt(path: string, template: string): Promise<string> {
  await mkdir(join(path, 'work'))
  await run('cp', ['-a', join(template, 'repo'), join(path, 'work/repo')], { cwd: path })
  return join(path, 'work/repo')
}

function runInput(commit: string): RunInput {
  const piece = (
    id: string,
    include: readonly string[],
    exclude: readonly string[] = [],
  ): RunInput['plan']['pieces'][number] => ({
    id,
    title: `The ${id} part`,
    brief: `Do the ${id} part.`,
    scope: { include: [...include], exclude: [...exclude] },
    reads: [],
    depends_on: [],
    checks: id === 'left' ? [CHECK] : [],
  })
  return {
    version: 1,
    run: 'escape-1',
    name: 'escape',
    plan: {
      goal: 'Get out.',
      base: 'HEAD',
      target: 'main',
      coordination: 'on',
      enforcement: 'enforced',
      pieces: [piece('left', ['/src/left/'], [THEIRS]), piece('right', ['/src/right/', THEIRS])],
      shared: [],
      integration: { checks: [] },
      limits: { sessions: 5, reprompts: 3 },
    },
    order: ['left', 'right'],
    base: { ref: 'HEAD', commit },
    target: 'main',
    coordination: { on: true, why: 'it is tried' },
    rehearsal: false,
    ignoreCase: false,
  }
}

async function servicesAt(
  root: string,
  tools: SessionTokens,
  stack: AsyncDisposableStack,
): Promise<Services> {
  const repo = await openRepository(root)
  const state = stateFolder(repo)
  await mkdir(state, { recursive: true, mode: 0o700 })
  const store = openStore(join(state, 'quintet.db'))
  stack.defer(() => {
    store[Symbol.dispose]()
  })
  return {
    repo,
    state,
    store,
    // Its checks run in a box that is made for this agent.
    config: v.parse(ConfigFile, {
      agent: AGENT.name,
      agents: { [AGENT.name]: { command: [...AGENT.command], writes: [...AGENT.writes] } },
    }),
    reloadConfig: () => Promise.resolve(),
    driver: acpDriver(),
    conversations: new Conversations(),
    engine: () => {
      throw new Error('Nothing is driven here.')
    },
    tools,
    announce: () => undefined,
  }
}

/** An effect of a session's workflow that writes its facts down. */
export function effectOf({ store }: Services, session: SessionSpec): EffectContext {
  return {
    signal: new AbortController().signal,
    record: ({ type, key, data }) => store.append({ stream: session.stream, type, key, data }) !== null,
    watchSignals: () => undefined,
  }
}

async function prepared(services: Services, session: SessionSpec): Promise<Workspace> {
  services.store.claims.create({
    id: sessionWorkflowId(session.name),
    workflow: 'session',
    input: { ...session.name },
  })
  const result = await prepareSession(services, effectOf(services, session), session, session.run.base.commit)
  if (result.kind === 'ready') return result.workspace
  throw new Error(result.kind === 'failed' ? result.error.message : 'Nobody stepped in.')
}

/** The neighbour has a commit, changes that are not committed, and something in its home. */
async function neighboursWork({ path }: Workspace, { home }: SessionSpec): Promise<void> {
  await writeFiles(path, { 'src/right/main.js': 'export const question = () => 7\n' })
  await gitIn(path, 'commit', '--quiet', '--all', '--message=The work of another')
  await writeFiles(path, { 'src/right/util.js': 'export const nothing = 0\n' })
  await writeFiles(home, { token: SECRET })
}

async function daemonOf(
  services: Services,
  tokens: SessionTokens,
  stack: AsyncDisposableStack,
): Promise<number> {
  const { repo } = services
  const token = await createToken(repo)
  const info = { pid: process.pid, version: '0', startedAt: 0, repository: repo.root }
  const tools = protocol((session, call, signal) => callTool(services, session, call, signal), '0')
  const shutdown = (): void => {
    services.announce('', 'shut down')
  }
  const routes = [
    ...apiRoutes({ services, feed: new Feed(services.store), info, shutdown }),
    ...mcpRoutes(tokens, tools),
  ]
  const { server, port } = await listen(routes, token)
  tokens.listening(port)
  stack.defer(() => closed(server))
  await setDaemonFile(repo, { pid: process.pid, startTime: '', port, version: '0', startedAt: 0 })
  return port
}

/** A socket as terminal multiplexers have: who can speak to it has programs run outside. */
async function doorIn(stack: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join('/tmp', 'quintet-door-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'door')
  const server = createSocketServer((socket) => socket.end('open'))
  await new Promise<void>((resolve) => server.listen(path, resolve))
  stack.defer(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return path
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
