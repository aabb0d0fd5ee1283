// The mounts of a session's box, in the order in which they are made. The whole file system is read-only; here is what is
// not: the session's scope and what git ignores, its own part of git, its home and its temporary folder. What would let it
// act outside, or as somebody else, is hidden. Pure.
import type { Mount } from '../../process/box.ts'
import type { Quarantine } from '../../git/objects/quarantine.ts'
import { depthOf, isAtOrBelow, parentOf } from '../../scope/place.ts'
import type { Territory } from '../../scope/territory.ts'

/** The machine around a worktree, as seen from inside. Absolute paths, resolved; everything that is named exists. */
export interface Surroundings {
  /** Folder of all sessions' state, hidden but for what is shown. */
  readonly state: string
  readonly shown: readonly string[]
  /** The session's own home folder. */
  readonly home: string
  /** What is seen of the operator's. */
  readonly operator: readonly Mount[]
  /** Folder that is seen as /tmp. */
  readonly temporary: string
  /** Folders that are seen empty. */
  readonly hidden: readonly string[]
  /** What must be seen wherever it is. */
  readonly visible: readonly string[]
  /** Sockets by which programs outside can be told to act. */
  readonly doors: readonly string[]
}

/** What the box of a session is made from. */
export interface BoxFacts extends Surroundings {
  readonly worktree: string
  readonly territory: Pick<Territory, 'writable' | 'readOnly'>
  /** The worktree's own git folder, and files in it that decide which repository and configuration it is of. */
  readonly gitDir: string
  readonly pinned: readonly string[]
  readonly commonDir: string
  /** Folders of the session's references and of their logs. */
  readonly refs: readonly string[]
  readonly quarantine: Quarantine
  /** Where the shared objects are seen; below the state folder. */
  readonly objects: string
  readonly coordination: { readonly folder: string; readonly readOnly: readonly string[] } | null
}

const TEMPORARY = '/tmp'

/** The mounts, outer ones first. */
export function boxMounts(facts: BoxFacts): readonly Mount[] {
  const mounts = new Map<string, Mount>()
  const put = putInto(mounts)
  putSurroundings(facts, mounts)
  putTerritory(facts, put)
  putGit(facts, put)
  const { store, info } = facts.quarantine
  const own = `${facts.commonDir}/objects`
  mounts.set(own, { kind: 'write', path: own, from: store })
  mounts.set(`${own}/info`, { kind: 'read', path: `${own}/info`, from: info })
  mounts.set(facts.objects, { kind: 'read', path: facts.objects, from: own })
  return outerFirst(mounts)
}

/** The mounts of a box in which a whole worktree can be written, and nothing of git. */
export function treeMounts(facts: Surroundings, worktree: string): readonly Mount[] {
  const mounts = new Map<string, Mount>()
  const put = putInto(mounts)
  putSurroundings(facts, mounts)
  put('write', [worktree])
  put('read', [`${worktree}/.git`])
  return outerFirst(mounts)
}

function putSurroundings(facts: Surroundings, mounts: Map<string, Mount>): void {
  const put = putInto(mounts)
  put('empty', [...facts.hidden, facts.state])
  mounts.set(TEMPORARY, { kind: 'write', path: TEMPORARY, from: facts.temporary })
  put('read', uncovered(facts))
  put('write', [facts.home])
  for (const mount of facts.operator) mounts.set(mount.path, mount)
  put('blank', facts.doors)
}

const putInto =
  (mounts: Map<string, Mount>): Put =>
  (kind, paths) => {
    for (const path of paths) mounts.set(path, { kind, path })
  }

const outerFirst = (mounts: ReadonlyMap<string, Mount>): readonly Mount[] =>
  [...mounts.values(), ...pinnedBetween(mounts)].sort((a, b) => depthOf(a.path) - depthOf(b.path))

/**
 * A mount cannot be renamed, but the folder above it can, and the mount goes with it: whatever is made at the old name is
 * not covered any more. So every folder between a writable mount and another one in it is mounted where it is. In the
 * temporary folder nothing of others is at stake.
 */
function pinnedBetween(mounts: ReadonlyMap<string, Mount>): readonly Mount[] {
  const between = new Map<string, Mount>()
  for (const { path } of mounts.values()) {
    const above = mountAbove(path, mounts)
    if (above?.kind !== 'write' || above.path === TEMPORARY) continue
    const { from } = above
    for (let at = parentOf(path); at !== above.path; at = parentOf(at)) {
      const moved = from === undefined ? {} : { from: `${from}${at.slice(above.path.length)}` }
      between.set(at, { kind: 'write', path: at, ...moved })
    }
  }
  return [...between.values()]
}

/** The next mount above a place. */
function mountAbove(path: string, mounts: ReadonlyMap<string, Mount>): Mount | undefined {
  for (let at = parentOf(path); at !== ''; at = parentOf(at)) {
    const found = mounts.get(at)
    if (found !== undefined) return found
  }
  return undefined
}

type Put = (kind: Mount['kind'], paths: readonly string[]) => void

function putTerritory({ worktree, territory, coordination }: BoxFacts, put: Put): void {
  const inWorktree = (path: string): string => (path === '' ? worktree : `${worktree}/${path}`)
  put('read', territory.readOnly.map(inWorktree))
  put('write', territory.writable.map(inWorktree))
  // Whoever could write this file could make the worktree one of another repository.
  if (territory.writable.includes('')) put('read', [inWorktree('.git')])
  if (coordination === null) return
  put('write', [coordination.folder])
  put('read', coordination.readOnly)
}

function putGit({ gitDir, pinned, refs }: BoxFacts, put: Put): void {
  put('write', [gitDir, ...refs])
  put('read', pinned)
}

/** What must be seen, and would be covered by a folder that is hidden. */
function uncovered({ hidden, state, shown, visible }: Surroundings): string[] {
  const covers = [...hidden, TEMPORARY]
  const isCovered = (path: string): boolean =>
    covers.some((cover) => path !== cover && isAtOrBelow(path, cover)) && !isAtOrBelow(path, state)
  return [...visible.filter(isCovered), ...shown.filter((path) => path !== state && isAtOrBelow(path, state))]
}
