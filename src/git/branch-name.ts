// Names of branches that somebody else has made: which git allows, and where one is. Pure.

/** A branch, by its whole reference: of a remote, or (`remote` null) of this repository. */
export interface BranchPlace {
  readonly remote: string | null
  /** `refs/heads/…`, as it is called there. */
  readonly ref: string
}

/** How a branch was found. `unreachable`: nobody can tell. */
export type BranchReading =
  | { readonly kind: 'at'; readonly commit: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreachable'; readonly why: string }

const LOCAL = 'refs/heads/'
const REMOTE = 'refs/remotes/'
/** What git forbids anywhere in a name; control characters among it. */
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.$|\.lock$|\/$/

/** Whether git takes this for the name of a branch, without `refs/heads/`. */
export function isBranchName(name: string): boolean {
  if (name === '' || name === '@' || name === 'HEAD' || name.length > 240) return false
  if (FORBIDDEN.test(name)) return false
  return name.split('/').every((part) => part !== '' && !/^[.-]|\.lock$|\.$/.test(part))
}

/** Where the branch of this name is: with a remote's name before it, there; otherwise here. The longest name of a remote
 *  counts. `refs/heads/` in front always means here. */
export function branchPlace(name: string, remotes: readonly string[]): BranchPlace {
  if (name.startsWith(LOCAL)) return { remote: null, ref: name }
  const short = name.startsWith(REMOTE) ? name.slice(REMOTE.length) : name
  const remote = remotes
    .filter((one) => short.startsWith(`${one}/`))
    .toSorted((a, b) => b.length - a.length)
    .at(0)
  if (remote === undefined) return { remote: null, ref: `${LOCAL}${short}` }
  return { remote, ref: `${LOCAL}${short.slice(remote.length + 1)}` }
}

/** The name of the branch without `refs/heads/`. */
export const shortBranch = ({ ref }: BranchPlace): string => ref.slice(LOCAL.length)
