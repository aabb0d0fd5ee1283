// Searching for the same thing in other words, and finding nothing new.
import type { Action } from './action.ts'
import type { Finding, Rule, Seen } from './rule.ts'
import { push, remember, seen } from './rule.ts'
import { likeness, wordsOf } from '../signature.ts'

/** At four, healthy sessions raise it: one thing has a few spellings. */
const FRUITLESS = 5
const RECENT = 12
/** Half of the words of the two queries together. */
const ALIKE = 0.5
const RESULTS = 64

interface Query extends Seen {
  readonly words: ReadonlySet<string>
  readonly batch: number
  readonly fruitless: boolean
}

/** Five near-identical searches without an edit, which found nothing or what had been found before. */
export function searchChurn(): Rule {
  const queries: Query[] = []
  const results = new Map<string, true>()
  const clear = (): void => {
    queries.length = 0
  }
  return {
    name: 'searchChurn',
    family: 'search',
    symptom: 'circular reasoning',
    action(action, _step, slack) {
      if (action.changed) clear()
      if (action.kind !== 'search' || action.state === 'refused' || action.state === 'infrastructure')
        return null
      const fruitless = action.empty || results.has(action.resultKey)
      remember(results, action.resultKey, true, RESULTS)
      const query = { ...seen(action), words: queryWords(action), batch: action.batch, fruitless }
      push(queries, query, RECENT)
      return fruitless ? churn(queries, query, FRUITLESS - slack) : null
    },
    user() {
      clear()
      return null
    },
    reset() {
      clear()
      results.clear()
    },
    size: () => queries.length + results.size,
  }
}

function churn(queries: readonly Query[], last: Query, least: number): Finding | null {
  const alike = queries.filter((query) => query.fruitless && likeness(query.words, last.words) >= ALIKE)
  const batches = new Set(alike.map(({ batch }) => batch))
  if (batches.size < least) return null
  return {
    signature: null,
    actions: alike,
    text: `${batches.size} searches for nearly the same, nothing new found`,
    strength: 'strong',
  }
}

function queryWords(action: Action): ReadonlySet<string> {
  return wordsOf(action.wanted, 40)
}

/** Looks at places that are not there, among the last ones. Two misses to a hit are how one finds one's way. */
const ABSENT = 5
const LOOKS = 6

/** Five of the last six looks were at files or folders that are not there: the place is guessed, not looked up. */
export function absentPlaces(): Rule {
  const looks: { readonly at: Seen; readonly batch: number; readonly absent: boolean }[] = []
  const clear = (): void => {
    looks.length = 0
  }
  return {
    name: 'absentPlaces',
    family: 'search',
    symptom: 'circular reasoning',
    action(action, _step, slack) {
      const absent = action.absent && (action.looks || action.kind === 'read')
      if (!absent && !(action.looks && action.state === 'ok' && action.chars > 0)) return null
      if (looks.at(-1)?.batch === action.batch) return null
      push(looks, { at: seen(action), batch: action.batch, absent }, LOOKS)
      const missed = looks.filter((look) => look.absent)
      if (!absent || missed.length < ABSENT - slack) return null
      return {
        signature: null,
        actions: missed.map(({ at }) => at),
        text: `${missed.length} of the last ${looks.length} looks were at places that are not there`,
        strength: 'strong',
      }
    },
    user() {
      clear()
      return null
    },
    reset: clear,
    size: () => looks.length,
  }
}
