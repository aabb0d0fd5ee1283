// The first actions of an attempt that began with a handoff: what its gates are measured on, and where an approach is
// noticed that was tried before and failed. Pure, bounded.
import type { Handoff } from '../../contract/handoff.ts'
import type { Alarm } from '../../contract/health.ts'
import type { TraceEvent } from '../../contract/trace.ts'
import type { Action } from '../symptoms/action.ts'
import { readCommand } from '../symptoms/command.ts'

/** Actions within which an approach that failed must not come back. */
export const TRIED_ACTIONS = 20
/** Times that it is met before it is an alarm: after one change and one red run nothing is tried again yet. */
const TRIED_TIMES = 2
const EVENTS_KEPT = 400

export interface Failure {
  readonly a: number
  readonly signature: string
}

export class Opening {
  readonly #handoff: Handoff | null
  readonly #events: TraceEvent[] = []
  readonly #failures: Failure[] = []
  /** The actions that met what was tried before, by its signature. */
  readonly #met = new Map<string, Action[]>()
  #actions = 0
  /** Whether something was changed since the last check that failed. */
  #changed = false

  /** `handoff` null: the attempt began with none. */
  constructor(handoff: Handoff | null) {
    this.#handoff = handoff
  }

  /** The events of the first actions. */
  get events(): readonly TraceEvent[] {
    return this.#events
  }

  get failures(): readonly Failure[] {
    return this.#failures
  }

  note(event: TraceEvent): void {
    if (this.#actions > TRIED_ACTIONS) return
    if (event.t === 'call') this.#actions++
    if (this.#events.length < EVENTS_KEPT) this.#events.push(event)
  }

  /** Takes an action in that has ended; the alarm when it fails for the second time as an earlier attempt did, once for
   *  each failure. A check that is run again with nothing changed before it is a look, not an approach. */
  ended(action: Action): Alarm | null {
    if (action.changed) this.#changed = true
    if (action.state !== 'failed' || this.#actions > TRIED_ACTIONS) return null
    for (const signature of action.signatures) this.#failures.push({ a: action.a, signature })
    const handoff = this.#handoff
    const looks = action.verify && !this.#changed
    if (action.verify) this.#changed = false
    if (handoff === null || looks || isFirstLook(handoff, this.#events, action.a)) return null
    const tried = new Set(handoff.triedAndFailed.map(({ signature }) => signature))
    const met = [...new Set(action.signatures)].filter((signature) => tried.has(signature))
    for (const signature of met) this.#met.set(signature, [...(this.#met.get(signature) ?? []), action])
    const due = met.find((signature) => this.#met.get(signature)?.length === TRIED_TIMES)
    return due === undefined ? null : alarmOf(due, this.#met.get(due) ?? [])
  }
}

/** A check of the handoff, with whatever arguments, that is run before anything was changed must show the known failure:
 *  that is no repetition. */
export function isFirstLook(handoff: Handoff, events: readonly TraceEvent[], a: number): boolean {
  for (const event of events) {
    if (event.t !== 'call') continue
    if (event.kind === 'edit' || event.kind === 'write') return false
    if (event.a === a) return handoff.checks.some(({ command }) => isOfFamily(event.cmd, command))
  }
  return false
}

function isOfFamily(cmd: string | undefined, check: string): boolean {
  if (cmd === undefined) return false
  const { family } = readCommand(check)
  return isRun(cmd, check) || (family !== '' && readCommand(cmd).family === family)
}

/** Whether a command runs a check, whatever stands around it. */
export function isRun(cmd: string | undefined, check: string): boolean {
  return cmd !== undefined && plain(cmd).includes(plain(check))
}

function plain(command: string): string {
  return command.replace(/["']/g, '').replace(/\s+/g, ' ').trim()
}

/** Of the family of other failures: it proves nothing that recurring failures do not prove. */
function alarmOf(signature: string, met: readonly Action[]): Alarm {
  const actions = met.map(({ a }) => a)
  return {
    a: actions.at(-1) ?? 0,
    symptom: 'repetitive errors',
    rule: 'triedAgain',
    family: 'failure',
    strength: 'strong',
    evidence: {
      signature,
      count: met.length,
      actions,
      turns: [],
      text: `met again ${met.length} times what an earlier attempt had tried without success: ${signature}.`,
      tried: [...new Set(met.map(({ label }) => label))],
    },
  }
}
