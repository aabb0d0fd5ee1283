// The lines of a trace made from what is known of a call, a result or a saying, in one place for every source: texts cut
// and without secrets, hashes of the whole. Pure.
import { isAbsolute } from 'node:path'
import type { CallKind, TraceCall, TraceEvent, TraceResult } from '../../contract/trace.ts'
import { fingerprint } from '../fingerprint.ts'
import { relativeTo } from '../paths.ts'
import { kindOfTool } from './kinds.ts'
import { holdsPatch, patchEdits, type FileEdit } from './patch.ts'
import { namesEnvironmentFile } from './redact.ts'
import { KEEP, keptText, type Keep } from './text.ts'
import { testOutcome } from './tests.ts'

export interface CallFacts {
  readonly a: number
  readonly id: string
  readonly tool: string
  /** Where more is known than the name of the tool says. */
  readonly kind?: CallKind
  /** The arguments: an object, or a text. */
  readonly input: unknown
  /** Where they are known otherwise than by the arguments. */
  readonly edits?: readonly FileEdit[]
  readonly paths?: readonly string[]
  readonly batch?: string
  readonly ts?: string
  /** Paths inside of it are told relative to it. */
  readonly cwd?: string | null
}

export interface ResultFacts {
  /** Null: it is not known whether it succeeded. */
  readonly ok: boolean | null
  readonly exit?: number | null
  readonly text: string
  /** Of the whole, where the text is not. */
  readonly chars?: number
  readonly timeout?: boolean
  readonly ts?: string
}

const MAX_EDITS = 50
const MAX_ID = 200
const TIMED_OUT = /\b(?:command|tool|operation|process) timed out\b|\btimed out after \d/i

/** The exit code that an agent writes above the output of a command that failed. */
export function exitIn(text: string): number | undefined {
  const exit = /^(?:Error: )?Exit code (\d{1,3})\b/.exec(text)?.[1]
  return exit === undefined ? undefined : Number(exit)
}

/** The line of a call. */
export function traceCall(facts: CallFacts): TraceCall {
  const { a, id, tool, batch, ts, cwd } = facts
  const input = inputText(facts.input)
  const cmd = commandOf(facts.input)
  const known = facts.edits ?? (kindOfTool(tool) === 'mcp' ? [] : editsOf(facts.input))
  const edits = known.map((edit) => ({
    ...edit,
    path: shortPath(edit.path, cwd),
  }))
  const path = edits[0]?.path ?? facts.paths?.[0] ?? pathOf(facts.input)
  const kind = callKind(facts, edits)
  const place = path === undefined || path === '' ? undefined : shortPath(path, cwd)
  const secret = [place ?? '', cmd ?? ''].some(namesEnvironmentFile)
  return {
    t: 'call',
    a,
    id: id.slice(0, MAX_ID),
    tool: keptText(tool, { head: MAX_ID, tail: 0 }).text,
    kind,
    ...(ts === undefined ? {} : { ts }),
    ...(cmd === undefined ? {} : { cmd: keptText(cmd, KEEP.command, secret).text }),
    ...(place === undefined ? {} : { path: keptText(place, { head: 1_000, tail: 0 }).text }),
    ...(cmd === undefined && edits.length === 0 && input !== ''
      ? { input: keptText(input, KEEP.input, secret).text }
      : {}),
    inHash: fingerprint(input),
    inChars: input.length,
    ...(batch === undefined ? {} : { batch }),
    ...(edits.length === 0 ? {} : { edits: edits.slice(0, MAX_EDITS).map(traceEdit) }),
  }
}

/** The line of a call's result, and what the tests said if it ran some. */
export function traceResult(call: TraceCall, facts: ResultFacts): TraceEvent[] {
  const { ok, exit, text, ts } = facts
  const timeout = facts.timeout ?? (ok !== true && TIMED_OUT.test(text.slice(0, 2_000)))
  const secret = [call.path ?? '', call.cmd ?? ''].some(namesEnvironmentFile)
  const kept = keptText(text, KEEP.result, secret)
  const result: TraceResult = {
    t: 'result',
    a: call.a,
    id: call.id,
    ok,
    ...(ts === undefined ? {} : { ts }),
    ...(exit === undefined ? {} : { exit }),
    text: kept.text,
    chars: facts.chars ?? kept.chars,
    hash: fingerprint(text),
    ...(timeout ? { timeout } : {}),
  }
  const tests = call.kind === 'exec' && call.cmd !== undefined ? testOutcome(call.cmd, text) : null
  if (tests === null) return [result]
  return [
    result,
    {
      t: 'tests',
      a: call.a,
      ...(ts === undefined ? {} : { ts }),
      command: call.cmd ?? '',
      failing: tests.failing === null ? null : [...tests.failing].slice(0, 200),
      failed: tests.failed,
      passed: tests.passed,
    },
  ]
}

