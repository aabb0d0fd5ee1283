// The merge queue: brings branches into the target, and the target is never red. The branches are merged one upon the other
// without a checkout, every check runs once on the whole, and what is green lands as it is. What is red is asked by name:
// the failing tests alone find the branch that breaks them, which goes back with the evidence; the others land. Pure.
//
// A state lands only after a full green run of exactly that tree. That rests on nothing else here: wrong names, unsteady
// tests and tests that depend on their order cost time, or send back a branch that was right, and never make the target
// red. The merges below the tip of what landed are not tested one by one.
import { findCulprit, type Hunt } from './culprit.ts'
import { Looks } from './looks.ts'
import type { Back, Out, QueueBranch, QueuePort, RedUnit, Stack, State, Unit } from './port.ts'
import { distinct, isWhole, larger, Memory, spread, topOf, unitKey, wholeCheck } from './units.ts'
import { unitName } from './words.ts'

export interface QueueLimits {
  /** How often a red run that is green when looked at again may be repeated. */
  readonly flakes: number
  /** How often all is done again because the target has moved meanwhile. */
  readonly moves: number
}

export interface QueueOutcome {
  /** In the target now, in order. */
  readonly landed: readonly string[]
  readonly back: readonly Back[]
  /** Neither landed nor sent back. */
  readonly left: readonly Left[]
  /** Why it ended before every branch had its answer; null when none is open. */
  readonly stopped: string | null
}

export interface Left {
  readonly piece: string
  /** `refused`: it may not land as it is; `withdrawn`: it does not stand by its branch any more; `waits`: for another
   *  branch; `stopped`: the whole queue ended before it had its answer. */
  readonly kind: 'refused' | 'withdrawn' | 'waits' | 'stopped'
  /** One sentence. */
  readonly reason: string
}

const QUEUE_LIMITS: QueueLimits = { flakes: 3, moves: 5 }

/** Failing tests that are looked into in one round; what is left over is red again in the next. */
const TESTS_AT_ONCE = 100

/** From so many branches on it pays to find out whether tests need the checks before them. */
const WORTH_TRYING = 4

/** Lands the branches, given in the order in which they are to be merged. Everything that it does goes through the port;
 *  the same answers lead to the same calls. */
export function landQueue(
  port: QueuePort,
  queue: readonly QueueBranch[],
  limits: QueueLimits = QUEUE_LIMITS,
): Promise<QueueOutcome> {
  return new Queue(port, queue, limits).run()
}

class Queue {
  readonly #port: QueuePort
  readonly #branches: ReadonlyMap<string, QueueBranch>
  readonly #limits: QueueLimits
  readonly #looks: Looks
  #waiting: readonly string[]
  readonly #landed: string[] = []
  readonly #back = new Map<string, Back>()
  readonly #left = new Map<string, Left>()
  /** Sent back once for a red run together with others, and tried again without those. */
  readonly #again = new Set<string>()
  /** Conflicts of the last round: a branch may go together with what is left when another has gone. */
  #conflicts = new Map<string, Extract<Out, { kind: 'conflict' }>>()
  #flakes = 0
  #moves = 0
  /** How many branches are tried together; all, unless a runner that names no tests has to be asked for single bits. */
  #window = Infinity
  /** Branches that were judged by single bits: how many, and how many of them were bad. */
  #judged = { all: 0, bad: 0 }
  /** How often a unit was red in the full run and green when run again: it is asked in a larger frame then. */
  readonly #unsteady = new Map<string, number>()

  constructor(port: QueuePort, queue: readonly QueueBranch[], limits: QueueLimits) {
    this.#port = port
    this.#branches = new Map(queue.map((branch) => [branch.piece, branch]))
    this.#limits = limits
    this.#waiting = queue.map(({ piece }) => piece)
    this.#looks = new Looks(port, new Memory())
  }

  async run(): Promise<QueueOutcome> {
    let stopped: string | null = null
    while (stopped === null && this.#due()) {
      const stack = await this.#stack()
      if (stack.steps.length > 0 || stack.upToDate.length > 0) stopped = await this.#round(stack)
      else if (this.#window < this.#waiting.length) this.#window = Infinity
      else break
    }
    return this.#outcome(stopped)
  }

  /** Whether anything is left to be merged. */
  #due(): boolean {
    this.#reconsider()
    return this.#waiting.length > 0
  }

