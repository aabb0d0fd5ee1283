// Pattern against pattern: the shortest path that two scopes both hold, whether or not it exists. The automata of both
// scopes are walked side by side over all paths that git could track. Pure.
import { MATCHED, START, type Automaton } from './automaton.ts'
import { bytesOf, fileGlob, literalPattern, literalStart, SLASH } from './glob.ts'
import {
  compileScope,
  PatternList,
  type ScopeMatcher,
  type ScopeOptions,
  type ScopePatterns,
} from './patterns.ts'

/** A path that two scopes both hold. `left` and `right`: the include patterns at fault. */
export interface ScopeOverlap {
  readonly left: string
  readonly right: string
  /** A shortest path in both; when it is not certain, the pattern `right` itself. */
  readonly example: string
  /** False: the patterns are too tangled to be decided, so the answer is the safe one. */
  readonly certain: boolean
}

export interface OverlapOptions extends ScopeOptions {
  /** Paths that do not count: they have a rule of their own (shared files). */
  readonly except?: readonly string[]
  /** Folders that belong to no scope. */
  readonly exceptFolders?: readonly string[]
  /** Combined states looked at before the search gives up; default 20,000. */
  readonly budget?: number
}

const DEFAULT_BUDGET = 20_000

/** First choice of bytes for an example: what reads best. */
const READABLE = 'abcdefghijklmnopqrstuvwxyz0123456789_-.ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const DOT = 46

/** A path that both scopes hold, or null when there can be none. */
export function overlap(
  a: ScopePatterns,
  b: ScopePatterns,
  options: OverlapOptions = {},
): ScopeOverlap | null {
  return overlapOf(compileScope(a, options), compileScope(b, options), options)
}

/** Like `overlap`, for scopes that are compiled already, with the same `ignoreCase`. */
export function overlapOf(
  left: ScopeMatcher,
  right: ScopeMatcher,
  options: OverlapOptions = {},
): ScopeOverlap | null {
  const wanted = [meeting(left.meant, right.meant, options), meeting(right.meant, left.meant, options)]
  if (wanted.some(({ globs }) => globs.length === 0)) return null
  const barred = barrier(options)
  const found = search({ wanted, barred: [left.exclude, right.exclude, barred] }, options)
  if (found === 'none') return null
  if (found === 'unknown') return uncertain(left, right)
  const path = found.path
  const holds = (candidate: string): boolean =>
    left.matches(candidate) && right.matches(candidate) && !barred.matches(candidate)
  if (!holds(path)) return uncertain(left, right)
  const example = readable(path, holds)
  return {
    left: left.include.deciding(example) ?? '',
    right: right.include.deciding(example) ?? '',
    example,
    certain: true,
  }
}

/** The patterns of a list without those that no pattern of the other can meet, because both begin literally and not
 *  alike. What the lists have in common stays the same, and is found in a fraction of the time. */
function meeting(list: PatternList, other: PatternList, options: OverlapOptions): PatternList {
  // One that takes back is about all that come before it.
  if ([...list.globs, ...other.globs].some(({ negative }) => negative)) return list
  const starts = other.globs.map(literalStart)
  const met = list.globs.filter((glob) => {
    const own = literalStart(glob)
    return starts.some((start) => own.startsWith(start) || start.startsWith(own))
  })
  return met.length === list.globs.length ? list : new PatternList([], options, met)
}

/** True when no path at all can be in the scope. */
export function ownsNothing(scope: ScopeMatcher, options: OverlapOptions = {}): boolean {
  return search({ wanted: [scope.meant], barred: [scope.exclude, barrier(options)] }, options) === 'none'
}

function uncertain(left: ScopeMatcher, right: ScopeMatcher): ScopeOverlap {
  const [a = '', b = ''] = [left.patterns.include[0], right.patterns.include[0]]
  return { left: a, right: b, example: b, certain: false }
}

/** Paths that git cannot track and paths that have a rule of their own. */
function barrier(options: OverlapOptions): PatternList {
  const files = (options.except ?? []).map((path) => fileGlob(path, options))
  return new PatternList(
    ['.[gG][iI][tT]', ...(options.exceptFolders ?? []).map(literalPattern)],
    options,
    files,
  )
}

