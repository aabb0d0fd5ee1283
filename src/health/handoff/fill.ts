// Filling a handoff from what is known without asking anybody: git, checks, the trace, alarms, decisions. What the agent
// says about itself is kept apart, cut to 600 characters an answer, and never taken for evidence. Pure.
import type { CheckRun, Handoff } from '../../contract/handoff.ts'
import type { Alarm } from '../../contract/health.ts'
import { isCorrection } from '../ledger/corrections.ts'
import type { Ledger, Message } from '../ledger/ledger.ts'
import { oneLine, wordOverlap } from '../words.ts'

const NOTE_CHARS = 600
const OUTPUT_CHARS = 800
const MESSAGES_KEPT = 12

/** Word overlap from which a claim and a commit's subject speak of the same thing. */
const SAME_ITEM = 0.4

/** A failing or passing run of a command, in order. */
export interface CommandRun {
  readonly a: number
  readonly command: string
  readonly ok: boolean
  /** Normalised error line; null when it passed or has none. */
  readonly signature: string | null
  readonly output: string
}

export interface HandoffInput {
  readonly meta: Handoff['meta']
  readonly goal: Handoff['goal']
  readonly ownership: Handoff['ownership']
  readonly ledger: Ledger
  readonly changes: Handoff['changes']
  /** Every run of a check or test command, oldest first. */
  readonly checks: readonly CheckRun[]
  readonly runs: readonly CommandRun[]
  readonly alarms: readonly Alarm[]
  readonly decisions: Handoff['decisions']
  readonly questions: Handoff['questions']
  readonly messages: readonly Message[]
  readonly environment: Handoff['environment']
  /** The agent's own status report: claims, not evidence. */
  readonly claims: { readonly done: readonly string[]; readonly remaining: readonly string[] }
  /** What is missing before the piece counts as finished, as sentences. */
  readonly missing: readonly string[]
  readonly notes: { readonly [key in keyof Handoff['agentNotes']]?: string | null | undefined }
  readonly verification: Handoff['verification']
  /** Files that were read or written, the latest last. */
  readonly known: readonly string[]
}

/** The handoff, complete and unshortened but for outputs and the agent's own words. */
export function fillHandoff(input: HandoffInput): Handoff {
  const { meta, goal, ownership, changes, decisions, questions, environment } = input
  const checks = latestRuns(input.checks)
  return {
    version: 1,
    meta,
    goal,
    ownership,
    constraints: [...input.ledger],
    done: doneItems(input, checks),
    remaining: remainingItems(input, checks),
    changes,
    checks: [...checks],
    known: [...input.known],
    bestState: bestState(input.checks),
    openFailures: openFailures(input.runs),
    triedAndFailed: triedAndFailed(input.alarms),
    decisions,
    questions,
    operatorMessages: keptMessages(input.messages),
    environment,
    agentNotes: {
      understanding: note(input.notes.understanding),
      nextStep: note(input.notes.nextStep),
      warnings: note(input.notes.warnings),
      ...(typeof input.notes.via === 'string' ? { via: input.notes.via } : {}),
    },
    verification: input.verification,
  }
}

function note(text: string | null | undefined): string | null {
  const trimmed = text?.trim() ?? ''
  return trimmed === '' ? null : trimmed.slice(0, NOTE_CHARS)
}

/** The last run of every command. */
function latestRuns(checks: readonly CheckRun[]): readonly CheckRun[] {
  const latest = new Map<string, CheckRun>()
  for (const check of checks) {
    latest.delete(check.command)
    latest.set(check.command, check)
  }
  return [...latest.values()]
}

function doneItems({ changes, claims }: HandoffInput, checks: readonly CheckRun[]): Handoff['done'] {
  const commits = changes.commits.map(({ id, subject }) => ({
    item: subject,
    evidence: { kind: 'commit' as const, ref: id },
  }))
  const green = checks
    .filter(({ exit }) => exit === 0)
    .map(({ command }) => ({
      item: `${command} is green`,
      evidence: { kind: 'check' as const, ref: command },
    }))
  const claimed = claims.done
    .filter((item) => !commits.some((commit) => wordOverlap(commit.item, item) >= SAME_ITEM))
    .map((item) => ({ item, evidence: null }))
  return [...commits, ...green, ...claimed]
}

