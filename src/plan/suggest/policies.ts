// Files between the pieces: each gets one owner, where one piece has most to do with it, or is left to the operator. Lock files
// and the manifests beside them lie above several pieces as well. Pure.
import type { SharedFile } from '../../contract/plan.ts'
import { Owners, folderOf, type Division } from './division.ts'
import type { Ground } from './ground.ts'
import type { ContendedFile } from './hubs.ts'

export interface Policy {
  readonly file: SharedFile
  /** Why, as half a sentence. */
  readonly why: string
}

/** Of what was changed together with a file: from there on it is one piece's. Code is, as soon as one piece has clearly more to
 *  do with it than others: an operator who merges code by hand is a poor owner. */
const MOSTLY = 0.55
const MOSTLY_CODE = 0.35
const MANIFEST =
  /(?:^|\/)(?:package\.json|Cargo\.toml|go\.mod|pyproject\.toml|composer\.json|Gemfile|pnpm-workspace\.yaml)$/

/** The policies of a division; `ids`: of its pieces. */
export function policiesOf(
  ground: Ground,
  division: Division,
  { contended, ids }: { readonly contended: readonly ContendedFile[]; readonly ids: readonly string[] },
): readonly Policy[] {
  if (division.pieces < 2) return []
  const owners = new Owners(division)
  const hubs = contended.map((hub) => hubPolicy(ground, hub, { owners, ids }))
  const named = new Set(hubs.map(({ file }) => file.path))
  const manifests = ground.files.filter(
    (file) => isManifest(ground, file) && !named.has(ground.paths[file] ?? ''),
  )
  const crowded = manifests.length === 0 ? new Set() : foldersOfSeveral(ground, owners)
  const above = manifests.flatMap((file): Policy[] => {
    const path = ground.paths[file] ?? ''
    if (!crowded.has(folderOf(path))) return []
    const isLock = ground.facts.files[file]?.kind === 'lock'
    const why = isLock ? 'a lock file, made anew when branches land' : 'the manifest above several pieces'
    return [{ file: { path, policy: 'operator' }, why }]
  })
  return [...hubs, ...above]
}

function hubPolicy(
  ground: Ground,
  { file, weight, areas }: ContendedFile,
  { owners, ids }: { readonly owners: Owners; readonly ids: readonly string[] },
): Policy {
  const path = ground.paths[file] ?? ''
  const pulls = new Map<string, number>()
  let all = 0
  for (const [a, b, tie] of ground.facts.together) {
    if (a !== file && b !== file) continue
    const piece = owners.ownerOf(ground.paths[a === file ? b : a] ?? '')
    all += tie
    const id = piece === null ? undefined : ids[piece]
    if (id !== undefined) pulls.set(id, (pulls.get(id) ?? 0) + tie)
  }
  const ranked = [...pulls].toSorted(([, a], [, b]) => b - a)
  const [first] = ranked
  const seen = `changed together with files of ${areas} folders (weight ${weight.toFixed(1)})`
  const least = ground.facts.files[file]?.kind === 'code' ? MOSTLY_CODE : MOSTLY
  if (first !== undefined && first[1] >= all * least) {
    const share = Math.round((first[1] / all) * 100)
    return {
      file: { path, policy: 'owner', owner: first[0] },
      why: `${seen}, ${share} % of it in ${first[0]}`,
    }
  }
  return { file: { path, policy: 'operator' }, why: seen }
}

/** Lock files, and manifests that are no test's. */
function isManifest({ facts }: Ground, file: number): boolean {
  const fact = facts.files[file]
  return fact !== undefined && (fact.kind === 'lock' || (fact.kind === 'config' && MANIFEST.test(fact.path)))
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
