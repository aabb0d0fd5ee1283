// The trace format as lines of text, version 1. Whatever was written once stays readable: kinds of lines that are not
// known are passed over, fields that are not known are dropped. Pure.
import * as v from 'valibot'
import { TraceEvent } from '../../contract/trace.ts'
import { redact } from './redact.ts'

/** No line that is written is longer; a longer one comes from elsewhere. */
const MAX_TRACE_LINE = 64 * 1024

/** The event of a line that was parsed as JSON; null when it is none that this version knows. Recorders differ: what is
 *  null where it should be absent, an id that is a number or missing, an input that is no text, a later version. */
export function parseTraceEvent(value: unknown): TraceEvent | null {
  const result = v.safeParse(TraceEvent, value)
  if (result.success) return result.output
  const mended = v.safeParse(TraceEvent, mendedEvent(value))
  return mended.success ? mended.output : null
}

const TEXTS = [
  'id',
  'tool',
  'text',
  'input',
  'cmd',
  'path',
  'batch',
  'hash',
  'inHash',
  'agent',
  'ts',
  'message',
  'command',
]
const NULLABLE = new Set(['ok', 'exit', 'ctx', 'failing', 'failed'])

function mendedEvent(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const event: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(value))
    if (field !== null || NULLABLE.has(key)) event[key] = field
  for (const key of TEXTS) if (key in event) event[key] = textOf(event[key])
  const { t, a } = event
  if (t === 'call' || t === 'result') event['id'] ??= `#${String(a)}`
  if (t === 'call') event['tool'] ??= 'unknown'
  if (t === 'call' && !Array.isArray(event['edits'])) delete event['edits']
  if (t === 'usage') event['ctx'] ??= null
  if (t === 'session')
    Object.assign(event, { v: 1, id: event['id'] ?? '', agent: event['agent'] ?? 'unknown' })
  if (t === 'user' || t === 'say' || t === 'think' || t === 'summary' || t === 'meta') event['text'] ??= ''
  return event
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A line for an event, with its end; secrets in any of its texts are taken out. Throws nothing: what would be too long
 *  is replaced by a remark. */
export function traceLine(event: TraceEvent): string {
  const line = JSON.stringify(event, clean)
  if (line.length <= MAX_TRACE_LINE) return `${line}\n`
  return `${JSON.stringify({ t: 'meta', i: event.i, text: `an event of the kind ${event.t} was too long` })}\n`
}

function clean(_key: string, value: unknown): unknown {
  return typeof value === 'string' && value.length > 7 ? redact(value) : value
}

/** JSON that may be anything: undefined when it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined
    throw error
  }
}
