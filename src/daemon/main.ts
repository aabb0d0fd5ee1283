// The daemon: one process per repository that runs the engine and serves the API. It survives closed terminals, ends on
// SIGTERM or by the API, and leaves nothing behind that the next one could not take over.
import { mkdir } from 'node:fs/promises'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { acpDriver } from '../agents/acp/driver.ts'
import type { DaemonInfo } from '../contract/api.ts'
import { QuintetError } from '../contract/errors.ts'
import { TerminalHold } from '../engine/attached/hold.ts'
import { TerminalKeeper } from '../engine/attached/keeper.ts'
import { openEngine } from '../engine/embedded/engine.ts'
import { sweepScratches } from '../engine/health/fresh/scratch.ts'
import { integrationWorkflow } from '../engine/integration/workflow.ts'
import type { Engine } from '../engine/port.ts'
import { heardDriver, type HeardListener } from '../engine/radar/listen.ts'
import { RadarKeeper } from '../engine/radar/radar.ts'
import { PoolKeeper } from '../engine/pool/keeper.ts'
import type { WarmPool } from '../engine/pool/warm-pool.ts'
import { runWorkflow } from '../engine/run/workflow.ts'
import type { Services } from '../engine/services.ts'
import { BranchWatch } from '../engine/session/external/watch.ts'
import { callTool } from '../engine/session/tools.ts'
import { Conversations } from '../engine/session/turn/conversations.ts'
import { sessionWorkflow } from '../engine/session/workflow.ts'
import { sweepSurvivors } from '../engine/sweep.ts'
import { openRepository, requireGit, stateFolder, type Repository } from '../git/repository.ts'
import { loadConfig } from '../plan/config.ts'
import { identify } from '../process/identity.ts'
import { holdFileLock } from '../process/lock.ts'
import { openStore, type Store } from '../store/store.ts'
import { emptyTrash } from '../store/trash.ts'
import { endSignal, endWhenIdle, type Duties, type EndSignal } from './ending.ts'
import { createToken, removeDaemonFile, setDaemonFile } from './announce.ts'
import { Feed } from './http/feed.ts'
import { apiRoutes } from './http/routes.ts'
import { listen, type Route } from './http/server.ts'
import { protocol } from './mcp/protocol.ts'
import { mcpRoutes } from './mcp/routes.ts'
import { SessionTokens } from './mcp/tokens.ts'
import { DATABASE } from './projection/read.ts'
import { standOn, type Ground } from './uprooted.ts'
import { packageVersion } from './version.ts'

/** Runs the daemon of the repository at `cwd` until it is told to end. Throws `E_DAEMON_RUNNING` when there is one. */
export async function runDaemon(cwd: string): Promise<void> {
  await requireGit()
  const repo = await openRepository(cwd)
  const state = stateFolder(repo)
  await mkdir(state, { recursive: true, mode: 0o700 })
  await using _lock = await requireDaemonLock(state)
  using ground = standOn(lockPath(state))
  const end = endSignal()
  using store = openStore(join(state, DATABASE))
  const feed = new Feed(store)
  await using conversations = new Conversations()
  const tokens = new SessionTokens()
  let radar: RadarKeeper | null = null
  const heard: HeardListener = (worktree, what) => radar?.hear(worktree, what)
  const hold = new TerminalHold()
  const treeOf = async (worktree: string): Promise<string | null> => (await radar?.treeOf(worktree)) ?? null
  const stampOf = async (worktree: string): Promise<string | null> => (await radar?.stampOf(worktree)) ?? null
  const parts = { repo, state, store, feed, conversations, tokens, heard, hold, treeOf, stampOf, ground }
  const { services, setEngine, setPool } = await assembleServices(parts)
  await sweepSurvivors(repo, store)
  await sweepScratches(services)
  await using pool = await PoolKeeper.open(services)
  setPool(pool)
  await using keeper = await RadarKeeper.open(services, { place: join(state, 'radar') })
  radar = keeper
  await using terminals = new TerminalKeeper(services, { hold, heard })
  await using branches = new BranchWatch(services)
  // Listened to before the first agent is started, which is told where its tools are; found only once it is announced.
  await using door = await openDoor(services, feed, { end, tokens, radar: keeper, branches, pool, ground })
  await using engine = openEngine({ store, workflows: workflowsOf(services) })
  setEngine(engine)
  keeper.keep()
  branches.keep()
  terminals.keep()
  pool.keep()
  await using _sweep = sweepTrash(repo)
  await serve(services, { end, door, busy: () => pool.busy, retire: () => pool.retire() })
}

const lockPath = (state: string): string => join(state, 'daemon.lock')

