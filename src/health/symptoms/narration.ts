// What the agent says: the same thought again and again while nothing comes of it, and words that could be about any
// repository.
import type { Action } from './action.ts'
import type { Finding, Rule, Seen } from './rule.ts'
import { push, seen } from './rule.ts'
import { likeness, wordsOf } from '../signature.ts'

const RECENT = 12
/** Of a reply; what is thought stands at its start, and the cost must be bounded. */
const MOST_CHARS = 600
/** Said three times: twice is a reminder. */
const TIMES = 3
const ALIKE = 0.7
/** Shorter sentences are alike by nature ("now the tests"). */
const FEWEST_WORDS = 10
/** What came of it: at least so many actions in between that failed or brought nothing. */
const FRUITLESS = 2

interface Thought {
  readonly words: ReadonlySet<string>
  readonly at: Seen
  readonly message: string | null
  readonly fruitless: number
}

/** The narration says nearly the same three times, with an action between, and what was done in between failed. */
export function circular(): Rule {
  const thoughts: Thought[] = []
  let fruitless = 0
  let actions = 0
  const clear = (): void => {
    thoughts.length = 0
  }
  return {
    name: 'circular',
    family: 'narration',
    symptom: 'circular reasoning',
    action(action) {
      actions = action.a + 1
      if (action.state === 'failed') fruitless++
      return null
    },
    say({ text, turn, a, message }) {
      const words = wordsOf(text.length > MOST_CHARS ? text.slice(0, MOST_CHARS) : text, 60)
      if (words.size < FEWEST_WORDS) return null
      const last = thoughts.at(-1)
      // Some recorders give one reply in several pieces, or twice (as thought and as said).
      if (last !== undefined && (last.at.a === a || (message !== null && last.message === message)))
        return null
      const thought = { words, at: { a: Math.min(a, actions), turn, label: '' }, message, fruitless }
      push(thoughts, thought, RECENT)
      return again(thoughts, thought)
    },
    user() {
      clear()
      return null
    },
    reset: clear,
    size: () => thoughts.length,
  }
}

function again(thoughts: readonly Thought[], last: Thought): Finding | null {
  const alike = thoughts.filter((thought) => likeness(thought.words, last.words) >= ALIKE)
  if (alike.length < TIMES || last.fruitless - (alike[0]?.fruitless ?? 0) < FRUITLESS) return null
  return {
    signature: null,
    actions: alike.map(({ at }) => at),
    text: `said nearly the same ${alike.length} times, while what was done failed`,
    strength: 'strong',
  }
}

/** Replies that make up the session's own measure, and those compared with it. */
const BASELINE = 12
const LATELY = 8
/** Only a fall to under a third is told: replies differ, and this measure is not validated. */
const FALL = 0.33
const LEAST_BASELINE = 0.08

/** Words that only this repository has become rare in what the agent says. Advisory: weak, and told only beside an alarm. */
export function generic(): Rule {
  const lately: { readonly share: number; readonly at: Seen }[] = []
  let last: Action | null = null
  let count = 0
  let sum = 0
  return {
    name: 'generic',
    family: 'vocabulary',
    symptom: 'generic responses',
    action(action) {
      last = action
      return null
    },
    say({ text, turn, a }) {
      const share = specificShare(text)
      if (share === null) return null
      if (count < BASELINE) {
        count++
        sum += share
        return null
      }
      push(
        lately,
        { share, at: last === null ? { a, turn, label: '' } : { ...seen(last), label: '' } },
        LATELY,
      )
      const baseline = sum / count
      const now = lately.reduce((total, entry) => total + entry.share, 0) / lately.length
      if (lately.length < LATELY || baseline < LEAST_BASELINE || now > baseline * FALL) return null
      const percent = (part: number): string => `${Math.round(part * 100)} %`
      const text_ = `names of this repository fell from ${percent(baseline)} to ${percent(now)} of the words`
      return { signature: null, actions: lately.map(({ at }) => at), text: text_, strength: 'weak' }
    },
    reset() {
      lately.length = 0
    },
    size: () => lately.length,
  }
}

/** Share of words that are names: paths, identifiers, dotted or quoted code. Null for a text that is too short. */
function specificShare(text: string): number | null {
  const words = text.slice(0, MOST_CHARS).split(/\s+/)
  if (words.length < 12) return null
  const specific = words.filter((word) => /[a-z][A-Z]|\w[_./]\w|`|::|\(\)/.test(word)).length
  return specific / words.length
}
