// A run: starts sessions as their dependencies allow, integrates what is finished, one integration at a time, while others
// go on working, and ends when every piece has landed or was abandoned. Between two signals it holds nothing but the
// standing of each piece, which a replay rebuilds from the same signals.
import * as v from 'valibot'
import { QuintetError } from '../../contract/errors.ts'
import type { Json } from '../../contract/json.ts'
import { mergeOrder } from '../../integration/order.ts'
import { tellingBreakdown } from '../breakdown.ts'
import { integrationWorkflowId, sessionOfWorkflow, sessionWorkflowId } from '../names.ts'
import type { Signal, Workflow, WorkflowContext, WorkflowStart } from '../port.ts'
import { record, toJson } from '../record.ts'
import type { Services } from '../services.ts'
import { OPERATOR } from '../session/signals.ts'
import { createdFact } from './created.ts'
import { RunInput, type IntegrationInput } from './input.ts'
import {
  CHILD_ENDED,
  ChildEnded,
  DROP,
  DropSignal,
  INTEGRATED,
  Integrated,
  MERGE,
  MILESTONE,
  Milestone,
  STOP,
} from './milestone.ts'
import { integrationDue, runPhase, startable, stranded, verdict, type Standing } from './schedule.ts'

const SIGNALS = [MILESTONE, MERGE, STOP, DROP, CHILD_ENDED, INTEGRATED]

/** The run workflow over these services. Input: `RunInput`. */
export function runWorkflow(services: Services): Workflow {
  return async (context, raw) => {
    const input = v.parse(RunInput, raw)
    await context.step('created', (effect) => {
      record(effect, 'run.created', input.run, createdFact(input))
      return Promise.resolve(null)
    })
    const run = new RunProgress(services, context, input)
    return tellingBreakdown(
      async () => {
        for (let n = 1; !(await run.advance()); n++)
          run.note(await context.waitSignal(`signal:${n}`, SIGNALS))
        return run.end([])
      },
      async (why) => {
        await run.end([`The run broke: ${why}`], 'breakdown')
      },
    )
  }
}

/** Where every piece stands, and what follows from it. */
class RunProgress {
  readonly #services: Services
  readonly #context: WorkflowContext
  readonly #input: RunInput
  readonly #standings: Record<string, Standing> = {}
  readonly #finished = new Map<string, { tip: string; base: string }>()
  #integrations = 0
  /** Number of the integration that is under way; null when none is. */
  #integrating: number | null = null
  /** The operator has asked for an integration. */
  #asked = false
  /** Tips that an integration had and could not land, by piece. `held`: not tried again before the piece has moved. */
  readonly #seen = new Map<string, { readonly tip: string; readonly held: boolean }>()
  #stopReason: string | null = null
  #stopSent = false
  /** Pieces that are to be given up without a word from their session, and why. */
  #lapsed: { readonly piece: string; readonly reason: string }[] = []

  constructor(services: Services, context: WorkflowContext, input: RunInput) {
    this.#services = services
    this.#context = context
    this.#input = input
    for (const piece of input.plan.pieces) this.#standings[piece.id] = 'planned'
  }

