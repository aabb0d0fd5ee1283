// Scope requests in a status report: items under "Blocked On" of the form `scope: <path> — <reason>`. Agents write them,
// so reading is lenient about quotes, dashes and the number of paths, and strict about the word at the beginning. Pure.

/** A request as a report makes it. */
export interface ReportedRequest {
  readonly paths: readonly string[]
  readonly reason: string
}

const BEGINNING = /^\W*scope(?:[ _-]?request)?\W*?:\s*/i
const DASH = /\s+(?:--+|[-–—―])\s+|\s*[–—―]\s*/u
const WORDED = /\s+(?:because|since|to|so that|reason:)\s+/i
const MAX_ITEMS = 20

/** The requests among the items of a report; an item that names no path is none. */
export function reportedRequests(blockedOn: readonly string[]): readonly ReportedRequest[] {
  return blockedOn.slice(0, MAX_ITEMS).flatMap((item) => {
    const beginning = BEGINNING.exec(item)
    if (beginning === null) return []
    const request = parseRequest(item.slice(beginning[0].length))
    return request.paths.length === 0 ? [] : [request]
  })
}

function parseRequest(text: string): ReportedRequest {
  const split = DASH.exec(text) ?? WORDED.exec(text)
  const head = split === null ? text : text.slice(0, split.index)
  const reason = split === null ? '' : text.slice(split.index + split[0].length)
  const { paths, rest } = head.includes('`') ? quotedPaths(head) : barePaths(head)
  return { paths: [...new Set(paths)], reason: reason.trim() === '' ? tidy(rest) : tidy(reason) }
}

interface Head {
  readonly paths: readonly string[]
  readonly rest: string
}

function quotedPaths(head: string): Head {
  const paths = [...head.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path.trim())
  return { paths: paths.filter((path) => path !== ''), rest: head.slice(head.lastIndexOf('`') + 1) }
}

/** The words up to the first that can be no path. */
function barePaths(head: string): Head {
  const words = head.split(/[\s,]+/).filter((word) => word !== '')
  const end = words.findIndex((word, index) => word !== 'and' && !(index === 0 || /[/.]/.test(plain(word))))
  const taken = end === -1 ? words : words.slice(0, end)
  const paths = taken.filter((word) => word !== 'and').map(plain)
  return { paths: paths.filter((path) => path !== ''), rest: end === -1 ? '' : words.slice(end).join(' ') }
}

function plain(path: string): string {
  return path.replace(/^[*_"'(<]+/, '').replace(/[*_"')>:;,]+$/, '')
}

function tidy(reason: string): string {
  return reason
    .replace(/^[\s:(]+/, '')
    .replace(/\)\s*$/, '')
    .trim()
}
