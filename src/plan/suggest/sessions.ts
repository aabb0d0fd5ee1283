// How many sessions: more of them shorten the longest, and cost more to bring together the more their work crosses. Pure.

export interface Outlook {
  readonly sessions: number
  /** Share of the work that the longest has. */
  readonly longest: number
  /** Share of the work that crosses pieces. */
  readonly crossing: number
  /** Time until everything has landed, against one session that does it all. */
  readonly time: number
}

export interface Recommendation {
  readonly sessions: number
  readonly why: string
  readonly outlook: readonly Outlook[]
}

/** What crosses is done once more, in part: met in a merge, asked for, or handed over. */
const AGAIN = 0.5
/** Starting, reading along and landing one session, against all the work; and in files. */
const EACH = 0.025
const EACH_IN_FILES = 1.5
const USUAL = { fewest: 3, most: 5 }
/** A number outside of the usual ones must be better by this share. */
const CLEARLY = 0.1
/** A session more has to be worth a person's attention. */
const WORTH = 0.015

/** The outlook of a number of sessions; `files`: how many there are to be worked on. */
export function outlookOf(
  sessions: number,
  { longest, crossing, files }: Pick<Outlook, 'longest' | 'crossing'> & { readonly files: number },
): Outlook {
  const each = Math.max(EACH, EACH_IN_FILES / Math.max(1, files))
  return { sessions, longest, crossing, time: longest + AGAIN * crossing + each * sessions }
}

/** The number to start with, and why. Throws nothing; `outlook` must not be empty. */
export function recommend(outlook: readonly Outlook[]): Recommendation {
  const usual = outlook.filter(({ sessions }) => sessions >= USUAL.fewest && sessions <= USUAL.most)
  const among = fastest(usual)
  const overall = fastest(outlook)
  const best =
    among === null || (overall !== null && overall.time < among.time * (1 - CLEARLY)) ? overall : among
  if (best === null) return { sessions: 1, why: 'There is nothing to divide.', outlook }
  return { sessions: best.sessions, why: whyOf(best, outlook), outlook }
}

/** The fastest; a session more only where it is worth it. */
function fastest(outlook: readonly Outlook[]): Outlook | null {
  let best: Outlook | null = null
  for (const one of outlook.toSorted((a, b) => a.sessions - b.sessions)) {
    if (best === null || one.time < best.time - WORTH) best = one
  }
  return best
}

function whyOf(best: Outlook, outlook: readonly Outlook[]): string {
  const name = best.sessions === 1 ? 'One session' : `${best.sessions} sessions`
  const has = `${name} would take about ${percent(best.time)} of the time of one after the other`
  const part = `the largest piece has ${percent(best.longest)} of the work, and ${percent(best.crossing)} of what was changed together crosses pieces`
  const more = outlook.find(({ sessions }) => sessions === best.sessions + 1)
  const fewer = outlook.find(({ sessions }) => sessions === best.sessions - 1)
  const notes = [
    more === undefined
      ? null
      : `${more.sessions} would take ${percent(more.time)} (${percent(more.crossing)} crossing)`,
    fewer === undefined
      ? null
      : `${fewer.sessions} ${percent(fewer.time)} (largest piece ${percent(fewer.longest)})`,
  ].filter((note) => note !== null)
  if (best.sessions === 1)
    return 'What the goal names is too small, or hangs together too closely, to be divided.'
  return `${has}: ${part}${notes.length === 0 ? '' : `; ${notes.join(', ')}`}.`
}

/** A share as a reader sees it. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
