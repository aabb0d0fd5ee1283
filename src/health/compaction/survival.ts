// Compaction watch: what of an attempt's files, constraints, decisions and operator messages is still to be found in the
// summary that replaces its context. Lexical, without a model, so it costs no call: what is absent is lost for certain to
// the words, what is present may still be misunderstood (the probe asks about that). Pure.
import { posix } from 'node:path'
import type { Constraint } from '../../contract/handoff.ts'
import { coverage, haystack, type Haystack } from '../words.ts'
import type { Known } from './known.ts'

/** Share of a sentence's meaningful words that must be found for it to count as kept. */
const SENTENCE_KEPT = 0.7

/** Messages are compared by their beginning: summaries quote it and shorten the rest. */
const MESSAGE_CHARS = 240

export interface Fate<T> {
  readonly kept: readonly T[]
  readonly lost: readonly T[]
}

export interface Survival {
  readonly filesEdited: Fate<string>
  readonly filesRead: Fate<string>
  readonly constraints: Fate<Constraint>
  readonly decisions: Fate<string>
  readonly operatorMessages: Fate<string>
}

/** What of all that was known before is present in the summary. */
export function survival(before: Known, summary: string): Survival {
  const hay = haystack(summary)
  return {
    filesEdited: fate(before.filesEdited, (path) => holdsFile(path, hay)),
    filesRead: fate(before.filesRead, (path) => holdsFile(path, hay)),
    constraints: fate(before.ledger, ({ text }) => coverage(text, hay) >= SENTENCE_KEPT),
    decisions: fate(before.decisions, (text) => coverage(text, hay) >= SENTENCE_KEPT),
    operatorMessages: fate(
      before.operatorMessages,
      (text) => coverage(text.slice(0, MESSAGE_CHARS), hay) >= SENTENCE_KEPT,
    ),
  }
}

function fate<T>(values: readonly T[], isKept: (value: T) => boolean): Fate<T> {
  const kept: T[] = []
  const lost: T[] = []
  for (const value of values) (isKept(value) ? kept : lost).push(value)
  return { kept, lost }
}

/** A file is named by its path or by any end of it, down to its bare name. */
function holdsFile(path: string, hay: Haystack): boolean {
  const name = posix.basename(path).toLowerCase()
  if (hay.words.has(name)) return true
  return new RegExp(`(?<![\\w.-])${name.replace(/[.*+?^$()[\]{}|\\]/g, '\\$&')}(?![\\w-])`).test(hay.plain)
}
