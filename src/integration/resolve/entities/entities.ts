// Merges scripts by what they declare: functions, classes and their members, imports, tests of a suite. Two changes collide
// only where both have changed the same one; git sees lines that touch, or two additions at one end. Each result is taken
// apart again and compared with what was to come out: nothing is there twice, nothing is lost. Pure.
import { lineEdits } from '../line-edits.ts'
import { linesOf, mergeLines } from '../lines.ts'
import { mergeOrder } from '../sequence.ts'
import type { Sides } from '../sides.ts'
import { mergeLists } from './specifiers.ts'
import { scriptOf, type Parts, type Script, type Unit } from './units.ts'

/** Of both sides together: what is longer is written by a program. */
const MOST_CHARACTERS = 4_000_000

interface Three<Value> {
  readonly base: Value
  readonly ours: Value
  readonly theirs: Value
}

/** Both sides' changes; null when they have changed one thing in different ways, have moved things, or a side or the result
 *  cannot be parsed. `path` must end as scripts do. */
export function mergeEntities(sides: Pick<Sides, 'path' | 'base' | 'ours' | 'theirs'>): string | null {
  if (sides.base === null || sides.ours.length + sides.theirs.length > MOST_CHARACTERS) return null
  const base = scriptOf(sides.path, sides.base)
  const ours = scriptOf(sides.path, sides.ours)
  const theirs = scriptOf(sides.path, sides.theirs)
  if (base === null || ours === null || theirs === null) return null
  const wanted = mergeParts({ base, ours, theirs })
  if (wanted === null) return null
  const text = textOf(wanted)
  const found = scriptOf(sides.path, text)
  if (found === null || !isSame(wanted, found)) return null
  const texts = { ours: sides.ours, theirs: sides.theirs, merged: text }
  return keepsNames({ base, ours, theirs }, found) && !usesDeleted({ base, ours, theirs }, texts)
    ? text
    : null
}

function mergeParts({ base, ours, theirs }: Three<Parts>): Parts | null {
  const head = mergeText({ base: base.head, ours: ours.head, theirs: theirs.head })
  const tail = mergeText({ base: base.tail, ours: ours.tail, theirs: theirs.tail })
  const units = mergeUnits({ base: base.units, ours: ours.units, theirs: theirs.units })
  const lastComma = theirs.lastComma === base.lastComma ? ours.lastComma : theirs.lastComma
  return head === null || tail === null || units === null ? null : { head, units, tail, lastComma }
}

function mergeUnits({ base, ours, theirs }: Three<readonly Unit[]>): readonly Unit[] | null {
  const keys = mergeOrder(base.map(keyIn), ours.map(keyIn), theirs.map(keyIn))
  if (keys === null) return null
  const [inBase, inOurs, inTheirs] = [byKey(base), byKey(ours), byKey(theirs)]
  const units: Unit[] = []
  for (const key of keys) {
    const unit = mergeUnit(inBase.get(key), inOurs.get(key), inTheirs.get(key))
    if (unit === null) return null
    units.push(unit)
  }
  const changed = base.some(({ key, text }) => {
    const [mine, other] = [inOurs.get(key), inTheirs.get(key)]
    // Taken out by one, changed by the other.
    return (
      (mine === undefined && other !== undefined && other.text !== text) ||
      (other === undefined && mine !== undefined && mine.text !== text)
    )
  })
  return changed || bothRenamed({ base, ours, theirs }) || meet(units, inOurs, inTheirs) ? null : units
}

/** Whether one may have become two: gone on both sides, while each has something new that the other has not. */
function bothRenamed({ base, ours, theirs }: Three<readonly Unit[]>): boolean {
  const [before, mine, other] = [base, ours, theirs].map((units) => new Set(units.map(keyIn)))
  const isNew = ({ key }: Unit): boolean => before?.has(key) === false
  return (
    base.some(({ key }) => mine?.has(key) === false && other?.has(key) === false) &&
    ours.some((unit) => isNew(unit) && other?.has(unit.key) === false) &&
    theirs.some((unit) => isNew(unit) && mine?.has(unit.key) === false)
  )
}

function keyIn({ key }: Unit): string {
  return key
}

function byKey(units: readonly Unit[]): ReadonlyMap<string, Unit> {
  return new Map(units.map((unit) => [unit.key, unit]))
}

/** Whether statements that only one side has stand beside such of the other, and one of them is no declaration: nothing
 *  says which of the two is to run first. */
function meet(
  units: readonly Unit[],
  ours: ReadonlyMap<string, Unit>,
  theirs: ReadonlyMap<string, Unit>,
): boolean {
  const owner = ({ key }: Unit): string =>
    ours.has(key) === theirs.has(key) ? 'both' : ours.has(key) ? 'ours' : 'theirs'
  return units.some((unit, index) => {
    const next = units[index + 1]
    if (next === undefined) return false
    const owners = new Set([owner(unit), owner(next)])
    return owners.size === 2 && !owners.has('both') && (unit.anonymous || next.anonymous)
  })
}

