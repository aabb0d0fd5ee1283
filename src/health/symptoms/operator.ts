// What the operator says: corrections that come again, and constraints that a call breaks.
import type { TraceCall } from '../../contract/trace.ts'
import type { Finding, Operator, Rule, Seen } from './rule.ts'
import { push } from './rule.ts'
import { isCorrection, REPEAT_OVERLAP } from '../ledger/corrections.ts'
import { wordOverlap } from '../words.ts'

/** Operator messages looked at. */
const TURNS = 6
const CORRECTIONS = 3
interface Correction extends Seen {
  readonly text: string
  readonly index: number
}

/** At least three of six operator messages correct the agent, or one correction is given again. */
export function corrections(): Rule {
  const given: Correction[] = []
  let index = 0
  return {
    name: 'corrections',
    family: 'operator',
    symptom: 'forgotten instructions',
    user(message) {
      index++
      while ((given[0]?.index ?? index) <= index - TURNS) given.shift()
      if (!isCorrection(message.text)) return null
      const correction = { ...place(message), text: message.text, index }
      const repeated = given.find((earlier) => wordOverlap(earlier.text, correction.text) >= REPEAT_OVERLAP)
      push(given, correction, TURNS)
      if (repeated !== undefined) return same(repeated, correction)
      if (given.length < CORRECTIONS) return null
      const text = `${given.length} corrections in the last ${TURNS} operator messages`
      return { signature: null, actions: [...given], text, strength: 'strong' }
    },
    reset() {
      // A compaction does not undo a correction, nor does progress elsewhere.
    },
    size: () => given.length,
  }
}

function place({ a, turn, text }: Operator): Seen {
  return { a, turn, label: text.slice(0, 90) }
}

function same(earlier: Correction, now: Correction): Finding {
  return {
    signature: now.label,
    actions: [earlier, now],
    text: `the operator had to say again: ${now.label}`,
    strength: 'strong',
  }
}

/** A constraint that a program can check on a call alone. */
export interface Constraint {
  readonly id: string
  readonly text: string
  /** A decision; absent: something else that was demanded. */
  readonly decided?: boolean
  violatedBy(call: TraceCall): boolean
}

/** What calls break; a constraint is told once, and again when it was broken as often again. */
export class Constraints {
  #constraints: readonly Constraint[]
  readonly #broken = new Map<string, { readonly actions: Seen[]; count: number }>()

  constructor(constraints: readonly Constraint[]) {
    this.#constraints = constraints
  }

  /** These are in force from now on; what was broken before is remembered. */
  heed(constraints: readonly Constraint[]): void {
    this.#constraints = constraints
  }

  /** The constraints that a call breaks, each with the calls that did so before. */
  note(call: TraceCall, at: Seen): readonly (Finding & { readonly decided: boolean })[] {
    return this.#constraints.flatMap((constraint) => {
      if (!constraint.violatedBy(call)) return []
      const broken = this.#broken.get(constraint.id) ?? { actions: [], count: 0 }
      broken.count++
      push(broken.actions, at, TURNS)
      this.#broken.set(constraint.id, broken)
      // 1, 2, 4, 8 …: new evidence only when there is as much again.
      if ((broken.count & (broken.count - 1)) !== 0) return []
      const text = `broke ${broken.count === 1 ? 'a constraint' : `a constraint ${broken.count} times`}: ${constraint.text}`
      return [
        {
          decided: constraint.decided === true,
          signature: constraint.id,
          actions: [...broken.actions],
          text,
          strength: 'strong' as const,
        },
      ]
    })
  }

  /** Calls remembered. */
  get size(): number {
    let size = 0
    for (const { actions } of this.#broken.values()) size += actions.length
    return size
  }
}
