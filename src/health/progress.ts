// The best state an attempt has reached, and when it reached a better one: fewer failing checks, a failing set that
// shrank, a check that went green, or files as they never were before that stay and are green. A new best state says that
// what went before was work, not a loop; an edit alone says nothing, because loops are made of edits. Pure, bounded.
import type { Action } from './symptoms/action.ts'
import type { Failing } from './symptoms/outcome.ts'

export interface BestState {
  /** Fewest failing checks of the check that is red at present; 0 when the last one is green; null when none ran. */
  readonly failing: number | null
  /** Hash of the worktree then, where the recorder knows it. */
  readonly tree: string | null
  /** Action at which it was reached; null before there is one. */
  readonly a: number | null
}

interface Check {
  /** Action of its last run. */
  readonly a: number
  red: boolean
  best: number | null
  names: ReadonlySet<string>
  signatures: ReadonlySet<string>
  /** Error lines and failing names since it went red: to come back to one of them is not to move on. */
  met: ReadonlySet<string>
}

/** Commands remembered; the least recently run is forgotten first. */
const MOST_CHECKS = 64
const MOST_MET = 24
/** States of the files that are remembered. */
const MOST_TREES = 256
/** Actions that a new state of the files has to outlast: who goes round in circles edits again sooner. */
const PERSISTS = 6
/** A check that was red so many actions ago and not run since is no longer what the work is about. */
const RED_LASTS = 40
/** Share of error lines in common from which two failures are the same one. */
const MOSTLY = 0.5

/**
 * `best`: a better state than any before; `moved`: still red, but of something new; `returned`: red of
 * what it had been red of before; `same`: nothing was gained.
 */
export type Step = 'best' | 'moved' | 'returned' | 'same' | 'none'

/** Keeps one small record for each check command. */
export class Progress {
  #checks = new Map<string, Check>()
  #families = new Set<string>()
  #best: BestState = { failing: null, tree: null, a: null }
  #tree: string | null = null
  readonly #trees = new Map<string, true>()
  /** The state of the files since it came to be, if it never was before and nothing has failed in it. */
  #fresh: { readonly since: number; green: boolean } | null = null

  get best(): BestState {
    return this.#best
  }

  /** Checks remembered: for tests of the bound. */
  get size(): number {
    return this.#checks.size + this.#families.size + this.#trees.size
  }

  /** What an action did to the state of the work. Only checks can tell. */
  note(action: Action): Step {
    const step = this.#noteCheck(action)
    if (step === 'best' || !this.#hasPersisted(action)) return step
    this.#fresh = null
    this.#best = { failing: 0, tree: this.#tree, a: action.a }
    return 'best'
  }

  #noteCheck(action: Action): Step {
    if (!action.verify || action.state === 'refused' || action.state === 'infrastructure') return 'none'
    const red = action.state === 'failed'
    return this.#judge(action.a, {
      key: action.key,
      family: action.family,
      red,
      failing: action.failing,
      signatures: action.signatures,
    })
  }

  /** What a report of tests says, which knows more than the output. */
  noteTests(a: number, tests: { key: string; family: string; failing: Failing }): Step {
    return this.#judge(a, { ...tests, red: tests.failing.count > 0, signatures: [] })
  }

  /** The content of the worktree after action `a`. */
  noteTree(hash: string, a: number): void {
    if (hash === this.#tree) return
    this.#tree = hash
    const known = this.#trees.has(hash)
    this.#trees.delete(hash)
    this.#trees.set(hash, true)
    if (this.#trees.size > MOST_TREES) this.#trees.delete(this.#trees.keys().next().value ?? '')
    this.#fresh = known ? null : { since: a, green: false }
  }

  /** The files are as they never were, have stayed so, a check is green in them, and none is red. */
  #hasPersisted(action: Action): boolean {
    const fresh = this.#fresh
    if (fresh === null) return false
    if (action.state === 'failed' && !action.looks) {
      this.#fresh = null
      return false
    }
    if (action.verify && action.state === 'ok') fresh.green = true
    if (!fresh.green || action.a - fresh.since < PERSISTS) return false
    for (const { red, a } of this.#checks.values()) if (red && action.a - a <= RED_LASTS) return false
    return true
  }

  #judge(a: number, run: Run): Step {
    const before = this.#checks.get(run.key)
    const step = stepOf(before, run, this.#families.has(run.family))
    if (!run.red && this.#families.size < MOST_CHECKS) this.#families.add(run.family)
    this.#checks.delete(run.key)
    this.#checks.set(run.key, next(before, run, a))
    if (this.#checks.size > MOST_CHECKS) this.#checks.delete(this.#checks.keys().next().value ?? '')
    if (step === 'best')
      this.#best = { failing: run.red ? (run.failing?.count ?? null) : 0, tree: this.#tree, a }
    return step
  }
}

interface Run {
  readonly key: string
  readonly family: string
  readonly red: boolean
  readonly failing: Failing | null
  readonly signatures: readonly string[]
}

function stepOf(before: Check | undefined, run: Run, familySeenGreen: boolean): Step {
  if (!run.red) return before?.red === true || !familySeenGreen ? 'best' : 'same'
  if (before === undefined || !before.red) return 'none'
  const count = run.failing?.count ?? null
  if (count !== null && before.best !== null && count < before.best) return 'best'
  const names = run.failing?.names ?? []
  if (before.names.size > 0 && names.length > 0) {
    const kept = names.filter((name) => before.names.has(name)).length
    if (kept === names.length && names.length < before.names.size) return 'best'
    if (kept > 0) return 'same'
    return names.every((name) => before.met.has(name)) ? 'returned' : 'moved'
  }
  if (before.signatures.size === 0 || run.signatures.length === 0) return 'same'
  const kept = run.signatures.filter((line) => before.signatures.has(line)).length
  // Fewer error lines of those there were, with no new one, is fewer errors; most of them gone is another error.
  const union = before.signatures.size + run.signatures.length - kept
  if (kept < run.signatures.length && kept / union < MOSTLY)
    return run.signatures.every((line) => before.met.has(line)) ? 'returned' : 'moved'
  return kept === run.signatures.length && kept < before.signatures.size && before.signatures.size < 8
    ? 'best'
    : 'same'
}

function next(before: Check | undefined, run: Run, a: number): Check {
  const count = run.failing?.count ?? null
  const episode = run.red && before?.red === true ? before.best : null
  const best = count === null ? episode : episode === null ? count : Math.min(episode, count)
  const met = new Set(run.red && before?.red === true ? [...before.met].slice(-2 * MOST_MET) : [])
  for (const line of run.signatures) met.add(line)
  for (const name of run.failing?.names.slice(0, MOST_MET) ?? []) met.add(name)
  return {
    a,
    red: run.red,
    best: run.red ? best : null,
    names: new Set(run.failing?.names),
    signatures: new Set(run.signatures),
    met,
  }
}
