// What is red and what that says about other units. Pure.
import {
  INSTALLATION,
  type FullObservation,
  type RedUnit,
  type Stack,
  type State,
  type Unit,
} from './port.ts'

/** Equal for equal units. */
export const unitKey = ({ check, file, id }: Unit): string => JSON.stringify([check, file, id])

/** Whether the unit is a whole check: run by itself, it costs what the check costs. */
export const isWhole = ({ file, id }: Unit): boolean => file === null && id === null

/** A check as a whole. */
export const wholeCheck = (check: string): Unit => ({ check, file: null, id: null })

/** Whether a unit counts as red when `red` was seen: a check that breaks before its tests takes them all along. */
export function failsWith(unit: Unit, red: Unit): boolean {
  if (red.check === INSTALLATION.check && isWhole(red)) return true
  if (unit.check !== red.check) return false
  if (isWhole(unit) || isWhole(red)) return true
  if (unit.id !== null && red.id !== null) return unit.id === red.id
  return unit.file === red.file
}

/** The state with every branch of a stack. */
export function topOf({ base, steps }: Pick<Stack, 'base' | 'steps'>): State {
  return steps.at(-1)?.state ?? base
}

/** One of each. */
export function distinct(units: readonly Unit[]): Unit[] {
  const seen = new Map(
    units.map(({ check, file, id }) => [unitKey({ check, file, id }), { check, file, id }]),
  )
  return [...seen.values()]
}

/** At most `limit` of them, spread evenly, so that every group has its chance to be among them. */
export function spread<T>(items: readonly T[], limit: number): readonly T[] {
  if (items.length <= limit) return items
  return Array.from(
    { length: limit },
    (_, index) => items[Math.floor((index * items.length) / limit)],
  ).filter((item) => item !== undefined)
}

/** The files of the named ones among them. */
export function filesOf(units: readonly Unit[]): Unit[] {
  return distinct(
    units.flatMap(({ check, file, id }) => (file === null || id === null ? [] : [{ check, file, id: null }])),
  )
}

/** The next larger unit: the file of a test, then the whole check. */
export function larger({ check, file, id }: Unit): Unit {
  return { check, file: id === null ? null : file, id: null }
}

/** What was seen on which tree. Within one integration the installation follows from the tree, so that the tree alone
 *  says what was seen. Only what lands has to be proven on the very commit. */
export class Memory {
  readonly #seen = new Map<string, Map<string, boolean>>()
  readonly #reds = new Map<string, number>()
  readonly #outputs = new Map<string, string>()
  readonly #greenTrees = new Set<string>()
  /** Commits on which all checks were green in one run, and those on which anything was ever red. */
  readonly #proven = new Set<string>()
  readonly #redCommits = new Set<string>()
  /** Checks that give the right answer without those before them. */
  readonly #standalone = new Set<string>()
  #checks: FullObservation['checks'] = []

  /** Takes in what a full run consists of. */
  noteChecks(checks: FullObservation['checks']): void {
    this.#checks = checks
  }

  /** Whether running the unit costs most of what a full run costs. */
  dear(unit: Unit): boolean {
    if (!isWhole(unit)) return false
    const run = new Set([unit.check, ...this.before(unit)])
    const share = this.#checks.reduce((sum, one) => sum + (run.has(one.check) ? one.share : 0), 0)
    return this.#checks.some(({ check }) => check === unit.check) && share > 0.5
  }

  /** Checks that have to run before the unit does, so that it finds what they make. */
  before(unit: Unit): readonly string[] {
    if (!isWhole(unit) && this.#standalone.has(unit.check)) return []
    return this.#checks.find(({ check }) => check === unit.check)?.after ?? []
  }

  /** Single tests of the check need none of those before it. */
  noteStandalone(check: string): void {
    this.#standalone.add(check)
  }

  /** Takes in what running `units` on a state has shown. */
  note(state: State, units: readonly Unit[], red: readonly RedUnit[]): void {
    const seen = this.#seen.get(state.tree) ?? new Map<string, boolean>()
    this.#seen.set(state.tree, seen)
    this.#notePlain(state, units, red)
    for (const unit of units) {
      const failure = red.find((one) => failsWith(unit, one))
      seen.set(unitKey(unit), failure !== undefined)
      if (failure !== undefined) this.#noteRed(unit, failure)
    }
  }

  /** What was green once and is red now was not proven by being green, and after that only a full run proves anything. */
  #notePlain({ commit, tree }: State, units: readonly Unit[], red: readonly RedUnit[]): void {
    if (red.length > 0) {
      this.#greenTrees.delete(tree)
      this.#proven.delete(commit)
      this.#redCommits.add(commit)
    } else if (this.#isAll(units) && !this.#redCommits.has(commit)) this.#proven.add(commit)
  }

  /** A run of every check as a whole is a full run. */
  #isAll(units: readonly Unit[]): boolean {
    const wholes = new Set(units.filter(isWhole).map(({ check }) => check))
    return this.#checks.length > 0 && this.#checks.every(({ check }) => wholes.has(check))
  }

  #noteRed(unit: Unit, { output }: RedUnit): void {
    const key = unitKey(unit)
    this.#reds.set(key, (this.#reds.get(key) ?? 0) + 1)
    this.#outputs.set(key, output)
  }

  /** Every check was green on this state before the integration began. */
  proveBefore({ tree }: State): void {
    this.#greenTrees.add(tree)
  }

  /** Whether every check was green in one run on exactly this commit, and nothing was ever red there. */
  proven({ commit }: State): boolean {
    return this.#proven.has(commit)
  }

  /** Undefined when it was not run there. */
  red({ tree }: State, unit: Unit): boolean | undefined {
    if (this.#greenTrees.has(tree)) return false
    return this.#seen.get(tree)?.get(unitKey(unit))
  }

  /** How often it was seen red, anywhere. */
  timesRed(unit: Unit): number {
    return this.#reds.get(unitKey(unit)) ?? 0
  }

  /** What it printed when it was seen red last. */
  output(unit: Unit): string {
    return this.#outputs.get(unitKey(unit)) ?? ''
  }
}
