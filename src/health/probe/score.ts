// Scoring a probe without a model: exact for enumerations, numbers and yes or no, F1 for sets, any keyword for gaps.
// "Unknown" counts 0 and a wrong answer -1, so that guessing shows. Pure.
import { plainText } from '../words.ts'
import { ITEM_CLASSES, type ItemClass, type ProbeItem } from './item.ts'

/** Below this total the lost items are to be stated again. */
const ACT_BELOW = 0.8

export interface ItemScore {
  readonly item: ProbeItem
  /** From -1 to 1. */
  readonly score: number
  readonly answer: string
  /** Not known, or not all of it. */
  readonly lost: boolean
}

export interface ProbeScore {
  /** Mean of all items, -1 to 1; null without items. */
  readonly total: number | null
  /** Mean per class; classes without items are absent. */
  readonly classes: Readonly<Partial<Record<ItemClass, number>>>
  readonly items: readonly ItemScore[]
  readonly lost: readonly ItemScore[]
  /** Why something has to be done: a constraint was lost, or too much of all; null: nothing has to. */
  readonly act: 'constraint lost' | 'too much lost' | null
}

/** The score of a reply; `answers` null (no JSON object came) counts as nothing known. */
export function scoreProbe(
  items: readonly ProbeItem[],
  answers: ReadonlyMap<string, unknown> | null,
): ProbeScore {
  const scored = items.map((item) => scoreItem(item, answers?.get(item.id)))
  const classes: Partial<Record<ItemClass, number>> = {}
  for (const kind of ITEM_CLASSES) {
    const value = mean(scored.filter(({ item }) => item.class === kind))
    if (value !== null) classes[kind] = value
  }
  const total = mean(scored)
  const lost = scored.filter((entry) => entry.lost)
  const constraintLost = lost.some(({ item }) => item.class === 'constraints')
  const act = constraintLost
    ? 'constraint lost'
    : total !== null && total < ACT_BELOW
      ? 'too much lost'
      : null
  return { total, classes, items: scored, lost, act }
}

function mean(scores: readonly ItemScore[]): number | null {
  if (scores.length === 0) return null
  return scores.reduce((sum, { score }) => sum + score, 0) / scores.length
}

function scoreItem(item: ProbeItem, answer: unknown): ItemScore {
  const given = texts(answer)
  const score = given.every(isUnknown) ? unknownScore(item, answer) : scoreAnswer(item, given)
  return { item, score, answer: given.join(', '), lost: score < 1 }
}

/** An empty list is an answer where the right one is empty too. */
function unknownScore({ truth }: ProbeItem, answer: unknown): number {
  return truth.kind === 'set' && truth.values.length === 0 && Array.isArray(answer) ? 1 : 0
}

function texts(answer: unknown): readonly string[] {
  if (Array.isArray(answer)) return answer.flatMap(texts)
  if (typeof answer === 'string') return [answer]
  return typeof answer === 'number' || typeof answer === 'boolean' ? [String(answer)] : []
}

function isUnknown(text: string): boolean {
  return /^(?:|unknown|not known|i (?:do not|don't) know|n\/a|none known|\?)$/i.test(
    text.trim().replace(/[.]$/, ''),
  )
}

function scoreAnswer({ truth }: ProbeItem, given: readonly string[]): number {
  const [first = ''] = given
  switch (truth.kind) {
    case 'set':
      return setScore(truth.values, truth.options, given)
    case 'exact':
      return given.length === 1 && truth.accepted.some((right) => same(right, first)) ? 1 : -1
    case 'number':
      return given.length === 1 && numberIn(first) === truth.value ? 1 : -1
    case 'boolean':
      return given.length === 1 && booleanIn(first) === truth.value ? 1 : -1
    case 'keywords': {
      const plain = ` ${plainText(given.join(' '))} `
      return truth.any.some((word) => plain.includes(` ${plainText(word)} `)) ? 1 : -1
    }
  }
}

/** F1 of the set; nothing right counts as wrong. A list may also come as one text. */
function setScore(values: readonly string[], options: readonly string[], given: readonly string[]): number {
  const whole = given.length === 1 ? split(given[0] ?? '', options) : given
  const said = new Set(whole.map(canonical))
  const right = values.filter((value) => said.has(canonical(value))).length
  if (right === 0) return -1
  return (2 * right) / (values.length + said.size)
}

function split(text: string, options: readonly string[]): readonly string[] {
  if (options.some((option) => same(option, text))) return [text]
  return text.split(/\s*[,;\n]\s*/).filter((part) => part !== '')
}

function same(left: string, right: string): boolean {
  return canonical(left) === canonical(right)
}

function canonical(text: string): string {
  return text
    .trim()
    .replace(/^[`"'$ ]+|[`"'. ]+$/g, '')
    .replace(/^\.\//, '')
    .replace(/\s+/g, ' ')
    .toLowerCase()
}

function numberIn(text: string): number | null {
  const found = /^\D*(-?\d+(?:\.\d+)?)\D*$/.exec(text)?.[1]
  return found === undefined ? null : Number(found)
}

function booleanIn(text: string): boolean | null {
  if (/^(?:true|yes)\b/i.test(text.trim())) return true
  return /^(?:false|no)\b/i.test(text.trim()) ? false : null
}
