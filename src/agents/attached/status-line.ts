// What Claude tells its status line. The percentage is null before the first answer and 0 after a compaction until the next
// one; the window's size always holds. Pure.
import * as v from 'valibot'
import { tokenCount } from '../../contract/figures.ts'
import { quoted } from '../../contract/shell.ts'

const Told = v.object({
  session_id: v.pipe(v.string(), v.regex(/^[\w-]{1,100}$/)),
  context_window: v.optional(
    v.object({
      context_window_size: v.optional(v.unknown()),
      used_percentage: v.optional(v.nullable(v.number())),
    }),
    {},
  ),
})

export interface StatusLine {
  readonly conversation: string
  /** Tokens of the context window. */
  readonly window: number | null
  readonly percent: number | null
}

/** Parses what the status line is given; null when it is nothing of the kind. */
export function parseStatusLine(text: string): StatusLine | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Told), text)
  if (!parsed.success) return null
  const { session_id, context_window } = parsed.output
  return {
    conversation: session_id,
    window: tokenCount(context_window.context_window_size),
    percent: context_window.used_percentage ?? null,
  }
}

/** The command of the status line; `theirs`: the one that was there, which is given the same and whose words are shown. */
export function statusLineCommand(program: readonly string[], folder: string, theirs: string | null): string {
  const own = [...program, folder].map(quoted).join(' ')
  return theirs === null ? own : `${own} pass | { ${theirs}\n}`
}
