// Reading a trace, whatever wrote it: our own format, a transcript of Claude Code or a rollout of Codex, told apart by
// what is in the file. A line at a time; what cannot be read is counted and passed over.
import type { TraceEvent } from '../../contract/trace.ts'
import { QuintetError } from '../../contract/errors.ts'
import { fieldsOf } from './build.ts'
import { parsedJson, parseTraceEvent } from './format.ts'
import { ClaudeImporter } from './import/claude.ts'
import { CodexImporter } from './import/codex.ts'
import type { Importer } from './import/importer.ts'
import { boundedLines } from './lines.ts'

export type TraceFormat = 'trace' | 'claude-code' | 'codex'

/** What was read and what was not; filled while the events are taken. */
export interface Tally {
  /** There was something in it but empty lines. */
  text: boolean
  format: TraceFormat | null
  lines: number
  /** Longer than a line may be. */
  long: number
  /** No JSON: damaged, or cut off in the middle. */
  broken: number
  /** JSON of a kind that is not known; in traces only, agents' own files have many. */
  unknown: number
  /** The version of the trace, where it is later than what is known here: it is read as far as it is known. */
  later: number | null
  /** Lines of sub-agents, left apart. */
  sidechain: number
}

/** Characters of one line; agents write pictures and whole files into one. */
const MAX_LINE = 16 * 1024 * 1024
/** Lines at the beginning that may say nothing of the format, and bytes: what is no trace need not be read to its end. */
const MAX_PROLOGUE = 500
const MAX_PROLOGUE_BYTES = 64 * 1024 * 1024

export function emptyTally(): Tally {
  return { text: false, format: null, lines: 0, long: 0, broken: 0, unknown: 0, later: null, sidechain: 0 }
}

/** The events of a file, numbered. Throws `E_TRACE_FORMAT` when it is none of the known formats; nothing for damaged
 *  lines, nor for a later version, which is read as far as it is known. */
export async function* readTrace(
  source: AsyncIterable<Uint8Array>,
  tally: Tally = emptyTally(),
): AsyncGenerator<TraceEvent> {
  let importer: Importer | null = null
  let prologue: unknown[] = []
  let index = 0
  const known = (): boolean => importer !== null
  for await (const value of values(whileUnknown(source, known), tally)) {
    prologue.push(value)
    if (importer === null) {
      tally.format = formatOf(value)
      if (tally.format === null) {
        if (prologue.length >= MAX_PROLOGUE) break
        continue
      }
      importer = importerOf(tally.format, tally)
    }
    for (const one of prologue) for (const event of importer.take(one)) yield { ...event, i: index++ }
    prologue = []
    tally.sidechain = importer.sidechain
  }
  if (importer === null) throw unknownFormat(tally)
  for (const event of importer.end()) yield { ...event, i: index++ }
}

async function* whileUnknown(
  source: AsyncIterable<Uint8Array>,
  known: () => boolean,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of source) {
    yield chunk
    bytes += chunk.length
    if (bytes > MAX_PROLOGUE_BYTES && !known()) return
  }
}

async function* values(source: AsyncIterable<Uint8Array>, tally: Tally): AsyncGenerator {
  for await (const line of boundedLines(source, MAX_LINE)) {
    tally.lines += 1
    if (line.kind === 'long') {
      tally.long += 1
      tally.text = true
      continue
    }
    const text = line.text.trim()
    if (text === '') continue
    tally.text = true
    const value = parsedJson(text)
    if (value === undefined) tally.broken += 1
    else yield value
  }
}

/** The format of the file in which a line stands; null when the line does not tell. */
function formatOf(value: unknown): TraceFormat | null {
  const line = fieldsOf(value)
  const { t, type } = line
  if (typeof t === 'string') {
    return t === 'call' || t === 'result' || parseTraceEvent(value) !== null ? 'trace' : null
  }
  if ('payload' in line && typeof type === 'string') {
    return ['session_meta', 'response_item', 'event_msg', 'turn_context', 'compacted'].includes(type)
      ? 'codex'
      : null
  }
  if (type === undefined && 'id' in line && 'timestamp' in line && 'instructions' in line) return 'codex'
  const isMessage = (type === 'user' || type === 'assistant') && 'message' in line
  return isMessage && ('sessionId' in line || 'uuid' in line) ? 'claude-code' : null
}

function importerOf(format: TraceFormat, tally: Tally): Importer {
  if (format === 'claude-code') return new ClaudeImporter()
  if (format === 'codex') return new CodexImporter()
  const numbered = numbering()
  return {
    sidechain: 0,
    take: (value) => {
      const event = parseTraceEvent(numbered(value))
      if (event === null) tally.unknown += 1
      if (event?.t === 'session') tally.later ??= laterVersion(fieldsOf(value)['v'])
      return event === null ? [] : [event]
    },
    end: () => [],
  }
}

/** A version above the one that is known here; null for every other. */
function laterVersion(version: unknown): number | null {
  const known = typeof version === 'string' ? Number(version) : version
  return typeof known === 'number' && known > 1 ? Math.min(known, Number.MAX_SAFE_INTEGER) : null
}

/** Gives actions their index where the recorder has not: calls in their order, results that of their call. */
function numbering(): (value: unknown) => unknown {
  let next = 0
  return (value) => {
    const { t, a } = fieldsOf(value)
    if (t !== 'call' && t !== 'result') return value
    if (typeof a === 'number') {
      // An index that is none takes no other call with it.
      if (t === 'call' && a >= 0 && Number.isSafeInteger(a + 1)) next = a + 1
      return value
    }
    if (t === 'call') return { ...fieldsOf(value), a: next++ }
    return { ...fieldsOf(value), a: Math.max(0, next - 1) }
  }
}

function unknownFormat(tally: Tally): QuintetError {
  const none = tally.lines === 0
  return new QuintetError(
    'E_TRACE_FORMAT',
    'usage',
    none
      ? 'The file is empty.'
      : 'The file is neither a trace nor a transcript of Claude Code nor a rollout of Codex.',
    {
      hints: [
        {
          text: 'Claude Code keeps its transcripts there:',
          command: 'quintet health diagnose ~/.claude/projects/<project>/<session>.jsonl',
        },
        {
          text: 'Codex keeps its rollouts there:',
          command: 'quintet health diagnose ~/.codex/sessions/<date>/<rollout>.jsonl',
        },
      ],
      details: { lines: tally.lines, broken: tally.broken, long: tally.long },
    },
  )
}
