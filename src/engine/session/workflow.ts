// A session: prepares its workspace, plays turns until the evidence is there, waits for the operator when it is not,
// and for the integration when it is. The decisions are in next.ts; here they are carried out, one step each.
import * as v from 'valibot'
import { errorData, type ErrorData } from '../../contract/errors.ts'
import type { FactData } from '../../contract/facts.ts'
import type { Json } from '../../contract/json.ts'
import type { Evidence, Workspace } from '../../contract/session.ts'
import { isControl } from '../breakdown.ts'
import { adviceStands, type HealthAdvice } from '../health/advice.ts'
import { endAttempt, saveAbandoned } from '../health/attempt-end.ts'
import { closeGates } from '../health/gates.ts'
import { storedLadder } from '../health/log.ts'
import type { Workflow, WorkflowContext } from '../port.ts'
import { record, toJson } from '../record.ts'
import { SessionInput } from '../run/input.ts'
import { notifyRun, type Milestone } from '../run/milestone.ts'
import type { Services } from '../services.ts'
import { gatherEvidence } from './evidence.ts'
import { isExternal } from './external/delivery.ts'
import { playExternal } from './external/workflow.ts'
import {
  afterAdvice,
  afterEvidence,
  afterOperator,
  afterTurn,
  BEGINNING,
  messagesOf,
  unheardAfter,
  withUnheard,
  type Message,
  type Next,
  type PromptSpec,
  type Refusals,
} from './next.ts'
import { prepareSession } from './prepare.ts'
import type { TurnResult } from './next.ts'
import { EvidenceResult, PrepareResult, TurnResultData } from './results.ts'
import { LANDED, LandedSignal, OPERATOR, OperatorSignal, SCOPE, ScopeSignal } from './signals.ts'
import { sessionSpec, type SessionSpec } from './spec.ts'
import { scopeOutcome, ScopeOutcome } from './settled.ts'
import { playTurn } from './turn/play.ts'

/** The session workflow over these services. Input: `{run, piece}`. */
export function sessionWorkflow(services: Services): Workflow {
  return async (context, raw) => {
    const session = sessionSpec(services, v.parse(SessionInput, raw))
    if (isExternal(session.piece)) return playExternal(services, context, session)
    return new SessionProgress(services, context, session).play()
  }
}

/** Resets in a row that brought no new commit, after which the operator is asked. */
const STALE_RESETS = 2

class SessionProgress {
  readonly #services: Services
  readonly #context: WorkflowContext
  readonly #session: SessionSpec
  #workspace: Workspace | null = null
  #attempt = 1
  #turns = 0
  #breaks = 0
  #reprompts = 0
  #waits = 0
  #preparations = 0
  #advices = 0
  /** What was to be said and no agent has heard; it goes with the next prompt. */
  #unheard: readonly Message[] = []
  /** What the health of the context asks for before the next prompt. */
  #advice: HealthAdvice | null = null
  /** Tip at the last evidence and at the last reset by advice, and the resets in a row that were made at that tip. */
  #tips = { seen: '', reset: '', stale: 0 }
  /** Turn that was judged last, and how often. */
  #judged = { turn: 0, looks: 0 }

  constructor(services: Services, context: WorkflowContext, session: SessionSpec) {
    this.#services = services
    this.#context = context
    this.#session = session
  }

  async play(): Promise<Json> {
    let next: Next = BEGINNING
    for (;;) {
      if (next.kind === 'abandon') return this.#abandon(next.reason)
      const after: Next | 'landed' = await this.#orWait(next)
      if (after === 'landed') return this.#land()
      next = after
    }
  }

