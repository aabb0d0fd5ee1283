// Names of pieces: an id and a few words that say where a piece works. Pure.
import { folderOf, holdsName, isBelow, nameOf, Owners, type Division, type Place } from './division.ts'
import type { Ground } from './ground.ts'

export interface PieceName {
  readonly id: string
  /** Its heaviest places, for a title. */
  readonly where: string
}

/** Names that say nothing without the folder around them. */
const VAGUE: ReadonlySet<string> = new Set(
  'src lib test tests testing docs doc packages pkg cmd internal main java kotlin app core common shared index __tests__ components utils'.split(
    ' ',
  ),
)
const RESERVED: ReadonlySet<string> = new Set(['integration', 'operator'])
const LONGEST = 40
const NAMED = 2

/** A name for every piece, each id once. */
export function pieceNames(ground: Ground, division: Division): readonly PieceName[] {
  const taken = new Set<string>(RESERVED)
  return Array.from({ length: division.pieces }, (_, piece) => {
    const places = heaviestPlaces(ground, division, piece)
    const id = idOf(places, taken, piece)
    taken.add(id)
    return { id, where: whereOf(places) }
  })
}

/** Places of a piece, the one with the most work first. */
function heaviestPlaces(ground: Ground, division: Division, piece: number): readonly Place[] {
  const owners = new Owners(division)
  const weights = new Map<Place, number>()
  const mine = division.given.filter((given) => given.piece === piece).map(({ place }) => place)
  for (const file of ground.files) {
    const path = ground.paths[file] ?? ''
    if (owners.ownerOf(path) !== piece) continue
    const place = innermostOf(mine, path)
    if (place !== null) weights.set(place, (weights.get(place) ?? 0) + (ground.weights[file] ?? 0) + 1e-9)
  }
  return mine.toSorted((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0))
}

function innermostOf(places: readonly Place[], path: string): Place | null {
  let found: Place | null = null
  for (const place of places) {
    const holds =
      place.kind === 'file'
        ? place.path === path
        : place.kind === 'folder'
          ? isBelow(path, place.path)
          : holdsName(place, path)
    if (holds && (found === null || place.kind === 'file' || place.path.length >= found.path.length))
      found = place
  }
  return found
}

function idOf(places: readonly Place[], taken: ReadonlySet<string>, piece: number): string {
  for (const place of places) {
    const own = place.path === '' ? 'rest' : nameOf(place.path).replace(/(?<=.)\.[^/]*$/, '')
    const outer = nameOf(folderOf(place.path))
    const vague = VAGUE.has(own)
    for (const words of vague && outer !== ''
      ? [`${outer}-${own}`, own]
      : [own, outer === '' ? own : `${outer}-${own}`]) {
      const id = slug(words)
      if (id !== '' && !taken.has(id)) return id
    }
  }
  return `piece-${piece + 1}`
}

function slug(words: string): string {
  return words
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-0-9]+|-+$/g, '')
    .slice(0, LONGEST)
    .replaceAll(/-+$/g, '')
}

function whereOf(places: readonly Place[]): string {
  const names = places.slice(0, NAMED).map(shortName)
  const more = places.length - names.length
  const all = more > 0 ? [...names, `${more} more`] : names
  return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} and ${all.at(-1) ?? ''}`
}

/** The last folder, with the one around it where it says nothing by itself. */
function shortName(place: Place): string {
  const { path } = place
  if (place.kind !== 'folder' || path === '') return placeName(place)
  const name = nameOf(path)
  return VAGUE.has(name) && path.includes('/') ? `${nameOf(folderOf(path))}/${name}` : name
}

/** A place as a reader knows it. */
function placeName(place: Place): string {
  if (place.kind === 'marked') return `${place.path}/${place.start}*`
  if (place.kind === 'names') return `*${place.suffix}${place.path === '' ? '' : ` in ${place.path}`}`
  return place.path === '' ? 'the rest of the repository' : place.path
}
