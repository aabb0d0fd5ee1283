// Texts as a trace keeps them: without secrets, and cut in the middle when long. Pure.
import { redact, redactEnvironment } from './redact.ts'

/** Characters kept of the beginning and of the end. */
export interface Keep {
  readonly head: number
  readonly tail: number
}

export const KEEP = {
  result: { head: 600, tail: 900 },
  said: { head: 1_500, tail: 500 },
  prompt: { head: 4_000, tail: 1_000 },
  summary: { head: 12_000, tail: 2_000 },
  input: { head: 600, tail: 300 },
  command: { head: 600, tail: 200 },
  edit: { head: 400, tail: 100 },
} as const satisfies Record<string, Keep>

/** A secret that a cut would halve is looked for this far beyond it. */
const MARGIN = 4_096

export interface KeptText {
  readonly text: string
  /** Of the whole text. */
  readonly chars: number
}

/** The text as it may be written down; `environment`: it came out of an environment file. */
export function keptText(text: string, keep: Keep, environment = false): KeptText {
  const clean = environment ? redactEnvironment : redact
  const { head, tail } = keep
  if (text.length <= head + tail + 2 * MARGIN) {
    return { text: cut(clean(text), keep), chars: text.length }
  }
  const first = clean(text.slice(0, head + MARGIN)).slice(0, head)
  const rest = text.slice(-(tail + MARGIN))
  const last = clean(rest).slice(-tail)
  return { text: joined(first, text.length - head - tail, last), chars: text.length }
}

function cut(text: string, { head, tail }: Keep): string {
  const dropped = text.length - head - tail
  return dropped <= 0 ? text : joined(text.slice(0, head), dropped, tail === 0 ? '' : text.slice(-tail))
}

function joined(first: string, dropped: number, last: string): string {
  return `${first}\n…[${dropped} chars cut]…\n${last}`
}
