// The conflict radar: which working sessions will collide, told from what each has changed against one common base. A
// forecast is a comparison of line intervals (sweep, matrix); git's own merge confirms or clears what it finds (forecast
// for commits, live for worktrees). This file: what one branch has done to one path, and whether two such changes can
// conflict. Pure.
import type { Hunk, TreeChange } from '../../git/hunk-text.ts'
import { collides } from './sweep.ts'

/** `content`: other lines in the same file. All others are told as conflicts when two branches have them on one path. */
export type ChangeClass = 'content' | 'added' | 'deleted' | 'renamed' | 'mode' | 'type' | 'binary'

export interface PathChange {
  readonly class: ChangeClass
  /** Names what the path became; equal for equal results. */
  readonly result: string
  /** Null: not known by line. */
  readonly hunks: readonly Hunk[] | null
  /** Folders that are no more since this file, with all others in them, was moved out. */
  readonly left?: readonly string[]
}

/** What one branch has changed, by path of the base; a renamed file stands under both of its names. */
export type Overlay = ReadonlyMap<string, PathChange>

/** `same-file`: both touch it, in places that merge. `lines`: they touch or overlap. Else the class that is in the way. */
export type Clash = 'same-file' | 'lines' | Exclude<ChangeClass, 'content'>

const SUBMODULE = '160000'
const LINK = '120000'

/** The overlay of a branch from its changes. `gone`: whether the branch has no such folder any more. */
export function overlayOf(
  changes: readonly TreeChange[],
  gone: (folder: string) => boolean = () => true,
): Map<string, PathChange> {
  const overlay = new Map<string, PathChange>()
  for (const change of changes) {
    if (change.from !== undefined) {
      const result = `${change.path}\0${resultOf(change)}`
      const left = leftFolders(change.from, change.path).filter(gone)
      overlay.set(change.from, { class: 'renamed', result, hunks: null, left })
    }
    overlay.set(change.path, { class: classOf(change), result: resultOf(change), hunks: change.hunks })
  }
  return overlay
}

/** Folders that may have moved with a file: its own, and those above it as long as the names below them stay the same. */
export function leftFolders(path: string, to: string): readonly string[] {
  const [old, now] = [foldersOf(path), foldersOf(to)]
  const found: string[] = []
  for (const [depth, folder] of old.entries()) {
    const target = now[depth]
    if (folder === target) break
    found.push(folder)
    if (target === undefined || nameOf(folder) !== nameOf(target)) break
  }
  return found
}

/** Folders above a path, nearest first. */
export function foldersOf(path: string): readonly string[] {
  const found: string[] = []
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
    found.push(path.slice(0, at))
  return found
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Whether and how two changes of one path can conflict; null when they come to the same. */
export function clashOf(one: PathChange, other: PathChange): Clash | null {
  if (one.result === other.result && (one.class === other.class || one.class === 'content')) return null
  if (one.class !== 'content') return one.class
  if (other.class !== 'content') return other.class
  if (one.hunks === null || other.hunks === null) return 'lines'
  return collides(one.hunks, other.hunks) ? 'lines' : 'same-file'
}

/** The name of a result: what kind of file, and its content. */
export function resultName(mode: string, blob: string): string {
  return `${mode} ${blob}`
}

function resultOf({ newMode, newBlob }: TreeChange): string {
  return resultName(newMode, newBlob)
}

function classOf(change: TreeChange): ChangeClass {
  const { status, oldMode, newMode, oldBlob, newBlob, hunks } = change
  if (status === 'added' || status === 'renamed') return 'added'
  if (status === 'deleted') return 'deleted'
  if (status === 'type-changed' || newMode === SUBMODULE || newMode === LINK) return 'type'
  if (oldMode !== newMode) return 'mode'
  const silent = hunks?.length === 0 && oldBlob !== newBlob
  return change.binary || silent ? 'binary' : 'content'
}
