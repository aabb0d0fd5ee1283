// How many sessions: more of them shorten the longest, and cost more to bring together the more their work crosses. Pure.

/** What a share of the work that crosses was measured on. */
export type Crossing = 'history' | 'imports'

export interface Outlook {
  readonly sessions: number
  /** Share of the work that the longest has. */
  readonly longest: number
  /** That share is of pieces that wait for each other, and no piece has as much by itself. */
  readonly chained?: boolean
  /** Share of the work that crosses pieces. */
  readonly crossing: number
  /** Null: nothing tells what belongs together. */
  readonly measured: Crossing | null
  /** Time until everything has landed, against one session that does it all: that has 1. */
  readonly time: number
}

/** What decided on a number. */
export type Rule =
  /** No number is clearly faster. */
  | 'fastest'
  /** Another number is faster, but not by enough to leave three to five. */
  | 'usual'
  /** Outside of three to five, and clearly faster than those. */
  | 'clearly'
  /** Three to five are not to be had, or save too little. */
  | 'few'
  /** The goal names as many small folders. */
  | 'named'
  /** No division saves enough. */
  | 'one'

export interface Recommendation {
  readonly sessions: number
  readonly rule: Rule
  /** In sentences, about the numbers of `outlook`. */
  readonly why: string
  readonly outlook: readonly Outlook[]
}

/** What crosses is done once more, in part: met in a merge, asked for, or handed over. */
const AGAIN = 0.5
/** From this share on nearly everything is met twice: what is above it is done once more, and half again. */
const TOO_MUCH = 0.4
const TWICE = 1
/** Starting, reading along and landing one session, against all the work; and in files. */
const EACH = 0.025
const EACH_IN_FILES = 1.5
const USUAL = { fewest: 3, most: 5 }
/** A number outside of the usual ones must be faster by this share: more than five one person can hardly follow. */
const CLEARLY = { fewer: 0.1, more: 0.25 }
/** A session more has to be worth a person's attention. */
const WORTH = 0.015
/** What less is saved by is not divided at all. */
const LEAST_SAVED = 0.1

interface Expected extends Pick<Outlook, 'longest' | 'crossing' | 'chained'> {
  readonly measured?: Crossing | null
  /** Files that are worked on one by one. */
  readonly files: number
}

/** The outlook of a number of sessions. */
export function outlookOf(
  sessions: number,
  { longest, crossing, measured = null, files, chained = false }: Expected,
): Outlook {
  const each = Math.max(EACH, EACH_IN_FILES / Math.max(1, files))
  const again = AGAIN * crossing + TWICE * Math.max(0, crossing - TOO_MUCH)
  const time = (longest + again + each * sessions) / (1 + each)
  return { sessions, longest, ...(chained ? { chained } : {}), crossing, measured, time }
}

/** The number to start with, and why. `outlook` has one session, and others as far as it can be divided; `named`: the small
 *  folders that the goal names, a piece each. */
export function recommend(outlook: readonly Outlook[], named: number | null = null): Recommendation {
  const { best, rule } = chosen(outlook, named)
  return { sessions: best.sessions, rule, why: whyOf(best, rule, outlook), outlook }
}

/** Why for a number that was asked for: what it promises, and what would have been recommended. */
export function whyAsked(asked: Outlook, outlook: readonly Outlook[], named: number | null = null): string {
  const { best } = chosen(outlook, named)
  if (best.sessions === asked.sessions)
    return `${promiseOf(asked)} By the numbers it would be recommended, too.`
  const would =
    best.sessions === 1
      ? `one session would be recommended: a division should save at least ${percent(LEAST_SAVED)}`
      : `${best.sessions} would be recommended, with about ${percent(best.time)}`
  return `${promiseOf(asked)} By the numbers ${would}.`
}

interface Chosen {
  readonly best: Outlook
  readonly rule: Rule
}

const NOTHING: Outlook = { sessions: 1, longest: 1, crossing: 0, measured: null, time: 1 }

