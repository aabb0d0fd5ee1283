// The last turns of an attempt, folded: what each did, which errors came how often, and where the trouble began. Events go
// in one by one; of a long attempt only the last turns are kept. Pure.
import type { TraceCall, TraceEvent } from '../contract/trace.ts'
import type { Ledger } from './ledger/ledger.ts'
import { opposed } from './ledger/opposition.ts'
import { OpenCalls } from './open-calls.ts'
import { relativeTo } from './paths.ts'
import { readAction, type Action } from './symptoms/action.ts'
import { oneLine } from './words.ts'

const TURNS_KEPT = 10
const LISTED = 6
const PROMPT_CHARS = 80
const STARTS_KEPT = 1000

export interface FoldedTurn {
  /** Counts prompts of the attempt, from 1. */
  readonly turn: number
  readonly prompt: string
  /** First action, and how many. */
  readonly from: number
  readonly actions: number
  readonly failed: number
  /** Error signatures, the commonest first. */
  readonly errors: readonly { readonly signature: string; readonly count: number }[]
  readonly files: readonly string[]
  readonly compactions: number
}

interface OpenTurn {
  readonly turn: number
  readonly prompt: string
  readonly from: number
  actions: number
  failed: number
  readonly errors: Map<string, number>
  readonly files: Set<string>
  compactions: number
}

export class TurnFold {
  readonly #turns: OpenTurn[] = []
  readonly #open = new OpenCalls<TraceCall>()
  readonly #root: string | null
  /** First action of every turn; of those that were too many nothing is kept but how many. */
  readonly #starts: number[] = []
  #forgotten = 0
  #count = 0
  #next = 0
  #operator = false

  constructor(root: string | null = null) {
    this.#root = root
  }

  /** `ended`: the action that the event ends, where it has been read already. */
  note(event: TraceEvent, ended?: Action | null): void {
    if (event.t === 'user') {
      // The operator's own words follow the prompt that they are part of.
      if (event.meta === true || !this.#operator) this.#begin(event.text)
      this.#operator = event.meta === true
      return
    }
    if (event.t === 'session' || event.t === 'meta') return
    const turn = this.#turns.at(-1) ?? this.#begin('')
    if (event.t === 'call') this.#call(turn, event)
    else if (event.t === 'compact') turn.compactions++
    else if (event.t === 'result') {
      const call = this.#open.end(event.id)
      if (call === undefined) return
      const { state, signatures } = ended ?? readAction(call, event, { turn: 0, batch: 0 })
      if (state !== 'failed') return
      turn.failed++
      const [signature] = signatures
      if (signature !== undefined) turn.errors.set(signature, (turn.errors.get(signature) ?? 0) + 1)
    }
  }

  /** The last turns, oldest first. */
  get turns(): readonly FoldedTurn[] {
    return this.#turns.map(({ errors, files, ...turn }) => ({
      ...turn,
      errors: [...errors]
        .map(([signature, count]) => ({ signature, count }))
        .sort((left, right) => right.count - left.count)
        .slice(0, LISTED),
      files: [...files].slice(0, LISTED),
    }))
  }

  /** The turn that an action was made in; null when it was made in none, or too long ago. */
  turnOf(action: number): number | null {
    const at = this.#starts.findLastIndex((start) => start <= action)
    return at === -1 ? null : this.#forgotten + at + 1
  }

  #begin(text: string): OpenTurn {
    this.#operator = false
    this.#count++
    this.#starts.push(this.#next)
    if (this.#starts.length > STARTS_KEPT) this.#forgotten += this.#starts.splice(0, 1).length
    const turn: OpenTurn = {
      turn: this.#count,
      prompt: oneLine(text, PROMPT_CHARS),
      from: this.#next,
      actions: 0,
      failed: 0,
      errors: new Map(),
      files: new Set(),
      compactions: 0,
    }
    this.#turns.push(turn)
    if (this.#turns.length > TURNS_KEPT) this.#turns.shift()
    return turn
  }

  #call(turn: OpenTurn, call: TraceCall): void {
    this.#open.begin(call.id, call)
    this.#next = call.a + 1
    turn.actions++
    const changes = call.kind === 'edit' || call.kind === 'write'
    if (changes && call.path !== undefined) turn.files.add(relativeTo(this.#root, call.path))
  }
}

/** Pairs of demands that cannot both be met, as one line each. */
export function contradictions(ledger: Ledger): readonly string[] {
  return opposed(ledger).map(
    ([left, right]) =>
      `"${oneLine(left.text, 100)}"${named(left)} and "${oneLine(right.text, 100)}"${named(right)}`,
  )
}

function named({ ref }: Ledger[number]): string {
  return ref === undefined ? '' : ` (${ref})`
}