interface Question {
  /** A path must be in all of these … */
  readonly wanted: readonly PatternList[]
  /** … and in none of these. */
  readonly barred: readonly PatternList[]
}

interface Place {
  readonly states: readonly number[]
  readonly segment: Segment
  readonly from: Place | null
  readonly byte: number
}

/** What the path's last segment is so far; a path has no empty, `.` or `..` segment. */
type Segment = 'empty' | 'dot' | 'dots' | 'name'

type Answer = { readonly path: string } | 'none' | 'unknown'

/** Breadth first over the product of the automata: the first accepting place is a shortest path. */
function search(question: Question, options: OverlapOptions): Answer {
  const automata = [...question.wanted, ...question.barred].map((list) => list.automaton)
  const walk = new Walk(automata, question.wanted.length)
  const bytes = alphabet(automata, options.ignoreCase === true)
  const budget = options.budget ?? DEFAULT_BUDGET
  const seen = new Set<string>()
  const queue: Place[] = [{ states: automata.map(() => START), segment: 'empty', from: null, byte: 0 }]
  for (let at = 0; at < queue.length; at++) {
    const place = queue[at]
    if (place === undefined) break
    if (walk.accepts(place)) return { path: spell(place) }
    for (const byte of bytes) {
      const next = walk.step(place, byte)
      if (next === null) continue
      const key = `${next.segment} ${next.states.join()}`
      if (seen.has(key)) continue
      if (seen.size >= budget) return 'unknown'
      seen.add(key)
      queue.push(next)
    }
  }
  return 'none'
}

/** One step of all automata at once; places from which nothing can be found are cut off. */
class Walk {
  readonly #automata: readonly Automaton[]
  readonly #wanted: number

  constructor(automata: readonly Automaton[], wanted: number) {
    this.#automata = automata
    this.#wanted = wanted
  }

  step(place: Place, byte: number): Place | null {
    const segment = nextSegment(place.segment, byte)
    if (segment === null) return null
    const states: number[] = []
    for (const [index, automaton] of this.#automata.entries()) {
      const state = automaton.step(place.states[index] ?? START, byte)
      if (index < this.#wanted ? automaton.isDead(state) : state === MATCHED) return null
      states.push(state)
    }
    return { states, segment, from: place, byte }
  }

  accepts(place: Place): boolean {
    if (place.segment !== 'name') return false
    return this.#automata.every(
      (automaton, index) => automaton.accepts(place.states[index] ?? START) === index < this.#wanted,
    )
  }
}

function nextSegment(segment: Segment, byte: number): Segment | null {
  if (byte === SLASH) return segment === 'name' ? 'empty' : null
  if (byte !== DOT || segment === 'name' || segment === 'dots') return 'name'
  return segment === 'empty' ? 'dot' : 'dots'
}

/** One byte for every class that any automaton tells apart, the most readable of its class. */
function alphabet(automata: readonly Automaton[], ignoreCase: boolean): readonly number[] {
  const preferred = [...bytesOf(READABLE)]
  const rest = Array.from({ length: 255 }, (_, index) => 255 - index)
  const printable = rest.filter((byte) => byte > 32 && byte < 127)
  const known = new Set<string>()
  return [...preferred, ...printable, ...rest].filter((byte) => {
    if (ignoreCase && byte >= 65 && byte <= 90) return false
    const special = byte === SLASH || byte === DOT ? byte : ''
    const signature = `${special} ${automata.map((automaton) => automaton.classOf[byte]).join()}`
    if (known.has(signature)) return false
    known.add(signature)
    return true
  })
}

function spell(place: Place): string {
  const bytes: number[] = []
  for (let at = place; at.from !== null; at = at.from) bytes.push(at.byte)
  return new TextDecoder().decode(Uint8Array.from(bytes.reverse()))
}

/** The same example with a name that a person would give a file, where that is in both scopes too. */
function readable(path: string, holds: (candidate: string) => boolean): string {
  const split = path.lastIndexOf('/') + 1
  const [folder, name] = [path.slice(0, split), path.slice(split)]
  const names = name.startsWith('.') ? [`new${name}`] : ['new.ts', 'new']
  return names.map((candidate) => folder + candidate).find(holds) ?? path
}
