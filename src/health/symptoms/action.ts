// A call with its result, as the rules look at it. Whatever an agent calls its tools, here an action has a family, an
// outcome and a place; calls that were made at once share a batch.
import type { CallKind, TraceCall, TraceResult } from '../../contract/trace.ts'
import { fingerprint } from '../fingerprint.ts'
import { outputKey } from '../signature.ts'
import { holdsPatch, patchEdits } from '../trace/patch.ts'
import type { Command } from './command.ts'
import { readCommand } from './command.ts'
import { unframed } from './frame.ts'
import type { Failing, State } from './outcome.ts'
import { complains, isAbsent, readOutcome } from './outcome.ts'

interface ActionEdit {
  readonly old: string
  readonly new: string
  /** The lines that are replaced, where the text there is not known. */
  readonly spot?: string
  /** Part of solving a merge conflict, where text comes back by right. */
  readonly conflict: boolean
}

export interface Action {
  readonly a: number
  /** Operator messages before it; the first turn is 1. */
  readonly turn: number
  readonly batch: number
  readonly kind: CallKind
  /** Program and verb, or the tool. */
  readonly family: string
  /** Equal for equal calls. */
  readonly key: string
  /** Equal for results that differ in times only. */
  readonly resultKey: string
  readonly command: Command | null
  readonly verify: boolean
  /** Looks at something that goes on by itself. */
  readonly poll: boolean
  /** A search or a look at a file or a state: to learn that something is not there is no failure of the work. */
  readonly looks: boolean
  readonly state: State
  readonly absent: boolean
  readonly signatures: readonly string[]
  readonly failing: Failing | null
  readonly timeout: boolean
  readonly noise: readonly string[]
  readonly chars: number
  /** There is nothing in it: no output, or no match. */
  readonly empty: boolean
  /** File written or edited; null when none. */
  readonly path: string | null
  /** The whole file was written. */
  readonly whole: boolean
  /** A file is other than before; also when a run in the same call failed. */
  readonly changed: boolean
  /** It went well by its exit code, and yet says that something is not as it should be. */
  readonly complains: boolean
  readonly edits: readonly ActionEdit[]
  /** What a search looks for; empty for others. */
  readonly wanted: string
  /** Shortest form for a reader. */
  readonly label: string
}

const GOES_ON =
  /\b(still )?(running|pending|queued|in[ _-]?progress|waiting|starting|initiali[sz]ing|processing|not (yet )?(ready|finished|done|complete)|provisioning|scheduled)\b/i
const WAITS = /\bsleep\s+[\d.$]|\bwatch\s|\bwait\b|--watch\b|\btail\s+-f/
const POLL_TOOL = /output|poll|status|wait|monitor|job|write_stdin/i
const SEARCH_TOOL = /grep|glob|search|find|^ls$/i
const CONFLICT = /^(<<<<<<<|>>>>>>>|=======$|\|\|\|\|\|\|\|)/m

/** Everything the rules need of a call and its result. */
export function readAction(
  call: TraceCall,
  answer: TraceResult,
  place: { turn: number; batch: number },
): Action {
  const command =
    call.cmd === undefined || call.cmd === null || call.cmd === '' ? null : readCommand(call.cmd)
  const result = said(call, answer)
  const path = pathOf(call, result, command)
  const outcome = readOutcome({ call, result, command, path })
  const search =
    command?.search ?? (call.kind === 'search' || (call.kind === 'other' && SEARCH_TOOL.test(call.tool)))
  const looks = search || call.kind === 'read' || (command?.status ?? false) || (command?.reads ?? false)
  const poll = isPoll({ call, text: result.text, command, failed: outcome.state === 'failed' })
  const changes = path !== null && (outcome.state === 'ok' || command?.change?.alone === false)
  return {
    a: call.a,
    ...place,
    kind: search ? 'search' : call.kind,
    family: command?.family === undefined || command.family === '' ? call.tool.toLowerCase() : command.family,
    key: keyOf(call, command),
    resultKey: command === null && answer.hash ? answer.hash : outputKey(result.text),
    command,
    verify: command?.verify ?? false,
    poll,
    looks: looks && path === null,
    absent: outcome.state === 'failed' && isAbsent(result.text),
    ...outcome,
    chars: (answer.chars ?? answer.text.length) - (answer.text.length - result.text.length),
    empty: isEmpty(result.text),
    path,
    whole: call.kind === 'write' || (command?.change?.whole ?? false),
    changed: changes,
    complains: command !== null && outcome.state === 'ok' && path === null && complains(result.text),
    edits: editsOf(call, command),
    wanted: search ? wantedOf(call) : '',
    label: labelOf(call),
  }
}

