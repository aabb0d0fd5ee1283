// The health of a session's context as lines of text. Pure.
import type { HealthView, SessionView } from '../contract/view.ts'
import { duration } from './duration.ts'
import type { Drawing } from './run.ts'
import { toned, type Tone } from './style.ts'
import { counted, grouped, oneLine, pad, truncate } from './text.ts'

const LABEL_WIDTH = 10
const ALARMS_SHOWN = 4
const LOST_SHOWN = 6

type Line = (label: string, text: string, tone?: Tone) => string

/** Rung, utilisation and activity on a line, then the alarms with their evidence; nothing when nothing was seen. */
export function healthLines({ health }: SessionView, drawing: Drawing): string[] {
  if (health === undefined) return []
  const { width, now, colour } = drawing
  const line: Line = (label, text, tone = 'plain') =>
    toned(truncate(pad(label, LABEL_WIDTH) + oneLine(text), width), tone, colour)
  return [
    ...standingLines(health, line),
    ...alarmLines(health, line, now),
    ...lostLines(health, line),
    ...resetLines(health, line),
    ...lookLines(health, line, now),
  ]
}

/** Where it stands, what limits are reached, and what is missing of the record. */
function standingLines(health: HealthView, line: Line): string[] {
  const { rung, reading, overBudget, unrecorded } = health
  return [
    line('health', summary(health), rung === 'ok' ? 'plain' : 'attention'),
    ...(reading?.reached ?? []).map((text) => line('limit', text, 'attention')),
    ...(overBudget === undefined ? [] : [line('time', budgetText(overBudget), 'attention')]),
    ...(unrecorded === undefined ? [] : [line('trace', unrecorded, 'bad')]),
  ]
}

function alarmLines({ alarms }: HealthView, line: Line, now: number): string[] {
  const more = alarms.length - ALARMS_SHOWN
  return [
    ...(more > 0 ? [line('alarm', counted(more, 'earlier one'))] : []),
    ...alarms
      .slice(-ALARMS_SHOWN)
      .map(({ alarm, at, attempt }) =>
        line(
          'alarm',
          `${alarm.symptom}, ${alarm.strength}, attempt ${attempt}, ${duration(now - at)} ago: ${alarm.evidence.text}`,
          alarm.strength === 'strong' ? 'bad' : 'attention',
        ),
      ),
  ]
}

/** What the last compaction lost, each once. */
function lostLines({ lost }: HealthView, line: Line): string[] {
  if (lost === null) return []
  const facts = new Set([...lost.constraints, ...lost.decisions, ...lost.files])
  return [...facts].slice(0, LOST_SHOWN).map((text) => line('lost', text, 'attention'))
}

function resetLines({ resets, gates }: HealthView, line: Line): string[] {
  return [
    ...resets
      .slice(-2)
      .map(({ attempt, reason, why }) => line('reset', `attempt ${attempt} (${reason}): ${why}`)),
    ...(gates.length === 0 ? [] : [line('handoff', gatesText(gates))]),
    ...gates
      .filter(({ passed }) => passed === false)
      .map(({ name, note, bar }) => line('handoff', `${name} missed its bar ${bar}. ${note}`, 'bad')),
  ]
}

/** What a closer look has found, and what is proposed. */
function lookLines({ probe, fresh, proposed }: HealthView, line: Line, now: number): string[] {
  return [
    ...(probe === null || probe.act === null ? [] : [line('probe', probeText(probe), 'attention')]),
    ...(fresh === null
      ? []
      : [
          line(
            'fresh',
            `attempt ${fresh.attempt}, ${duration(now - fresh.at)} ago: ${fresh.result.verdict}. ${fresh.result.because}`,
            fresh.result.verdict === 'undecided' ? 'plain' : 'attention',
          ),
        ]),
    ...(proposed === null
      ? []
      : [line('proposed', `${proposed.what}: ${proposed.reasons.join(' ')}`, 'attention')]),
  ]
}

/** `0.42 of 1.00, constraint lost: Never push.` */
function probeText({ total, act, items }: NonNullable<HealthView['probe']>): string {
  const score = total === null ? 'nothing to ask' : `${total.toFixed(2)} of 1.00`
  const lost = new Set(items.filter((item) => item.lost).map(({ fact }) => fact))
  return `${score}, ${act ?? 'nothing lost'}: ${[...lost].join('; ')}`
}

/** `constraints passed · state not measured · re-reads open`. */
function gatesText(gates: HealthView['gates']): string {
  const stands = { true: 'passed', false: 'failed', null: 'open' } as const
  return gates.map(({ name, verdict, passed }) => `${name} ${verdict ?? stands[`${passed}`]}`).join(' · ')
}

/** `watch · 72 % of 167,000 tokens (provider, rising) · polling · compacted twice`. */
function summary({ rung, activity, reading, compactions, nudges }: HealthView): string {
  return [
    rung,
    ...(reading === null ? [] : [readingText(reading)]),
    ...(activity === null ? [] : [activity]),
    ...(compactions === 0 ? [] : [`compacted ${compactions === 1 ? 'once' : `${compactions} times`}`]),
    ...(nudges === 0 ? [] : [`nudged ${nudges === 1 ? 'once' : `${nudges} times`}`]),
  ].join(' · ')
}

/** `at work for 34m; 9 of 10 attempts of 12 sessions that landed took at most 20m (learned)`. */
export function budgetText({ spentMs, budgetMs, from }: NonNullable<HealthView['overBudget']>): string {
  return `at work for ${duration(spentMs)}; 9 of 10 of ${from} attempts that landed took at most ${duration(budgetMs)} (learned)`
}

/** How full a context is, in words. */
export function readingText({
  percent,
  used,
  effective,
  source,
  trend,
}: NonNullable<HealthView['reading']>): string {
  const how = trend === 'unknown' ? source : `${source}, ${trend}`
  if (used === null) return `context unknown (${how})`
  if (percent === null || effective === null) return `${grouped(used)} tokens of an unknown window (${how})`
  return `${percent} % of ${grouped(effective)} tokens (${how})`
}
