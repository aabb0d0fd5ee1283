// Paths inside of a dependency folder, judged before it is copied. Pure.

/**
 * True when a link at `path` (relative to the worktree) still means the same place of the worktree after a copy: it is
 * relative and does not leave it. An absolute link would go on pointing into the tree it was copied from.
 */
export function linkStaysInside(path: string, target: string): boolean {
  if (target.startsWith('/')) return false
  const depth = path.split('/').length - 1
  let level = depth
  for (const segment of target.split('/')) {
    if (segment === '' || segment === '.') continue
    level += segment === '..' ? -1 : 1
    if (level < 0) return false
  }
  return true
}

/** Bytes of a file (one character each) in which every path to `from` or below it leads to `to`: `/a/b-2` and `/x/a/b` do
 *  not. */
export function rebased(bytes: string, from: string, to: string): string {
  const [old, fresh] = [from, to].map((path) => Buffer.from(path).toString('latin1'))
  if (old === undefined || fresh === undefined) return bytes
  let result = ''
  let start = 0
  for (let at = bytes.indexOf(old); at !== -1; at = bytes.indexOf(old, at + old.length)) {
    const whole = !OF_A_NAME.test(bytes[at - 1] ?? '') && !OF_A_NAME.test(bytes[at + old.length] ?? '')
    result += bytes.slice(start, at) + (whole ? fresh : old)
    start = at + old.length
  }
  return result + bytes.slice(start)
}

const OF_A_NAME = /[\w.+@~-]/
const MODULES = /(?:^|[\s:="'])(\/[^\s:"'$]*\/node_modules)\b/g

/** The first folder of packages outside of `from` that a start script names; null when there is none. */
export function foreignModules(script: string, from: string): string | null {
  for (const [, folder = ''] of script.matchAll(MODULES)) if (!folder.startsWith(`${from}/`)) return folder
  return null
}
