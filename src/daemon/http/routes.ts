// The routes of the daemon: each one validates, calls the engine and answers with a value of the contract.
import * as v from 'valibot'
import {
  AnswerRequest,
  CleanRequest,
  DecideRequest,
  ForgetRequest,
  HealthAnswerRequest,
  ReasonRequest,
  RetryRequest,
  SCOPE_WORDS,
  ScopeMoveRequest,
  StartRunRequest,
  type DaemonInfo,
  type ScopeOutcomeItem,
} from '../../contract/api.ts'
import { QuintetError } from '../../contract/errors.ts'
import { PoolRequest, TrimRequest } from '../../contract/pool.ts'
import type { RadarView } from '../../contract/radar.ts'
import type { SessionName } from '../../engine/names.ts'
import { cleanUp } from '../../engine/clean.ts'
import { answerQuestion, decide, integrateNow, stopRun, tellSession } from '../../engine/operator.ts'
import { forgetTolerance } from '../../engine/health/log.ts'
import type { PoolKeeper } from '../../engine/pool/keeper.ts'
import { answerHealth, freshNow, probeNow, restoreLost } from '../../engine/health/operator.ts'
import type { RadarKeeper } from '../../engine/radar/radar.ts'
import { radarView, readRadar } from '../../engine/radar/view.ts'
import { startRun } from '../../engine/run/start.ts'
import { handScope } from '../../engine/scope/hand.ts'
import { grantScope, refuseScope } from '../../engine/scope/move.ts'
import type { Services } from '../../engine/services.ts'
import { retrySession } from '../../engine/spend/raise.ts'
import { declareDone, requireExternal } from '../../engine/session/external/operator.ts'
import type { BranchLook, BranchWatch } from '../../engine/session/external/watch.ts'
import type { OperatorSignal } from '../../engine/session/signals.ts'
import { foldRun, runIds } from '../projection/read.ts'
import type { Feed } from './feed.ts'
import { parseBody, type Request, type Route } from './server.ts'

export interface RouteContext {
  readonly services: Services
  readonly feed: Feed
  readonly info: DaemonInfo
  /** The radar that is kept alive; without one it is opened for each question. */
  readonly radar?: RadarKeeper
  /** Looks at the branches of external sessions; without it they are seen when their turn comes. */
  readonly branches?: BranchWatch
  /** Workspaces that are made ahead; without it none are. */
  readonly pool?: PoolKeeper
  readonly shutdown: () => void
}

/** The whole API. */
export function apiRoutes(context: RouteContext): readonly Route[] {
  const { services, feed, info, radar, shutdown } = context
  return [
    { method: 'GET', path: '/v1/health', handle: () => Promise.resolve(info) },
    { method: 'GET', path: '/v1/runs', handle: () => Promise.resolve(runViews(services)) },
    {
      method: 'GET',
      path: '/v1/runs/:run',
      handle: (request) => Promise.resolve(liveView(context, runOf(request))),
    },
    {
      method: 'GET',
      path: '/v1/runs/:run/events',
      handle: (request) => feed.serve(runOf(request), afterOf(request), request),
    },
    {
      method: 'GET',
      path: '/v1/runs/:run/conflicts',
      handle: (request) => conflicts(context, runOf(request)),
    },
    ...(radar === undefined
      ? []
      : [{ method: 'GET' as const, path: '/v1/watching', handle: () => Promise.resolve(radar.watching()) }]),
    ...externalRoutes(context),
    ...(context.pool === undefined ? [] : poolRoutes(context.pool)),
    ...operatorRoutes(services),
    {
      method: 'POST',
      path: '/v1/shutdown',
      handle: () => {
        setImmediate(shutdown)
        return Promise.resolve({})
      },
    },
  ]
}

/** Work that is done elsewhere: look at its branch now, and say that it is complete. */
function externalRoutes({ services, branches }: RouteContext): readonly Route[] {
  const look = async (session: SessionName): Promise<BranchLook> => {
    if (branches !== undefined) return await branches.look(session)
    throw new QuintetError('E_INTERNAL', 'internal', 'Nobody watches branches here.')
  }
  return [
    {
      method: 'POST',
      path: '/v1/sessions/:run/:piece/external/check',
      handle: (request) => look(sessionOf(request)),
    },
    {
      method: 'POST',
      path: '/v1/sessions/:run/:piece/external/done',
      handle: async (request) => {
        const { reason } = parseBody(ReasonRequest, request.body)
        requireExternal(services, sessionOf(request))
        const { reading } = await look(sessionOf(request))
        return declareDone(services, sessionOf(request), { reason, arrived: reading.kind === 'at' })
      },
    },
  ]
}