  /** A branch that is red only together with others is tried once more when none of those lands: a test that it has renamed
   *  or moved, for instance, is another one's to answer for. What builds on it comes back with it. */
  #reconsider(): void {
    for (const [piece, back] of this.#back) {
      if (back.kind !== 'culprit' || back.verdict.kind !== 'interacts' || this.#again.has(piece)) continue
      if (back.verdict.with.some((partner) => this.#stands(partner)) || !this.#supported(piece)) continue
      this.#again.add(piece)
      this.#back.delete(piece)
      this.#waiting = [...this.#waiting, piece]
      for (const [other, left] of this.#left) {
        if (left.kind !== 'waits' || !this.#supported(other)) continue
        this.#left.delete(other)
        this.#waiting = [...this.#waiting, other]
      }
    }
  }

  /** Whether it has landed, or still may. */
  #stands(piece: string): boolean {
    return this.#landed.includes(piece) || this.#waiting.includes(piece)
  }

  #supported(piece: string): boolean {
    return this.#branches.get(piece)?.needs.every((need) => this.#stands(need)) === true
  }

  async #stack(): Promise<Stack> {
    const stack = await this.#port.stack(this.#waiting.slice(0, this.#window))
    if (stack.baseProven) this.#looks.memory.proveBefore(stack.base)
    const before = this.#conflicts
    this.#conflicts = new Map()
    for (const out of stack.out) {
      if (out.kind === 'refused') this.#leave({ piece: out.piece, kind: 'refused', reason: out.reason })
      if (out.kind !== 'conflict') continue
      // What it met may have landed since: its name says more than that of the target.
      const against = out.against ?? before.get(out.piece)?.against ?? null
      this.#conflicts.set(out.piece, { ...out, against })
    }
    return stack
  }

  /** One full run and what follows from it; the reason to stop, or null. */
  async #round(stack: Stack): Promise<string | null> {
    const top = topOf(stack)
    if (this.#looks.memory.proven(top) && stack.steps.length > 0) return this.#land(stack)
    const { red, checks } = await this.#port.runAll(stack)
    this.#looks.memory.noteChecks(checks)
    if (red.length === 0) {
      this.#looks.memory.proveBefore(top)
      return this.#land(stack)
    }
    this.#looks.memory.note(top, distinct([...red, ...red.map(({ check }) => wholeCheck(check))]), red)
    return this.#judge(stack, red)
  }

  async #land(stack: Stack): Promise<string | null> {
    const answer = await this.#port.land(stack)
    const pieces = this.#inStack(stack)
    switch (answer.kind) {
      case 'landed':
        this.#landed.push(...pieces)
        this.#waiting = this.#waiting.filter((piece) => !pieces.includes(piece))
        if (this.#judged.bad > 0) this.#setWindow({ good: pieces.length, bad: 0 })
        return null
      case 'moved':
        this.#moves += 1
        return this.#moves < this.#limits.moves ? null : 'The target kept moving while the union was checked.'
      case 'withdrawn':
        for (const piece of answer.pieces)
          this.#leave({ piece, kind: 'withdrawn', reason: `${piece} has something else to do first.` })
        return null
      case 'refused':
        return answer.reason
    }
  }

