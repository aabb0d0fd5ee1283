// What the log says about runs, as far as the pool is concerned: which are open, which of their sessions have begun, and
// what is going on. Folded step by step, so that a look costs what is new.
import type { Store } from '../../store/store.ts'
import { loadRunInput } from '../session/spec.ts'
import { runOfWorkflow, sessionOfWorkflow } from '../names.ts'
import type { PoolSituation } from './actions.ts'
import type { BegunRun, OpenRun } from './wishes.ts'

type Phase = 'preparing' | 'working' | 'resting'

const PHASES: Readonly<Record<string, Phase>> = {
  'session.preparing': 'preparing',
  'workspace.ready': 'working',
  'turn.started': 'working',
  'session.continued': 'working',
  'session.finished': 'resting',
  'session.waiting': 'resting',
  'session.failed': 'resting',
  'session.lost': 'resting',
  'session.landed': 'resting',
  'session.abandoned': 'resting',
  'session.released': 'resting',
}
const TYPES = [
  ...Object.keys(PHASES),
  'run.created',
  'run.ended',
  'integration.started',
  'integration.landed',
  'integration.stopped',
]

interface Run {
  readonly plan: string
  readonly rehearsal: boolean
  readonly at: number
  open: boolean
  readonly sessions: Map<string, Phase>
}

export class RunLedger {
  readonly #store: Store
  readonly #runs = new Map<string, Run>()
  #seq = 0

  constructor(store: Store) {
    this.#store = store
  }

  /** Takes in what is new; true when something of it bears on the pool. */
  catchUp(): boolean {
    const before = this.#seq
    for (const { seq, stream, type, at } of this.#store.events({ after: before, types: TYPES })) {
      this.#seq = seq
      const run = runOfWorkflow(stream)
      if (type === 'run.created') this.#begin(run, at)
      const known = this.#runs.get(run)
      if (known === undefined) continue
      if (type === 'run.ended') known.open = false
      const phase = PHASES[type]
      const session = sessionOfWorkflow(stream)
      if (phase !== undefined && session !== null) known.sessions.set(session.piece, phase)
    }
    return this.#seq > before
  }

  #begin(run: string, at: number): void {
    const { name, rehearsal } = loadRunInput({ store: this.#store }, run)
    this.#runs.set(run, { plan: name, rehearsal, at, open: true, sessions: new Map() })
  }

  /** Whether anything was ever run, or rehearsed, here. */
  get hasRuns(): boolean {
    return this.#runs.size > 0
  }

  /** Every run that was begun; what was rehearsed is still to be run. */
  begun(): readonly BegunRun[] {
    return [...this.#runs.values()].filter(({ rehearsal }) => !rehearsal)
  }

  /** Runs that have not ended. A session has begun when its workflow is there, also before it says anything. */
  open(): readonly OpenRun[] {
    const driven = this.#store.claims.open().flatMap(({ id }) => sessionOfWorkflow(id) ?? [])
    return [...this.#runs].flatMap(([run, { open, sessions }]) => {
      if (!open) return []
      const { name, plan, base } = loadRunInput({ store: this.#store }, run)
      const begun = new Set([
        ...sessions.keys(),
        ...driven.filter((session) => session.run === run).map(({ piece }) => piece),
      ])
      const { pieces, limits, setup } = plan
      return [
        { run, plan: name, base: base.commit, setup: setup ?? null, pieces, limit: limits.sessions, begun },
      ]
    })
  }

  /** What the machine is busy with. */
  load(): PoolSituation['load'] {
    const claims = this.#store.claims.open()
    const phases = [...this.#runs.values()].flatMap(({ open, sessions }) =>
      open ? [...sessions.values()] : [],
    )
    const silent = claims.filter(({ id }) => {
      const name = sessionOfWorkflow(id)
      return name !== null && this.#runs.get(name.run)?.sessions.has(name.piece) !== true
    })
    return {
      preparing: phases.filter((phase) => phase === 'preparing').length + silent.length,
      integrating: claims.filter(({ workflow }) => workflow === 'integration').length,
      working: phases.filter((phase) => phase === 'working').length,
    }
  }
}
