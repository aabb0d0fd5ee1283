// Which branch of a stack makes tests red. Halving needs no monotony: it ends at two neighbours, green below and red above,
// so the branch between them does flip the test in this stack. Whether it is to blame alone is asked afterwards. Pure.
import type { Looks } from './looks.ts'
import type { Culprit, QueueBranch, Stack, State, Unit, Verdict } from './port.ts'
import { distinct, filesOf, isWhole } from './units.ts'

export interface Hunt {
  readonly stack: Stack
  readonly branches: ReadonlyMap<string, QueueBranch>
  readonly looks: Looks
}

/** A set of branches that fail together is searched for up to this size. */
const LARGEST_SET = 4

/** The state with the first `count` branches. */
function part({ base, steps }: Stack, count: number): State {
  return steps[count - 1]?.state ?? base
}

/** Finds the branch that flips `test`, which is red on the whole stack and green on its base, and all of `open` that it
 *  flips with it. Null when a fresh look says that nothing is red after all. */
export async function findCulprit(
  hunt: Hunt,
  test: Unit,
  open: readonly Unit[],
): Promise<(Culprit & { readonly at: number }) | null> {
  const at = await halve(hunt, test, open)
  const piece = hunt.stack.steps[at - 1]?.piece
  if (piece === undefined) return null
  const tests = await groupAt(hunt, at, { test, open })
  const found = await verdictOf(hunt, at, tests)
  if (!(await confirmed(hunt, at, { tests, found }))) return null
  const shown = found.tests[0] ?? test
  return { piece, verdict: found.verdict, tests: found.tests, output: hunt.looks.memory.output(shown), at }
}

/** The smallest number of branches at which the test is seen red with it green one below. */
async function halve({ stack, looks }: Hunt, test: Unit, open: readonly Unit[]): Promise<number> {
  let { low, high } = known(stack, looks, test)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    const red = await looks.redBesides(part(stack, middle), test, { others: open, purpose: 'part' })
    if (red) high = middle
    else low = middle
  }
  return high
}

/** The closest pair of green below red that was seen already, in searching for another test for instance. */
function known({ steps, ...stack }: Stack, { memory }: Looks, test: Unit): { low: number; high: number } {
  let best = { low: 0, high: steps.length }
  let green = 0
  for (let count = 1; count <= steps.length; count++) {
    const red = memory.red(part({ steps, ...stack }, count), test)
    if (red === undefined) continue
    if (!red) green = count
    else if (count - green < best.high - best.low) best = { low: green, high: count }
  }
  return best
}

/** What the branch flips together with the test. A whole check is not run for that. */
async function groupAt(
  { stack, looks }: Hunt,
  at: number,
  { test, open }: { readonly test: Unit; readonly open: readonly Unit[] },
): Promise<readonly Unit[]> {
  const others = open.filter((unit) => unit !== test)
  const [below, above] = [part(stack, at - 1), part(stack, at)]
  const askable = others.filter(
    (unit) =>
      !isWhole(unit) ||
      (looks.memory.red(above, unit) !== undefined && looks.memory.red(below, unit) !== undefined),
  )
  const red = await looks.red(above, askable, 'part')
  const before = await looks.red(below, red, 'part')
  return [test, ...red.filter((unit) => !before.includes(unit))]
}

interface Found {
  readonly verdict: Verdict
  readonly tests: readonly Unit[]
  /** A state on which the tests were seen red with the smallest set of branches. */
  readonly on: State
}

async function verdictOf(hunt: Hunt, at: number, tests: readonly Unit[]): Promise<Found> {
  const { stack, looks } = hunt
  const piece = stack.steps[at - 1]?.piece ?? ''
  const stacked: Found = { verdict: { kind: 'stacked' }, tests, on: part(stack, at) }
  const alone = await looks.combine(stack.base, withNeeds(hunt, [piece]))
  if (alone === null) return stacked
  const red = await looks.red(alone, tests, 'alone')
  if (red.length > 0) return { verdict: { kind: 'alone' }, tests, on: alone }
  const nearby = await redNearby(hunt, alone, tests)
  if (nearby.length > 0) return { verdict: { kind: 'alone' }, tests: nearby, on: alone }
  // The branches below are about to land: of many, a dear search among them would cost as much as it tells.
  if (at > 2 && tests.every((unit) => looks.memory.dear(unit))) return stacked
  return (await grow(hunt, at, tests)) ?? stacked
}

/** A branch may break other tests of the same files when it stands alone: what fails depends on what is there besides. */
async function redNearby(
  { stack, looks }: Hunt,
  alone: State,
  tests: readonly Unit[],
): Promise<readonly Unit[]> {
  const files = filesOf(tests)
  if (files.length === 0) return []
  const red = await looks.redIn(alone, files, 'alone')
  const units = distinct(red)
  const before = await looks.red(stack.base, units, 'base')
  const fresh = units.filter((unit) => !before.includes(unit))
  looks.memory.note(alone, fresh, red)
  return fresh
}

/** Adds to the branch those before it without which the tests stay green, the latest first, until they are red. */
async function grow(hunt: Hunt, at: number, tests: readonly Unit[]): Promise<Found | null> {
  const { stack, looks } = hunt
  const piece = stack.steps[at - 1]?.piece ?? ''
  const partners: string[] = []
  let top = at - 1
  while (partners.length + 1 < LARGEST_SET && top > 0) {
    const partner = await nextPartner(hunt, { top, set: [...partners, piece], tests })
    partners.unshift(stack.steps[partner - 1]?.piece ?? '')
    const on = await looks.combine(stack.base, withNeeds(hunt, [...partners, piece]))
    const red = on === null ? [] : await looks.red(on, tests, 'together')
    if (on !== null && red.length > 0)
      return { verdict: { kind: 'interacts', with: partners }, tests: red, on }
    top = partner - 1
  }
  return null
}

/** The number of branches below which the set stays green; red with all of `top`. */
async function nextPartner(
  hunt: Hunt,
  {
    top,
    set,
    tests,
  }: { readonly top: number; readonly set: readonly string[]; readonly tests: readonly Unit[] },
): Promise<number> {
  let [low, high] = [0, top]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    const state = await hunt.looks.combine(part(hunt.stack, middle), withNeeds(hunt, set))
    const red = state === null ? [] : await hunt.looks.red(state, tests, 'together')
    if (red.length > 0) high = middle
    else low = middle
  }
  return high
}

/** The pieces with everything in the queue that they build on, in the order of the stack. */
function withNeeds({ stack, branches }: Hunt, pieces: readonly string[]): string[] {
  const all = new Set(pieces)
  for (const piece of all) for (const need of branches.get(piece)?.needs ?? []) all.add(need)
  return stack.steps.map(({ piece }) => piece).filter((piece) => all.has(piece))
}

/** How often a unit has to be seen red before a branch is accused: a test may be unsteady, a whole check is dear. */
const SIGHTINGS = { test: 3, whole: 2 } as const

/** Whether what was found stands: it was seen often enough, or is red once more. */
async function confirmed(
  { stack, looks }: Hunt,
  at: number,
  { tests, found }: { readonly tests: readonly Unit[]; readonly found: Found },
): Promise<boolean> {
  const least = tests.every(isWhole) ? SIGHTINGS.whole : SIGHTINGS.test
  const seen = Math.max(...found.tests.map((unit) => looks.memory.timesRed(unit)))
  if (seen >= least && (found.verdict.kind !== 'stacked' || least === SIGHTINGS.whole)) return true
  const on = found.verdict.kind === 'stacked' ? part(stack, at) : found.on
  return (await looks.again(on, found.tests, 'again')).red.length > 0
}
