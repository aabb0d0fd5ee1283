// Which slots a session may be given, and how much is left to be done in each. Pure.
import type { SlotRecord } from './slot.ts'

/** What a session needs, as hashes of what a slot would be made from now. */
export interface Needs {
  readonly base: string
  /** Of the set-up command; null: there is none. */
  readonly setup: string | null
  readonly portNames: readonly string[]
}

/** What is true of a slot's surroundings now. */
export interface Surroundings {
  readonly programs: string
  readonly includes: string | null
}

/** `exact`: nothing is left to be done. Otherwise what is done again is said by the session's journal. */
export type Fit = 'exact' | 'near'

/** Slots that may be claimed, the best first: at the same base before others, the youngest first. */
export function candidates(records: readonly SlotRecord[], base: string): SlotRecord[] {
  return records
    .filter(({ state, kept, readyAt }) => state === 'ready' && kept === null && readyAt !== null)
    .toSorted((a, b) => Number(b.base === base) - Number(a.base === base) || ageOf(b) - ageOf(a))
}

/** The same slots in an order of one session's own, among those at its base: sessions that begin together do not all try the
 *  same slot first. `turn` is any whole number from 0 on that is the session's own. */
export function inTurn(slots: readonly SlotRecord[], base: string, turn: number): SlotRecord[] {
  const same = slots.filter((slot) => slot.base === base)
  const start = same.length === 0 ? 0 : turn % same.length
  return [...same.slice(start), ...same.slice(0, start), ...slots.filter((slot) => slot.base !== base)]
}

const ageOf = ({ filledAt }: SlotRecord): number => filledAt ?? 0

/** How well a slot fits. */
export function fitOf(record: SlotRecord, needs: Needs, now: Surroundings): Fit {
  const installed = record.dependencies === 'nothing' || record.programs === now.programs
  const sameSetup =
    record.setup === needs.setup &&
    !record.again &&
    (needs.setup === null || record.portNames.join('\0') === needs.portNames.join('\0'))
  const exact =
    record.base === needs.base &&
    record.fingerprint !== null &&
    record.otherNames !== null &&
    installed &&
    sameSetup &&
    record.includes === now.includes
  return exact ? 'exact' : 'near'
}