const NOTHING =
  /^\W*(?:exit code:? \d+\W*)?(?:no (?:matches|match|files|results|output)\b.*|found 0\b.*|0(?: matches| results)?)?\W*$/is

function isEmpty(text: string): boolean {
  return text.length < 400 && NOTHING.test(text)
}

/** The result without what the agent's tool has put around it. */
function said(call: TraceCall, result: TraceResult): TraceResult {
  if (call.cmd === undefined && call.kind !== 'exec') return result
  const { text, exit } = unframed(result.text)
  if (text.length === result.text.length) return result
  return { ...result, text, exit: result.exit ?? exit }
}

interface Asked {
  readonly call: TraceCall
  readonly text: string
  readonly command: Command | null
  readonly failed: boolean
}

function isPoll({ call, text, command, failed }: Asked): boolean {
  if (call.kind === 'poll') return true
  // A short answer that says something is under way is a look at it, whatever it was asked with.
  const under = text.length < 400 && GOES_ON.test(text)
  if (command === null) return under && POLL_TOOL.test(call.tool)
  if (command.verify) return false
  return WAITS.test(call.cmd ?? '') || (under && (command.status || !failed))
}

function keyOf(call: TraceCall, command: Command | null): string {
  if (command !== null) return `$ ${command.key}`
  return `${call.tool} ${call.inHash ?? call.input ?? call.path ?? ''}`
}

function pathOf(call: TraceCall, { text }: TraceResult, command: Command | null): string | null {
  if (call.kind === 'edit' || call.kind === 'write')
    return call.path ?? patchPath(call.input ?? call.cmd ?? '')
  if (command === null || command.change === null) return null
  return command.change.path ?? SHOWN_FILE.exec(text)?.[1] ?? 'file'
}

/** How editors that are commands say which file is open. */
const SHOWN_FILE = /\[File: (\S{1,300}) \(/

function patchPath(input: string): string | null {
  return /\*\*\* (?:Update|Add) File: ([^\n\\]+)/.exec(input.slice(0, 400))?.[1] ?? null
}

function editsOf(call: TraceCall, command: Command | null): readonly ActionEdit[] {
  const edits: ActionEdit[] = []
  for (const edit of (call.edits ?? []).slice(0, 20)) {
    const before = edit.old ?? textKey(edit.oldText)
    const after = edit.new ?? textKey(edit.newText)
    if (after === null) continue
    const conflict = CONFLICT.test(edit.oldText ?? '') || CONFLICT.test(edit.newText ?? '')
    edits.push({ old: before ?? '', new: after, conflict })
  }
  return edits.length > 0 ? edits : writtenEdits(call, command)
}

/** Where the recorder tells no edits: those of a patch, or of `sed`. */
function writtenEdits({ kind, input }: TraceCall, command: Command | null): readonly ActionEdit[] {
  const replaced =
    command?.change?.replacements ??
    (kind === 'edit' && input !== undefined && holdsPatch(input) ? patchEdits(input.slice(0, 4000)) : [])
  return replaced.slice(0, 20).map((edit) => ({
    old: edit.old === '' ? '' : (textKey(edit.old) ?? ''),
    new: textKey(edit.new) ?? '',
    ...('spot' in edit ? { spot: edit.spot } : {}),
    conflict: CONFLICT.test(edit.old ?? '') || CONFLICT.test(edit.new ?? ''),
  }))
}

function textKey(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : fingerprint(text)
}

function wantedOf(call: TraceCall): string {
  if (call.cmd !== undefined && call.cmd !== null && call.cmd !== '') return queryOf(call.cmd.slice(0, 300))
  const input = call.input?.slice(0, 1000) ?? ''
  return PATTERN.exec(input)?.[1] ?? (input === '' ? (call.path ?? '') : input.slice(0, 300))
}

/** The quoted part of a search command, else its first argument. */
function queryOf(cmd: string): string {
  const quoted = [...cmd.matchAll(/"([^"]+)"|'([^']+)'/g)].map((match) => match[1] ?? match[2] ?? '')
  if (quoted.length > 0) return quoted.join(' ')
  return (
    cmd
      .split(/\s+/)
      .slice(1)
      .find((word) => !word.startsWith('-')) ?? ''
  )
}

const PATTERN = /"(?:pattern|query|regex|search|q)":\s*"((?:[^"\\]|\\.)*)/

function labelOf(call: TraceCall): string {
  const text = call.cmd ?? (call.path ? `${call.tool} ${call.path}` : call.tool)
  const line = text.trim().split('\n', 1)[0] ?? ''
  return line.length > 90 ? `${line.slice(0, 87)}...` : line
}
