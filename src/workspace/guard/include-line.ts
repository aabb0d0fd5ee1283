// The lines that have a repository's configuration include ours, as text: what they are put into comes back to the byte,
// comments, line ends and a missing last one included, which git's own `config --unset` does not give back. Pure.

/** What is included, relative to the configuration. */
export const LIST = 'quintet/guards/config'

const HEADER = '[includeIf "gitdir:**"]'
const OPEN = ' # the line above had no end'
const LINES =
  /^\[includeIf "gitdir:\*\*"\]\n\tpath = quintet\/guards\/config(?<open> # the line above had no end)?(?:\n|$)/m
/** Something that still belongs to the section which the text begins in. */
const GOES_ON = /^(?:[ \t]*(?:[#;][^\n]*)?\r?\n)*[ \t]*[A-Za-z]/

/** The configuration with our lines at its end. */
export function withInclude(text: string): string {
  const open = text !== '' && !text.endsWith('\n')
  return `${text}${open ? '\n' : ''}${HEADER}\n\tpath = ${LIST}${open ? OPEN : ''}\n`
}

/** The configuration without our lines. What was written into their section since stays, under its header. */
export function withoutInclude(text: string): string {
  const found = LINES.exec(text)
  if (found === null) return text
  const before = text.slice(0, found.index)
  const after = text.slice(found.index + found[0].length)
  if (GOES_ON.test(after)) return withoutInclude(`${before}${HEADER}\n${after}`)
  const ours = found.groups?.['open'] !== undefined && after === ''
  return withoutInclude(`${ours ? before.replace(/\n$/, '') : before}${after}`)
}
