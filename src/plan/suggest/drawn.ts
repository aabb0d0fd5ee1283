// Lines that anybody would draw: the folders that a goal names, or the folders of a small repository, a piece each. They are tried
// where there are as many as pieces are wanted. Pure.
import type { Wanted } from './coupling.ts'
import { folderOf, holds, type Division, type Given, type Place } from './division.ts'
import type { Target } from './goal.ts'
import type { Ground } from './ground.ts'

/** Files of a repository whose folders are read at a glance. */
const SMALL = 60
/** Folders of a goal that are a piece each. */
const MOST_NAMED = 5

/** The division along such lines; null where there are none, or not as many. */
export function byDrawnLines(
  ground: Ground,
  target: Target,
  { parts }: Pick<Wanted, 'parts'>,
): Division | null {
  const places = target.whole ? topFolders(ground) : namedPlaces(target)
  if (parts < 2 || places.length !== parts) return null
  const given = places.map((place, piece) => ({ place, piece }))
  const others = ground.roots.flatMap(({ place, files }): readonly Given[] => {
    const left = files.filter((file) => !places.some((one) => holds(one, ground.paths[file] ?? '')))
    return left.length === 0 ? [] : [{ place, piece: nearestTo(ground, places, new Set(left)) }]
  })
  return { pieces: parts, given: [...others, ...given] }
}

/** How many pieces a goal asks for by naming so many folders, where all that it is about is small; null where it does not. */
export function namedFolders({ files }: Ground, target: Target): number | null {
  if (target.whole || files.length > SMALL) return null
  const { length } = namedPlaces(target)
  return length >= 2 && length <= MOST_NAMED ? length : null
}

/** What a goal names, unless one lies in another. */
function namedPlaces({ namings }: Target): readonly Place[] {
  const places = namings.map(({ by, where }): Place | null => {
    const [path = ''] = where
    if (where.length !== 1 || by === 'pattern' || by === 'kind' || by === 'new') return null
    return path.endsWith('/') ? { kind: 'folder', path: path.slice(0, -1) } : { kind: 'file', path }
  })
  const found = places.filter((place) => place !== null)
  const isNested = found.some((one) =>
    found.some((other) => other !== one && (other.path === one.path || holds(one, other.path))),
  )
  return isNested || found.length < places.length || found.some(({ kind }) => kind === 'file') ? [] : found
}

function topFolders({ files, paths }: Ground): readonly Place[] {
  if (files.length > SMALL) return []
  const tops = files.flatMap((file) => {
    const path = paths[file] ?? ''
    return folderOf(path) === '' ? [] : [path.slice(0, path.indexOf('/'))]
  })
  return [...new Set(tops)].map((path) => ({ kind: 'folder', path }))
}

/** The piece that these files are tied to most; the first where nothing ties them. */
function nearestTo(
  { paths, together, imports, covers }: Ground,
  places: readonly Place[],
  files: ReadonlySet<number>,
): number {
  const pulls = places.map(() => 0)
  const pull = (file: number, weight: number): void => {
    const piece = places.findIndex((place) => holds(place, paths[file] ?? ''))
    if (piece !== -1) pulls[piece] = (pulls[piece] ?? 0) + weight
  }
  for (const { a, b, weight } of [...covers, ...together, ...imports]) {
    if (files.has(a)) pull(b, weight)
    if (files.has(b)) pull(a, weight)
  }
  return pulls.indexOf(Math.max(...pulls))
}