  /** Does everything that can be done now; true when the run has ended. */
  async advance(): Promise<boolean> {
    await this.#giveUpLapsed()
    await this.#strand()
    await this.#startSessions()
    if (this.#integrating !== null) return false
    if (runPhase(this.#standings) === 'ended') return true
    await this.#integrateIfDue()
    return false
  }

  /** Takes in one signal. */
  note(signal: Signal): void {
    if (signal.name === MERGE) this.#asked = true
    else if (signal.name === STOP) this.#stop(signal)
    else if (signal.name === DROP) this.#drop(v.parse(DropSignal, signal.data))
    else if (signal.name === CHILD_ENDED) this.#childEnded(v.parse(ChildEnded, signal.data))
    else if (signal.name === INTEGRATED) this.#integrated(v.parse(Integrated, signal.data))
    else this.#milestone(v.parse(Milestone, signal.data))
  }

  #milestone({ piece, standing, tip, base }: Milestone): void {
    if (this.#standings[piece] === undefined) throw unknownPiece(piece)
    this.#standings[piece] = standing
    if (standing === 'finished') this.#finished.set(piece, { tip, base })
    else this.#finished.delete(piece)
    this.#seen.delete(piece)
  }

  /** A session may have gone on meanwhile: what it says of itself counts. */
  #integrated({ n, landed, back, held, tips }: Integrated): void {
    if (this.#integrating === n) this.#integrating = null
    for (const [piece, tip] of Object.entries(tips)) {
      if (this.#finished.get(piece)?.tip !== tip) continue
      if (landed.includes(piece) || back.includes(piece)) {
        this.#standings[piece] = landed.includes(piece) ? 'landing' : 'live'
        this.#finished.delete(piece)
      } else this.#seen.set(piece, { tip, held: held.includes(piece) })
    }
  }

  #drop({ piece, reason }: v.InferOutput<typeof DropSignal>): void {
    if (this.#standings[piece] === 'planned') this.#lapsed.push({ piece, reason })
  }

  /** A session whose workflow broke off will never send a milestone again, and an integration no result. */
  #childEnded({ id, status }: v.InferOutput<typeof ChildEnded>): void {
    if (this.#integrating !== null && id === integrationWorkflowId(this.#input.run, this.#integrating)) {
      this.#integrating = null
      // What broke it is still there; another try is the operator's to ask for.
      for (const [piece, { tip }] of this.#finished) this.#seen.set(piece, { tip, held: true })
      return
    }
    const piece = sessionOfWorkflow(id)?.piece
    if (piece !== undefined) this.#lapsed.push({ piece, reason: `Its workflow ended: ${status}.` })
  }

  async #giveUpLapsed(): Promise<void> {
    for (const { piece, reason } of this.#lapsed.splice(0)) {
      const standing = this.#standings[piece]
      if (standing === undefined || standing === 'landed' || standing === 'abandoned') continue
      await this.#giveUp(piece, reason)
    }
  }

  #stop(signal: Signal): void {
    const { reason } = v.parse(v.object({ reason: v.string() }), signal.data)
    this.#stopReason = reason
  }

  async #startSessions(): Promise<void> {
    if (this.#stopReason !== null) {
      if (!this.#stopSent) await this.#abandonAll(this.#stopReason)
      return
    }
    const { plan, run } = this.#input
    for (const piece of startable(plan.pieces, this.#standings, plan.limits.sessions ?? 5)) {
      await this.#context.child(`start:${piece}`, {
        id: sessionWorkflowId({ run, piece }),
        workflow: 'session',
        input: { run, piece },
      })
      this.#standings[piece] = 'live'
    }
  }

  /** A stopped run abandons what has not landed; its work stays where it is until it is cleaned. */
  async #abandonAll(reason: string): Promise<void> {
    this.#stopSent = true
    const { run } = this.#input
    for (const [piece, standing] of Object.entries(this.#standings)) {
      if (standing === 'planned') await this.#giveUp(piece, reason)
    }
    const told = await this.#context.step('stop', (effect) => {
      record(effect, 'run.stopped', run, { reason })
      return Promise.resolve(this.#tellAbandon(reason))
    })
    for (const piece of v.parse(v.array(v.string()), told)) this.#lapsed.push({ piece, reason })
    await this.#giveUpLapsed()
  }

  /** Tells every session to give up; answers with those that cannot hear it any more. */
  #tellAbandon(reason: string): string[] {
    const { run } = this.#input
    const deaf: string[] = []
    for (const [piece, standing] of Object.entries(this.#standings)) {
      if (standing === 'landed' || standing === 'abandoned') continue
      const id = sessionWorkflowId({ run, piece })
      const status = this.#services.store.claims.claim(id)?.status
      if (status === 'failed' || status === 'cancelled') deaf.push(piece)
      else
        this.#services
          .engine()
          .signal(id, { name: OPERATOR, data: { kind: 'abandon', reason }, dedupe: 'run-stopped' })
    }
    return deaf
  }