export interface Said {
  readonly text: string
  readonly message?: string
  readonly ts?: string
}

/** The line of something said, thought or summarised. */
export function traceSaid(t: 'say' | 'think' | 'summary' | 'user' | 'meta', said: Said): TraceEvent {
  const kept = keptText(said.text, keepOf(t))
  const base = { ...kept, ...(said.ts === undefined ? {} : { ts: said.ts }) }
  if ((t === 'say' || t === 'think') && said.message !== undefined) {
    return { t, ...base, message: said.message.slice(0, MAX_ID) }
  }
  return { t, ...base }
}

function keepOf(t: string): Keep {
  if (t === 'summary') return KEEP.summary
  if (t === 'user') return KEEP.prompt
  return t === 'meta' ? KEEP.result : KEEP.said
}

function callKind({ kind, tool }: CallFacts, edits: readonly FileEdit[]): CallKind {
  const named = kind ?? kindOfTool(tool) ?? 'other'
  const whole = edits.length > 0 && edits.every((edit) => edit.old === null && edit.new !== null)
  if (named === 'edit' && whole) return 'write'
  // A patch that is handed to the shell.
  return named === 'exec' && edits.length > 0 ? 'edit' : named
}

function traceEdit(edit: FileEdit): NonNullable<TraceCall['edits']>[number] {
  const secret = namesEnvironmentFile(edit.path)
  return {
    path: edit.path,
    old: edit.old === null ? null : fingerprint(edit.old),
    new: edit.new === null ? null : fingerprint(edit.new),
    ...(edit.old === null
      ? {}
      : { oldText: keptText(edit.old, KEEP.edit, secret).text, oldLines: lineCount(edit.old) }),
    ...(edit.new === null
      ? {}
      : { newText: keptText(edit.new, KEEP.edit, secret).text, newLines: lineCount(edit.new) }),
  }
}

function lineCount(text: string): number {
  let lines = text === '' || text.endsWith('\n') ? 0 : 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}

/** The arguments as one text; empty when they cannot be told. */
function inputText(input: unknown): string {
  if (typeof input === 'string') return input
  if (input === null || input === undefined) return ''
  try {
    return JSON.stringify(input)
  } catch (error) {
    // Nested deeper than can be written.
    if (error instanceof RangeError || error instanceof TypeError) return ''
    throw error
  }
}

/** A value as an object's fields; none when it is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

/** The first of these fields that is a text with something in it. */
export function textField(value: unknown, ...names: readonly string[]): string | undefined {
  const fields = fieldsOf(value)
  for (const name of names) {
    const field = fields[name]
    if (typeof field === 'string' && field !== '') return field
  }
  return undefined
}

/** The command line among the arguments of a tool; the shell around it is left out. */
function commandOf(input: unknown): string | undefined {
  const fields = fieldsOf(input)
  for (const name of ['command', 'cmd', 'script']) {
    const value = fields[name]
    if (typeof value === 'string' && value !== '') return value
    if (!Array.isArray(value)) continue
    const words = value.filter((word) => typeof word === 'string')
    if (words.length === 0) continue
    const [shell = '', flag = '', script] = words
    if (script !== undefined && /(?:^|\/)(?:ba|z|da|)sh$/.test(shell) && /^-l?c$/.test(flag)) return script
    return words.join(' ')
  }
  return undefined
}

function pathOf(input: unknown): string | undefined {
  return textField(input, 'file_path', 'filePath', 'notebook_path', 'absolute_path', 'fileName', 'path')
}

/** What the arguments of the known editing tools replace by what. */
function editsOf(input: unknown): readonly FileEdit[] {
  const patch =
    typeof input === 'string' ? input : (textField(input, 'patch', 'input', 'patchText') ?? commandOf(input))
  if (patch !== undefined && holdsPatch(patch)) return patchEdits(patch)
  const path = pathOf(input)
  if (path === undefined) return []
  const fields = fieldsOf(input)
  const several = fields['edits']
  if (Array.isArray(several)) return several.slice(0, MAX_EDITS).flatMap((edit) => replacement(path, edit))
  const one = replacement(path, fields)
  if (one.length > 0) return one
  const content = fields['content'] ?? fields['file_text'] ?? fields['contents']
  return typeof content === 'string' ? [{ path, old: null, new: content }] : []
}

function replacement(path: string, edit: unknown): readonly FileEdit[] {
  const fields = fieldsOf(edit)
  const old = fields['old_string'] ?? fields['oldString'] ?? fields['old_str'] ?? fields['oldText']
  const text = fields['new_string'] ?? fields['newString'] ?? fields['new_str'] ?? fields['newText']
  return typeof old === 'string' && typeof text === 'string' ? [{ path, old, new: text }] : []
}

function shortPath(path: string, cwd: string | null | undefined): string {
  return isAbsolute(path) ? relativeTo(cwd ?? null, path) : path
}
