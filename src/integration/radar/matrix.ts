// The forecast for all pairs of branches, kept up to date path by path: one changed file touches one overlay and only the
// pairs that have that path in common. Pure.
import { clashOf, type Clash, type Overlay, type PathChange } from './change.ts'
import { FolderIndex, type FolderClash } from './folders.ts'

/** `state` of a pair by the forecast alone: nothing in common, the same file in places that merge, a conflict ahead. */
export type ForecastState = 'clear' | 'same-file' | 'predicted'

export interface PathClash {
  readonly path: string
  readonly clash: Clash | FolderClash
}

export interface PairForecast {
  /** Names of the branches, sorted. */
  readonly pair: readonly [string, string]
  readonly state: Exclude<ForecastState, 'clear'>
  /** What is foreseen, paths sorted; those that are merely touched by both come last. */
  readonly paths: readonly PathClash[]
  /** Changes whenever what is foreseen may merge otherwise than before. */
  readonly evidence: string
}

interface Pair {
  readonly names: readonly [string, string]
  readonly clashes: Map<string, Clash>
  folders: readonly PathClash[]
}

const EMPTY: Overlay = new Map()

export class ConflictMatrix {
  readonly #overlays = new Map<string, Map<string, PathChange>>()
  readonly #byPath = new Map<string, Map<string, PathChange>>()
  readonly #pairs = new Map<string, Map<string, Pair>>()
  readonly #folders = new FolderIndex()

  /** Branches there are, in the order in which they came. */
  branches(): readonly string[] {
    return [...this.#overlays.keys()]
  }

  /** What a branch has changed; empty for one that is not here. */
  overlay(branch: string): Overlay {
    return this.#overlays.get(branch) ?? EMPTY
  }

  /** Puts a whole overlay in place of what was known of a branch. */
  set(branch: string, overlay: Overlay): void {
    const before = this.#overlays.get(branch) ?? new Map<string, PathChange>()
    this.#overlays.set(branch, before)
    for (const path of before.keys()) {
      if (!overlay.has(path)) this.#change(branch, path, null)
    }
    for (const [path, change] of overlay) {
      if (!isSame(before.get(path), change)) this.#change(branch, path, change)
    }
    this.#settleFolders(branch)
  }

  /** One path of a branch is other than before; null: as in the base. */
  update(branch: string, path: string, change: PathChange | null): void {
    if (!this.#overlays.has(branch)) this.#overlays.set(branch, new Map())
    this.#change(branch, path, change)
    this.#settleFolders(branch)
  }

  /** Forgets a branch. */
  remove(branch: string): void {
    this.set(branch, EMPTY)
    this.#overlays.delete(branch)
    for (const other of this.#pairs.get(branch)?.keys() ?? []) this.#pairs.get(other)?.delete(branch)
    this.#pairs.delete(branch)
  }

  /** Paths that several branches have changed to different results. */
  contested(): readonly string[] {
    const found: string[] = []
    for (const [path, changes] of this.#byPath) {
      if (new Set([...changes.values()].map(({ result }) => result)).size > 1) found.push(path)
    }
    return found
  }

  /** Every pair that is not clear. */
  forecasts(): readonly PairForecast[] {
    const found: PairForecast[] = []
    for (const [branch, others] of this.#pairs) {
      for (const [other, pair] of others) {
        const forecast = branch < other ? this.#forecastOf(pair) : null
        if (forecast !== null) found.push(forecast)
      }
    }
    return found
  }

  /** Every pair of one branch that is not clear. */
  forecastsOf(branch: string): readonly PairForecast[] {
    return [...(this.#pairs.get(branch)?.values() ?? [])].flatMap((pair) => this.#forecastOf(pair) ?? [])
  }

  #change(branch: string, path: string, change: PathChange | null): void {
    const overlay = this.#overlays.get(branch)
    const before = overlay?.get(path)
    const changes = this.#byPath.get(path) ?? new Map<string, PathChange>()
    if (change === null) {
      overlay?.delete(path)
      changes.delete(branch)
    } else {
      overlay?.set(path, change)
      changes.set(branch, change)
    }
    if (changes.size === 0) this.#byPath.delete(path)
    else this.#byPath.set(path, changes)
    this.#folders.replace(branch, path, { before, after: change ?? undefined })
    for (const [other, theirs] of changes) {
      if (other !== branch) this.#note(branch, other, path, change === null ? null : clashOf(change, theirs))
    }
  }

  #note(branch: string, other: string, path: string, clash: Clash | null): void {
    if (clash !== null) this.#pair(branch, other).clashes.set(path, clash)
    else this.#pairs.get(branch)?.get(other)?.clashes.delete(path)
  }

  #pair(branch: string, other: string): Pair {
    const known = this.#pairs.get(branch)?.get(other)
    if (known !== undefined) return known
    const names = branch < other ? ([branch, other] as const) : ([other, branch] as const)
    const made: Pair = { names, clashes: new Map(), folders: [] }
    for (const [one, two] of [names, [names[1], names[0]] as const]) {
      const row = this.#pairs.get(one) ?? new Map<string, Pair>()
      row.set(two, made)
      this.#pairs.set(one, row)
    }
    return made
  }

  /** Folder findings are looked for anew for a branch in which a path has appeared, gone or moved. */
  #settleFolders(branch: string): void {
    if (!this.#folders.moved()) return
    const found = this.#folders.clashesOf(branch)
    for (const [other, pair] of this.#pairs.get(branch) ?? []) {
      if (!found.has(other)) pair.folders = []
    }
    for (const [other, clashes] of found) this.#pair(branch, other).folders = clashes
  }

  #forecastOf({ names, clashes, folders }: Pair): PairForecast | null {
    if (clashes.size === 0 && folders.length === 0) return null
    const ahead: PathClash[] = [...folders]
    const near: PathClash[] = []
    for (const [path, clash] of clashes) (clash === 'same-file' ? near : ahead).push({ path, clash })
    const paths = [...ahead.toSorted(byPath), ...near.toSorted(byPath)]
    const state = ahead.length > 0 ? ('predicted' as const) : ('same-file' as const)
    return { pair: names, state, paths, evidence: this.#evidence(names, ahead) }
  }

  #evidence(names: readonly [string, string], ahead: readonly PathClash[]): string {
    return ahead
      .flatMap(({ path }) => [
        path,
        ...names.map((name) => this.#overlays.get(name)?.get(path)?.result ?? ''),
      ])
      .join('\0')
  }
}

function byPath(a: PathClash, b: PathClash): number {
  return a.path < b.path ? -1 : Number(a.path > b.path)
}

/** The same result over the same base has the same hunks, unless they were not known before. */
function isSame(one: PathChange | undefined, other: PathChange): boolean {
  if (one === undefined || one.result !== other.result || one.class !== other.class) return false
  if (one.left?.join('\0') !== other.left?.join('\0')) return false
  return one.hunks === other.hunks || sameHunks(one.hunks, other.hunks)
}

function sameHunks(one: PathChange['hunks'], other: PathChange['hunks']): boolean {
  if (one === null || other === null || one.length !== other.length) return false
  return one.every((hunk, index) => {
    const same = other[index]
    return same !== undefined && hunk.start === same.start && hunk.end === same.end && hunk.hash === same.hash
  })
}