  async #strand(): Promise<void> {
    for (let found = stranded(this.#input.plan.pieces, this.#standings); found.length > 0;) {
      for (const { piece, because } of found) {
        await this.#giveUp(piece, `It depends on ${because}, which was abandoned.`)
      }
      found = stranded(this.#input.plan.pieces, this.#standings)
    }
  }

  /** Abandons a piece on behalf of a session that has not started, or will not speak again. */
  async #giveUp(piece: string, reason: string): Promise<void> {
    const { run } = this.#input
    this.#finished.delete(piece)
    await this.#context.step(`give-up:${piece}`, () => {
      this.#services.store.append({
        stream: sessionWorkflowId({ run, piece }),
        key: 'session.abandoned:run',
        type: 'session.abandoned',
        data: { reason },
      })
      return Promise.resolve(null)
    })
    this.#standings[piece] = 'abandoned'
  }

  /** Starts an integration of what is finished, when there is a reason to; its result comes as a signal. */
  async #integrateIfDue(): Promise<void> {
    const asked = this.#asked
    this.#asked = false
    if (this.#finished.size === 0 || this.#stopReason !== null) return
    const input = this.#integration(this.#integrations + 1, asked)
    const ready = input.branches.map(({ piece }) => piece)
    const due = integrationDue({
      standings: this.#standings,
      land: this.#input.plan.integration.land ?? 'each',
      ready,
      seen: new Set(this.#seen.keys()),
    })
    if (!asked && !due) return
    this.#integrations += 1
    this.#integrating = this.#integrations
    const id = integrationWorkflowId(this.#input.run, this.#integrations)
    const start: WorkflowStart = { id, workflow: 'integration', input: toJson(input) }
    await this.#context.child(`integrate:${this.#integrations}`, start)
  }

  /** `all`: also the branches that are held. */
  #integration(n: number, all: boolean): IntegrationInput {
    const { run, plan } = this.#input
    const landed = Object.keys(this.#standings).filter((id) => this.#standings[id] === 'landed')
    const held = [...this.#seen].flatMap(([piece, seen]) => (seen.held && !all ? [piece] : []))
    const finished = new Set([...this.#finished.keys()].filter((piece) => !held.includes(piece)))
    const { order, leftOut } = mergeOrder(plan.pieces, { finished, landed: new Set(landed) })
    return {
      run,
      n,
      branches: order.map((piece) => ({
        piece,
        title: plan.pieces.find(({ id }) => id === piece)?.title ?? piece,
        tip: this.#finished.get(piece)?.tip ?? '',
        base: this.#finished.get(piece)?.base ?? '',
      })),
      leftOut: leftOut.map((left) =>
        held.includes(left.piece) ? { ...left, reason: 'it was handed back too often' } : left,
      ),
    }
  }

  async end(notes: readonly string[], key = 'ended'): Promise<Json> {
    const { run } = this.#input
    const of = (standing: Standing): string[] =>
      Object.keys(this.#standings).filter((id) => this.#standings[id] === standing)
    const outcome = {
      verdict: verdict(this.#standings, this.#stopReason !== null),
      landed: of('landed'),
      abandoned: of('abandoned'),
      failed: of('failed'),
      notes: [...notes],
    }
    await this.#context.step(key, (effect) => {
      record(effect, 'run.ended', run, outcome)
      return Promise.resolve(null)
    })
    return outcome
  }
}

function unknownPiece(piece: string): QuintetError {
  return new QuintetError(
    'E_INTERNAL',
    'internal',
    `A milestone names the piece ${piece}, which the plan does not have.`,
  )
}
