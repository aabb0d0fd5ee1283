// Files between the pieces: each gets one owner, where one piece has most to do with it, or is left to the operator. Lock files
// and the manifests beside them lie above several pieces as well. Pure.
import type { SharedFile } from '../../contract/plan.ts'
import { Owners, folderOf, type Division } from './division.ts'
import type { Ground } from './ground.ts'
import type { ContendedFile } from './hubs.ts'
import { isManifestPath } from './manifests.ts'

export interface Policy {
  readonly file: SharedFile
  /** Why, as half a sentence. */
  readonly why: string
}

/** Of what was changed together with a file: from there on it is one piece's. Code that no piece has is, as soon as one has clearly
 *  more to do with it than others: an operator who merges code by hand is a poor owner. Code that a piece has stays there unless
 *  most of it is done elsewhere. */
const MOSTLY = 0.55
const MOSTLY_CODE = 0.35
/** Policies that a reader goes through; of what else is merged by its entries there is no need to speak. */
const MOST = 6
const LEAST_ABOVE = 2

/** The policies of a division; `ids`: of its pieces. */
export function policiesOf(
  ground: Ground,
  division: Division,
  { contended, ids }: { readonly contended: readonly ContendedFile[]; readonly ids: readonly string[] },
): readonly Policy[] {
  if (division.pieces < 2) return []
  const owners = new Owners(division)
  const near = tiesOf(
    ground,
    contended.map(({ file }) => file),
  )
  const crowded = foldersOfSeveral(ground, owners)
  // The manifest of one package changes with those of others when a version is released; it stays with its package.
  const isOwn = ({ file }: ContendedFile): boolean =>
    isManifest(ground, file) && !crowded.has(folderOf(ground.paths[file] ?? ''))
  const hubs = contended
    .filter((hub) => !isOwn(hub))
    .flatMap((hub) => hubPolicy(ground, hub, { owners, ids, near }) ?? [])
  const named = new Set(contended.map(({ file }) => file))
  const manifests = ground.files.filter((file) => isManifest(ground, file) && !named.has(file))
  const above = manifests.flatMap((file): Policy[] => {
    const path = ground.paths[file] ?? ''
    if (!crowded.has(folderOf(path))) return []
    const isLock = ground.facts.files[file]?.kind === 'lock'
    const why = isLock ? 'a lock file, made anew when branches land' : 'the manifest above several pieces'
    return [{ file: { path, policy: 'operator' }, why }]
  })
  const room = Math.max(LEAST_ABOVE, MOST - hubs.length)
  const likeliest = above.toSorted((a, b) => rankOf(a) - rankOf(b))
  return [...hubs, ...likeliest.slice(0, room)]
}

/** Lock files first, then manifests, those of the outermost folders first. */
function rankOf({ file: { path } }: Policy): number {
  return path.split('/').length + (isManifestPath(path) ? 100 : 0)
}

interface HubContext {
  readonly owners: Owners
  readonly ids: readonly string[]
  readonly near: ReadonlyMap<number, readonly (readonly [other: number, weight: number])[]>
}

/** Null: the piece that should have it has it already, and a policy would say nothing new. */
function hubPolicy(
  ground: Ground,
  { file, weight, areas }: ContendedFile,
  { owners, ids, near }: HubContext,
): Policy | null {
  const path = ground.paths[file] ?? ''
  const pulls = new Map<number, number>()
  let all = 0
  for (const [other, tie] of near.get(file) ?? []) {
    const piece = owners.ownerOf(ground.paths[other] ?? '')
    all += tie
    if (piece !== null) pulls.set(piece, (pulls.get(piece) ?? 0) + tie)
  }
  const [first] = [...pulls].toSorted(([, a], [, b]) => b - a)
  const seen = `changed together with files of ${areas} folders (weight ${weight.toFixed(1)})`
  const own = owners.ownerOf(path)
  const least = own === null && ground.facts.files[file]?.kind === 'code' ? MOSTLY_CODE : MOSTLY
  if (first === undefined || first[1] < all * least)
    return own !== null && isWritten(ground, file) ? null : { file: { path, policy: 'operator' }, why: seen }
  if (own === first[0]) return null
  const owner = ids[first[0]] ?? ''
  const share = Math.round((first[1] / all) * 100)
  return { file: { path, policy: 'owner', owner }, why: `${seen}, ${share} % of it in ${owner}` }
}

/** An operator writes neither code nor tests: they stay with the piece that has them. */
function isWritten({ facts }: Ground, file: number): boolean {
  const kind = facts.files[file]?.kind
  return kind === 'code' || kind === 'test'
}

/** What each of these files was changed together with. */
function tiesOf({ facts }: Ground, files: readonly number[]): HubContext['near'] {
  const near = new Map<number, [number, number][]>(files.map((file) => [file, []]))
  for (const [a, b, tie] of facts.together) {
    near.get(a)?.push([b, tie])
    near.get(b)?.push([a, tie])
  }
  return near
}

/** Lock files, and manifests that are no test's. */
function isManifest({ facts }: Ground, file: number): boolean {
  const fact = facts.files[file]
  return fact !== undefined && (fact.kind === 'lock' || (fact.kind === 'config' && isManifestPath(fact.path)))
}

/** Folders with files of two pieces or more in them or below. */
function foldersOfSeveral(ground: Ground, owners: Owners): ReadonlySet<string> {
  const first = new Map<string, number>()
  const several = new Set<string>()
  for (const file of ground.files) {
    const path = ground.paths[file] ?? ''
    const piece = owners.ownerOf(path)
    if (piece === null) continue
    for (let at = folderOf(path); !several.has(at); at = folderOf(at)) {
      const known = first.get(at)
      if (known === undefined) first.set(at, piece)
      else if (known !== piece) several.add(at)
      if (at === '') break
    }
  }
  return several
}
