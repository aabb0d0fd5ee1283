// The report on a plan as text: who owns what, where scopes meet, what was found, in which order it will run. Pure.
import type { Finding, Severity } from '../plan/findings.ts'
import type { PlanReport } from '../plan/check.ts'
import { toned, type Tone } from './style.ts'
import { table } from './table.ts'
import { counted, listed, oneLine, pad, truncate, wrap } from './text.ts'

export interface ReportSize {
  readonly width: number
  readonly colour: boolean
}

const TONES: Readonly<Record<Severity, Tone>> = { error: 'bad', warning: 'attention', info: 'quiet' }
const SEVERITY_WIDTH = 9
const WIDEST_TEXT = 110
/** Columns; what is longer is read in the file. */
export const WIDEST_SCOPE = 72
const WIDEST_TITLE = 40

/** The whole report; nothing but a command or a single long word is wider than `width`. */
export function renderReport(report: PlanReport, size: ReportSize): string[] {
  const sections = [
    ownerTable(report, size),
    overlapTable(report, size),
    report.findings.flatMap((finding) => renderFinding(finding, size)),
    [...orderLines(report, size), verdict(report, size)],
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

function ownerTable({ owners }: PlanReport, size: ReportSize): string[] {
  return table<PlanReport['owners'][number]>(
    [
      { heading: 'piece', priority: 0, cell: ({ piece }) => piece },
      { heading: 'files', priority: 0, align: 'right', cell: ({ files }) => String(files) },
      { heading: 'scope', priority: 1, min: 12, cell: ({ patterns }) => listed(patterns, WIDEST_SCOPE) },
      { heading: 'after', priority: 2, min: 8, cell: ({ dependsOn }) => dependsOn.join(', ') },
      { heading: 'title', priority: 3, min: 12, cell: ({ title }) => truncate(oneLine(title), WIDEST_TITLE) },
    ],
    owners,
    size,
  )
}

function overlapTable({ overlaps }: PlanReport, size: ReportSize): string[] {
  if (overlaps.length === 0) return []
  return table<PlanReport['overlaps'][number]>(
    [
      {
        heading: 'overlap',
        priority: 0,
        min: 8,
        cell: ({ left, right }) => `${left.piece} and ${right.piece}`,
      },
      { heading: 'by', priority: 2, min: 8, cell: ({ left }) => left.pattern },
      { heading: 'and', priority: 2, min: 8, cell: ({ right }) => right.pattern },
      {
        heading: 'for example',
        priority: 1,
        min: 12,
        cell: ({ example, certain }) => ({ text: certain ? example : `perhaps ${example}`, tone: 'bad' }),
      },
      { heading: 'files', priority: 3, align: 'right', cell: ({ existing }) => String(existing) },
    ],
    overlaps,
    size,
  )
}

/** A finding with its code and what can be done about it. */
export function renderFinding(
  { severity, code, message, hints }: Finding,
  { width, colour }: ReportSize,
): string[] {
  const room = Math.min(WIDEST_TEXT, width) - SEVERITY_WIDTH
  const [first = '', ...rest] = wrap(`${oneLine(message)} (${code})`, room)
  const indent = ' '.repeat(SEVERITY_WIDTH)
  return [
    `${toned(pad(severity, SEVERITY_WIDTH - 2), TONES[severity], colour)}  ${first}`,
    ...rest.map((line) => indent + line),
    ...hints.flatMap(({ text, command }) => [
      ...wrap(oneLine(text), room).map((line) => indent + line),
      ...(command === undefined ? [] : [`${indent}→ run: ${oneLine(command)}`]),
    ]),
  ]
}

function orderLines({ waves }: PlanReport, { width }: ReportSize): string[] {
  const text = waves.map((wave) => wave.join(' and ')).join(', then ')
  return text === '' ? [] : wrap(`Order: ${text}.`, Math.min(WIDEST_TEXT, width))
}

function verdict({ name, findings, checked }: PlanReport, { colour }: ReportSize): string {
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  const also = warnings === 0 ? '' : `, ${counted(warnings, 'warning')}`
  if (checked !== null) return toned(`Plan ${name} can run${also}.`, 'good', colour)
  const errors = findings.filter(({ severity }) => severity === 'error').length
  return toned(`Plan ${name} is refused: ${counted(errors, 'error')}${also}.`, 'bad', colour)
}
