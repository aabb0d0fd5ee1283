// One conflicting file, and what a strategy may answer about it. Pure.

export interface Sides {
  readonly path: string
  /** Null: both sides have added the file. */
  readonly base: string | null
  readonly ours: string
  readonly theirs: string
  /** The file with git's conflict markers. */
  readonly marked: string
}

const MARKER = /^(?:<{7}|={7}|>{7}|\|{7})(?: |$)/m

/** Whether a text still has conflict markers that were not in the file before. */
export function hasMarkers(text: string, { ours, theirs }: Pick<Sides, 'ours' | 'theirs'>): boolean {
  return MARKER.test(text) && !MARKER.test(ours) && !MARKER.test(theirs)
}

/** Whether a text has every line that was not in conflict, in order. What both sides agree on is not a resolution's to drop:
 *  a tool that answers with a word in place of a file has resolved nothing. */
export function keepsAgreed(text: string, { marked }: Pick<Sides, 'marked'>): boolean {
  const lines = text.split('\n')
  let at = 0
  return agreedLines(marked).every((line) => {
    const found = lines.indexOf(line, at)
    at = found + 1
    return found !== -1
  })
}

function agreedLines(marked: string): readonly string[] {
  let inside = false
  return marked.split('\n').filter((line) => {
    if (/^<{7} /.test(line)) inside = true
    const agreed = !inside
    if (/^>{7} /.test(line)) inside = false
    return agreed && line.trim() !== ''
  })
}
