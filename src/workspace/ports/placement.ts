// Listeners against leases: whose server is on whose port. Pure.
import type { PortBlock } from '../../contract/session.ts'

export interface Listener {
  readonly port: number
  readonly pid: number
  /** Its working directory; null when that cannot be seen. */
  readonly folder: string | null
}

/** A listener on a session's port that does not work in the session's worktree. */
export interface Misplaced extends Listener {
  /** Whose port it is: `<run>/<piece>`. */
  readonly session: string
  /** The session whose worktree it works in; null when it is none's. */
  readonly by: string | null
}

interface Leased {
  readonly session: string
  readonly worktree: string
  readonly ports: PortBlock
}

/** Listeners that are on the port of somebody else. One whose folder cannot be seen is given the benefit of the doubt. */
export function misplaced(leases: readonly Leased[], listeners: readonly Listener[]): readonly Misplaced[] {
  return listeners.flatMap((listener) => {
    const { port, folder } = listener
    const lease = leases.find(({ ports: { first, count } }) => port >= first && port < first + count)
    if (lease === undefined || folder === null || isInside(folder, lease.worktree)) return []
    const by = leases.find(({ worktree }) => isInside(folder, worktree))?.session ?? null
    return [{ ...listener, session: lease.session, by }]
  })
}

const isInside = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

/** Parses /proc/net/tcp or tcp6: ports that are listened on, with the inode of the socket. */
export function parseProcListeners(text: string): { readonly port: number; readonly inode: string }[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/)
    const [, local = '', , state] = fields
    const inode = fields[9]
    const port = Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16)
    return state === '0A' && inode !== undefined && !Number.isNaN(port) ? [{ port, inode }] : []
  })
}

/** Parses `lsof -F pn`: a line `p<pid>`, then a line `n<address>:<port>` for every socket. */
export function parseLsofListeners(text: string): { readonly port: number; readonly pid: number }[] {
  const found: { port: number; pid: number }[] = []
  let pid = 0
  for (const line of text.split('\n')) {
    const port = Number(line.slice(line.lastIndexOf(':') + 1))
    if (line.startsWith('p')) pid = Number(line.slice(1))
    else if (line.startsWith('n') && Number.isInteger(port)) found.push({ port, pid })
  }
  return found
}