function remainingItems(
  { claims, missing }: HandoffInput,
  checks: readonly CheckRun[],
): Handoff['remaining'] {
  const red = checks
    .filter(({ exit }) => exit !== null && exit !== 0)
    .map(({ command, failed }) => ({
      item: command,
      state: failed === null ? 'red' : `red, ${failed} failing`,
    }))
  return [
    ...red,
    ...missing.map((item) => ({ item, state: 'missing' })),
    ...claims.remaining.map((item) => ({ item, state: 'named by the agent' })),
  ]
}

/**
 * The run with the fewest failing tests, of equal ones the first. Only runs of one command are compared, the last that
 * counts: a green lint run is no better state than a red test run.
 */
function bestState(checks: readonly CheckRun[]): Handoff['bestState'] {
  const counted = checks.findLast(({ failed }) => failed !== null)?.command
  if (counted === undefined) {
    const green = checks.findLast(({ exit }) => exit === 0)
    return green === undefined ? null : { treeHash: green.treeHash, failed: null }
  }
  let best: { treeHash: string | null; failed: number } | null = null
  for (const { command, failed, exit, treeHash } of checks) {
    const count = failed ?? (exit === 0 ? 0 : null)
    if (command !== counted || count === null) continue
    if (best === null || count < best.failed) best = { treeHash, failed: count }
  }
  return best
}

/** Signatures of commands whose last run failed, most frequent first. */
function openFailures(runs: readonly CommandRun[]): Handoff['openFailures'] {
  const last = new Map<string, boolean>()
  for (const { command, ok } of runs) last.set(command, ok)
  const open = new Map<string, { firstSeen: number; count: number; lastOutput: string }>()
  for (const { a, command, ok, signature, output } of runs) {
    if (ok || signature === null || last.get(command) === true) continue
    const known = open.get(signature)
    const lastOutput = output.slice(-OUTPUT_CHARS)
    open.set(signature, { firstSeen: known?.firstSeen ?? a, count: (known?.count ?? 0) + 1, lastOutput })
  }
  return [...open]
    .map(([signature, rest]) => ({ signature, ...rest }))
    .sort((left, right) => right.count - left.count)
}

/** Families whose evidence is what was said, not what was done: nothing was tried there. */
const SPOKEN: ReadonlySet<string> = new Set(['operator', 'constraints', 'narration', 'vocabulary'])

/** What strong alarms have found in actions: one entry a signature, with the latest evidence. */
function triedAndFailed(alarms: readonly Alarm[]): Handoff['triedAndFailed'] {
  const tried = new Map<string, { approach: string; actions: number[]; signature: string | null }>()
  for (const { strength, rule, family, evidence } of alarms) {
    if (strength !== 'strong' || SPOKEN.has(family)) continue
    const approaches = evidence.tried ?? []
    const approach =
      approaches.length === 0 ? evidence.text : `${evidence.text} Tried: ${approaches.join('; ')}.`
    const key = evidence.signature ?? rule
    const actions = [...new Set([...(tried.get(key)?.actions ?? []), ...evidence.actions])].sort(
      (x, y) => x - y,
    )
    tried.set(key, { approach, actions, signature: evidence.signature })
  }
  return [...tried.values()]
}

/** The last twelve, and every correction before them, word for word. */
function keptMessages(messages: readonly Message[]): Handoff['operatorMessages'] {
  const from = messages.length - MESSAGES_KEPT
  return messages
    .map(({ a, text }, index) => ({ a, text, correction: isCorrection(text), late: index >= from }))
    .filter(({ correction, late }) => correction || late)
    .map(({ a, text, correction }) => ({ a, text, correction }))
}

/** The handoff with a line of the agent about each approach that failed, in order; its words stay marked as its own. */
export function withApproaches(handoff: Handoff, lines: readonly string[]): Handoff {
  const triedAndFailed = handoff.triedAndFailed.map((entry, index) => {
    const line = lines[index]?.trim() ?? ''
    return line === ''
      ? entry
      : { ...entry, approach: `${entry.approach} (agent, unverified: ${oneLine(line, NOTE_CHARS)})` }
  })
  return { ...handoff, triedAndFailed }
}
