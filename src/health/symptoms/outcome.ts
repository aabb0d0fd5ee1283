// What the result of a call says: well, failed, refused by the operator, or kept from working by the network or a
// provider; and how many checks failed, and which. Pure.
import type { TraceCall, TraceResult } from '../../contract/trace.ts'
import { errorSignatures, firstLine, lastLine, normaliseLine } from '../signature.ts'
import type { Command } from './command.ts'
import { stem } from './command.ts'
import { isInfrastructure } from './infrastructure.ts'

/** `refused`: the operator said no, or a call at the same time failed; nobody's failure. */
export type State = 'ok' | 'failed' | 'refused' | 'infrastructure'

export interface Failing {
  /** How many; null when only names are known to be incomplete. */
  readonly count: number
  /** Their names, normalised; empty when the output does not name them. */
  readonly names: readonly string[]
}

interface Outcome {
  readonly state: State
  /** Normalised error lines; empty unless failed. */
  readonly signatures: readonly string[]
  readonly failing: Failing | null
  readonly timeout: boolean
  /** Lines of a green check that look like errors: no failure is known by them. */
  readonly noise: readonly string[]
}

const REFUSED =
  /doesn't want to (proceed|take this action)|tool use was rejected|sibling tool call errored|request interrupted|interrupted by (the )?user|cancelled: parallel|user (rejected|declined|denied)|permission to use|requested permissions|^\s*\[rejected\]/i
const LOCAL = /localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]/i
const EXITS =
  /^\s*(?:error: )?exit code:? (\d+)|<returncode>(-?\d+)<|exited with (?:exit )?code (-?\d+)|finished with exit code (-?\d+)|"exit_?code":\s*(-?\d+)|\(exit code:? (-?\d+)\)|completed with exit code (-?\d+)|exit status (\d+)\s*$/i
