// How a tool of Codex came out, from the text in which it tells it: what differs from call to call though the output is
// the same (times, ids of pieces) is left out. Pure.
import type { ResultFacts } from '../build.ts'
import { fieldsOf, textField } from '../build.ts'
import { parsedJson } from '../format.ts'
import { contentText, numberField } from './importer.ts'

const PREAMBLE =
  /^(?:(?:Chunk ID|Wall time|Exit code|Original token count|Process [a-z ]+)\b[^\n]*\n|Total output lines[^\n]*\n)+(?:Output:\n?|\n)?/
const EXIT = /^(?:Process exited with code|Exit code:) (-?\d{1,5})/m
const RUNNING = /^Process running with session ID/m
const REFUSED =
  /^(?:Command blocked\b|exec_command failed\b|apply_patch verification failed\b|aborted by user|rejected by user|failed to parse\b|failed in sandbox\b|error:|unsupported call\b)/i

/** The output of a call of a tool. */
export function parseCodexOutput(output: unknown): Pick<ResultFacts, 'ok' | 'exit' | 'text' | 'timeout'> {
  if (typeof output !== 'string') {
    const fields = fieldsOf(output)
    const text = Array.isArray(output) ? contentText(output) : contentText(fields['content'])
    const success = fields['success']
    const parsed = parseText(text)
    return typeof success === 'boolean' ? { ...parsed, ok: success } : parsed
  }
  const told = /^\s*\{"output"/.test(output) ? fieldsOf(parsedJson(output)) : {}
  const exit = numberField(fieldsOf(told['metadata']), 'exit_code')
  if (exit === undefined) return parseText(output)
  return { ok: exit === 0, exit, text: textField(told, 'output') ?? '', ...timedOut(exit) }
}

function parseText(output: string): Pick<ResultFacts, 'ok' | 'exit' | 'text' | 'timeout'> {
  const preamble = PREAMBLE.exec(output)?.[0] ?? ''
  const text = output.slice(preamble.length)
  const code = EXIT.exec(preamble)?.[1]
  if (code !== undefined) {
    const exit = Number(code)
    return { ok: exit === 0, exit, text, ...timedOut(exit) }
  }
  if (RUNNING.test(preamble)) return { ok: true, exit: null, text }
  return { ok: REFUSED.test(text) ? false : null, text }
}

/** The exit code of a command that was ended for taking too long. */
function timedOut(exit: number): { readonly timeout?: true } {
  return exit === 124 ? { timeout: true } : {}
}
