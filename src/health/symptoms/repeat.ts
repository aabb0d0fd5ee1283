// The same call with the same result: nothing is learned from it, and nothing was changed that could make it new.
import type { Action } from './action.ts'
import type { Finding, Rule, Seen } from './rule.ts'
import { push, remember, seen } from './rule.ts'

/** Once more to be sure; the third time is a loop. */
const TIMES = 3
/** Looking at something that goes on by itself has a budget of its own: two minutes at ten seconds each. */
const LOOKS = 12
/** Calls remembered. */
const CALLS = 64
/** A repetition further back is another visit. */
const WINDOW = 24
/** Actions in a row that were all seen before: longer than any second look, and it catches cycles of any length. */
const STALE = 4

interface Known {
  readonly result: string
  readonly at: Seen[]
  batch: number
  /** Changes of files before it; a look says what is there, so that for it only the result counts. */
  readonly changes: number
}

/** The same call has the same result three times (twelve for looks at a state), or four actions in a row bring nothing new. */
export function repeat(): Rule {
  const known = new Map<string, Known>()
  const stale: Seen[] = []
  let changes = 0
  const clear = (): void => {
    known.clear()
    stale.length = 0
  }
  return {
    name: 'repeat',
    family: 'repetition',
    symptom: 'circular reasoning',
    action(action) {
      if (action.changed) {
        changes++
        stale.length = 0
        return null
      }
      if (isOutside(action)) return null
      const before = known.get(action.key)
      const state = action.looks ? 0 : changes
      const same = before !== undefined && before.result === action.resultKey && before.changes === state
      const entry = same ? before : { result: action.resultKey, at: [], batch: -1, changes: state }
      if (entry.batch === action.batch) return null
      entry.batch = action.batch
      while ((entry.at[0]?.a ?? action.a) < action.a - WINDOW) entry.at.shift()
      push(entry.at, seen(action), LOOKS)
      remember(known, action.key, entry, CALLS)
      if (isState(action)) return entry.at.length < LOOKS ? null : repeated(entry.at, 'weak')
      // Seen long ago is another visit, not a circle.
      if (entry.at.length < 2) stale.length = 0
      else push(stale, seen(action), STALE)
      if (entry.at.length >= TIMES) return repeated(entry.at, 'strong')
      return stale.length < STALE ? null : circling(stale)
    },
    // The operator may well ask to look or to run once more.
    user() {
      clear()
      return null
    },
    reset: clear,
    size: () => known.size + stale.length,
  }
}

function isOutside({ kind, state }: Action): boolean {
  return (
    state === 'infrastructure' || state === 'refused' || kind === 'plan' || kind === 'ask' || kind === 'agent'
  )
}

function isState({ poll, command, state }: Action): boolean {
  return poll || ((command?.status ?? false) && state === 'ok')
}

function repeated(actions: readonly Seen[], strength: 'weak' | 'strong'): Finding {
  const label = actions.at(-1)?.label ?? ''
  return {
    signature: label,
    actions,
    text: `${actions.length} times the same call with the same result: ${label}`,
    strength,
  }
}

function circling(actions: readonly Seen[]): Finding {
  return {
    signature: null,
    actions: [...actions],
    text: `${actions.length} steps in a row had been taken before, with the same results`,
    strength: 'strong',
  }
}