function chosen(outlook: readonly Outlook[], named: number | null): Chosen {
  const saving = outlook.filter(({ sessions, time }) => sessions > 1 && time <= 1 - LEAST_SAVED)
  const asNamed = saving.find(({ sessions }) => sessions === named)
  if (asNamed !== undefined) return { best: asNamed, rule: 'named' }
  const overall = fastest(saving)
  if (overall === null)
    return { best: outlook.find(({ sessions }) => sessions === 1) ?? NOTHING, rule: 'one' }
  const usual = fastest(saving.filter(isUsual))
  if (usual === null) return { best: overall, rule: 'few' }
  const time = Math.min(...saving.filter(isUsual).map((one) => one.time))
  const more = fastest(saving.filter(({ sessions }) => sessions > USUAL.most))
  if (more !== null && more.time < time * (1 - CLEARLY.more)) return { best: more, rule: 'clearly' }
  const fewer = fastest(saving.filter(({ sessions }) => sessions < USUAL.fewest))
  if (fewer !== null && fewer.time < time * (1 - CLEARLY.fewer)) return { best: fewer, rule: 'clearly' }
  return { best: usual, rule: overall === usual ? 'fastest' : 'usual' }
}

function isUsual({ sessions }: Outlook): boolean {
  return sessions >= USUAL.fewest && sessions <= USUAL.most
}

/** The fastest; a session more only where it is worth it. */
function fastest(outlook: readonly Outlook[]): Outlook | null {
  let best: Outlook | null = null
  for (const one of outlook.toSorted((a, b) => a.sessions - b.sessions)) {
    if (best === null || one.time < best.time - WORTH) best = one
  }
  return best
}

function whyOf(best: Outlook, rule: Rule, outlook: readonly Outlook[]): string {
  if (rule === 'one') return whyOne(outlook)
  const beside = [best.sessions - 1, best.sessions + 1].flatMap((count) => {
    const other = outlook.find(({ sessions }) => sessions === count && count > 1)
    return other === undefined
      ? []
      : `${count} would take ${percent(other.time)} (${other.chained === true ? 'one after the other' : 'largest piece'} ${percent(other.longest)}${other.measured === null ? '' : `, ${percent(other.crossing)} crossing`})`
  })
  const others = beside.length === 0 ? '' : ` ${beside.join(', ')}.`
  return `${promiseOf(best)}${others} ${ruleOf(best, rule, outlook)}`
}

function whyOne(outlook: readonly Outlook[]): string {
  const best = outlook
    .filter(({ sessions }) => sessions > 1)
    .toSorted((a, b) => a.time - b.time || a.sessions - b.sessions)[0]
  if (best === undefined) return 'What the goal names cannot be divided.'
  return `What the goal names is too small, or hangs together too closely, to be divided: ${best.sessions} sessions, the best division, would take about ${percent(best.time)} of the time of one, and less than ${percent(LEAST_SAVED)} saved is not worth it.`
}

/** What a number of sessions promises, as a sentence. */
function promiseOf({ sessions, time, longest, crossing, measured, chained }: Outlook): string {
  if (sessions === 1) return 'One session has all of the work, and nothing crosses.'
  const crosses =
    measured === null
      ? 'nothing tells what belongs together'
      : `${percent(crossing)} of ${measured === 'history' ? 'what was changed together' : 'the imports'} crosses pieces`
  const most =
    chained === true
      ? `${percent(longest)} of the work is done by pieces that wait for each other`
      : `the largest piece has ${percent(longest)} of the work`
  return `${sessions} sessions would take about ${percent(time)} of the time of one: ${most}, and ${measured === 'imports' ? crosses.replace('crosses', 'cross') : crosses}.`
}

function ruleOf(best: Outlook, rule: Rule, outlook: readonly Outlook[]): string {
  const quickest = outlook.toSorted((a, b) => a.time - b.time || a.sessions - b.sessions)[0] ?? best
  if (rule === 'named') return `The goal names ${best.sessions} folders, and they are small: a piece each.`
  if (rule === 'few')
    return `Three to five are the rule; here they ${outlook.some(isUsual) ? `save less than ${percent(LEAST_SAVED)}` : 'are not to be had'}.`
  if (rule === 'clearly')
    return `Three to five are the rule, but ${best.sessions} would be faster by more than ${percent(best.sessions > USUAL.most ? CLEARLY.more : CLEARLY.fewer)}.`
  if (quickest.sessions === best.sessions) return 'No number is faster.'
  if (rule === 'fastest') return 'More would save too little for the attention that each session takes.'
  const faster = outlook.find(({ time }) => time < best.time && time <= quickest.time + WORTH) ?? quickest
  return `${faster.sessions} would be faster (${percent(faster.time)}), but not clearly so, and three to five are the rule.`
}

/** A share as a reader sees it. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
