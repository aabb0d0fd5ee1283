// Looking at states through the port, with what was seen before taken into account. Pure.
import type { Purpose, QueuePort, RedUnit, SelectedObservation, State, Unit } from './port.ts'
import { distinct, failsWith, isWhole, unitKey, wholeCheck, type Memory } from './units.ts'

type RunPort = Pick<QueuePort, 'runOnly' | 'combine'>

export interface Again {
  readonly red: readonly Unit[]
  readonly unseen: readonly Unit[]
}

/** One place from which states are looked at: nothing is run twice unless a fresh look is asked for. */
export class Looks {
  readonly memory: Memory
  readonly #port: RunPort

  constructor(port: RunPort, memory: Memory) {
    this.#port = port
    this.memory = memory
  }

  /** Those of `units` that are red on a state. */
  async red(state: State, units: readonly Unit[], purpose: Purpose): Promise<readonly Unit[]> {
    const unknown = units.filter((unit) => this.memory.red(state, unit) === undefined)
    if (unknown.length > 0) await this.#run(state, unknown, purpose)
    return units.filter((unit) => this.memory.red(state, unit) === true)
  }

  /** Those of `units` that are red on a state now, whatever was seen there before; and those that do not run by name. */
  async again(state: State, units: readonly Unit[], purpose: Purpose): Promise<Again> {
    if (units.length === 0) return { red: [], unseen: [] }
    const { unseen } = await this.#run(state, units, purpose)
    const red = units.filter((unit) => this.memory.red(state, unit) === true)
    const silent = new Set(unseen.map(unitKey))
    return { red, unseen: units.filter((unit) => !red.includes(unit) && silent.has(unitKey(unit))) }
  }

  /** Everything that is red when these files are run whole. */
  async redIn(state: State, files: readonly Unit[], purpose: Purpose): Promise<readonly RedUnit[]> {
    const { red } = await this.#run(state, files, purpose)
    const checks = new Set(files.map(({ check }) => check))
    return red.filter(({ check }) => checks.has(check))
  }

  /** Finds out which checks can do without those before them, a build for instance: single tests of such a check then cost
   *  no build in every look. `units` are known to be red on `top` and green on `base`; a check whose tests all say so by
   *  themselves stands alone. A whole check says too little for that: one bit may be right for the wrong reason. */
  async tryStandalone(
    { top, base }: { readonly top: State; readonly base: State },
    units: readonly Unit[],
  ): Promise<void> {
    const open = units.filter((unit) => !isWhole(unit) && this.memory.before(unit).length > 0)
    const without = async (state: State, asked: readonly Unit[], red: boolean): Promise<readonly Unit[]> => {
      if (asked.length === 0) return []
      const seen = await this.#port.runOnly(state, asked, 'again')
      const silent = new Set(seen.unseen.map(unitKey))
      const wrong = new Set(
        asked
          .filter((unit) => silent.has(unitKey(unit)) || seen.red.some((one) => failsWith(unit, one)) !== red)
          .map(({ check }) => check),
      )
      return asked.filter(({ check }) => !wrong.has(check))
    }
    const alike = await without(base, await without(top, open, true), false)
    for (const { check } of alike) this.memory.noteStandalone(check)
  }

  /** Asks about `wanted`, and, since a checkout costs more than a test, about all other tests by the way. A whole check is
   *  never run by the way. */
  async redBesides(
    state: State,
    wanted: Unit,
    { others, purpose }: { readonly others: readonly Unit[]; readonly purpose: Purpose },
  ): Promise<boolean> {
    const known = this.memory.red(state, wanted)
    if (known !== undefined) return known
    const along = isWhole(wanted) ? [] : others.filter((unit) => !isWhole(unit))
    const units = distinct([wanted, ...along]).filter((unit) => this.memory.red(state, unit) === undefined)
    await this.#run(state, units, purpose)
    return this.memory.red(state, wanted) === true
  }

  combine(onto: State, pieces: readonly string[]): Promise<State | null> {
    return this.#port.combine(onto, pieces)
  }

  /** What a unit builds on is run before it, and what that shows is not lost. */
  async #run(state: State, units: readonly Unit[], purpose: Purpose): Promise<SelectedObservation> {
    const before = new Set(units.flatMap((unit) => this.memory.before(unit)))
    const all = distinct([...[...before].map(wholeCheck), ...units])
    const seen = await this.#port.runOnly(state, all, purpose)
    this.memory.note(state, all, seen.red)
    return seen
  }
}
