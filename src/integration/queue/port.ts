// What the merge queue needs of the world, and what it finds out. The queue itself is deterministic: it decides only by
// what comes back through this port, so the same code lands branches for real, replays after a crash and runs in a
// simulation. Pure.

/** A branch that is to land. */
export interface QueueBranch {
  readonly piece: string
  /** Pieces of the queue that it builds on; it cannot land without them. */
  readonly needs: readonly string[]
}

/** A tree that can be checked, with the commit that holds it. */
export interface State {
  readonly commit: string
  readonly tree: string
}

/** What can be red, and can be run again by itself: one test (`id`), a whole file of tests (`file` alone), or a whole
 *  check (neither). */
export interface Unit {
  readonly check: string
  readonly file: string | null
  readonly id: string | null
}

/** A red unit with the end of what it printed. */
export interface RedUnit extends Unit {
  readonly output: string
}

/** The installation that goes before every check: when it fails, everything after it is red. No check can have this name. */
export const INSTALLATION: Unit = { check: '/install', file: null, id: null }

/** A branch that is not in the stack. */
export type Out =
  /** `against`: the piece in the stack that it meets; null for the target itself. */
  | {
      readonly kind: 'conflict'
      readonly piece: string
      readonly files: readonly string[]
      readonly against: string | null
    }
  /** It may not land as it is; said to the operator. */
  | { readonly kind: 'refused'; readonly piece: string; readonly reason: string }
  /** Something that it builds on is not in the stack. */
  | { readonly kind: 'waits'; readonly piece: string; readonly reason: string }

export interface Stack {
  /** The target as it stands. */
  readonly base: State
  /** Every check was green on `base` before: nothing there has to be looked for. */
  readonly baseProven: boolean
  /** One merge per branch, in order. */
  readonly steps: readonly { readonly piece: string; readonly state: State }[]
  /** Branches that add nothing to what is below them. */
  readonly upToDate: readonly string[]
  readonly out: readonly Out[]
}

/** Why something is run, for whoever reads the log. */
export type Purpose =
  /** All checks on the whole stack. */
  | 'union'
  /** The same tree once more: is it steady? */
  | 'again'
  /** The target without any branch: was it red before? */
  | 'base'
  /** A part of the stack. */
  | 'part'
  /** One branch on the target. */
  | 'alone'
  /** A branch together with others that it may not go with. */
  | 'together'

export interface Observation {
  readonly red: readonly RedUnit[]
}

export interface SelectedObservation extends Observation {
  /** Asked for and not reached: not there, or not to be selected by its name. */
  readonly unseen: readonly Unit[]
}

export interface FullObservation extends Observation {
  /** What was run, in order. */
  readonly checks: readonly RanCheck[]
}

export interface RanCheck {
  readonly check: string
  /** Of the whole time, 0 up to 1. */
  readonly share: number
  /** Checks before it that may have made something which it uses. */
  readonly after: readonly string[]
}

export type LandingAnswer =
  | { readonly kind: 'landed' }
  /** The target is elsewhere by now: a new proof is due. */
  | { readonly kind: 'moved' }
  /** These pieces do not stand by what was checked any more. */
  | { readonly kind: 'withdrawn'; readonly pieces: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }

/** How a branch was found to break tests. */
export type Verdict =
  /** On the target, with nothing but what it builds on. */
  | { readonly kind: 'alone' }
  /** Only together with these, each of them needed. */
  | { readonly kind: 'interacts'; readonly with: readonly string[] }
  /** On top of the branches before it; a smaller set that shows it was not found. */
  | { readonly kind: 'stacked' }

export interface Culprit {
  readonly piece: string
  readonly verdict: Verdict
  readonly tests: readonly Unit[]
  readonly output: string
}

/** A branch that its session has to look at again. */
export type Back = ({ readonly kind: 'culprit' } & Culprit) | Extract<Out, { kind: 'conflict' }>

/** What is worth writing down beside the runs themselves. */
export type Happening =
  | { readonly kind: 'flaky'; readonly tests: readonly Unit[] }
  | { readonly kind: 'base-red'; readonly tests: readonly Unit[] }
  | ({ readonly kind: 'culprit' } & Culprit)

export interface QueuePort {
  /** Merges the pieces in this order onto the target as it stands; what cannot be merged is in `out`. */
  stack(pieces: readonly string[]): Promise<Stack>
  /** Merges more pieces onto a state, to look at it only; null when they do not merge. */
  combine(onto: State, pieces: readonly string[]): Promise<State | null>
  /** Every check, on exactly the last state of the stack. */
  runAll(stack: Stack): Promise<FullObservation>
  /** Only these units, on exactly this state. What is red beside them may be reported, too. */
  runOnly(state: State, units: readonly Unit[], purpose: Purpose): Promise<SelectedObservation>
  /** Moves the target to the last state of the stack, if it is still at its base. */
  land(stack: Stack): Promise<LandingAnswer>
  tell(happening: Happening): Promise<void>
}
