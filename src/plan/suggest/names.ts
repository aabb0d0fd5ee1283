// Names of pieces: an id and a few words that say where a piece works. Pure.
import { depthOf, folderOf, holds, isBelow, nameOf, Owners, type Division, type Place } from './division.ts'
import type { FileFact } from '../facts/facts.ts'
import type { Ground } from './ground.ts'
import { isManifestPath } from './manifests.ts'

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
/** Folders that say nothing of the one folder in them. */
const WRAPPERS: ReadonlySet<string> = new Set(['src', 'lib', 'packages', 'pkg', 'internal', 'java', 'kotlin'])
/** Files that stand for their folder. */
const INDEX = /^(?:index|mod|main|__init__|__main__)$/
const RESERVED: ReadonlySet<string> = new Set(['integration', 'operator'])
const REST = 'rest'
const LONGEST = 40
const NAMED = 2

/** What is no code says less of what a piece is about. */
const NO_CODE = 0.3
/** Of the work of a piece: a place with more is a name for all of it. */
const MOST_OF_IT = 0.6

/** A place of a piece with its share of what the piece is about. */
interface Weighed {
  readonly place: Place
  readonly share: number
  /** The folder that all of its files are in. */
  readonly common: string
}

/** A name for every piece, each id once. */
export function pieceNames(ground: Ground, division: Division): readonly PieceName[] {
  const taken = new Set<string>(RESERVED)
  return heaviestPlaces(ground, division).map((places, piece) => {
    const id = idOf(places, taken, piece)
    taken.add(id)
    const telling = places.filter(({ place }) => place.kind !== 'file' || !isManifestPath(place.path))
    return { id, where: whereOf((telling.length === 0 ? places : telling).map(({ place }) => place)) }
  })
}

/** How much a file says of what a piece is about; what every piece has says nothing. */
function aboutOf(fact: FileFact | undefined): number {
  if (fact === undefined || fact.kind === 'lock' || isManifestPath(fact.path)) return 1e-6
  return fact.kind === 'code' ? 1 : NO_CODE
}

/** Places of each piece, the one with the most work first. */
function heaviestPlaces(ground: Ground, division: Division): readonly (readonly Weighed[])[] {
  const owners = new Owners(division)
  const mine = Array.from({ length: division.pieces }, (_, piece) =>
    division.given.filter((given) => given.piece === piece).map(({ place }) => place),
  )
  const weights = new Map<Place, { weight: number; common: string }>()
  for (const file of ground.files) {
    const path = ground.paths[file] ?? ''
    const piece = owners.ownerOf(path)
    const place = piece === null ? null : innermostOf(mine[piece] ?? [], path)
    if (place === null) continue
    const known = weights.get(place) ?? { weight: 0, common: folderOf(path) }
    known.weight += ((ground.weights[file] ?? 0) + 1e-9) * aboutOf(ground.facts.files[file])
    known.common = commonOf(known.common, folderOf(path))
    weights.set(place, known)
  }
  return mine.map((places) => {
    const all = places.reduce((sum, place) => sum + (weights.get(place)?.weight ?? 0), 0)
    return places
      .map((place) => {
        const { weight, common } = weights.get(place) ?? { weight: 0, common: place.path }
        return { place, share: all === 0 ? 0 : weight / all, common }
      })
      .toSorted((a, b) => b.share - a.share)
  })
}

function commonOf(a: string, b: string): string {
  let folder = a
  while (folder !== '' && folder !== b && !isBelow(b, folder)) folder = folderOf(folder)
  return folder
}

function innermostOf(places: readonly Place[], path: string): Place | null {
  let found: Place | null = null
  for (const place of places) {
    if (!holds(place, path)) continue
    if (found === null || place.kind === 'file' || depthOf(place) >= depthOf(found)) found = place
  }
  return found
}

function idOf(places: readonly Weighed[], taken: ReadonlySet<string>, piece: number): string {
  if (isRest(places) && !taken.has(REST)) return REST
  for (const one of places) {
    const { place, share } = one
    const own = ownName(one)
    const isSome = place.kind === 'range' || place.kind === 'marked'
    const around = isSome ? place.path : folderOf(place.path)
    const outer = nameOf(around)
    // One of several from there, and not most of it: what is around it says more.
    const some = places.filter((other) => other !== one && folderOf(other.place.path) === around)
    const isPart = share < MOST_OF_IT && some.length > 0 && !VAGUE.has(outer)
    const vague = VAGUE.has(own) || isSome || isPart
    const within = outer === '' || outer === own ? lastNameOf(place) : `${outer}-${own}`
    for (const words of vague && outer !== own ? [within, own] : [own, within]) {
      const id = slug(words)
      if (id !== '' && !taken.has(id)) return id
    }
  }
  return `piece-${piece + 1}`
}

/** Whether a piece has what no other has, and no other place that it is mostly about. */
function isRest(places: readonly Weighed[]): boolean {
  const isAll = ({ place }: Weighed): boolean => place.kind === 'folder' && place.path === ''
  return places.some(isAll) && !places.some((one) => !isAll(one) && one.share >= MOST_OF_IT)
}

function ownName({ place, common }: Weighed): string {
  if (place.kind === 'range') return `${place.start}${span(place.next, '-')}`
  if (place.kind === 'marked') return place.start
  if (place.path === '') return REST
  const file = nameOf(place.path).replace(/(?<=.)\.[^/]*$/, '')
  const name = INDEX.test(file) && place.path.includes('/') ? nameOf(folderOf(place.path)) : file
  // `src/flask/` and nothing else in `src/`.
  const inner = place.kind === 'folder' && WRAPPERS.has(name) ? nameOf(common) : name
  return VAGUE.has(inner) ? name : inner
}

/** `flask-init` of `flask/__init__.py`. */
function lastNameOf({ path }: Place): string {
  return path
    .split('/')
    .slice(-2)
    .join('-')
    .replace(/\.[^.]*$/, '')
}

/** The first and the last of characters. */
function span(next: string, between: string): string {
  const [first, last] = [next.charAt(0), next.slice(-1).toLowerCase()]
  return first.toLowerCase() === last ? first : `${first}${between}${last}`
}

/** Letters with their marks taken off, so that `Übung` is `ubung`; what is left of other scripts is nothing. */
function slug(words: string): string {
  return words
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
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

/** The last folder, with the one around it where it says nothing by itself; a file with its folder. */
function shortName(place: Place): string {
  const { path } = place
  if (place.kind === 'file') return path.split('/').slice(-2).join('/')
  if (place.kind !== 'folder' || path === '') return placeName(place)
  const name = nameOf(path)
  return VAGUE.has(name) && path.includes('/') ? `${nameOf(folderOf(path))}/${name}` : name
}

/** A place as a reader knows it. */
function placeName(place: Place): string {
  if (place.kind === 'range') {
    const start = `${place.path === '' ? '' : `${nameOf(place.path)}/`}${place.start}`
    return `${start}${span(place.next, '… to ')}…`
  }
  if (place.kind === 'marked') return `${place.path}/${place.start}*`
  if (place.kind === 'names') return `*${place.suffix}${place.path === '' ? '' : ` in ${place.path}`}`
  return place.path === '' ? 'the rest of the repository' : place.path
}
