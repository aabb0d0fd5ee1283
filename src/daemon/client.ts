// A client of the daemon's API: HTTP on loopback with the repository's bearer token. The faces use this and nothing
// else to move anything.
import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import type {
  Answer,
  CleanItem,
  DaemonInfo,
  ScopeOutcomeItem,
  ScopeWord,
  StreamMessage,
} from '../contract/api.ts'
import { errnoOf, errorFromData, QuintetError } from '../contract/errors.ts'
import type { FreshResult, HealthWord, ProbeResult } from '../contract/health.ts'
import type { RadarView, WatchingView } from '../contract/radar.ts'
import type { PoolAnswer, PoolRequest, PoolView, TrimRequest } from '../contract/pool.ts'
import type { SpendRaise } from '../contract/spend.ts'
import type { RunView } from '../contract/view.ts'
import type { BranchLook } from '../engine/session/external/watch.ts'

export interface DaemonClient {
  info(): Promise<DaemonInfo>
  startRun(request: {
    plan: string
    rehearse?: boolean
    fresh?: boolean
  }): Promise<{ run: string; created: boolean }>
  runs(): Promise<readonly RunView[]>
  run(run: string): Promise<RunView>
  /** Which sessions will collide, as they stand now. */
  conflicts(run: string): Promise<RadarView>
  /** Which sessions' files are watched, which are looked at now and then, and why. */
  watching(): Promise<WatchingView>
  decide(run: string, text: string): Promise<{ n: number }>
  /** Sessions are named `<run>/<piece>`. */
  answer(session: string, request: { question?: string; answer: string }): Promise<{ question: string }>
  /** Ends a session unmerged; counted in the discard rate. */
  abandon(session: string, reason: string): Promise<void>
  /** Lets a session go on in its conversation; a turn in flight is interrupted. What is said to one that was abandoned is
   *  `noted` for the next session of its piece. With a budget more may be spent; one that does not wait for that is only
   *  `raised`. */
  retry(
    session: string,
    reason: string,
    budget?: SpendRaise,
  ): Promise<{ readonly noted?: boolean; readonly raised?: boolean }>
  /** Starts the next attempt of a session with a handoff. */
  reset(session: string, reason: string): Promise<void>
  /** Looks at the branch of an external session now. */
  checkBranch(session: string): Promise<BranchLook>
  /** Says that the work of an external session is complete. */
  declareDone(session: string, reason: string): Promise<void>
  /** Answers the alarms of a session. */
  answerHealth(session: string, answer: HealthWord, reason: string): Promise<void>
  /** Forgets what "not stuck" has taught of a rule, or of every rule (null); says of which. */
  forgetTolerance(rule: string | null): Promise<{ readonly forgotten: readonly string[] }>
  /** Asks a fork of the session's conversation what it still knows. */
  probe(session: string): Promise<ProbeResult>
  /** Compares a session with a fresh conversation at the same tree. */
  fresh(session: string): Promise<FreshResult>
  /** States again what a session is known to have lost. */
  restore(session: string): Promise<{ readonly restored: readonly string[] }>
  /** Grants, hands or refuses paths; without paths everything that the session has asked for. */
  scope(
    session: string,
    word: ScopeWord,
    request: { readonly paths: readonly string[]; readonly reason: string },
  ): Promise<readonly ScopeOutcomeItem[]>
  /** Integrates what is finished, now. */
  merge(run: string): Promise<{ integration: number }>
  stopRun(run: string, reason: string): Promise<void>
  clean(request: { run?: string; dryRun?: boolean; foreign?: boolean }): Promise<readonly CleanItem[]>
  /** Workspaces that are made ahead, as they stand now. */
  pool(): Promise<PoolView>
  /** Asks for workspaces ahead; answers at once. */
  askPool(request: PoolRequest): Promise<PoolAnswer>
  /** Removes ready workspaces. */
  trimPool(request: TrimRequest): Promise<readonly CleanItem[]>
  /** Facts after `after` and live activity of a run. Ends without an error when the daemon goes away (`ending` comes last
   *  when it was told to) or `signal` aborts. */
  events(run: string, after: number, signal: AbortSignal): AsyncIterable<StreamMessage>
  shutdown(): Promise<void>
}

// The import statement would evaluate every export of the module, a WebSocket among them, which costs a command 30 ms.
const { request: httpRequest } = process.getBuiltinModule('node:http')

export interface Endpoint {
  readonly port: number
  readonly token: string
}

