// The message that gives back to an agent what a compaction took from it: short, and word for word, because a paraphrase
// of a rule is another rule. Of a compaction that shows no summary nothing is known to be kept: everything is stated.
// Pure.
import { isCorrection } from '../ledger/corrections.ts'
import { oneLine } from '../words.ts'
import type { Known } from './known.ts'
import type { Survival } from './survival.ts'

const LIMIT_CHARS = 2_000
const FILES_LISTED = 20
const MESSAGE_CHARS = 300
/** Of all that the operator wrote, when nothing is known to be kept: the last, and every correction. */
const MESSAGES_LISTED = 5

interface Lost {
  readonly constraints: readonly string[]
  readonly decisions: readonly string[]
  readonly files: readonly string[]
  readonly messages: readonly string[]
}

/** The text to send; null when nothing of weight was lost. What does not fit is counted, never left out in silence. */
export function restatement(found: Survival, limit = LIMIT_CHARS): string | null {
  const head = 'The context was compacted. The summary no longer holds the following, which is still true.'
  const lost: Lost = {
    constraints: found.constraints.lost.map(({ text }) => text),
    decisions: found.decisions.lost,
    files: found.filesEdited.lost,
    messages: found.operatorMessages.lost,
  }
  return stated(head, lost, limit)
}

/** The whole ledger again, when nobody knows what a compaction has kept; null when there is nothing to state. */
export function wholeRestatement(known: Known, limit = LIMIT_CHARS): string | null {
  const head =
    'The context was compacted, and what was kept of it is not known. All of the following is still true.'
  const { ledger, decisions, filesEdited, operatorMessages } = known
  const late = operatorMessages.length - MESSAGES_LISTED
  const all: Lost = {
    constraints: ledger.filter(({ source }) => source !== 'decision').map(({ text }) => text),
    decisions,
    files: filesEdited,
    messages: operatorMessages.filter((text, index) => index >= late || isCorrection(text)),
  }
  return stated(head, all, limit)
}

/** Whether what is stated again binds: demands, decisions, words of the operator. The scope is held by the box, and files
 *  can be looked up. `found`: null when all is stated, because nobody knows what was kept. */
export function binds(found: Survival | null, { ledger, decisions, operatorMessages }: Known): boolean {
  const demands = found === null ? ledger : found.constraints.lost
  if (demands.some(({ source }) => source !== 'scope')) return true
  const decided = found === null ? decisions : found.decisions.lost
  const wrote = found === null ? operatorMessages : found.operatorMessages.lost
  return decided.length + wrote.length > 0
}

function stated(head: string, lost: Lost, limit: number): string | null {
  const { constraints, decisions, files, messages } = lost
  if (constraints.length + decisions.length + files.length + messages.length === 0) return null
  const sections = [
    section('Constraints that hold', constraints),
    section('Decisions that hold', decisions),
    section('Files changed so far', listed(files)),
    section(
      'What the operator wrote',
      messages.map((text) => oneLine(text, MESSAGE_CHARS)),
    ),
  ]
  return fitted([head, ...sections.flat()], limit)
}

function section(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [`${title}:`, ...items.map((item) => `- ${item.trim()}`)]
}

function listed(paths: readonly string[]): readonly string[] {
  const rest = paths.length - FILES_LISTED
  return rest > 0 ? [...paths.slice(0, FILES_LISTED), `and ${rest} more`] : paths
}

/** A line that is too long gives way to those behind it. */
function fitted(lines: readonly string[], limit: number): string {
  const room = limit - 40
  const kept: string[] = []
  let size = 0
  let left = 0
  for (const line of lines) {
    if (size + line.length + 1 > room) {
      left += line.startsWith('- ') ? 1 : 0
      continue
    }
    kept.push(line)
    size += line.length + 1
  }
  return left === 0 ? kept.join('\n') : [...kept, `- and ${left} more not shown here`].join('\n')
}
