// The file that a command about a recorded session is given, and the size of its window where the file does not tell it.
import { resolve } from 'node:path'
import type { Invocation } from './command.ts'
import { usageError } from './failure.ts'

/** The path of the file, absolute. */
export function traceArgument({ cwd, arguments: [file = ''] }: Invocation): string {
  return resolve(cwd, file)
}

/** `--window`, in tokens; null when it is not given. */
export function windowOption({ options }: Invocation): number | null {
  const text = options.text('window')
  if (text === undefined) return null
  const tokens = Number(text.replaceAll(/[,_]/g, ''))
  if (Number.isInteger(tokens) && tokens > 0) return tokens
  throw usageError(`The window ${text} is not a number of tokens.`, [
    { text: 'For example:', command: 'quintet health diagnose session.jsonl --window 200000' },
  ])
}
