// The operator lets a session go on, and more be spent on it. A limit of the run that is raised lets every session go on
// that waits for it.
import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import type { RetryRequest } from '../../contract/api.ts'
import { QuintetError } from '../../contract/errors.ts'
import { FACTS } from '../../contract/facts.ts'
import { SPEND_KINDS, type SpendKind, type SpendRaise, type SpendReached } from '../../contract/spend.ts'
import { runWorkflowId, sessionWorkflowId, type SessionName } from '../names.ts'
import { tellNow } from '../operator.ts'
import { toJson } from '../record.ts'
import type { Services } from '../services.ts'
import { sessionSpec, type SessionSpec } from '../session/spec.ts'
import { spendLimits, spendReached } from './standing.ts'
import { raiseWords, reachedText } from './words.ts'

/** Lets a session go on in its conversation, with more to spend where `budget` says so. Throws what telling a session
 *  throws, `E_BUDGET_SPENT` when it would wait again at once, and `E_NO_BUDGET` when what is raised is not limited. */
export async function retrySession(
  services: Services,
  name: SessionName,
  { reason, budget }: v.InferOutput<typeof RetryRequest>,
): Promise<{ told: string; noted?: boolean; raised?: boolean }> {
  await services.reloadConfig()
  // All of it or nothing: were the limit raised and nobody told, sessions would wait for what they have.
  return services.store.transaction(() => retryNow(services, name, { reason, budget }))
}

function retryNow(
  services: Services,
  name: SessionName,
  { reason, budget }: v.InferOutput<typeof RetryRequest>,
): { told: string; noted?: boolean; raised?: boolean } {
  const session = sessionSpec(services, name)
  const places: Places = budget === undefined ? { session: {}, run: {} } : raised(services, session, budget)
  const left = unraised(spendReached(services, session), places)
  const waits = waitsForBudget(services, session.stream)
  if (left.length > 0 && waits) throw stillSpent(session, left)
  write(services, session.stream, places.session, reason)
  write(services, runWorkflowId(name.run), places.run, reason)
  if (Object.keys(places.run).length > 0) tellOthers(services, session)
  // One that does not wait for it goes on as it is.
  if (budget !== undefined && !waits) return { told: session.label, raised: true }
  return tellNow(services, name, { kind: 'retry', reason })
}

type Places = Record<SpendReached['of'], Partial<Record<SpendKind, number>>>

/** Where a raise goes: to every limit of its kind that is reached, else to the session's, else to the run's. */
function raised(services: Services, session: SessionSpec, budget: SpendRaise): Places {
  const limits = spendLimits(services, session)
  const reached = spendReached(services, session)
  const places: Places = { session: {}, run: {} }
  for (const kind of SPEND_KINDS) {
    const more = budget[kind]
    if (more === undefined) continue
    const hit = reached.filter((one) => one.kind === kind).map(({ of }) => of)
    const first = (['session', 'run'] as const).find((of) => limits[of][kind] !== undefined)
    if (first === undefined) throw notLimited(session, kind)
    for (const of of hit.length > 0 ? hit : [first]) places[of][kind] = more
  }
  return places
}

function unraised(reached: readonly SpendReached[], places: Places): readonly SpendReached[] {
  return reached.filter(({ of, kind, spent, limit }) => spent >= limit + (places[of][kind] ?? 0))
}

function write(services: Services, stream: string, by: Places['run'], reason: string): void {
  if (Object.keys(by).length === 0) return
  const key = `spend.raised:${randomUUID()}`
  services.store.append({ stream, key, type: 'spend.raised', data: toJson({ by, reason }) })
}

/** Sessions of the same run that wait for the budget of the run, and have nothing of their own to wait for. */
function tellOthers(services: Services, { name, run }: SessionSpec): void {
  for (const { id } of run.plan.pieces) {
    const other = { run: name.run, piece: id }
    if (id === name.piece || !waitsForBudget(services, sessionWorkflowId(other))) continue
    if (spendReached(services, sessionSpec(services, other)).length > 0) continue
    tellNow(services, other, { kind: 'retry', reason: 'The budget of the run was raised.' })
  }
}

/** Whether what a session did last is to wait because what may be spent is spent. */
function waitsForBudget({ store }: Services, stream: string): boolean {
  let waits = false
  const types = [
    'session.waiting',
    'session.continued',
    'session.failed',
    'session.finished',
    'session.abandoned',
  ] as const
  for (const { type, data } of store.events({ stream, types }))
    waits = type === 'session.waiting' && v.parse(FACTS['session.waiting'], data).spend !== undefined
  return waits
}

function stillSpent({ piece }: SessionSpec, left: readonly SpendReached[]): QuintetError {
  return new QuintetError('E_BUDGET_SPENT', 'precondition', reachedText(left), {
    hints: [
      {
        text: 'Let more be spent.',
        command: `quintet session retry ${piece.id} --budget ${raiseWords(left)}`,
      },
      { text: 'Or end the session; its work is kept.', command: `quintet session abandon ${piece.id}` },
    ],
  })
}

function notLimited({ label, piece }: SessionSpec, kind: string): QuintetError {
  return new QuintetError('E_NO_BUDGET', 'precondition', `Nothing limits the ${kind} of ${label}.`, {
    hints: [{ text: 'See what it may spend.', command: `quintet session show ${piece.id}` }],
  })
}
