// Many neighbours that are too light to be given away one by one, as ranges of their names: `pkg-0*`, `[a-f]*`. One pattern says
// a bundle, and files to come fall into it. Pure.
import { nameOf, type Division, type Given, type Place } from './division.ts'

/** Something in a folder, with the files in it. */
export interface Part {
  readonly place: Extract<Place, { kind: 'folder' | 'file' | 'range' }>
  readonly files: readonly number[]
  readonly weight: number
}

/** Bundles of the children of a folder, about `count` of even weight. Names that go on with an unusual character are in none
 *  of them and stay with the folder. */
export function bundlesOf(folder: string, children: readonly Part[], count: number): readonly Part[] {
  return bundled({ folder, least: weightOf(children) / count }, children, 0)
}

interface Bundling {
  readonly folder: string
  /** Weight from which on a bundle is full. */
  readonly least: number
}

/** `from`: as many characters all of them have in common. */
function bundled(how: Bundling, children: readonly Part[], from: number): readonly Part[] {
  const start = commonStart(children, from)
  const found: Part[] = []
  let run: Run = { next: '', parts: [] }
  const close = (): void => {
    if (run.parts.length > 0) found.push(bundleOf(how.folder, start, run))
    run = { next: '', parts: [] }
  }
  for (const [next, parts] of bucketsOf(children, start.length)) {
    const deep = weightOf(parts) >= 2 * how.least && parts.length > 1 && next.length === 1
    if (deep || sortOf(next) !== sortOf(run.next)) close()
    if (deep) found.push(...bundled(how, parts, start.length + 1))
    else run = { next: run.next + next, parts: [...run.parts, ...parts] }
    if (weightOf(run.parts) >= how.least) close()
  }
  close()
  return found
}

interface Run {
  /** Characters with which the names go on. */
  readonly next: string
  readonly parts: readonly Part[]
}

/** Children by the character at a place of their names, in the order of the alphabet. Upper and lower case are one, as they
 *  are to some file systems. */
function bucketsOf(children: readonly Part[], at: number): readonly (readonly [string, readonly Part[]])[] {
  const found = new Map<string, { next: Set<string>; parts: Part[] }>()
  for (const child of children) {
    const next = nameOf(child.place.path).charAt(at)
    if (!/[\w]/.test(next)) continue
    const bucket = found.get(next.toLowerCase()) ?? { next: new Set(), parts: [] }
    bucket.next.add(next)
    bucket.parts.push(child)
    found.set(next.toLowerCase(), bucket)
  }
  return [...found]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { next, parts }]) => [[...next].join(''), parts] as const)
}

/** Digits, letters and the underscore are not put into one class. */
function sortOf(next: string): string {
  return next === '' ? '' : /\d/.test(next) ? 'digit' : next === '_' ? 'underscore' : 'letter'
}

/** One alone is what it is. */
function bundleOf(folder: string, start: string, { next, parts }: Run): Part {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return first
  return {
    place: { kind: 'range', path: folder, start, next: filled(next) },
    files: parts.flatMap(({ files }) => files),
    weight: weightOf(parts),
  }
}

/** All characters from the first to the last, in both cases where both are used. */
function filled(next: string): string {
  const lower = sorted(next.toLowerCase())
  const [from, to] = [lower.charCodeAt(0), lower.charCodeAt(lower.length - 1)]
  const all = Array.from({ length: to - from + 1 }, (_, index) => String.fromCharCode(from + index)).join('')
  const [upper, small] = [/[A-Z]/.test(next), /[a-z]/.test(next)]
  return `${upper ? all.toUpperCase() : ''}${small || !upper ? all : ''}`
}

function sorted(characters: string): string {
  return characters.split('').toSorted(byCode).join('')
}

function byCode(a: string, b: string): number {
  return a.charCodeAt(0) - b.charCodeAt(0)
}

function commonStart(children: readonly Part[], from: number): string {
  const names = children.map(({ place }) => nameOf(place.path))
  const [first = ''] = names
  let end = from
  while (end < first.length && names.every((name) => name.charAt(end) === first.charAt(end))) end += 1
  return first.slice(0, end)
}

function weightOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { weight }) => sum + weight, 0)
}

/** The division with ranges of one piece that belong together said as one: `a[0-3]*` and `a[4-9]*` are `a[0-9]*`, and where
 *  there is nothing else that begins with an a, `a*`. */
export function joined({ pieces, given }: Division): Division {
  const ranges = new Map<string, Range[]>()
  const others: Given[] = []
  for (const { place, piece } of given) {
    if (place.kind !== 'range') others.push({ place, piece })
    else ranges.set(place.path, [...(ranges.get(place.path) ?? []), { ...place, piece }])
  }
  const kept = [...ranges.values()].flatMap(joinedRanges)
  return {
    pieces,
    given: [...others, ...kept.map(({ piece, ...place }) => ({ place, piece }))],
  }
}

type Range = Extract<Place, { kind: 'range' }> & { readonly piece: number | null }

function joinedRanges(ranges: readonly Range[]): readonly Range[] {
  let known = merged(ranges)
  for (let length = Math.max(...known.map(({ start }) => start.length)); length > 0; length--) {
    for (const start of new Set(known.map((one) => one.start))) {
      if (start.length !== length) continue
      const alike = known.filter((one) => one.start.startsWith(start))
      const [first] = alike
      if (first === undefined || alike.some((one) => one.start !== start || one.piece !== first.piece))
        continue
      const wider = { ...first, start: start.slice(0, -1), next: start.slice(-1) }
      known = merged([...known.filter((one) => !alike.includes(one)), wider])
    }
  }
  return known
}

/** Ranges of one piece that follow each other as one. */
function merged(ranges: readonly Range[]): readonly Range[] {
  const found: Range[] = []
  for (const range of ranges.toSorted((a, b) => (`${a.start} ${a.next}` < `${b.start} ${b.next}` ? -1 : 1))) {
    const last = found.at(-1)
    const joins = last !== undefined && last.piece === range.piece && last.start === range.start
    if (joins && follows(last.next, range.next))
      found[found.length - 1] = { ...last, next: sorted(last.next + range.next) }
    else found.push(range)
  }
  return found
}

/** Whether nothing lies between them in the alphabet. */
function follows(before: string, after: string): boolean {
  const [last, first] = [before.slice(-1).toLowerCase(), after.charAt(0).toLowerCase()]
  return last.charCodeAt(0) + 1 === first.charCodeAt(0)
}
