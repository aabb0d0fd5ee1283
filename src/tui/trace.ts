// What is known of a recorded session, as lines of text: how full its context was, what was compacted, which files it
// touched, and what alarms there are. Pure.
import type { Alarm } from '../contract/health.ts'
import type { TraceReport } from '../health/trace/survey.ts'
import type { Tally } from '../health/trace/read.ts'
import { prose, type ProseSize } from './prose.ts'
import type { Drawing } from './run.ts'
import { toned } from './style.ts'
import { counted, grouped, oneLine, pathEnd } from './text.ts'

const SHOWN_FILES = 20
const SHOWN_COMPACTIONS = 20
const ITEM = { lead: '  ' }

/** Who it was, its context, compactions and files. */
export function renderTrace(report: TraceReport, drawing: Drawing): string[] {
  const { agent, agentVersion, model, actions, failed, turns, interrupts, retries } = report
  const who = [agent ?? 'unknown agent', agentVersion, model].filter((part) => part !== null).join(' ')
  const what = [
    counted(actions, 'action'),
    `${failed} failed`,
    counted(turns, 'turn'),
    ...(interrupts === 0 ? [] : [counted(interrupts, 'interrupt')]),
    ...(retries === 0 ? [] : [`${retries} times trouble with the provider`]),
  ]
  return [
    ...prose(`${who} · ${what.join(' · ')}`, drawing),
    ...prose(contextLine(report), drawing, { tone: heat(report.context.peakPercent) }),
    ...compactionLines(report, drawing),
    ...fileLines('changed', report.files.changed, drawing),
    ...fileLines('read', report.files.read, drawing),
  ]
}

/** Every alarm with its evidence; the first line says how many there are. */
export function renderAlarms(
  { alarms, pollutedSince }: { readonly alarms: readonly Alarm[]; readonly pollutedSince: number | null },
  drawing: Drawing,
): string[] {
  if (alarms.length === 0) return [toned('No alarms.', 'good', drawing.colour)]
  const since = pollutedSince === null ? '' : `, trouble since action ${pollutedSince}`
  return [
    ...prose(`${counted(alarms.length, 'alarm')}${since}`, drawing, { tone: 'attention' }),
    ...alarms.flatMap((alarm) => {
      const { a, symptom, rule, family, strength, evidence } = alarm
      const strong = strength === 'strong'
      const head = `action ${a}: ${symptom} (${family}: ${rule}, ${strength})`
      return [
        ...prose(head, drawing, { tone: strong ? 'bad' : 'attention' }),
        ...prose(evidence.text, drawing, ITEM),
        ...prose(places(evidence), drawing, ITEM),
        ...(evidence.signature === null ? [] : prose(`signature: ${evidence.signature}`, drawing, ITEM)),
      ]
    }),
  ]
}

/** What could not be read; nothing when all was. */
export function renderSkipped(tally: Tally, size: ProseSize): string[] {
  const parts = [
    ...(tally.broken === 0 ? [] : [`${counted(tally.broken, 'line')} damaged or cut off`]),
    ...(tally.long === 0 ? [] : [`${counted(tally.long, 'line')} too long`]),
    ...(tally.unknown === 0 ? [] : [`${counted(tally.unknown, 'line')} of unknown kinds`]),
  ]
  const sentences = [
    ...(tally.later === null
      ? []
      : [
          `The trace is of version ${tally.later}, newer than what is known here: it is not fully understood.`,
        ]),
    ...(parts.length === 0 ? [] : [`Left out of ${counted(tally.lines, 'line')}: ${parts.join(', ')}.`]),
    ...(tally.sidechain === 0 ? [] : [`${counted(tally.sidechain, 'line')} of sub-agents left apart.`]),
  ]
  return sentences.flatMap((sentence) => prose(sentence, size))
}

function contextLine({ context }: TraceReport): string {
  const { used, peak, window, percent, peakPercent, messages, output } = context
  const now = used === null ? 'unknown' : `${grouped(used)}${percent === null ? '' : ` (${percent} %)`}`
  const most =
    peak === null ? 'unknown' : `${grouped(peak)}${peakPercent === null ? '' : ` (${peakPercent} %)`}`
  const size = window === null ? 'window unknown' : `window ${grouped(window)}`
  const put = output === null ? '' : ` · ${grouped(output)} put out in ${counted(messages, 'message')}`
  return `context: ${now} at the end, ${most} at most, ${size}${put}`
}

function compactionLines({ compactions }: TraceReport, drawing: Drawing): string[] {
  if (compactions.length === 0) return ['compactions: none']
  const shown = compactions.slice(0, SHOWN_COMPACTIONS)
  const lines = shown.flatMap(({ a, trigger, pre, post }) => {
    const known = (count: number | null): string => (count === null ? 'unknown' : grouped(count))
    return prose(
      `before action ${a}: ${known(pre)} → ${known(post)}${trigger === null ? '' : `, ${trigger}`}`,
      drawing,
      ITEM,
    )
  })
  const more = compactions.length - shown.length
  return [`compactions: ${compactions.length}`, ...lines, ...(more === 0 ? [] : [`  … ${more} more`])]
}

function fileLines(verb: string, files: readonly string[], { width }: Drawing): string[] {
  if (files.length === 0) return [`files ${verb}: none`]
  const more = files.length - SHOWN_FILES
  return [
    `files ${verb}: ${files.length}`,
    ...files.slice(0, SHOWN_FILES).map((file) => `  ${pathEnd(oneLine(file), width - 2)}`),
    ...(more <= 0 ? [] : [`  … ${more} more`]),
  ]
}

function places({ count, actions, turns }: Alarm['evidence']): string {
  const at = actions.length === 0 ? '' : ` at actions ${actions.join(', ')}`
  const during = turns.length === 0 ? '' : ` in ${turns.length === 1 ? 'turn' : 'turns'} ${turns.join(', ')}`
  return `${count} times${at}${during}`
}

function heat(percent: number | null): 'plain' | 'attention' | 'bad' {
  if (percent === null || percent < 70) return 'plain'
  return percent < 95 ? 'attention' : 'bad'
}
