// Places of a division as scope patterns: few, short, disjoint, and good for files that are not there yet. Pure.
import { literalPattern } from '../../scope/glob.ts'
import { holdsName, isBelow, type Division, type Given, type Place } from './division.ts'

export interface Patterns {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/** The pattern of a place. */
export function patternOf(place: Place): string {
  if (place.kind === 'file') return literalPattern(place.path)
  if (place.kind === 'names') return `${folderPattern(place.path)}**/*${place.suffix}`
  if (place.kind === 'marked') return `${folderPattern(place.path)}${literalPattern(place.start).slice(1)}*`
  return place.path === '' ? '/**' : folderPattern(place.path)
}

function folderPattern(path: string): string {
  return path === '' ? '/' : `${literalPattern(path)}/`
}

/** Patterns of every piece of a division: its places, without those inside of them that are another's. */
export function patternsOf(division: Division): readonly Patterns[] {
  const sorted = division.given.toSorted((a, b) => compare(a.place.path, b.place.path))
  return Array.from({ length: division.pieces }, (_, piece) => {
    const mine = sorted.filter((given) => given.piece === piece)
    const include = mine
      .filter(({ place }) => !isHeld(place, mine, sorted))
      .map(({ place }) => patternOf(place))
    return { include, exclude: mine.flatMap(({ place }) => exclusions(place, sorted, piece)) }
  })
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Whether the innermost place around it is of the same piece, so that it needs no pattern of its own. */
function isHeld(place: Place, mine: readonly Given[], all: readonly Given[]): boolean {
  if (isNamed(place)) return mine.some((other) => surrounds(other.place, place))
  const around = innermost(place, all)
  return around !== null && mine.includes(around)
}

function surrounds(outer: Place, inner: Place): boolean {
  if (outer === inner || outer.kind !== 'folder') return false
  if (isNamed(inner)) return isBelow(inner.path, outer.path) || inner.path === outer.path
  return inner.path !== outer.path && isBelow(inner.path, outer.path)
}

function innermost(place: Place, all: readonly Given[]): Given | null {
  let found: Given | null = null
  for (const given of all) {
    if (!surrounds(given.place, place)) continue
    if (found === null || given.place.path.length > found.place.path.length) found = given
  }
  return found
}

/** What has to be taken out of a place: those that lie directly in it and are another's. Where something further inside is
 *  its own again, that is put back, as gitignore does it: the folder's contents go, and what is in it stays. Names come
 *  last: what is put back does not hold them. */
function exclusions(place: Place, all: readonly Given[], piece: number): readonly string[] {
  if (place.kind === 'file') return []
  const others = all.filter((given) => given.piece !== piece && meets(place, given.place))
  if (isNamed(place)) return others.filter(isFile).map((other) => patternOf(other.place))
  const direct = others.filter(
    (given) => !isNamed(given.place) && innermost(given.place, all)?.place === place,
  )
  const mine = all.filter((given) => given.piece === piece)
  const taken = direct.flatMap((given) => {
    const back = mine.filter(
      (own) =>
        !isNamed(own.place) &&
        surrounds(given.place, own.place) &&
        innermost(own.place, mine)?.place === place,
    )
    return back.length === 0 ? [patternOf(given.place)] : contentsWithout(given.place.path, back)
  })
  const names = others.filter((given) => isNamed(given.place))
  return [...taken, ...names.map((given) => patternOf(given.place))]
}

function isNamed({ kind }: Place): boolean {
  return kind === 'names' || kind === 'marked'
}

function isFile({ place }: Given): boolean {
  return place.kind === 'file'
}

/** Everything in a folder but these places: each folder on the way to one is put back, and emptied but for the next. */
function contentsWithout(folder: string, back: readonly Given[]): readonly string[] {
  const start = folder === '' ? 0 : folder.length + 1
  const children = new Map<string, Given[]>()
  for (const own of back) {
    const slash = own.place.path.indexOf('/', start)
    const child = slash === -1 ? own.place.path : own.place.path.slice(0, slash)
    children.set(child, [...(children.get(child) ?? []), own])
  }
  const kept = [...children].flatMap(([child, own]) => {
    const whole = own.find(({ place }) => place.path === child)
    if (whole !== undefined) return [`!${patternOf(whole.place)}`]
    return [`!${folderPattern(child)}`, ...contentsWithout(child, own)]
  })
  return [`${folderPattern(folder)}*`, ...kept]
}

/** Whether one place can hold a path of the other. */
function meets(outer: Place, inner: Place): boolean {
  if (outer === inner) return false
  if (outer.kind === 'folder') {
    if (inner.kind === 'marked') return isBelow(inner.path, outer.path) || inner.path === outer.path
    if (inner.kind !== 'names') return inner.path !== outer.path && isBelow(inner.path, outer.path)
    return isBelow(inner.path, outer.path) || isBelow(outer.path, inner.path) || inner.path === outer.path
  }
  return outer.kind !== 'file' && inner.kind === 'file' && holdsName(outer, inner.path)
}