const TROUBLE =
  /traceback \(most recent|command not found|syntax error|has introduced new syntax error|edit (was )?not (been )?applied|no such file or directory|^\w*(error|exception)\b:?|\bfatal: |\bpanic: |not recognized as|segmentation fault|^error\b|^e: |^npm err!|^error\[|\berror: |tool_use_error|timed out after|^\W*execution timed out|\.{3,}failed$|^fail(?:ed|ure)?: |unexpected eof|^(?:\/bin\/)?(?:ba|z|da)?sh: (?:line \d+|-c|\d+): |permission denied|no replacement was performed|could not find|cannot find/im
/** How a tool begins when it could not do what it was asked. */
const COMPLAINT =
  /^\s*(<tool_use_error>|(?:fatal |internal )?error\b|\w+error: |failed to|\S+: (command not found|cannot |can't |no such|permission denied)|\S+: \S+: (no such|permission|is a directory)|invalid |no such file|file (does not exist|not found)|your proposed edit has|no replacement was)/i
/** A file as some agents' editors show it, also after an edit. */
const SHOWN = /^\s*\[File: /
/** A place and a complaint: how compilers and linters speak. */
const LOCATED =
  /^\s*\S+\.\w{1,5}[:(]\d+(?:[:,]\d+)?\)?:? .*(error|cannot|undefined|undeclared|unused|expected|missing|not |no )/im
const ERROR_LINE =
  /^\s*[^\s:()]+\.\w{1,5}[:(]\d+(?:[:,]\d+)?\)?: (?!.*\bwarning\b).*(error|cannot|undefined|undeclared|unused|expected|missing|unknown|unresolved)/i
const UNEDITED =
  /not found in (the )?file|no match(es)? found|did not (match|apply)|could not (find|apply)|failed to|invalid|matches of the string|no changes to make/i
const TIMED_OUT = /timed out|time-?out (after|exceeded|reached)|command timed|deadline exceeded/i
const ABSENT = /does not exist|no such file|not found|enoent|is a directory|cannot access/i
const NOTHING = /^\W*(exit code:? \d+|no (matches|files|results|match)( were)? found.*)?\W*$/is

const DISCONTENT =
  /mismatch|\bwrong\b|incorrect|should (?:be|have|equal)|not equal|does ?n[o']t match|unexpected|expected\b.{0,80}\b(?:got|but|actual|received|was)\b|\bbug\b|still (?:fail|broken|there)|[✗✘❌]|\bnot ok\b|(?<!\b(?:no|0|without) )\b(?:errors?|failed|failures?)\b(?!\s*[:=]\s*0)/i
const EMPTY: Outcome = { state: 'ok', signatures: [], failing: null, timeout: false, noise: [] }

export interface Answered {
  readonly call: TraceCall
  /** Without what the agent's tool has put around it. */
  readonly result: TraceResult
  /** Null unless the call ran one. */
  readonly command: Command | null
  /** The file that it is to change; null when none. */
  readonly path: string | null
}

/** What a result means for the call it answers. */
export function readOutcome({ call, result, command, path }: Answered): Outcome {
  const { text } = result
  const named =
    text === '' ? null : EXITS.exec(text.length > 3000 ? text.slice(0, 1000) + text.slice(-500) : text)
  // What a good result shows may be another program's log.
  const exit = result.exit ?? (result.ok === true && (named?.index ?? 0) > 0 ? null : exitOf(named))
  const failing = command !== null && command.verify ? failingOf(text) : null
  const edits = path !== null
  if (!failedIn({ result, exit, command, failing, edits }))
    return command === null || !command.verify ? EMPTY : { ...EMPTY, failing, noise: errorSignatures(text) }
  if (REFUSED.test(text.slice(0, 600))) return { ...EMPTY, state: 'refused' }
  if (isNo(exit, text, command) || isMerge(text, command)) return EMPTY
  // The server at hand is part of the work; the world is not.
  const own = LOCAL.test(call.cmd ?? '') || LOCAL.test(text.slice(0, 1000))
  if (failing === null && !own && isInfrastructure(text)) return { ...EMPTY, state: 'infrastructure' }
  const timeout = result.timeout === true || exit === 124 || (text.length < 400 && TIMED_OUT.test(text))
  return {
    state: 'failed',
    signatures: signaturesOf({ call, text, command, path, timeout }),
    failing,
    timeout,
    noise: [],
  }
}

/** It says of itself that something is not as it should be, whatever its exit code. */
export function complains(text: string): boolean {
  return DISCONTENT.test(text.length > 2000 ? text.slice(-2000) : text)
}

/** The failure is that something looked for is not there: how one finds one's way. */
export function isAbsent(text: string): boolean {
  return ABSENT.test(text.slice(0, 400))
}

interface Judged {
  readonly result: TraceResult
  readonly exit: number | null
  readonly command: Command | null
  readonly failing: Failing | null
  /** The call changes a file. */
  readonly edits: boolean
}

function failedIn({ result, exit, command, failing, edits }: Judged): boolean {
  if (result.timeout === true) return true
  // An exit code that is that of `tail` says nothing about what came before it.
  const trusted = command === null || !command.masked
  if (exit !== null && exit !== 0) return true
  if (result.ok === false) return true
  if (exit === 0 && trusted) return false
  if (result.ok === true && (trusted || !(command?.verify ?? false))) return false
  if (failing !== null) return failing.count > 0
  return isTroubled(result.text, command, edits)
}

/** Nothing but the text tells. What merely shows a file may be full of the words of failure. */
function isTroubled(text: string, command: Command | null, edits: boolean): boolean {
  const start = text.slice(0, 250)
  if (command === null) return COMPLAINT.test(start) || (edits && UNEDITED.test(start))
  if (command.search || command.status || SHOWN.test(start)) return false
  if (command.reads) return COMPLAINT.test(start)
  if (TROUBLE.test(text.slice(0, 1500)) || TROUBLE.test(text.slice(-1000))) return true
  return command.verify && LOCATED.test(text.slice(0, 1500))
}

function isNo(exit: number | null, text: string, command: Command | null): boolean {
  if (command === null || exit === null || exit !== 1) return false
  return (command.asks && text.length < 4000 && !TROUBLE.test(text)) || (command.asks && NOTHING.test(text))
}

/** Git stopping at a conflict is how merging goes on. */
function isMerge(text: string, command: Command | null): boolean {
  return command?.moves === true && /^CONFLICT |^error: could not apply|needs merge|unmerged/m.test(text)
}

function exitOf(match: RegExpExecArray | null): number | null {
  const found = match?.slice(1).find((group) => group !== undefined)
  return found === undefined ? null : Number(found)
}

interface Failed {
  readonly call: TraceCall
  readonly text: string
  readonly command: Command | null
  readonly path: string | null
  readonly timeout: boolean
}

function signaturesOf({ call, text, command, path, timeout }: Failed): string[] {
  const family = command?.family ?? call.tool.toLowerCase()
  // How long something was waited for says nothing about what is wrong, so commands that have nothing in common but
  // their slowness must not count as one failure.
  if (timeout) return [`timeout: ${family}`]
  // What a check is asked for is which part of the work is red, and what is looked for is another place each time:
  // another part, another place is another failure.
  const asked = command === null || command.verify || command.reads || command.status || command.search
  const found = errorSignatures(text, asked ? '' : (call.cmd ?? ''))
  if (command === null || (path !== null && command.change?.alone !== false)) {
    // A tool's refusal reads the same for every file: it is one failure per file.
    const place = stem(path ?? call.path ?? call.input?.slice(0, 80) ?? '')
    const lines = path === null ? found.slice(0, 2) : [firstLine(text)]
    return (lines.length > 0 ? lines : [lastLine(text)]).map(
      (line) => `${family} ${place}: ${complaint(line)}`,
    )
  }
  if (found.length > 0) return found
  const last = lastLine(text)
  return last === '' ? [] : [`${family}: ${last}`]
}

/** A word that is quoted is shorter. */
const ECHO = 24

/** What a tool says before it shows the agent's own text. */
function complaint(line: string): string {
  const at = line.indexOf("'", 16)
  return at < 0 || line.length - at < ECHO ? line : line.slice(0, at).trim()
}

const COUNTS = [
  /(\d+)\s+(?:tests?\s+|specs?\s+|examples?\s+)?(?:failed|failing|failures?)\b/gi,
  /(?:failures?|failed|errors)\s*[:=]\s*(\d+)/gi,
  /(?:found\s+)?(\d+)\s+(?:errors?|problems?|issues?)\b/gi,
]
const NAMES = [
  /^\s*--- FAIL: (\S+)/gm,
  /^(?:FAILED|ERROR) (\S+::\S+)/gm,
  /^test (\S+) \.\.\. FAILED/gm,
  /^not ok \d+ -? ?(.+)$/gm,
  /^\s*(?:✗|✘|×|✖|●) (.{3,120})$/gm,
  /^(?:FAIL|ERROR): (\w+ \([\w.]+\))/gm,
]
const PASSED =
  /\b(?:all tests passed|0 (?:failed|failures|errors|failing|problems)|no (?:errors|issues|problems) found|success)\b/i

/** How many checks an output says failed, and which; null when it says nothing of the kind. Failing 0 is green. */
export function failingOf(text: string): Failing | null {
  const names = new Set<string>()
  for (const pattern of NAMES) {
    for (const [, name] of text.matchAll(pattern)) {
      if (name !== undefined && names.size < 60) names.add(normaliseName(name))
    }
  }
  for (const pattern of COUNTS) {
    let most = -1
    for (const [, figure] of text.matchAll(pattern)) most = Math.max(most, Number(figure))
    if (most > 0) return { count: Math.max(most, 0), names: [...names].sort() }
    if (most === 0 && names.size === 0) return { count: 0, names: [] }
  }
  if (names.size > 0) return { count: names.size, names: [...names].sort() }
  const located = locatedErrors(text)
  if (located > 0) return { count: located, names: [] }
  return PASSED.test(text) ? { count: 0, names: [] } : null
}

/** Compilers that give no figure: one line of theirs is one error. */
function locatedErrors(text: string): number {
  let count = 0
  for (const line of text.split('\n', 400)) if (line.length < 1000 && ERROR_LINE.test(line)) count++
  return count
}

/** Names keep their numbers (`case 7` is not `case 8`) but not their timings. */
function normaliseName(name: string): string {
  const plain = name.replace(/\s*[([]?\d+(?:\.\d+)?\s?m?s[)\]]?\s*$/, '').trim()
  return /\d/.test(plain) ? plain.toLowerCase() : normaliseLine(plain)
}
