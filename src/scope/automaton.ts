// A list of globs as one deterministic automaton over the bytes of a path, built as far as it is walked. Gitignore's
// rules hold in it: at every folder on the way and at the end the last matching pattern decides, and a folder that is
// matched takes everything below it. Pure but for its memory of states.
import { SLASH, type Glob, type Token } from './glob.ts'

/** Everything is matched from here on. */
export const MATCHED = 0
/** Where every path begins. */
export const START = 1

interface State {
  /** Positions in the globs, ascending; see `#offsets`. */
  readonly positions: readonly number[]
  /** Next state per class of bytes; -1 where it was never needed. */
  readonly next: Int32Array
  /** Answer for a file that ends here; undefined until asked. */
  accepts?: boolean
}

/** Walks paths byte by byte; states are small numbers that stay valid until `forget`. */
export class Automaton {
  readonly #globs: readonly Glob[]
  /** Position of the first token of each glob; one position more than tokens, the last is its end. */
  readonly #offsets: readonly number[]
  readonly #steps: readonly (Token | null)[]
  /** Class per byte: bytes of one class are treated alike by every pattern. */
  readonly classOf: Uint8Array
  readonly #members: readonly number[]
  #states: State[] = []
  #index = new Map<string, number>()

  constructor(globs: readonly Glob[]) {
    this.#globs = globs
    this.#steps = globs.flatMap((glob): (Token | null)[] => [...glob.tokens, null])
    this.#offsets = offsetsOf(globs)
    const classes = classify(this.#steps)
    this.classOf = classes.classOf
    this.#members = classes.members
    this.forget()
  }

  /** Number of states built so far. */
  get size(): number {
    return this.#states.length
  }

  /** Drops all states but the first two; states handed out before are void. */
  forget(): void {
    this.#states = []
    this.#index = new Map()
    this.#add([])
    this.#add(this.#closure(this.#offsets))
  }

  /** True when no path that goes on from here can be matched. */
  isDead(state: number): boolean {
    return state !== MATCHED && this.#require(state).positions.length === 0
  }

  /** The state after one more byte. */
  step(state: number, byte: number): number {
    if (state === MATCHED) return MATCHED
    const from = this.#require(state)
    const kind = this.classOf[byte] ?? 0
    const known = from.next[kind] ?? -1
    if (known >= 0) return known
    const next = this.#build(from, kind)
    from.next[kind] = next
    return next
  }

  /** Whether a file whose path ends here is matched. */
  accepts(state: number): boolean {
    if (state === MATCHED) return true
    const at = this.#require(state)
    at.accepts ??= this.#verdict(at.positions, 'file') === 'matched'
    return at.accepts
  }

  /** The glob by which this path is matched; undefined when it is not. */
  deciding(path: Uint8Array): Glob | undefined {
    let state = START
    for (const byte of path) {
      const folder = byte === SLASH ? this.#deciding(this.#require(state).positions, 'folder') : undefined
      if (folder?.negative === false) return folder
      state = this.step(state, byte)
    }
    const file = this.#deciding(this.#require(state).positions, 'file')
    return file?.negative === false ? file : undefined
  }

  #require(state: number): State {
    const found = this.#states[state]
    if (found === undefined) throw new RangeError(`State ${state} was forgotten.`)
    return found
  }

  #build(from: State, kind: number): number {
    const byte = this.#members[kind] ?? 0
    if (byte === SLASH && this.#verdict(from.positions, 'folder') === 'matched') return MATCHED
    const reached = from.positions.flatMap((position) => this.#advance(position, byte))
    return this.#add(this.#closure(reached))
  }

  #advance(position: number, byte: number): readonly number[] {
    const token = this.#steps[position] ?? null
    if (token === null) return []
    if (token.kind === 'bytes') return token.set.has(byte) ? [position + 1] : []
    if (token.kind === 'star') return byte === SLASH ? [] : [position]
    if (token.kind === 'any') return [position]
    if (token.kind === 'maybe') return []
    return byte === SLASH ? [position, position + 1] : [position]
  }

  /** With every position also those that are reached without reading anything. */
  #closure(positions: readonly number[]): readonly number[] {
    const all = new Set(positions)
    // A set yields what is added while it is walked.
    for (const position of all) {
      const kind = this.#steps[position]?.kind
      if (kind === 'star' || kind === 'any' || kind === 'maybe') all.add(position + 1)
      if (kind === 'maybe') all.add(position + 2)
    }
    return [...all].sort((a, b) => a - b)
  }

  #add(positions: readonly number[]): number {
    const key = this.#states.length === MATCHED ? 'matched' : positions.join()
    const known = this.#index.get(key)
    if (known !== undefined) return known
    this.#index.set(key, this.#states.length)
    this.#states.push({ positions, next: new Int32Array(this.#members.length).fill(-1) })
    return this.#states.length - 1
  }

  #verdict(positions: readonly number[], what: 'file' | 'folder'): 'matched' | 'taken back' | null {
    const glob = this.#deciding(positions, what)
    if (glob === undefined) return null
    return glob.negative ? 'taken back' : 'matched'
  }

  /** The last glob that ends at one of these positions. */
  #deciding(positions: readonly number[], what: 'file' | 'folder'): Glob | undefined {
    const excluded = what === 'file' ? 'folders' : 'files'
    return this.#globs.findLast((glob, index) => {
      const end = (this.#offsets[index] ?? 0) + glob.tokens.length
      return glob.only !== excluded && positions.includes(end)
    })
  }
}

function offsetsOf(globs: readonly Glob[]): readonly number[] {
  let offset = 0
  return globs.map((glob) => {
    const start = offset
    offset += glob.tokens.length + 1
    return start
  })
}

/** Splits the bytes into classes that no token tells apart; the slash is a class of its own. Each set splits those classes
 *  that it holds a part of. */
function classify(steps: readonly (Token | null)[]): { classOf: Uint8Array; members: readonly number[] } {
  const classes = new Int32Array(256)
  let count = 1
  for (const set of [new Set([SLASH]), ...distinctSets(steps)]) {
    const split = new Map<number, number>()
    for (const byte of set) {
      const kind = classes[byte] ?? 0
      const part = split.get(kind) ?? count
      if (part === count) count += 1
      split.set(kind, part)
      classes[byte] = part
    }
  }
  return numbered(classes)
}

/** Numbers classes without gaps, in the order of their first bytes. */
function numbered(classes: Int32Array): { classOf: Uint8Array; members: readonly number[] } {
  const classOf = new Uint8Array(256)
  const members: number[] = []
  const known = new Map<number, number>()
  for (const [byte, named] of classes.entries()) {
    const kind = known.get(named) ?? members.length
    if (kind === members.length) members.push(byte)
    known.set(named, kind)
    classOf[byte] = kind
  }
  return { classOf, members }
}

function distinctSets(steps: readonly (Token | null)[]): readonly ReadonlySet<number>[] {
  const bySpelling = new Map<string, ReadonlySet<number>>()
  for (const step of steps) {
    if (step?.kind === 'bytes') bySpelling.set([...step.set].join(), step.set)
  }
  return [...bySpelling.values()]
}