/** A client for one daemon. Its calls throw what the daemon threw, or `E_DAEMON_GONE`. */
export function createClient(endpoint: Endpoint): DaemonClient {
  const get = <T>(path: string): Promise<T> => call<T>(endpoint, 'GET', path)
  const post = <T>(path: string, body: unknown = {}): Promise<T> => call<T>(endpoint, 'POST', path, body)
  const runPath = (run: string): string => `/v1/runs/${encodeURIComponent(run)}`
  const tell = async (session: string, word: string, reason: string): Promise<void> => {
    await post(`${sessionPath(session)}/${word}`, { reason })
  }
  return {
    info: () => get('/v1/health'),
    startRun: (request) => post('/v1/runs', request),
    runs: () => get('/v1/runs'),
    run: (run) => get(runPath(run)),
    conflicts: (run) => get(`${runPath(run)}/conflicts`),
    watching: () => get('/v1/watching'),
    decide: (run, text) => post(`${runPath(run)}/decisions`, { text }),
    answer: (session, request) => post(`${sessionPath(session)}/answer`, request),
    abandon: (session, reason) => tell(session, 'abandon', reason),
    retry: (session, reason, budget) =>
      post(`${sessionPath(session)}/retry`, { reason, ...(budget === undefined ? {} : { budget }) }),
    reset: (session, reason) => tell(session, 'reset', reason),
    checkBranch: (session) => post(`${sessionPath(session)}/external/check`),
    declareDone: (session, reason) => tell(session, 'external/done', reason),
    answerHealth: async (session, answer, reason) => {
      await post(`${sessionPath(session)}/health/answer`, { answer, reason })
    },
    forgetTolerance: (rule) => post('/v1/tolerances/forget', { rule }),
    probe: (session) => post(`${sessionPath(session)}/health/probe`),
    fresh: (session) => post(`${sessionPath(session)}/health/fresh`),
    restore: (session) => post(`${sessionPath(session)}/health/restore`),
    scope: (session, word, request) => post(`${sessionPath(session)}/scope/${word}`, request),
    merge: (run) => post(`${runPath(run)}/merge`),
    stopRun: async (run, reason) => {
      await post(`${runPath(run)}/stop`, { reason })
    },
    clean: (request) => post('/v1/clean', request),
    pool: () => get('/v1/pool'),
    askPool: (request) => post('/v1/pool', request),
    trimPool: (request) => post('/v1/pool/trim', request),
    events: (run, after, signal) => events(endpoint, `${runPath(run)}/events?after=${after}`, signal),
    shutdown: async () => {
      await post('/v1/shutdown')
    },
  }
}

function sessionPath(session: string): string {
  return `/v1/sessions/${session.split('/').map(encodeURIComponent).join('/')}`
}

async function call<T>(endpoint: Endpoint, method: string, path: string, body?: unknown): Promise<T> {
  const response = await open(endpoint, { method, path, ...(body === undefined ? {} : { body }) })
  // The daemon is of the same package: its answers are taken at their word.
  const answer = JSON.parse(await wholeText(response)) as Answer<T>
  if (!answer.ok) throw errorFromData(answer.error)
  return answer.data
}

/** Throws `E_DAEMON_GONE` when the daemon ends in the middle of its answer. */
async function wholeText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of response) chunks.push(Buffer.from(chunk))
  } catch (error) {
    throw goneOr(error)
  }
  return Buffer.concat(chunks).toString('utf8')
}

interface Call {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly signal?: AbortSignal
}

const GONE: readonly string[] = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']

function open({ port, token }: Endpoint, { method, path, body, signal }: Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(signal === undefined ? {} : { signal }),
    })
    request.once('response', resolve)
    request.once('error', (error) => reject(goneOr(error)))
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** `E_DAEMON_GONE` where a broken connection says so, else the same error. */
function goneOr(error: unknown): unknown {
  if (!GONE.includes(errnoOf(error) ?? '')) return error
  return new QuintetError('E_DAEMON_GONE', 'environment', 'The daemon went away.', {
    cause: error,
    hints: [{ text: 'The same command starts it again and goes on.' }],
  })
}

async function* events(endpoint: Endpoint, path: string, signal: AbortSignal): AsyncGenerator<StreamMessage> {
  try {
    const response = await open(endpoint, { method: 'GET', path, signal })
    for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
      if (line.startsWith('data: ')) yield parseMessage(line.slice('data: '.length))
    }
  } catch (error) {
    if (signal.aborted || (error instanceof QuintetError && error.code === 'E_DAEMON_GONE')) return
    if (GONE.includes(errnoOf(error) ?? '')) return
    throw error
  }
}

function parseMessage(text: string): StreamMessage {
  return JSON.parse(text) as StreamMessage
}