  /** What breaks inside is the operator's to mend, not a reason to give the work up. */
  async #orWait(next: Exclude<Next, { kind: 'abandon' }>): Promise<Next | 'landed'> {
    try {
      return await this.#carryOut(next)
    } catch (error) {
      if (isControl(error) || next.kind === 'wait') throw error
      return failed(errorData(error))
    }
  }

  #carryOut(next: Exclude<Next, { kind: 'abandon' }>): Promise<Next | 'landed'> {
    switch (next.kind) {
      case 'prepare':
        return this.#prepare(next.next)
      case 'turn':
        return this.#turn(next.prompt)
      case 'attempt':
        return this.#nextAttempt(next)
      case 'evidence':
        return this.#evidence(next.refusals)
      case 'wait':
        return this.#wait(next)
      case 'operator':
        return this.#operator([OPERATOR])
      case 'finish':
        return this.#finish(next.evidence)
    }
  }

  async #prepare(next: Next): Promise<Next> {
    const n = ++this.#preparations
    const base = this.#workspace?.base ?? null
    const prepared = v.parse(
      PrepareResult,
      await this.#context.step(`workspace:${n}`, async (effect) =>
        toJson(await prepareSession(this.#services, effect, this.#session, base)),
      ),
    )
    if (prepared.kind === 'interrupted') return { kind: 'operator' }
    if (prepared.kind === 'failed') return failed(prepared.error)
    this.#workspace = prepared.workspace
    return next
  }

  async #turn(next: PromptSpec): Promise<Next> {
    const prompt = withUnheard(next, this.#unheard)
    this.#unheard = []
    const advice = this.#advice
    this.#advice = null
    if (advice !== null && prompt.kind !== 'first' && (await this.#stands(advice))) {
      this.#unheard = messagesOf(prompt)
      return afterAdvice(advice)
    }
    const workspace = this.#requireWorkspace()
    const turn = ++this.#turns
    if (prompt.kind === 'missing' || prompt.kind === 'refused') this.#reprompts++
    const result = v.parse(
      TurnResultData,
      await this.#context.step(`turn:${turn}`, async (effect) =>
        toJson(
          await playTurn(this.#services, effect, {
            session: this.#session,
            workspace,
            attempt: this.#attempt,
            turn,
            reprompt: this.#reprompts,
            prompt,
          }),
        ),
      ),
    )
    this.#breaks = result.kind === 'stopped' ? 0 : this.#breaks + 1
    const played = { prompt, breaks: this.#breaks }
    this.#unheard = unheardAfter(result, played)
    return this.#unlessAdvised(afterTurn(result, played), result)
  }

  /** Whether what was advised is still called for: the operator may have answered, and the checks have got better. */
  async #stands(advice: HealthAdvice): Promise<boolean> {
    const n = ++this.#advices
    const { stream } = this.#session
    return await this.#context.step(`advice:${n}`, () =>
      Promise.resolve(adviceStands(storedLadder(this.#services.store, stream), advice)),
    )
  }

  /** What cut the turn short comes at once; the rest of what health asks for waits until there is something to be said. */
  #unlessAdvised(next: Next, { health }: TurnResult): Next {
    if (health === undefined || next.kind === 'wait') return next
    if (health.cut) return afterAdvice(health)
    this.#advice = health
    return next
  }

  async #nextAttempt({ why, reason, told = [] }: Extract<Next, { kind: 'attempt' }>): Promise<Next> {
    if (reason !== undefined && reason !== 'operator' && this.#isStale()) {
      const standing = { kind: 'wait', standing: 'waiting', health: true } as const
      return { ...standing, reason: `${STALE_RESETS} resets in a row brought nothing new: ${why}` }
    }
    const workspace = this.#requireWorkspace()
    const ended = this.#attempt++
    await this.#context.step(`attempt:${ended}:end`, async (effect) => {
      const session = this.#session
      await endAttempt(this.#services, effect, { session, workspace, ended, why, reason: reason ?? null })
      await this.#services.conversations.stop(session.label)
      record(effect, 'attempt.ended', String(ended), { attempt: ended, why })
      return null
    })
    // What was counted goes on being counted: an agent that cannot resume would otherwise begin anew for ever. Only the
    // operator's word sets it back.
    const because = reason === undefined ? {} : { reason }
    const unheard = told.length === 0 ? {} : { unheard: told }
    return { kind: 'turn', prompt: { kind: 'first', handoff: why, ...because, ...unheard } }
  }

  /** Resets help when work comes of them. Counts the one that is to be made, when it may be. */
  #isStale(): boolean {
    const { seen, reset, stale } = this.#tips
    const before = seen === reset ? stale : 0
    if (before >= STALE_RESETS) return true
    this.#tips = { seen, reset: seen, stale: before + 1 }
    return false
  }

  async #evidence(refusals?: Refusals): Promise<Next> {
    const workspace = this.#requireWorkspace()
    const [turn, attempt] = [this.#turns, this.#attempt]
    const look = this.#judged.turn === turn ? this.#judged.looks + 1 : 1
    this.#judged = { turn, looks: look }
    const gathered = v.parse(
      EvidenceResult,
      await this.#context.step(look === 1 ? `evidence:${turn}` : `evidence:${turn}:${look}`, async (effect) =>
        toJson(
          await gatherEvidence(this.#services, effect, {
            session: this.#session,
            workspace,
            attempt,
            turn,
            look,
          }),
        ),
      ),
    )
    if (gathered.kind === 'interrupted') return { kind: 'operator' }
    const { piece, run } = this.#session
    const limit = run.plan.limits.reprompts ?? 3
    const required = piece.checks.map(({ name }) => name)
    const { evidence, news, awaits, health } = gathered
    this.#tips.seen = evidence.tip
    if (health !== undefined) this.#advice = health
    return afterEvidence(evidence, required, { reprompts: this.#reprompts, limit, news, awaits, refusals })
  }

  async #wait(next: Extract<Next, { kind: 'wait' }>): Promise<Next | 'landed'> {
    const n = ++this.#waits
    await this.#context.step(`wait:${n}`, (effect) => {
      const data = {
        reason: next.reason,
        ...(next.error === undefined ? {} : { error: storedError(next.error) }),
        ...(next.health === undefined ? {} : { health: next.health }),
        ...(next.spend === undefined ? {} : { spend: next.spend }),
      }
      if (next.standing === 'failed') record(effect, 'session.failed', String(n), data)
      else record(effect, 'session.waiting', String(n), data)
      this.#notify(`${next.standing}:${n}`, { standing: next.standing })
      return Promise.resolve(null)
    })
    return this.#operator([OPERATOR, SCOPE])
  }

  /** Takes the operator's next word, any landing that is meant for the current tip, and any news of its requests. */
  async #operator(names: readonly string[], tip?: string): Promise<Next | 'landed'> {
    for (;;) {
      const n = ++this.#waits
      const signal = await this.#context.waitSignal(`operator:${n}`, names)
      if (signal.name === LANDED) {
        if (v.parse(LandedSignal, signal.data).commit === tip) return 'landed'
        continue
      }
      if (signal.name === SCOPE) {
        const next = await this.#settled(n, v.parse(ScopeSignal, signal.data), tip)
        if (next === null) continue
        return next
      }
      const word = v.parse(OperatorSignal, signal.data)
      this.#answered(word)
      if (word.kind !== 'abandon') await this.#continue(n, `${word.kind}: ${word.reason}`)
      return afterOperator(word, this.#turns > 0)
    }
  }

  /** A word is an answer: what was proposed is not proposed any more, and what a reset would have brought comes with it. */
  #answered({ kind }: OperatorSignal): void {
    if (kind === 'reset' || this.#advice?.kind === 'abandon') this.#advice = null
    this.#tips.stale = 0
  }

  /** What follows when a scope request was settled while the session waits; null when it is no news by now. */
  async #settled(n: number, signal: ScopeSignal, tip?: string): Promise<Next | null> {
    if (this.#workspace === null) return null
    const turn = this.#turns
    const outcome = v.parse(
      ScopeOutcome,
      await this.#context.step(`settled:${n}`, async () =>
        toJson(await scopeOutcome(this.#services, this.#session, { signal, turn, tip: tip ?? null })),
      ),
    )
    if (outcome === 'nothing') return null
    await this.#continue(n, `scope request ${signal.n} is settled`)
    return outcome === 'judge' ? { kind: 'evidence' } : { kind: 'turn', prompt: { kind: 'news' } }
  }

  async #continue(n: number, why: string): Promise<void> {
    this.#breaks = 0
    this.#reprompts = 0
    await this.#context.step(`continue:${n}`, (effect) => {
      record(effect, 'session.continued', String(n), { why })
      this.#notify(`live:${n}`, { standing: 'live' })
      return Promise.resolve(null)
    })
  }

  async #finish({ tip }: Evidence): Promise<Next | 'landed'> {
    // What went round in circles has come to an end; a context that is full stays full.
    if (this.#advice?.kind !== 'reset' || this.#advice.reason === 'stuck') this.#advice = null
    const workspace = this.#requireWorkspace()
    const [session, attempt] = [this.#session, this.#attempt]
    const n = ++this.#waits
    await this.#context.step(`finish:${n}`, async (effect) => {
      await this.#services.conversations.stop(session.label)
      await closeGates(this.#services, effect, { session, root: workspace.path, attempt })
      record(effect, 'session.finished', String(n), { tip })
      this.#notify(`finished:${n}`, { standing: 'finished', tip, base: workspace.base })
      return null
    })
    return this.#operator([OPERATOR, LANDED, SCOPE], tip)
  }

  async #abandon(reason: string): Promise<Json> {
    const [session, workspace, attempt] = [this.#session, this.#workspace, this.#attempt]
    await this.#context.step('abandon', async (effect) => {
      await this.#services.conversations.stop(session.label)
      if (workspace !== null) {
        await closeGates(this.#services, effect, { session, root: workspace.path, attempt })
        await saveAbandoned(this.#services, effect, session, workspace)
      }
      record(effect, 'session.abandoned', 'operator', { reason })
      this.#notify('abandoned', { standing: 'abandoned' })
      return null
    })
    return { standing: 'abandoned' }
  }

  /** The run counts a piece as landed when its session says so: then no word of the operator is left unheard. */
  async #land(): Promise<Json> {
    await this.#context.step('land', () => {
      this.#notify('landed', { standing: 'landed' })
      return Promise.resolve(null)
    })
    return { standing: 'landed' }
  }

  #notify(key: string, milestone: Pick<Milestone, 'standing'> & Partial<Milestone>): void {
    const { run, piece } = this.#session.name
    notifyRun(this.#services, run, key, { piece, tip: '', base: '', ...milestone })
  }

  #requireWorkspace(): Workspace {
    if (this.#workspace === null) throw new Error('The workspace is used before it was prepared.')
    return this.#workspace
  }
}

function storedError({ code, kind, message, hints }: ErrorData): FactData<'session.failed'>['error'] {
  return { code, kind, message, hints: hints.map((hint) => ({ ...hint })) }
}

function failed(error: ErrorData): Next {
  return { kind: 'wait', standing: 'failed', reason: error.message, error }
}