async function requireDaemonLock(state: string): Promise<AsyncDisposable> {
  const lock = await holdFileLock(lockPath(state))
  if (lock !== null) return lock
  throw new QuintetError(
    'E_DAEMON_RUNNING',
    'precondition',
    'Another daemon serves this repository already.',
    {
      hints: [{ text: 'See what it does.', command: 'quintet status' }],
    },
  )
}

interface Parts {
  readonly repo: Repository
  readonly state: string
  readonly store: Store
  readonly feed: Feed
  readonly conversations: Conversations
  readonly tokens: SessionTokens
  readonly heard: HeardListener
  readonly hold: TerminalHold
  readonly treeOf: NonNullable<Services['treeOf']>
  readonly stampOf: NonNullable<Services['stampOf']>
  readonly ground: Ground
}

async function assembleServices(parts: Parts): Promise<{
  services: Services
  setEngine: (engine: Engine) => void
  setPool: (pool: WarmPool) => void
}> {
  const { repo, state, store, feed, conversations, tokens, heard, hold, treeOf, stampOf, ground } = parts
  let engine: Engine | null = null
  let pool: WarmPool | undefined
  let config = await loadConfig(repo.root, process.env)
  const services: Services = {
    repo,
    state,
    store,
    conversations,
    get config() {
      return config
    },
    reloadConfig: async () => {
      await ground.firm()
      config = await loadConfig(repo.root, process.env)
    },
    driver: heardDriver(acpDriver(), heard),
    engine: () => {
      if (engine === null) throw new Error('The engine is used before it was opened.')
      return engine
    },
    tools: tokens,
    terminals: hold,
    treeOf,
    stampOf,
    get pool() {
      return pool
    },
    announce: (session, text) => feed.announce(session, text),
  }
  return {
    services,
    setEngine: (opened) => {
      engine = opened
    },
    setPool: (opened) => {
      pool = opened
    },
  }
}

function workflowsOf(services: Services): Parameters<typeof openEngine>[0]['workflows'] {
  return {
    run: runWorkflow(services),
    session: sessionWorkflow(services),
    integration: integrationWorkflow(services),
  }
}

/** Where the daemon is reached. */
interface Door extends AsyncDisposable {
  readonly server: Server
  readonly port: number
  readonly info: DaemonInfo
}

async function openDoor(
  services: Services,
  feed: Feed,
  parts: {
    readonly end: EndSignal
    readonly tokens: SessionTokens
    readonly radar: RadarKeeper
    readonly branches: BranchWatch
    readonly pool: PoolKeeper
    readonly ground: Ground
  },
): Promise<Door> {
  const { repo } = services
  const { end, tokens, radar, branches, pool, ground } = parts
  const version = packageVersion()
  const info = { pid: process.pid, version, startedAt: Date.now(), repository: repo.root }
  const tools = protocol((session, call, signal) => callTool(services, session, call, signal), version)
  const routes = [
    ...apiRoutes({ services, feed, info, radar, branches, pool, shutdown: end.now }),
    ...mcpRoutes(tokens, tools),
  ]
  const { server, port } = await listen(routes.map(grounded(ground)), await createToken(repo))
  tokens.listening(port)
  return {
    server,
    port,
    info,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await feed.end()
      server.closeAllConnections()
    },
  }
}

/** No request is carried out where the repository is another's. */
const grounded =
  ({ firm }: Ground) =>
  (route: Route): Route => ({
    ...route,
    handle: async (request) => {
      await firm()
      return await route.handle(request)
    },
  })

/** Serves until `end`. The daemon file is written last: who finds it can connect. */
async function serve(
  { repo, store }: Services,
  {
    end,
    door,
    ...duties
  }: Pick<Duties, 'busy' | 'retire'> & { readonly end: EndSignal; readonly door: Door },
): Promise<void> {
  const identity = await identify(process.pid)
  const { pid, version, startedAt } = door.info
  const startTime = identity?.startTime ?? ''
  await setDaemonFile(repo, { pid, startTime, port: door.port, version, startedAt })
  using _idle = endWhenIdle({ store, server: door.server, ...duties }, end)
  try {
    await end.reached
  } finally {
    await removeDaemonFile(repo)
    await door[Symbol.asyncDispose]()
  }
}

/** Deletes in the background what an earlier clean-up has left in the trash; a failure is told and costs nothing else. */
function sweepTrash(repo: Repository): AsyncDisposable {
  const stop = new AbortController()
  const swept = emptyTrash(repo, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) process.emitWarning(`The trash could not be emptied: ${String(error)}`)
  })
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await swept
    },
  }
}
