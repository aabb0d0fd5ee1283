// The figures over all sessions of a repository as lines of text. Pure.
import { NUDGE_HELPS_WITHIN, type HealthStats, type Tally } from '../health/stats.ts'
import { duration } from './duration.ts'
import { prose } from './prose.ts'
import { costsText } from './spend.ts'
import { counted, grouped } from './text.ts'

/** Outcomes, the discard rate beside its band, what resets and nudges were worth, what a landed piece costs, and what is
 *  learned of time. */
export function renderStats(stats: HealthStats, width: number): string[] {
  const { outcomes, reasons, resets, nudges, budgets } = stats
  const size = { width, colour: false }
  const line = (text: string): string[] => prose(text, size)
  const item = (text: string): string[] => prose(text, size, { lead: '  ' })
  return [
    ...line(
      `sessions: ${outcomes.landed} landed, ${outcomes.abandoned} abandoned, ${outcomes.failed} failed, ${outcomes.open} open`,
    ),
    ...line(discardLine(stats)),
    ...reasons.flatMap(({ reason, count, last }) =>
      item(`${count}x ${reason}${last === '' ? '' : `, the last: ${last}`}`),
    ),
    ...line(`resets: ${tallyText(resets, 'finished after it')}`),
    ...resets.reasons.flatMap(({ reason, count }) => item(`${count}x ${reason}`)),
    ...line(
      `nudges: ${tallyText(nudges, `a better state or the end within ${NUDGE_HELPS_WITHIN} actions, without the same again`)}`,
    ),
    ...line(costLine(stats)),
    ...spentLines(stats).flatMap(line),
    ...budgetLines(budgets).flatMap(line),
  ]
}

function budgetLines(budgets: HealthStats['budgets']): readonly string[] {
  return Object.entries(budgets).flatMap(([size, budget]) =>
    budget === null
      ? []
      : [
          `learned from ${budget.from} that landed${size === 'any' ? '' : `, ${size}`}: 9 of 10 attempts took at most ${duration(budget.ms)}; longer is marked as "watch"`,
        ],
  )
}

function costLine({ perLanded, tokens: told }: HealthStats): string {
  const { durationMs, output } = perLanded
  const { largestContext, output: all } = told
  const time = durationMs === null ? 'nothing has landed' : duration(durationMs)
  const some = told.told < told.of ? `, told by ${told.told} of ${counted(told.of, 'session')}` : ''
  const put =
    all === null
      ? null
      : output === null
        ? `${grouped(all)} tokens put out in all${some}`
        : `${grouped(output)} tokens put out${some}`
  const context = largestContext === null ? null : `largest context ${grouped(largestContext)} tokens`
  const known = [put, context].filter((part) => part !== null)
  const missing = put === null ? 'what was put out is not told' : null
  const parts = known.length === 0 ? ['tokens not known'] : [...known, ...(missing === null ? [] : [missing])]
  return `for each landed piece: ${[time, ...parts].join(', ')}`
}

function spentLines({ spent }: HealthStats): readonly string[] {
  if (spent === undefined) return []
  const { tokens } = spent
  const parts = [
    ...(tokens === null ? [] : [`${grouped(tokens)} tokens, those from the cache too`]),
    ...costsText(spent),
  ]
  return [`spent on all sessions: ${parts.join(', ')}`]
}

function discardLine({ discardRate, band }: HealthStats): string {
  if (discardRate === null) return 'discarded: nothing has ended yet'
  const verdict = {
    below: 'below the band of 10 to 20 %: little is given up, or too late',
    within: 'within the band of 10 to 20 %',
    above: 'above the band of 10 to 20 %: pieces are cut or briefed badly',
    'too few': 'too few have ended to judge it by the band of 10 to 20 %',
  }[band]
  return `discarded: ${Math.round(discardRate * 100)} %, ${verdict}`
}

function tallyText({ count, helped, share }: Tally, meaning: string): string {
  if (count === 0) return 'none'
  const known =
    share === null
      ? 'what they were worth is not known yet'
      : `${helped} helped (${Math.round(share * 100)} %: ${meaning})`
  return `${counted(count, 'time')}, ${known}`
}
