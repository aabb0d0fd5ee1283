// What an error says apart from where and when it was said: the same failure under other arguments, seeds, line numbers
// and timings has the same signature. Pure. Everything here looks at a bounded part of a text, so its cost is bounded.
import { fingerprint } from './fingerprint.ts'

/** Longest part of an output that is looked at: errors stand at its start or, more often, at its end. */
const HEAD = 1000
const TAIL = 2000
const MOST_SIGNATURES = 8
const LONGEST_LINE = 240

const ERROR_WORDS =
  /error|exception|fail|fatal|panic|cannot|can't|could not|couldn't|unable|not found|not exist|no such|denied|undefined|unexpected|invalid|missing|expected|refused|assert|unresolved|undeclared|conflict|mismatch|unknown|unrecognized|unsupported|not permitted|no matching|does not|did not|\bE: |^E  |not a |killed|abort|segmentation|traceback|✗|✘|×|●|not ok|-- FAIL/i

/** Lines that are in every failing output of a tool, whatever failed: they name no failure. */
const WRAPPERS = [
  /^(exit code|process exited|command failed|exited with|exit status)\b/,
  /^\[?command finished with exit code/,
  /^(traceback|error stack|stack trace)\b/,
  /^(hint|note|help|warning|info|tip|npm notice|npm warn)\b[: ]/,
  /^npm (err!|error) (code |a complete log|path |command |errno|workspace|location|lifecycle|in workspace|$)/,
  /^(fail|failed|failure|failures|errors?|=+ .*|_+ .*_+|-+)[:.!]?$/,
  /\b(task|job|step|script|target|build|tests?|command|run) (has )?failed\b.{0,24}$/,
  /^make(\[#\])?: \*\*\*/,
  /^(fail|failed|---)\s+\S+(\s+[([]?#.*)?$/,
  /^(test suites|tests|test files|suites|snapshots|ran)\b.*#/,
  /^(build|compilation) (failed|error)/,
  /^at .*[(:]/,
  /^file .*, line #/,
  /^(stderr|stdout|output|error output)[: -]*$/,
  /^elifecycle\b/,
  /deprecat/,
  /^\W*(warn|warning)\b/,
  /proposed edit has introduced/,
  /^(error:? )?(could not compile|aborting due to|process completed)/,
  /^\W*$/,
]

/** Only counts: "3 failed, 4 passed", "found # errors". They say how many, not what. */
const COUNT_ONLY =
  /^[^a-z#]*(found |total |there (are|were) |\[?error\]? )?#\s*(tests?|errors?|failures?|failed|failing|passed|passing|problems?|issues?|specs?|examples?|assertions?|warnings?|skipped|todo|pending|of|\/)/

/** One line as it is compared: lower case, with paths as their last name, numbers, hashes, times and quoting masked. */
export function normaliseLine(line: string): string {
  return line
    .slice(0, LONGEST_LINE)
    .replace(ANSI, '')
    .toLowerCase()
    .replace(LOCATED, '$1')
    .replace(HEX, '#')
    .replace(NUMBER, '#')
    .replace(MANY, '#')
    .replace(QUOTES, "'")
    .replace(BLANKS, ' ')
    .trim()
}

// oxlint-disable-next-line no-control-regex
const ANSI = /\u001B\[[0-9;]*m/g
const LOCATED = /(?:file:\/\/)?(?:[a-z]:)?(?:[\w.@~+-]*[/\\])+([\w.@+-]+)/g
const HEX = /\b0x[0-9a-f]+\b|\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b/g
const NUMBER = /\d+(?:[.,:]\d+)*(?:\s?(?:ms|µs|ns|s|sec|seconds|kb|mb|gb|%)\b)?/g
const MANY = /#(?:[-:/,. ]*#)+/g
const QUOTES = /["'`´‘’“”]+/g
const BLANKS = /\s+/g

/**
 * The error lines of an output, normalised, without those that every failure of a tool prints; at most eight, in their
 * order. Words of `argumentsOf` (the command that was run) are masked: asking for another package, file or name that is
 * refused in the same way is the same failure. Empty when nothing in it names a failure.
 */
export function errorSignatures(text: string, argumentsOf = ''): string[] {
  const found: string[] = []
  const words = argumentWords(argumentsOf)
  for (const line of window(withoutEcho(text)).split('\n')) {
    if (found.length >= MOST_SIGNATURES) break
    if (line.length < 4 || !ERROR_WORDS.test(line.length > LONGEST_LINE ? line.slice(0, LONGEST_LINE) : line))
      continue
    const normalised = masked(normaliseLine(line), words).replace(OWN_NAME, '')
    if (normalised.length < 6 || isWrapper(normalised) || found.includes(normalised)) continue
    found.push(normalised)
  }
  return found
}

/** The last line with words in it, normalised: what a failure is known by when nothing in it looks like an error. */
export function lastLine(text: string): string {
  const lines = window(text).trimEnd().split('\n')
  for (let at = lines.length - 1; at >= 0 && at >= lines.length - 5; at--) {
    const normalised = normaliseLine(lines[at] ?? '')
    if (/[a-z]{3}/.test(normalised) && !isWrapper(normalised)) return normalised
  }
  return ''
}

/** The first line that says something, normalised: what a tool that edits says, before it shows the agent's own text. */
export function firstLine(text: string): string {
  for (const line of text.slice(0, HEAD).split('\n', 12)) {
    const normalised = normaliseLine(line)
    if (/[a-z]{3}/.test(normalised) && !isWrapper(normalised)) return normalised
  }
  return ''
}

/** A short hash of an output without times and dates, so that two runs with the same outcome have the same one. */
export function outputKey(text: string): string {
  return fingerprint(window(text).replace(VOLATILE, '#'))
}

const VOLATILE =
  // oxlint-disable-next-line no-control-regex
  /\u001B\[[0-9;]*m|\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?z?|\d\d:\d\d:\d\d(?:[.,]\d+)?|\d+(?:\.\d+)?\s?(?:ms|µs|ns|s|sec|seconds)\b|\b0x[0-9a-fA-F]+\b|(?:seed|pid)\W{0,3}\d+/gi

/** Distinct words of three letters on, lower case; at most `most`. */
export function wordsOf(text: string, most = 80): Set<string> {
  const words = new Set<string>()
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}_][\p{L}\d_]{2,}/gu)) {
    words.add(word)
    if (words.size >= most) break
  }
  return words
}

/** Share of words that two sets have in common (Jaccard), 0 to 1. */
export function likeness(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  if (left.size === 0 || right.size === 0) return 0
  const [small, large] = left.size < right.size ? [left, right] : [right, left]
  let common = 0
  for (const word of small) if (large.has(word)) common++
  return common / (left.size + right.size - common)
}

function window(text: string): string {
  return text.length <= HEAD + TAIL ? text : `${text.slice(0, HEAD)}\n${text.slice(-TAIL)}`
}

/** What a tool shows of the agent's own text after its message is no error line. */
function withoutEcho(text: string): string {
  const at = text.indexOf('This is how your edit would have looked')
  return at > 0 ? text.slice(0, at) : text
}

/** The name of the program before its complaint: which one was tried is not what went wrong. */
const OWN_NAME =
  /^(?:\/\S*\/)?(?:mkdir|touch|install|cp|mv|ln|rm|tee|chmod|chown|bash|sh|zsh|sudo|cat|ls|python\d?|node)(?:: line #)?: /

function isWrapper(line: string): boolean {
  return COUNT_ONLY.test(line) || WRAPPERS.some((wrapper) => wrapper.test(line))
}

/** Words of a command that name what is asked for, not what is done: long, or with a mark that words have not. */
function argumentWords(command: string): string[] {
  if (command === '') return []
  const words = command
    .slice(0, 400)
    .toLowerCase()
    .split(/[\s"'`=;|&<>(),]+/)
  const named = words
    .slice(1)
    .filter((word) => word.length >= 3 && !word.startsWith('-') && !COMMON.has(word))
  return [...new Set(named.map((word) => normaliseLine(word.replace(/[@^~=].*$/, ''))))]
    .filter((word) => word.length >= 3)
    .slice(0, 12)
}

const COMMON = new Set(
  'install add run test tests build get exec check lint start update remove module error import from print the and not for with python python3 node npm pnpm yarn pip cargo make git'.split(
    ' ',
  ),
)

function masked(line: string, words: readonly string[]): string {
  let result = line
  for (const word of words) {
    if (result.includes(word)) result = result.replaceAll(word, '‹›')
  }
  return result
}
