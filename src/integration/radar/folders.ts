// Conflicts that no common path shows: one branch makes a file where another makes a folder, or moves files out of a folder
// in which another makes new ones (git then moves those as well, and asks). Pure.
import { foldersOf, type PathChange } from './change.ts'

/** `folder-file`: one adds a file, the other a folder of that name. `folder-moved`: one moves files out, the other adds. */
export type FolderClash = 'folder-file' | 'folder-moved'

interface Replacement {
  readonly before: PathChange | undefined
  readonly after: PathChange | undefined
}

type Counts = Map<string, Map<string, number>>

export class FolderIndex {
  /** Branches that add this path. */
  readonly #added = new Map<string, Set<string>>()
  /** How many paths each branch adds below this folder. */
  readonly #below: Counts = new Map()
  /** How many files each branch moves out of this folder. */
  readonly #left: Counts = new Map()
  readonly #additions = new Map<string, Set<string>>()
  /** Folders that each branch has moved away with a file, by that file. */
  readonly #renames = new Map<string, Map<string, readonly string[]>>()
  #moved = false

  /** Whether a path was added, moved or taken back since this was asked last. */
  moved(): boolean {
    const moved = this.#moved
    this.#moved = false
    return moved
  }

  /** Takes in that a path of a branch has become another. */
  replace(branch: string, path: string, { before, after }: Replacement): void {
    if (before?.class === after?.class && before?.left === after?.left) return
    this.#count(branch, path, before, -1)
    this.#count(branch, path, after, 1)
  }

  /** What each other branch does that cannot stand beside what this one adds and moves, by that branch. */
  clashesOf(branch: string): ReadonlyMap<string, readonly { path: string; clash: FolderClash }[]> {
    const found = new Map<string, Map<string, FolderClash>>()
    const note = (others: Iterable<string>, path: string, clash: FolderClash): void => {
      for (const other of others) {
        if (other === branch) continue
        const clashes = found.get(other) ?? new Map<string, FolderClash>()
        found.set(other, clashes.set(path, clash))
      }
    }
    for (const path of this.#additions.get(branch) ?? []) {
      note(this.#below.get(path)?.keys() ?? [], path, 'folder-file')
      for (const folder of foldersOf(path)) {
        note(this.#added.get(folder) ?? [], folder, 'folder-file')
        note(this.#left.get(folder)?.keys() ?? [], path, 'folder-moved')
      }
    }
    const left = new Set([...(this.#renames.get(branch)?.values() ?? [])].flat())
    const adding = new Set([...left].flatMap((folder) => [...(this.#below.get(folder)?.keys() ?? [])]))
    for (const other of adding) {
      const into = [...(this.#additions.get(other) ?? [])].filter((path) =>
        foldersOf(path).some((folder) => left.has(folder)),
      )
      for (const path of into) note([other], path, 'folder-moved')
    }
    return new Map(
      [...found].map(([other, clashes]) => [other, [...clashes].map(([path, clash]) => ({ path, clash }))]),
    )
  }

  #count(branch: string, path: string, change: PathChange | undefined, by: 1 | -1): void {
    if (change?.class === 'added') {
      this.#moved = true
      toggle(this.#added, path, branch, by)
      toggle(this.#additions, branch, path, by)
      for (const folder of foldersOf(path)) add(this.#below, folder, branch, by)
    } else if (change?.class === 'renamed') {
      this.#moved = true
      const left = change.left ?? []
      const renames = this.#renames.get(branch) ?? new Map<string, readonly string[]>()
      if (by === 1) renames.set(path, left)
      else renames.delete(path)
      this.#renames.set(branch, renames)
      for (const folder of left) add(this.#left, folder, branch, by)
    }
  }
}

function toggle(sets: Map<string, Set<string>>, key: string, value: string, by: 1 | -1): void {
  const set = sets.get(key) ?? new Set<string>()
  if (by === 1) set.add(value)
  else set.delete(value)
  if (set.size === 0) sets.delete(key)
  else sets.set(key, set)
}

function add(counts: Counts, folder: string, branch: string, by: 1 | -1): void {
  const row = counts.get(folder) ?? new Map<string, number>()
  const count = (row.get(branch) ?? 0) + by
  if (count === 0) row.delete(branch)
  else row.set(branch, count)
  if (row.size === 0) counts.delete(folder)
  else counts.set(folder, row)
}
