// What is said of where a package of the repository was found, seen from what uses it. Pure.
import { QuintetError, type Hint } from '../../contract/errors.ts'

/** One way in which code of the repository is reached. */
export interface Sighting {
  /** What is reached: a package, a folder of results, the program of a virtual environment. */
  readonly what: string
  /** From where: a folder relative to the worktree, '' for its top. */
  readonly from: string
  /** Where it really is, resolved. */
  readonly found: string
  /** The folders of the worktree that it may be; empty where any folder of it will do. */
  readonly own: readonly string[]
  /** The mark that was put into its folder in the worktree was seen there. */
  readonly marked: boolean
  /** The program that found it. */
  readonly by?: string
}

export interface Leak {
  readonly what: string
  readonly from: string
  readonly found: string
}

/** The sightings that are not of the worktree itself, each once. */
export function leaks(worktree: string, sightings: readonly Sighting[]): Leak[] {
  const found = sightings.filter((sighting) => !isOwn(worktree, sighting))
  const seen = new Map(found.map((leak) => [`${leak.what}\0${leak.found}`, leak]))
  return [...seen.values()].map(({ what, from, found: place }) => ({ what, from, found: place }))
}

/** A copy that a package manager has made in a folder of its own within the worktree carries no mark, and is no leak. */
function isOwn(worktree: string, { found, own, marked }: Sighting): boolean {
  if (found !== worktree && !found.startsWith(`${worktree}/`)) return false
  return marked || !own.includes(found)
}

const NAMED = 3

/** The failure that names what leads where. */
export function notIsolated(worktree: string, found: readonly Leak[], hint: Hint): QuintetError {
  const named = found
    .slice(0, NAMED)
    .map(({ what, from, found: place }) => `${what} (from ${from || 'the top'}) is ${place}`)
  const more = found.length > NAMED ? `, and ${found.length - NAMED} more` : ''
  return new QuintetError(
    'E_NOT_ISOLATED',
    'environment',
    `The worktree ${worktree} would run code that is not its own: ${named.join('; ')}${more}.`,
    { hints: [hint], details: { leaks: found.slice(0, 50) } },
  )
}
