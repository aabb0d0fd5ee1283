// Lines of a stream whose length nobody vouches for: no more than one line of bounded length is held at a time.

export type Line =
  /** `whole` is false for a last line without its end: the writer may have been killed in it. */
  | { readonly kind: 'line'; readonly number: number; readonly text: string; readonly whole: boolean }
  /** It was longer than allowed and is left out. */
  | { readonly kind: 'long'; readonly number: number }

/** Splits bytes into lines of at most `maxChars` characters; bytes that are no UTF-8 become replacement characters. */
export async function* boundedLines(
  source: AsyncIterable<Uint8Array>,
  maxChars: number,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder()
  let number = 0
  let held: string[] = []
  let chars = 0
  const take = (part: string): void => {
    chars += part.length
    if (chars > maxChars) held = []
    else if (part !== '') held.push(part)
  }
  const finish = (whole: boolean): Line => {
    number += 1
    const text = held.join('')
    const line: Line = chars > maxChars ? { kind: 'long', number } : { kind: 'line', number, text, whole }
    held = []
    chars = 0
    return line
  }
  for await (const bytes of source) {
    const text = decoder.decode(bytes, { stream: true })
    let from = 0
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
      take(text.slice(from, at))
      yield finish(true)
      from = at + 1
    }
    take(text.slice(from))
  }
  take(decoder.decode())
  if (chars > 0) yield finish(false)
}
