// A check that stays red however the work is changed: the failing set and the count do not get better.
import type { Step } from '../progress.ts'
import type { Action } from './action.ts'
import type { Finding, Rule, Seen } from './rule.ts'
import { isAsLong, push, remember, seen, votes } from './rule.ts'

/** First red, a try, a slip, and one more that gained nothing. */
const RUNS = 4
/** Different checks that are red at a time; more are not watched. */
const CHECKS = 16
/** Runs kept for the evidence. */
const KEPT = 12
/** A check not run for so long is another story. */
const QUIET = 24
/** Outputs alike although the work changed: twice is a slip in the edit, three times the edits do not reach it. */
const WITHOUT_EFFECT = 3
/** A program that ends well may rightly say the same again (work that must not change it): weak, and more are needed. */
const WITHOUT_EFFECT_COMPLAINING = 3
const WITHOUT_EFFECT_NEUTRAL = 5
/** Actions between two runs: who runs it less often is at other work meanwhile, and it is as red as it was before. */
const AT_IT = 6

interface Red extends Seen {
  readonly batch: number
}

interface Episode {
  readonly runs: Red[]
  /** Runs from here on have the same trouble; those before had another. */
  since: number
}

/** One check is red at least four times in a row, with edits in between and nothing gained. */
export function verifyStall(): Rule {
  const red = new Map<string, Episode>()
  let edited = -1
  return {
    name: 'verifyStall',
    family: 'failure',
    symptom: 'repetitive errors',
    action(action, step, slack) {
      if (action.changed) edited = action.a
      if (!action.verify || action.state === 'refused' || action.state === 'infrastructure') return null
      if (action.state === 'ok' || step === 'best') {
        red.delete(action.family)
        return null
      }
      const known = red.get(action.family)
      const episode =
        known === undefined || (known.runs.at(-1)?.a ?? 0) < action.a - QUIET ? { runs: [], since: 0 } : known
      remember(red, action.family, episode, CHECKS)
      const runs = follow(episode, action, step)
      const count = votes(runs)
      if (count < RUNS - slack || edited < (runs[0]?.a ?? 0) || (step !== 'same' && step !== 'returned'))
        return null
      return stalled(runs, action, count)
    },
    reset: () => red.clear(),
    size: () => red.size,
  }
}

/** The runs that count: from the last new trouble on; all of them once an old one is back, for then nothing was gained by any. */
function follow(episode: Episode, action: Action, step: Step): readonly Red[] {
  if (step === 'moved') episode.since = action.a
  if (step === 'returned') episode.since = 0
  push(episode.runs, { ...seen(action), batch: action.batch }, KEPT)
  return episode.runs.filter(({ a }) => a >= episode.since)
}

function stalled(runs: readonly Red[], action: Action, count: number): Finding {
  const failing = action.failing === null ? '' : `, ${action.failing.count} failing`
  const signature = action.failing?.names[0] ?? action.signatures[0] ?? null
  return {
    signature,
    actions: runs,
    text: `${count} runs of ${action.family} stay red${failing}, no edit gained anything`,
    strength: 'strong',
  }
}

interface Echo {
  readonly result: string
  readonly chars: number
  /** Worktree changes before the last run of it. */
  changes: number
  runs: Seen[]
}

/** The same command has the same output three times although the work was changed each time in between. */
export function noEffect(): Rule {
  const echoes = new Map<string, Echo>()
  let changes = 0
  return {
    name: 'noEffect',
    family: 'failure',
    symptom: 'repetitive errors',
    action(action) {
      if (action.changed) changes++
      if (action.command === null || action.looks || action.poll || action.path !== null) return null
      if (action.state === 'refused' || action.state === 'infrastructure') return null
      // A check that is green each time, and a program that has nothing to say, are as they should be.
      if (action.state === 'ok' && (action.verify || !saysSomething(action) || !isScript(action.family)))
        return null
      const before = echoes.get(action.key)
      const result = resultOf(action)
      const same =
        before !== undefined &&
        before.result === result &&
        isAsLong(before.chars, action.chars) &&
        action.a - (before.runs.at(-1)?.a ?? 0) <= AT_IT
      const echo = same ? before : { result, chars: action.chars, changes: -1, runs: [] }
      if (echo.changes === changes) return null
      echo.changes = changes
      push(echo.runs, seen(action), KEPT)
      remember(echoes, action.key, echo, CHECKS)
      const least = leastOf(action)
      if (echo.runs.length < least) return null
      return {
        signature: action.signatures[0] ?? null,
        actions: echo.runs,
        text: `${echo.runs.length} runs of the same command with the same output although files were changed in between`,
        strength: action.state === 'failed' ? 'strong' : 'weak',
      }
    },
    reset: () => echoes.clear(),
    size: () => echoes.size,
  }
}

function saysSomething({ chars, complains }: Action): boolean {
  return chars >= 40 || complains
}

function leastOf({ state, complains }: Action): number {
  if (state === 'failed') return WITHOUT_EFFECT
  return complains ? WITHOUT_EFFECT_COMPLAINING : WITHOUT_EFFECT_NEUTRAL
}

/** What a run says, apart from line numbers and timings: the failing set and the errors, else the output itself. */
function resultOf({ state, failing, signatures, resultKey }: Action): string {
  if (state !== 'failed' || (signatures.length === 0 && (failing?.names.length ?? 0) === 0)) return resultKey
  return `${failing?.count ?? ''} ${failing?.names.join(' ') ?? ''} ${signatures.join('|')}`
}

function isScript(family: string): boolean {
  return /^(python|node|bash|sh|ruby|deno|cargo run|go run|\.\/)/.test(family)
}
