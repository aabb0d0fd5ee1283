// Whether two demands contradict each other. Words in common prove nothing: "Never edit a.ts" and "Never edit b.ts" share
// most of theirs. Two things do: the one denies what the other demands, or both give another value to the same key. In
// doubt there is no contradiction. Pure.
import type { Constraint } from '../../contract/handoff.ts'
import { contentWords } from '../words.ts'
import { sentencesOf } from './extract.ts'

/** Share of common words from which a demand and a denial speak of the same thing; one must hold the other besides. */
const SAME_CORE = 0.75
const MOST_WORDS = 6
/** Of a text only the first sentences are looked at. */
const SENTENCES = 8

const NEGATION =
  /\b(?:do not|don't|does not|doesn't|must not|mustn't|must never|shall not|should not|shouldn't|may not|cannot|can't|(?:is|are) not|isn't|aren't|not allowed to|forbidden to|refrain from|never|avoid|stop|without|not|no)\b/gi

/** Says how strongly something is demanded, not what. */
const STRENGTH =
  /\b(?:always|must|should|shall|ever|only|may|can|be|allowed|please|now|just|again|go|ahead|anything|any|all|every)\b/gi

const INSTEAD =
  /^(?:always\s+)?(use|run|prefer|call|import|write)\s+(.+?)(?:\s*,\s*(?:and\s+)?not|\s+and not|\s+instead of|\s+rather than|\s*,?\s+never)\s+(?:(?:use|run)\s+)?(.+)$/i
const REVERSE = /^instead of\s+([^,]+),\s+(use|run|call|write)\s+(.+)$/i

/** Written so that another value is seen as such: a figure, something quoted, an acronym. */
const LITERAL = /\d|`[^`]+`|"[^"]+"|\b[A-Z]{2,}\b/

interface Claim {
  readonly denied: boolean
  readonly core: ReadonlySet<string>
}

interface Setting {
  readonly key: ReadonlySet<string>
  readonly value: ReadonlySet<string>
}

interface Demand {
  readonly claims: readonly Claim[]
  readonly setting: Setting | null
}

/** Tells of other demands whether they cannot be met together with this one, which is read once. */
export function opponentOf(text: string): (other: string) => boolean {
  const demand = read(text)
  return (other) => conflict(demand, read(other))
}

/** Pairs of constraints that contradict each other, the earlier one first. */
export function opposed(ledger: readonly Constraint[]): readonly (readonly [Constraint, Constraint])[] {
  const demands = ledger.map((entry) => ({ entry, demand: demandOf(entry) }))
  return demands.flatMap((left, index) =>
    demands
      .slice(index + 1)
      .filter((right) => conflict(left.demand, right.demand))
      .map((right) => [left.entry, right.entry] as const),
  )
}

/** What the scope says is no sentence of anybody. */
function demandOf({ text, source }: Constraint): Demand {
  return source === 'scope' ? { claims: [], setting: null } : read(text)
}

function read(text: string): Demand {
  const sentences = sentencesOf(text.slice(0, 2_000)).slice(0, SENTENCES)
  const settings = sentences.flatMap((sentence) => settingOf(plain(sentence)) ?? [])
  return {
    claims: sentences.flatMap((sentence) => claimsOf(plain(sentence))),
    setting: settings[0] ?? null,
  }
}

function plain(sentence: string): string {
  return sentence
    .replace(/[’‘]/g, "'")
    .replace(/\*\*/g, '')
    .replace(/[.!\s]+$/, '')
    .trim()
}

function conflict(left: Demand, right: Demand): boolean {
  const denied = left.claims.some((one) =>
    right.claims.some((other) => one.denied !== other.denied && isSame(one.core, other.core)),
  )
  return denied || (left.setting !== null && right.setting !== null && differ(left.setting, right.setting))
}

function isSame(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  const [small, large] = left.size <= right.size ? [left, right] : [right, left]
  if (small.size === 0 || small.size / large.size < SAME_CORE) return false
  return [...small].every((word) => large.has(word))
}

function differ(left: Setting, right: Setting): boolean {
  const sameKey = left.key.size === right.key.size && [...left.key].every((word) => right.key.has(word))
  return sameKey && !holds(left.value, right.value) && !holds(right.value, left.value)
}

function holds(all: ReadonlySet<string>, some: ReadonlySet<string>): boolean {
  return [...some].every((word) => all.has(word))
}

function claimsOf(sentence: string): readonly Claim[] {
  const direct = INSTEAD.exec(sentence)
  const reverse = REVERSE.exec(sentence)
  const verb = direct?.[1] ?? reverse?.[2]
  const wanted = direct?.[2] ?? reverse?.[3]
  const avoided = direct?.[3] ?? reverse?.[1]
  if (verb !== undefined && wanted !== undefined && avoided !== undefined) {
    return [
      { denied: false, core: coreOf(`${verb} ${wanted}`) },
      { denied: true, core: coreOf(`${verb} ${avoided}`) },
    ]
  }
  // Two denials in a sentence say nothing certain, and a question demands nothing.
  const negations = [...sentence.matchAll(NEGATION)].length
  if (negations > 1 || sentence.endsWith('?')) return []
  return [{ denied: negations === 1, core: coreOf(sentence.replace(NEGATION, ' ')) }]
}

function coreOf(text: string): ReadonlySet<string> {
  return new Set([...contentWords(text.replace(STRENGTH, ' '))].map(singular))
}

function singular(word: string): string {
  return word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word
}

/** "Dates are stored as X", "use X for dates", "the port is X": the key, and the value that it is given. */
function settingOf(sentence: string): Setting | null {
  if (new RegExp(NEGATION.source, 'i').test(sentence)) return null
  const use = /^(?:always\s+)?(use|prefer)\s+(.+?)\s+(for|as)\s+(.+)$/i.exec(sentence)
  if (use !== null) return setting([`use ${use[4] ?? ''}`, use[3]], use[2] ?? '')
  const shape =
    /^(?:always\s+)?(store|return|write|keep|name|format|indent|represent|save|encode|prefix)\s+(.*?)\s*\b(as|with)\s+(.+)$/i.exec(
      sentence,
    )
  if (shape !== null) return setting([`${shape[1] ?? ''} ${shape[2] ?? ''}`, shape[3]], shape[4] ?? '')
  return stateOf(sentence)
}

function stateOf(sentence: string): Setting | null {
  const state =
    /^(.+?)\s+(?:(?:must|should|shall|has to|have to|will)\s+(?:always\s+)?)?(?:is|are|be|stays?|remains?|equals?|=)\s+(.+)$/i.exec(
      sentence,
    )
  const [subject = '', rest = ''] = [state?.[1], state?.[2]]
  const done =
    /^(?:always\s+)?(\w+(?:ed|en|pt|nt))\s+(as|in|with|by|at|on|to|under)\s+(.+)$/i.exec(rest) ??
    /^(?:always\s+)?(named|called)()\s+(.+)$/i.exec(rest)
  // "The dates that are stored …": what is said of them comes later.
  if (/\b(?:that|which|who)$/i.test(subject)) return null
  if (done !== null) return setting([`${subject} ${done[1] ?? ''}`, done[2]], done[3] ?? '')
  return LITERAL.test(rest) ? setting([subject], rest) : null
}

/** `preposition`: "stored as" and "stored in" are two keys. */
function setting(
  [words, preposition = '']: readonly [string, (string | undefined)?],
  value: string,
): Setting | null {
  const key = coreOf(words)
  if (key.size === 0) return null
  const found = { key: new Set([...key, `${preposition.toLowerCase()} …`]), value: valueOf(value) }
  const small = (words: ReadonlySet<string>): boolean => words.size > 0 && words.size <= MOST_WORDS
  return small(found.key) && small(found.value) ? found : null
}

/** Figures count however short they are. */
function valueOf(text: string): ReadonlySet<string> {
  return new Set([...coreOf(text), ...(text.match(/\b\d+\b/g) ?? [])])
}
