// The ledger of an attempt's constraints: what brief, scope, decisions and operator demand, word for word, each with a
// checker where a call can be seen to break it. The handoff, the probe and the re-statement after a compaction all draw
// on it, so it holds sentences as they were said, never a paraphrase. Pure.
import type { Scope } from '../../contract/plan.ts'
import type { TraceCall } from '../../contract/trace.ts'
import type { Constraint, ConstraintSource } from '../../contract/handoff.ts'
import { fingerprint } from '../fingerprint.ts'
import { coverage, haystack, oneLine, plainText } from '../words.ts'
import { checkerOf } from './checker.ts'
import { isCorrection } from './corrections.ts'
import { constraintSentences } from './extract.ts'
import { opponentOf, opposed } from './opposition.ts'
import { violates, type Place } from './violation.ts'

/** Length of a correction that is kept as a constraint; the whole of it stays among the operator's messages. */
const CORRECTION_CHARS = 300

/** What of a constraint is read for a checker, and of a message for constraints. */
const CHECKED_CHARS = 600
const MESSAGE_CHARS = 50_000

/** Of more, the oldest that the operator said in passing are dropped: corrections, decisions and the brief stay. */
const MOST = 300

export type Ledger = readonly Constraint[]

/** What an operator wrote, at the action that came next. */
export interface Message {
  readonly a: number
  readonly text: string
}

export interface LedgerInput {
  readonly brief?: string
  readonly scope?: Scope
  /** Path patterns that others own or nobody may write. */
  readonly forbidden?: readonly string[]
  readonly decisions?: readonly { readonly n: number; readonly text: string }[]
  readonly messages?: readonly Message[]
}

/** The ledger at the start of an attempt or of a look at one; the same demand from two places is kept once. */
export function buildLedger(input: LedgerInput): Ledger {
  const found: Constraint[] = []
  if (input.scope !== undefined) found.push(scopeConstraint(input.scope))
  if (input.forbidden !== undefined && input.forbidden.length > 0) found.push(forbidden(input.forbidden))
  for (const text of constraintSentences(input.brief ?? '')) found.push(constraint(text, 'brief', null))
  for (const { n, text } of input.decisions ?? []) {
    found.push({ ...constraint(text, 'decision', null), ref: `decision ${n}` })
  }
  return (input.messages ?? []).reduce(withMessage, unique(found))
}

/** The ledger after the operator wrote something: new demands are added, known ones count as stated again, and what a
 *  message allows again is not checked any more. */
export function withMessage(ledger: Ledger, { a, text: whole }: Message): Ledger {
  const text = whole.slice(0, MESSAGE_CHARS)
  const corrects = isCorrection(text)
  const sentences = constraintSentences(text)
  const demands = sentences.length === 0 && corrects ? [firstParagraph(text)] : sentences
  const source = corrects ? 'correction' : 'operator'
  const added = demands.map((demand) => constraint(demand, source, a))
  const known = corrects ? ledger : unlessAllowed(ledger, text)
  return bounded(unique([...statedAgain(known, { a, text }), ...added]))
}

/** A demand that the operator takes back stays on the ledger, but nobody is blamed for what was allowed. */
function unlessAllowed(ledger: Ledger, text: string): Ledger {
  const allows = opponentOf(text)
  return ledger.map((entry) => {
    const spoken = entry.checker !== null && entry.source !== 'scope'
    return spoken && allows(entry.text) ? { ...entry, checker: null } : entry
  })
}

function bounded(ledger: Ledger): Ledger {
  let surplus = ledger.length - MOST
  return surplus <= 0 ? ledger : ledger.filter(({ source }) => source !== 'operator' || surplus-- <= 0)
}

/** What a correction says before pasted output begins. */
function firstParagraph(text: string): string {
  return oneLine(text.trim().split(/\n\s*\n/, 1)[0] ?? '', CORRECTION_CHARS)
}

/** The ledger after a decision was made or the scope moved, with what was there before. */
export function withConstraints(ledger: Ledger, input: Omit<LedgerInput, 'messages'>): Ledger {
  return unique([...ledger, ...buildLedger(input)])
}

/** The ids of all constraints that a text states, word for word. */
export function statedIn(ledger: Ledger, text: string): readonly string[] {
  const hay = haystack(text.slice(0, MESSAGE_CHARS))
  return ledger.filter((entry) => coverage(entry.text, hay) === 1).map(({ id }) => id)
}

/** Marks what a text states again at this action. */
function statedAgain(ledger: Ledger, { a, text }: Message): Ledger {
  const stated = new Set(statedIn(ledger, text))
  return ledger.map((entry) => (stated.has(entry.id) ? { ...entry, lastSeen: a } : entry))
}

/** A constraint as the ledger holds it; its id follows from the words alone. */
function constraint(text: string, source: ConstraintSource, a: number | null): Constraint {
  return {
    id: fingerprint(plainText(text)),
    text,
    source,
    lastSeen: a,
    checker: checkerOf(text.slice(0, CHECKED_CHARS)),
  }
}

const MINE = 'Write only these paths: '
const OTHERS = 'Never write these paths: '

/** Whether these are the words in which the scope is demanded. */
export function isScopeText(text: string): boolean {
  return text.startsWith(MINE) || text.startsWith(OTHERS)
}

function scopeConstraint(scope: Scope): Constraint {
  const { include, exclude } = scope
  const but = exclude.length === 0 ? '' : `, but not ${exclude.join(', ')}`
  const text = `${MINE}${include.join(', ')}${but}.`
  return { ...constraint(text, 'scope', null), checker: { kind: 'only-paths', include, exclude } }
}

function forbidden(patterns: readonly string[]): Constraint {
  const text = `${OTHERS}${patterns.join(', ')}.`
  return { ...constraint(text, 'scope', null), checker: { kind: 'paths', patterns: [...patterns] } }
}

function unique(constraints: readonly Constraint[]): Ledger {
  const kept = new Map<string, Constraint>()
  for (const entry of constraints) {
    const known = kept.get(entry.id)
    if (known === undefined) kept.set(entry.id, entry)
    else kept.set(entry.id, { ...known, lastSeen: latest(known.lastSeen, entry.lastSeen) })
  }
  return [...kept.values()]
}

function latest(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right
  return Math.max(left, right)
}

export interface CallChecker {
  readonly id: string
  readonly text: string
  /** A decision that is acted against is inconsistent behaviour; the rest is forgotten instructions. */
  readonly decided: boolean
  /** Whether the call breaks the constraint, as far as the call alone can show; in doubt it does not. */
  violatedBy(call: TraceCall): boolean
}

/** One checker for every constraint that has one and was not replaced by a later one that says the contrary.
 *  `place.root`: absolute path of the worktree, for absolute paths of calls. */
export function checkers(ledger: Ledger, place: Place = {}): readonly CallChecker[] {
  const replaced = new Set(opposed(ledger).map(([earlier]) => earlier.id))
  return ledger.flatMap(({ id, text, source, checker }) =>
    checker === null || replaced.has(id)
      ? []
      : [{ id, text, decided: source === 'decision', violatedBy: violates(checker, place) }],
  )
}
