// A simulated repository: branches with known faults, tests that are unsteady now and then, and a queue port over them that
// counts what it runs. Pure but for the random numbers, which come from a seed.
import type {
  FullObservation,
  Happening,
  LandingAnswer,
  Out,
  QueueBranch,
  QueuePort,
  RedUnit,
  SelectedObservation,
  Stack,
  State,
  Unit,
} from '../../src/integration/queue/port.ts'
import { failsWith, topOf, wholeCheck } from '../../src/integration/queue/units.ts'

/** A fault: these tests are red in every tree that has all of `pieces`. */
export interface Fault {
  readonly pieces: readonly string[]
  readonly tests: readonly string[]
  /** The build breaks, and no test runs at all. */
  readonly masks: boolean
}

export interface World {
  readonly branches: readonly QueueBranch[]
  readonly faults: readonly Fault[]
  /** Pairs that do not merge. */
  readonly conflicts: readonly (readonly [string, string])[]
  /** Tests that are red now and then, each with this probability in every run. */
  readonly unsteady: readonly string[]
  readonly flakiness: number
  /** Probability that somebody else moves the target during a full run. */
  readonly drift: number
  /** False: the runner does not name tests, and only the exit code of the whole is known. */
  readonly named: boolean
  /** The tests read what the build makes: without it they are red by name, and green by their exit code. */
  readonly builds?: boolean
}

export interface Costs {
  full: number
  tiny: number
  suites: number
}

const TESTS = 'tests'
const BUILD = 'build'
/** Share of the suite that a run of single tests costs, and that a build costs. */
const TINY = 0.05
const BUILD_SHARE = 0.1

/** 0 up to 1, the same for the same seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The pieces of a state; the target's own commits are written `~1`. */
const piecesOf = ({ tree }: State): ReadonlySet<string> => new Set(tree.split(' '))

/** What is truly red in a tree, without any unsteadiness. */
export function truth(world: World, pieces: ReadonlySet<string>): readonly Unit[] {
  const active = world.faults.filter((fault) => fault.pieces.every((piece) => pieces.has(piece)))
  if (active.some(({ masks }) => masks)) return [wholeCheck(BUILD)]
  return active.flatMap(({ tests }) => tests).map((id) => ({ check: TESTS, file: fileOf(id), id }))
}

/** Tests are written `file:name`. */
const fileOf = (id: string): string => id.split(':')[0] ?? id

export class SimulatedPort implements QueuePort {
  readonly costs: Costs = { full: 0, tiny: 0, suites: 0 }
  readonly happenings: Happening[] = []
  /** Every state that the target was moved to. */
  readonly landings: State[] = []
  /** Those of them that nothing had proven: no run of everything, or a red look after it. Answers that were lost in a crash
   *  count as well, so that this says something only of histories without. */
  readonly unproven: State[] = []
  readonly #world: World
  readonly #chance: () => number
  #target: State = state([])
  #proven = true
  #drifts = 0
  readonly #standing = new Map<string, 'proven' | 'red'>()

  constructor(world: World, seed: number) {
    this.#world = world
    this.#chance = random(seed)
  }

