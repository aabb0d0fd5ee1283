// What agents put around the output of a command before the model sees it: exit codes, folders, headings. The frame is
// taken off, so that rules see what the command said; the exit code in it is kept. Pure.

export interface Unframed {
  /** What the command itself said. */
  readonly text: string
  /** The exit code that the frame tells; null when there is none. */
  readonly exit: number | null
}

/** `<returncode>1</returncode>`, then `<output>…</output>`. */
const TAGGED = /^\s*<returncode>(-?\d+)<\/returncode>\s*(?:<output>\n?)?/
const TAGGED_END = /\n?<\/output>\s*$/
/** `Exit code: 1`, `Wall time: 0.2 seconds`, `Output:`. */
const HEADED =
  /^(?:Chunk ID: .*\n)?(?:Wall time: .*\n)?(?:Exit code: (-?\d+)|Process exited with code (-?\d+)|Process running with session ID \d+)\n(?:Wall time: .*\n)?(?:Original token count: .*\n)?(?:Total output lines: .*\n)?Output:\n?/
/** `Command: …`, `Output: …`, `Error: …`, `Exit Code: 1` and more, a line each. */
const FORM = /^(?:Command: [\s\S]{0,4000}?\n)?(?:Directory: .*\n)?(?:Output|Stdout): /
const FORM_END =
  /\n(?:(?:Error|Stderr): (?:\((?:none|empty)\)|([\s\S]*?))\n)?Exit Code: (?:\((?:none)\)|(-?\d+))(?:\n(?:Signal|Error|Background PIDs|Process Group PGID|PIDs): .*)*\s*$/
/** `[The command completed with exit code 1.]` and what follows it. */
const FOOT =
  /\n?\[(?:The command completed with exit code (-?\d+)\.?|Command finished with exit code (-?\d+))\](?:.*\n?\[[^\n]*\])*\s*$/
const FOOT_LINES = /(?:\n\[(?:Current working directory|Python interpreter|Jupyter [^\n:]*): [^\n]*\])+\s*$/

/** An output without its frame; itself when it has none that is known. */
export function unframed(text: string): Unframed {
  const start = text.charCodeAt(0)
  if (text === '' || (start !== 60 && !/Exit code|exit code|Exit Code|Process |Output: /.test(text)))
    return { text, exit: null }
  return tagged(text) ?? headed(text) ?? form(text) ?? footed(text) ?? { text, exit: null }
}

function tagged(text: string): Unframed | null {
  const match = TAGGED.exec(text)
  if (match === null) return null
  return { text: text.slice(match[0].length).replace(TAGGED_END, ''), exit: Number(match[1]) }
}

function headed(text: string): Unframed | null {
  const match = HEADED.exec(text.slice(0, 600))
  if (match === null) return null
  const code = match[1] ?? match[2]
  return { text: text.slice(match[0].length), exit: code === undefined ? null : Number(code) }
}

function form(text: string): Unframed | null {
  if (!/^(Command|Output|Stdout): /.test(text)) return null
  const begin = FORM.exec(text)
  const end = FORM_END.exec(text)
  if (begin === null || end === null) return null
  const said = text.slice(begin[0].length, end.index).replace(/^\(empty\)$/, '')
  const errors = end[1] ?? ''
  const code = end[2]
  return {
    text: errors === '' ? said : `${said}\n${errors}`,
    exit: code === undefined ? null : Number(code),
  }
}

function footed(text: string): Unframed | null {
  const from = Math.max(0, text.length - 1500)
  const tail = text.slice(from)
  const match = FOOT.exec(tail)
  if (match === null) return null
  const said = text.slice(0, from + match.index).replace(FOOT_LINES, '')
  return { text: said, exit: Number(match[1] ?? match[2]) }
}