  /** In the order in which they were given. */
  #inStack({ steps, upToDate }: Stack): readonly string[] {
    const pieces = new Set([...steps.map(({ piece }) => piece), ...upToDate])
    return this.#waiting.filter((piece) => pieces.has(piece))
  }

  async #judge(stack: Stack, red: readonly RedUnit[]): Promise<string | null> {
    const steady = await this.#steady(topOf(stack), this.#framed(red))
    const fresh = await this.#withoutOld(stack, steady)
    if (steady.length > 0 && fresh.length === 0) {
      return `The target itself is red without any of the branches: ${named(steady)}.`
    }
    if (stack.steps.length >= WORTH_TRYING) {
      await this.#looks.tryStandalone({ top: topOf(stack), base: stack.base }, fresh)
    }
    const culprits = await this.#culprits(stack, fresh)
    if (culprits > 0) return null
    this.#flakes += 1
    if (this.#flakes <= this.#limits.flakes) return null
    return `The checks are not steady, and nothing lands on a red run; red now and then: ${named(distinct(red))}.`
  }

  /** The units to be asked about; one that did not show when run by itself is asked in a larger frame. */
  #framed(red: readonly RedUnit[]): readonly Unit[] {
    const framed = distinct(red).map((unit) => {
      const times = this.#unsteady.get(unitKey(unit)) ?? 0
      let frame = unit
      for (let step = 0; step < times; step++) frame = larger(frame)
      return frame
    })
    const units = distinct(framed)
    const named = units.filter((unit) => !isWhole(unit))
    return [...spread(named, TESTS_AT_ONCE), ...units.filter(isWhole)]
  }

  /** Without those that are green when run again on the same tree. A whole check is not repeated for that: the search
   *  looks at it again anyway. */
  async #steady(top: State, units: readonly Unit[]): Promise<readonly Unit[]> {
    const named = units.filter((unit) => !isWhole(unit))
    const { red, unseen } = await this.#looks.again(top, named, 'again')
    await this.#noteFlaky(named.filter((unit) => !red.includes(unit) && !unseen.includes(unit)))
    // What was red a moment ago and does not run by its name proves nothing by its silence.
    const wholes = distinct([...units.filter(isWhole), ...unseen.map(({ check }) => wholeCheck(check))])
    return [...red, ...(await this.#looks.red(top, wholes, 'again'))]
  }

  async #withoutOld({ base, steps }: Stack, units: readonly Unit[]): Promise<readonly Unit[]> {
    const seen = await this.#looks.red(base, units, 'base')
    const old = steps.length === 0 ? seen : (await this.#looks.again(base, seen, 'base')).red
    if (old.length > 0) await this.#port.tell({ kind: 'base-red', tests: old })
    return units.filter((unit) => !old.includes(unit))
  }

  /** Finds the branches to blame, one group of tests at a time, and takes them out; how many. */
  async #culprits(stack: Stack, units: readonly Unit[]): Promise<number> {
    const hunt: Hunt = { stack, branches: this.#branches, looks: this.#looks }
    let open = units
    let found = 0
    for (let test = open[0]; test !== undefined; test = open[0]) {
      const culprit = await findCulprit(hunt, test, open)
      if (culprit === null) {
        await this.#noteFlaky([test])
        open = open.slice(1)
        continue
      }
      found += 1
      const { at, ...blamed } = culprit
      await this.#port.tell({ kind: 'culprit', ...blamed })
      this.#sendBack({ kind: 'culprit', ...blamed })
      if (culprit.tests.every((unit) => this.#looks.memory.dear(unit))) {
        this.#setWindow({ good: 0, bad: 1 })
        // What is below it is green and lands first.
        if (at > 1) this.#window = at - 1
        break
      }
      const flipped = new Set([test, ...culprit.tests].map(unitKey))
      open = open.filter((unit) => !flipped.has(unitKey(unit)))
    }
    return found
  }

  /** About as many branches as are all good every second time. */
  #setWindow({ good, bad }: { readonly good: number; readonly bad: number }): void {
    this.#judged = { all: this.#judged.all + good + bad, bad: this.#judged.bad + bad }
    const share = this.#judged.bad / (this.#judged.all + 1)
    this.#window = Math.max(1, Math.ceil(Math.LN2 / share))
  }

  async #noteFlaky(tests: readonly Unit[]): Promise<void> {
    if (tests.length === 0) return
    for (const unit of tests) this.#unsteady.set(unitKey(unit), (this.#unsteady.get(unitKey(unit)) ?? 0) + 1)
    await this.#port.tell({ kind: 'flaky', tests })
  }

  /** A branch that breaks two groups of tests goes back once, with the first. */
  #sendBack(back: Back): void {
    if (!this.#back.has(back.piece)) this.#back.set(back.piece, back)
    // What builds on a culprit may be one itself: then that is its answer.
    this.#left.delete(back.piece)
    this.#remove(back.piece)
  }

  #leave(left: Left): void {
    this.#left.set(left.piece, left)
    this.#remove(left.piece)
  }

  /** Takes a piece out of the queue, and with it everything that builds on it. */
  #remove(piece: string): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== piece)
    for (const other of this.#waiting) {
      if (this.#branches.get(other)?.needs.includes(piece) === true) {
        const reason = `${other} builds on ${piece}, which does not land now.`
        this.#leave({ piece: other, kind: 'waits', reason })
      }
    }
  }

  #outcome(stopped: string | null): QueueOutcome {
    const open = stopped === null ? [...this.#conflicts.values()] : []
    for (const conflict of open) if (this.#waiting.includes(conflict.piece)) this.#sendBack(conflict)
    for (const piece of this.#waiting) {
      const reason = stopped ?? `${piece} cannot be merged yet.`
      this.#left.set(piece, { piece, kind: stopped === null ? 'waits' : 'stopped', reason })
    }
    return { landed: this.#landed, back: [...this.#back.values()], left: [...this.#left.values()], stopped }
  }
}

function named(units: readonly Unit[]): string {
  const [first, ...more] = units.map(unitName)
  const name = first ?? 'a check'
  return more.length === 0 ? name : `${name} (and ${more.length} more)`
}
