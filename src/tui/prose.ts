// Sentences on a terminal: wrapped, so that a narrow one takes none of their figures away. Pure.
import { toned, type Tone } from './style.ts'
import { displayWidth, oneLine, wrap } from './text.ts'

export interface ProseSize {
  readonly width: number
  readonly colour: boolean
}

/** `text` in lines of at most `width` columns: the first after `lead`, the others two columns further in. A longer word
 *  stays whole. */
export function prose(
  text: string,
  { width, colour }: ProseSize,
  { lead = '', tone = 'plain' }: { readonly lead?: string; readonly tone?: Tone } = {},
): string[] {
  const whole = oneLine(text)
  return hanging(lead, whole, width).map((line) => toned(line, tone, colour))
}

function hanging(lead: string, text: string, width: number): string[] {
  const used = displayWidth(lead)
  if (used + displayWidth(text) <= width) return [lead + text]
  const below = ' '.repeat(used + 2)
  // What stands first has two columns more than the rest, and leaves them free.
  return wrap(text, width - below.length).map((line, index) => (index === 0 ? lead : below) + line)
}