function mergeUnit(base: Unit | undefined, ours: Unit | undefined, theirs: Unit | undefined): Unit | null {
  if (ours === undefined || theirs === undefined) return ours ?? theirs ?? null
  const gap =
    base === undefined || theirs.gap === base.gap
      ? ours.gap
      : ours.gap === base.gap || theirs.gap.length > ours.gap.length
        ? theirs.gap
        : ours.gap
  const merged = mergeContent({ base, ours, theirs })
  return merged === null ? null : { ...merged, gap }
}

function mergeContent({
  base,
  ours,
  theirs,
}: Three<Unit | undefined> & { ours: Unit; theirs: Unit }): Unit | null {
  if (ours.text === theirs.text || theirs.text === base?.text) return ours
  if (ours.text === base?.text) return theirs
  if (ours.list !== null && theirs.list !== null) {
    const text = mergeLists({ base: base?.list ?? null, ours: ours.list, theirs: theirs.list })
    if (text !== null) return { ...ours, text, inner: null, list: null }
  }
  if (base === undefined) return null
  if (base.inner !== null && ours.inner !== null && theirs.inner !== null) {
    const inner = mergeParts({ base: base.inner, ours: ours.inner, theirs: theirs.inner })
    return inner === null ? null : { ...ours, text: textOf(inner), inner }
  }
  const text = mergeText({ base: base.text, ours: ours.text, theirs: theirs.text })
  return text === null ? null : { ...ours, text, inner: null, list: null }
}

function mergeText({ base, ours, theirs }: Three<string>): string | null {
  if (ours === theirs || theirs === base) return ours
  if (ours === base) return theirs
  const lines = linesOf(base)
  const edits = { ours: lineEdits(lines, linesOf(ours)), theirs: lineEdits(lines, linesOf(theirs)) }
  return mergeLines(lines, edits, 'adjacent lines')
}

/** A comma before the end of the last line, and before what is noted there. */
const LAST_COMMA = /,(?=[ \t]*(?:\/\/[^\n]*|\/\*[^*\n]*\*\/)?\s*$)/

function textOf({ head, units, tail, lastComma }: Parts): string {
  const texts = units.map(({ gap, text }, index) => {
    const bare = lastComma === false && index === units.length - 1
    return gap + (bare ? text.replace(LAST_COMMA, '') : text)
  })
  const parts = [head, ...texts, tail].filter((part) => part !== '')
  // The last unit of a file may have no line end, and be the last no more.
  const end = parts.some((part) => part.includes('\r\n')) ? '\r\n' : '\n'
  return parts
    .map((part, index) => (index < parts.length - 1 && !part.endsWith('\n') ? `${part}${end}` : part))
    .join('')
}

/** Whether what was put together is what is there. */
function isSame(wanted: Parts, found: Parts): boolean {
  return (
    wanted.units.length === found.units.length &&
    wanted.units.every((unit, index) => {
      const other = found.units[index]
      if (other === undefined || unit.key !== other.key || unit.text.trim() !== other.text.trim())
        return false
      return unit.inner === null || (other.inner !== null && isSame(unit.inner, other.inner))
    })
  )
}

/** Whether every name that a side has added, or both have kept, is there as often as before, and none more often. */
function keepsNames({ base, ours, theirs }: Three<Script>, found: Script): boolean {
  const [before, mine, other, now] = [base, ours, theirs, found].map(({ names }) => counted(names))
  const all = new Set([...ours.names, ...theirs.names, ...found.names])
  return [...all].every((name) => {
    const [inBase, inOurs, inTheirs, inFound] = [before, mine, other, now].map((map) => map?.get(name) ?? 0)
    return inFound === merged(inBase ?? 0, inOurs ?? 0, inTheirs ?? 0)
  })
}

function merged(base: number, ours: number, theirs: number): number {
  return ours === theirs || theirs === base ? ours : theirs
}

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

/** Whether one side has taken out a name with its last use, and the other has brought a new use of it. */
function usesDeleted(
  { base, ours, theirs }: Three<Script>,
  texts: { readonly ours: string; readonly theirs: string; readonly merged: string },
): boolean {
  const words = new Set(wordsOf(texts.merged))
  return [
    { names: new Set(ours.names), text: texts.ours },
    { names: new Set(theirs.names), text: texts.theirs },
  ].some(({ names, text }) => {
    const gone = base.names.filter((name) => !names.has(name) && words.has(name))
    if (gone.length === 0) return false
    const own = new Set(wordsOf(text))
    return gone.some((name) => !own.has(name))
  })
}

function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{ID_Continue}$]+/gu) ?? []
}