  stack(pieces: readonly string[]): Promise<Stack> {
    const steps: { piece: string; state: State }[] = []
    const out: Out[] = []
    let top = this.#target
    for (const piece of pieces) {
      const needs = this.#world.branches.find((branch) => branch.piece === piece)?.needs ?? []
      const missing = needs.find((need) => !piecesOf(top).has(need))
      const against = this.#conflictOf(piece, top)
      if (missing !== undefined) out.push({ kind: 'waits', piece, reason: `It builds on ${missing}.` })
      else if (against !== null) {
        out.push({
          kind: 'conflict',
          piece,
          files: ['hub'],
          against: piecesOf(this.#target).has(against) ? null : against,
        })
      } else {
        top = state([...piecesOf(top), piece])
        steps.push({ piece, state: top })
      }
    }
    return Promise.resolve({ base: this.#target, baseProven: this.#proven, steps, upToDate: [], out })
  }

  combine(onto: State, pieces: readonly string[]): Promise<State | null> {
    let top = onto
    for (const piece of pieces) {
      if (this.#conflictOf(piece, top) !== null) return Promise.resolve(null)
      top = state([...piecesOf(top), piece])
    }
    return Promise.resolve(top)
  }

  runAll(stack: Stack): Promise<FullObservation> {
    const top = topOf(stack)
    this.costs.full += 1
    this.costs.suites += 1
    const red = this.#observe(top)
    if (this.#chance() < this.#world.drift) {
      this.#target = state([...piecesOf(this.#target), `~${++this.#drifts}`])
      this.#proven = false
    }
    if (red.length === 0) this.#standing.set(top.commit, 'proven')
    else this.#standing.set(top.commit, 'red')
    const build = { check: BUILD, share: BUILD_SHARE, after: [] }
    const checks = this.#hasBuild()
      ? [build, { check: TESTS, share: 1 - BUILD_SHARE, after: [BUILD] }]
      : [{ check: TESTS, share: 1, after: [] }]
    return Promise.resolve({ red: this.#named(red), checks })
  }

  runOnly(at: State, units: readonly Unit[]): Promise<SelectedObservation> {
    const whole = units.filter(({ file }) => file === null)
    const tiny = units.length > whole.length
    if (tiny) this.costs.tiny += 1
    this.costs.suites += tiny ? TINY : 0
    for (const { check } of whole) this.costs.suites += check === BUILD ? BUILD_SHARE : 1
    const built = whole.some(({ check }) => check === BUILD)
    const red = this.#world.builds === true && !built ? this.#unbuilt(units) : this.#selected(at, units)
    if (red.length > 0) this.#standing.set(at.commit, 'red')
    else if (this.#isAll(whole) && !this.#standing.has(at.commit)) this.#standing.set(at.commit, 'proven')
    return Promise.resolve({ red, unseen: [] })
  }

  #hasBuild(): boolean {
    return this.#world.named || this.#world.builds === true
  }

  #isAll(whole: readonly Unit[]): boolean {
    const checks = new Set(whole.map(({ check }) => check))
    return checks.has(TESTS) && (checks.has(BUILD) || !this.#hasBuild())
  }

  /** What tests show that do not find what they read. */
  #unbuilt(units: readonly Unit[]): readonly RedUnit[] {
    if (!this.#world.named || !units.some(({ check }) => check === TESTS)) return []
    return [{ ...wholeCheck(TESTS), output: 'Nothing is built.' }]
  }

  #selected(at: State, units: readonly Unit[]): readonly RedUnit[] {
    const red = this.#observe(at).filter((one) =>
      units.some((unit) => failsWith(unit, one) || one.check === BUILD),
    )
    const broken = red.find(({ check }) => check === BUILD)
    if (broken === undefined) return this.#named(red)
    const checks = new Set(units.map(({ check }) => check))
    return [...checks].map((check) => ({ ...broken, check }))
  }

  land(stack: Stack): Promise<LandingAnswer> {
    const top = topOf(stack)
    if (this.#target.tree === top.tree) return Promise.resolve({ kind: 'landed' })
    if (this.#target.tree !== stack.base.tree) return Promise.resolve({ kind: 'moved' })
    this.#target = top
    this.#proven = true
    this.landings.push(top)
    if (this.#standing.get(top.commit) !== 'proven') this.unproven.push(top)
    return Promise.resolve({ kind: 'landed' })
  }

  tell(happening: Happening): Promise<void> {
    this.happenings.push(happening)
    return Promise.resolve()
  }

  get target(): ReadonlySet<string> {
    return piecesOf(this.#target)
  }

  #conflictOf(piece: string, onto: State): string | null {
    const there = piecesOf(onto)
    for (const [left, right] of this.#world.conflicts) {
      if (left === piece && there.has(right)) return right
      if (right === piece && there.has(left)) return left
    }
    return null
  }

  #observe(at: State): RedUnit[] {
    const real = truth(this.#world, piecesOf(at))
    const flaky = this.#world.unsteady.filter(() => this.#chance() < this.#world.flakiness)
    const units = [...real, ...flaky.map((id) => ({ check: TESTS, file: fileOf(id), id }))]
    return units.map((unit) => ({ ...unit, output: `${unit.id ?? unit.check} failed` }))
  }

  #named(red: readonly RedUnit[]): readonly RedUnit[] {
    if (this.#world.named) return red
    return red.slice(0, 1).map(({ output }) => ({ ...wholeCheck(TESTS), output }))
  }
}

function state(pieces: readonly string[]): State {
  const tree = pieces
    .filter((piece) => piece !== '')
    .toSorted()
    .join(' ')
  return { commit: tree, tree }
}
