// Comments in the text of a plan. Pure.

const WIDTH = 110

/** Comment lines, broken at words. */
export function comment(text: string): readonly string[] {
  const lines: string[] = []
  let line = '#'
  for (const word of text.replaceAll(/\p{Cc}+/gu, ' ').split(' ')) {
    if (line.length > 1 && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = '#'
    }
    line += ` ${word}`
  }
  return [...lines, line]
}