/** Workspaces that are made ahead: shown, asked for, removed. */
function poolRoutes(pool: PoolKeeper): readonly Route[] {
  return [
    { method: 'GET', path: '/v1/pool', handle: () => pool.view() },
    { method: 'POST', path: '/v1/pool', handle: ({ body }) => pool.ask(parseBody(PoolRequest, body)) },
    {
      method: 'POST',
      path: '/v1/pool/trim',
      handle: ({ body, signal }) => pool.trim(parseBody(TrimRequest, body), signal),
    },
  ]
}

function operatorRoutes(services: Services): readonly Route[] {
  const post = (path: string, handle: (request: Request) => Promise<unknown>): Route => ({
    method: 'POST',
    path,
    handle,
  })
  const inTurn = oneAtATime()
  return [
    post('/v1/runs', ({ body, signal }) =>
      inTurn(() => startRun(services, parseBody(StartRunRequest, body), signal)),
    ),
    post('/v1/runs/:run/decisions', (request) =>
      decide(services, runOf(request), parseBody(DecideRequest, request.body).text),
    ),
    post('/v1/runs/:run/merge', (request) => Promise.resolve(integrateNow(services, runOf(request)))),
    post('/v1/runs/:run/stop', (request) =>
      Promise.resolve(stopRun(services, runOf(request), parseBody(ReasonRequest, request.body).reason)),
    ),
    post('/v1/sessions/:run/:piece/answer', (request) =>
      Promise.resolve(answerQuestion(services, sessionOf(request), parseBody(AnswerRequest, request.body))),
    ),
    post('/v1/sessions/:run/:piece/scope/:word', (request) => moveScope(services, request)),
    post('/v1/sessions/:run/:piece/health/answer', (request) =>
      answerHealth(services, sessionOf(request), parseBody(HealthAnswerRequest, request.body)),
    ),
    post('/v1/sessions/:run/:piece/health/probe', (request) =>
      probeNow(services, sessionOf(request), request.signal),
    ),
    post('/v1/sessions/:run/:piece/health/fresh', (request) =>
      freshNow(services, sessionOf(request), request.signal),
    ),
    post('/v1/sessions/:run/:piece/health/restore', (request) => restoreLost(services, sessionOf(request))),
    post('/v1/tolerances/forget', ({ body }) =>
      Promise.resolve(forgetTolerance(services.store, parseBody(ForgetRequest, body).rule)),
    ),
    post('/v1/sessions/:run/:piece/retry', (request) =>
      retrySession(services, sessionOf(request), parseBody(RetryRequest, request.body)),
    ),
    post('/v1/sessions/:run/:piece/:word', (request) =>
      tellSession(services, sessionOf(request), wordOf(request)),
    ),
    post('/v1/clean', ({ body, signal }) =>
      inTurn(() => cleanUp(services, parseBody(CleanRequest, body), signal)),
    ),
  ]
}

/** Work that looks at what there is before it acts: two starts at the same time would both find their scopes free. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let before: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = before.then(work)
    before = Promise.allSettled([result])
    return result
  }
}

function runOf(request: Request): string {
  return request.params['run'] ?? ''
}

function sessionOf(request: Request): SessionName {
  return { run: runOf(request), piece: request.params['piece'] ?? '' }
}

async function moveScope(services: Services, request: Request): Promise<readonly ScopeOutcomeItem[]> {
  await services.reloadConfig()
  const session = sessionOf(request)
  const move = parseBody(ScopeMoveRequest, request.body)
  switch (parseBody(v.picklist(SCOPE_WORDS), request.params['word'])) {
    case 'grant':
      return await grantScope(services, session, move)
    case 'hand':
      return await handScope(services, session, move)
    case 'refuse':
      return refuseScope(services, session, move)
  }
}

function wordOf(request: Request): OperatorSignal {
  const { reason } = parseBody(ReasonRequest, request.body)
  const kind = parseBody(v.picklist(['reset', 'abandon']), request.params['word'])
  return { kind, reason }
}

const SequenceNumber = v.pipe(
  v.string(),
  v.regex(/^\d{1,15}$/, 'must be the number of an event'),
  v.toNumber(),
)

/** Where the event stream goes on: a reader that reconnects by itself asks for the same address as the first time, and
 *  tells beside it how far it has come. */
function afterOf({ query, lastEventId }: Request): number {
  return parseBody(v.object({ after: SequenceNumber }), { after: lastEventId ?? query.get('after') ?? '0' })
    .after
}

async function conflicts({ services, radar }: RouteContext, run: string): Promise<RadarView> {
  if (radar === undefined) return await readRadar(services, run)
  await radar.settle()
  return await radarView(services, radar, run)
}

function runViews(services: Services): unknown {
  return runIds(services.store).map((run) => foldRun(services.store, run).view())
}

function liveView({ services, feed }: RouteContext, run: string): unknown {
  const projection = foldRun(services.store, run)
  for (const [session, text] of feed.activities(run)) projection.activity(session, text)
  return projection.view()
}
