// A run: starts sessions as their dependencies allow, integrates when nothing is at work, ends when every piece has
// landed or was abandoned. Between two signals it holds nothing but the standing of each piece, which a replay
// rebuilds from the same signals.
import * as v from 'valibot'
import { QuintetError } from '../../contract/errors.ts'
import type { Json } from '../../contract/json.ts'
import { mergeOrder } from '../../integration/order.ts'
import { integrationWorkflowId, sessionWorkflowId } from '../names.ts'
import type { Signal, Workflow, WorkflowContext, WorkflowStart } from '../port.ts'
import { record, toJson } from '../record.ts'
import type { Services } from '../services.ts'
import { OPERATOR } from '../session/signals.ts'
import { createdFact } from './created.ts'
import { RunInput, type IntegrationInput } from './input.ts'
import { MERGE, MILESTONE, Milestone, STOP } from './milestone.ts'
import { nextPhase, startable, stranded, verdict, type Standing } from './schedule.ts'

const IntegrationOutput = v.object({ landed: v.array(v.string()), reason: v.nullable(v.string()) })

/** The run workflow over these services. Input: `RunInput`. */
export function runWorkflow(services: Services): Workflow {
  return async (context, raw) => {
    const input = v.parse(RunInput, raw)
    await context.step('created', (effect) => {
      record(effect, 'run.created', input.run, createdFact(input))
      return Promise.resolve(null)
    })
    const run = new RunProgress(services, context, input)
    for (let n = 1; !(await run.advance()); n++) {
      run.note(await context.waitSignal(`signal:${n}`, [MILESTONE, MERGE, STOP]))
    }
    return run.end()
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
  /** The operator has asked for an integration. */
  #asked = false
  /** A session has moved since the last integration: another one may come further. */
  #stirred = false
  #stopReason: string | null = null
  #stopSent = false

  constructor(services: Services, context: WorkflowContext, input: RunInput) {
    this.#services = services
    this.#context = context
    this.#input = input
    for (const piece of input.plan.pieces) this.#standings[piece.id] = 'planned'
  }

  /** Does everything that can be done now; true when the run has ended. */
  async advance(): Promise<boolean> {
    for (;;) {
      await this.#strand()
      await this.#startSessions()
      const phase = nextPhase(this.#standings)
      if (phase === 'ended') return true
      const due = this.#asked || (this.#stirred && phase === 'integrate')
      if (!due || this.#finished.size === 0 || this.#stopReason !== null) return false
      if (!(await this.#integrate())) return false
    }
  }

  /** Takes in one signal. */
  note(signal: Signal): void {
    if (signal.name === MERGE) this.#asked = true
    else if (signal.name === STOP) this.#stop(signal)
    else this.#milestone(v.parse(Milestone, signal.data))
  }

  #milestone({ piece, standing, tip, base }: Milestone): void {
    if (this.#standings[piece] === undefined) throw unknownPiece(piece)
    this.#standings[piece] = standing
    if (standing === 'finished') this.#finished.set(piece, { tip, base })
    else this.#finished.delete(piece)
    this.#stirred = true
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
      if (standing === 'planned') await this.#abandonUnstarted(piece, reason)
    }
    await this.#context.step('stop', (effect) => {
      record(effect, 'run.stopped', run, { reason })
      for (const [piece, standing] of Object.entries(this.#standings)) {
        if (standing === 'landed' || standing === 'abandoned') continue
        this.#services.engine().signal(sessionWorkflowId({ run, piece }), {
          name: OPERATOR,
          data: { kind: 'abandon', reason },
          dedupe: 'run-stopped',
        })
      }
      return Promise.resolve(null)
    })
  }

  async #strand(): Promise<void> {
    for (let found = stranded(this.#input.plan.pieces, this.#standings); found.length > 0;) {
      for (const { piece, because } of found) {
        await this.#abandonUnstarted(piece, `It depends on ${because}, which was abandoned.`)
      }
      found = stranded(this.#input.plan.pieces, this.#standings)
    }
  }

  async #abandonUnstarted(piece: string, reason: string): Promise<void> {
    const { run } = this.#input
    await this.#context.step(`unstarted:${piece}`, () => {
      this.#services.store.append({
        stream: sessionWorkflowId({ run, piece }),
        key: 'session.abandoned:unstarted',
        type: 'session.abandoned',
        data: { reason },
      })
      return Promise.resolve(null)
    })
    this.#standings[piece] = 'abandoned'
  }

  /** One integration of what is finished; true when something landed. */
  async #integrate(): Promise<boolean> {
    this.#asked = false
    this.#stirred = false
    const n = ++this.#integrations
    const start = this.#integration(n)
    await this.#context.child(`integrate:${n}`, start)
    const result = await this.#context.result(`integrated:${n}`, start.id)
    if (result.status !== 'done') return false
    const { landed } = v.parse(IntegrationOutput, result.output)
    for (const piece of landed) {
      this.#standings[piece] = 'landed'
      this.#finished.delete(piece)
    }
    return landed.length > 0
  }

  #integration(n: number): WorkflowStart {
    const { run, plan } = this.#input
    const landed = Object.keys(this.#standings).filter((id) => this.#standings[id] === 'landed')
    const { order, leftOut } = mergeOrder(plan.pieces, {
      finished: new Set(this.#finished.keys()),
      landed: new Set(landed),
    })
    const input: IntegrationInput = {
      run,
      n,
      branches: order.map((piece) => ({
        piece,
        title: plan.pieces.find(({ id }) => id === piece)?.title ?? piece,
        tip: this.#finished.get(piece)?.tip ?? '',
        base: this.#finished.get(piece)?.base ?? '',
      })),
      leftOut: [...leftOut],
    }
    return { id: integrationWorkflowId(run, n), workflow: 'integration', input: toJson(input) }
  }

  async end(): Promise<Json> {
    const { run } = this.#input
    const of = (standing: Standing): string[] =>
      Object.keys(this.#standings).filter((id) => this.#standings[id] === standing)
    const outcome = {
      verdict: verdict(this.#standings, this.#stopReason !== null),
      landed: of('landed'),
      abandoned: of('abandoned'),
      failed: of('failed'),
      notes: [],
    }
    await this.#context.step('ended', (effect) => {
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
