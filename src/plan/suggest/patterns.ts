// Places of a division as scope patterns: few, short, disjoint, and good for files that are not there yet. Pure.
import { literalPattern } from '../../scope/glob.ts'
import {
  depthOf,
  holdsName,
  holdsPath,
  isBelow,
  type Division,
  type Given,
  type Named,
  type Place,
  type Whole,
} from './division.ts'

export interface Patterns {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/** The pattern of a place. */
export function patternOf(place: Place): string {
  if (place.kind === 'file') return literalPattern(place.path)
  if (place.kind === 'names') return `${folderPattern(place.path)}**/*${place.suffix}`
  if (place.kind === 'marked') return `${folderPattern(place.path)}${literalPattern(place.start).slice(1)}*`
  if (place.kind === 'range') {
    const start = literalPattern(place.start).slice(1)
    return `${folderPattern(place.path)}${start}${characters(place.next)}*`
  }
  return place.path === '' ? '/**' : folderPattern(place.path)
}

/** `a`, `[a-f]`, `[0-9a-c]`: letters and digits, in their order. */
function characters(next: string): string {
  if (next.length === 1) return next
  const runs: string[] = []
  for (const one of next) {
    const last = runs.at(-1)
    if (last !== undefined && last.charCodeAt(last.length - 1) + 1 === one.charCodeAt(0))
      runs[runs.length - 1] = `${last.charAt(0)}${one}`
    else runs.push(one)
  }
  return `[${runs.map(([from = '', to = '']) => (to === '' ? from : `${from}-${to}`)).join('')}]`
}

function folderPattern(path: string): string {
  return path === '' ? '/' : `${literalPattern(path)}/`
}

/** Patterns of every piece of a division: its places, without those inside of them that are another's. */
export function patternsOf(division: Division): readonly Patterns[] {
  const sorted = division.given.toSorted((a, b) => compare(a.place.path, b.place.path))
  return Array.from({ length: division.pieces }, (_, piece) => {
    const mine = sorted.filter((given) => given.piece === piece)
    const include = mine.filter(({ place }) => !isHeld(place, mine)).map(({ place }) => patternOf(place))
    return { include, exclude: mine.flatMap(({ place }) => exclusions(place, sorted, piece)) }
  })
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Whether a place around it is of the same piece: what is taken out of that puts it back, so that it needs no pattern of
 *  its own. */
function isHeld(place: Place, mine: readonly Given[]): boolean {
  return mine.some((other) => surrounds(other.place, place))
}

function surrounds(outer: Place, inner: Place): boolean {
  if (outer === inner || !isWhole(outer)) return false
  if (isNamed(inner))
    return holdsPath(outer, inner.path) || (outer.kind === 'folder' && inner.path === outer.path)
  if (inner.kind !== 'range') return inner.path !== outer.path && holdsPath(outer, inner.path)
  if (outer.kind === 'folder') return inner.path === outer.path || isBelow(inner.path, outer.path)
  if (inner.path !== outer.path) return holdsPath(outer, inner.path)
  return (
    inner.start.length > outer.start.length &&
    inner.start.startsWith(outer.start) &&
    outer.next.includes(inner.start.charAt(outer.start.length))
  )
}

function innermost(place: Place, all: readonly Given[]): Given | null {
  let found: Given | null = null
  for (const given of all) {
    if (!surrounds(given.place, place)) continue
    if (found === null || depthOf(given.place) > depthOf(found.place)) found = given
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
    return back.length === 0 ? [patternOf(given.place)] : withoutThese(given.place, back)
  })
  const names = others.filter((given) => isNamed(given.place))
  return [...taken, ...names.map((given) => patternOf(given.place))]
}

function isNamed(place: Place): place is Named {
  return place.kind === 'names' || place.kind === 'marked'
}

function isWhole(place: Place): place is Whole {
  return place.kind === 'folder' || place.kind === 'range'
}

function isFile({ place }: Given): boolean {
  return place.kind === 'file'
}

/** Everything in a place but these: each folder on the way to one is put back, and emptied but for the next. */
function withoutThese(place: Place, back: readonly Given[]): readonly string[] {
  if (place.kind === 'range') return [patternOf(place), ...puttingBack(place.path, back)]
  return contentsWithout(place.path, back)
}

function contentsWithout(folder: string, back: readonly Given[]): readonly string[] {
  return [`${folderPattern(folder)}*`, ...puttingBack(folder, back)]
}

function puttingBack(folder: string, back: readonly Given[]): readonly string[] {
  const start = folder === '' ? 0 : folder.length + 1
  const children = new Map<string, Given[]>()
  // A range is put back as it is; it lies in its folder as a file does.
  const ranges = back.filter(({ place }) => place.kind === 'range' && place.path === folder)
  for (const own of back) {
    if (ranges.includes(own)) continue
    const slash = own.place.path.indexOf('/', start)
    const child = slash === -1 ? own.place.path : own.place.path.slice(0, slash)
    children.set(child, [...(children.get(child) ?? []), own])
  }
  const kept = [...children].flatMap(([child, own]) => {
    const whole = own.find(({ place }) => place.path === child && place.kind !== 'range')
    if (whole !== undefined) return [`!${patternOf(whole.place)}`]
    return [`!${folderPattern(child)}`, ...contentsWithout(child, own)]
  })
  return [...ranges.map(({ place }) => `!${patternOf(place)}`), ...kept]
}

/** Whether one place can hold a path of the other. */
function meets(outer: Place, inner: Place): boolean {
  if (outer === inner) return false
  if (!isWhole(outer)) return outer.kind !== 'file' && inner.kind === 'file' && holdsName(outer, inner.path)
  if (inner.kind !== 'names') return surrounds(outer, inner)
  return surrounds(outer, inner) || isBelow(outer.path, inner.path)
}
