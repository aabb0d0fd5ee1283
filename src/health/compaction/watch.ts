// Watches an attempt for compactions: what was known before, what of it the summary holds, and what has to be said again.
// An agent may show no summary, or compact without a word, so that only its falling context tells: then nobody knows what
// was kept, and the whole ledger is to be stated. Pure, incremental, bounded.
import type { TraceEvent } from '../../contract/trace.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { KnownSoFar, type Known } from './known.ts'
import { binds, restatement, wholeRestatement } from './restate.ts'
import { survival, type Survival } from './survival.ts'

/** A compaction that is over. */
export interface Compacted {
  /** Null: the agent shows no summary. */
  readonly lost: Survival | null
  /** What is to be said again; null: nothing of weight was lost. */
  readonly restated: string | null
  /** It binds the agent: a session is not let finish before it has heard it. */
  readonly binding: boolean
}

/** Recorders report these around a compaction; a summary may still follow. */
const AROUND: ReadonlySet<TraceEvent['t']> = new Set([
  'usage',
  'compact',
  'tree',
  'tests',
  'session',
  'retry',
])

export class CompactionWatch {
  readonly #known: KnownSoFar
  /** A compaction whose summary has not come yet. */
  #waits = false

  constructor(ledger: Ledger, decisions: readonly string[]) {
    this.#known = new KnownSoFar(ledger, decisions)
  }

  get known(): Known {
    return this.#known.known
  }

  /** Takes in decisions that were made since. */
  decide(decisions: readonly { readonly n: number; readonly text: string }[]): void {
    this.#known.decide(decisions)
  }

  /** The context was compacted: announced, or concluded from its fall. The same one may be told twice in a row. */
  compacted(): void {
    this.#waits = true
  }

  /** Takes the next event in. A compaction is over with its summary, or with the first thing that is done without one. */
  note(event: TraceEvent): Compacted | null {
    const over = this.#over(event)
    this.#known.note(event)
    return over
  }

  #over(event: TraceEvent): Compacted | null {
    if (event.t === 'summary') {
      this.#waits = false
      const lost = survival(this.known, event.text)
      return { lost, restated: restatement(lost), binding: binds(lost, this.known) }
    }
    if (!this.#waits || AROUND.has(event.t)) return null
    this.#waits = false
    return { lost: null, restated: wholeRestatement(this.known), binding: binds(null, this.known) }
  }
}
