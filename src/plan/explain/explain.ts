// Who owns a path by a plan, and why: the pattern, the policy or the rule that decides, and those that would if it were not
// for that one; and what the path has to do with others, where that is known. Pure.
import { posix } from 'node:path'
import type { PlanFile } from '../../contract/plan.ts'
import { ownerName, ownershipInForce, type OwnershipMap } from '../../scope/ownership.ts'
import { compileScope, type ScopeMatcher } from '../../scope/patterns.ts'
import type { RepositoryFacts } from '../facts/facts.ts'
import { plainPath } from '../../scope/request.ts'

/** A piece with the pattern of it that matters. */
export interface ByPattern {
  readonly piece: string
  readonly pattern: string
}

export interface Explanation {
  /** Null: there is none, so nobody owns anything. */
  readonly plan: string | null
  /** Relative to the root; a folder has a slash at its end. */
  readonly path: string
  readonly there: 'file' | 'folder' | 'nothing'
  readonly owner:
    | {
        readonly kind: 'owned'
        readonly piece: string
        readonly title: string
        readonly pattern: string | null
      }
    | { readonly kind: 'shared'; readonly policy: 'owner' | 'operator'; readonly piece: string | null }
    | { readonly kind: 'divided' }
    | { readonly kind: 'free' }
    | { readonly kind: 'forbidden'; readonly why: string }
  /** Pieces that would own it but for a pattern of their exclude. */
  readonly excludedBy: readonly ByPattern[]
  /** Pieces whose patterns hold it although its policy as a shared file decides. */
  readonly overruled: readonly ByPattern[]
  readonly readBy: readonly ByPattern[]
  /** Of a folder: tracked files in it by owner, null for nobody, most first. */
  readonly inside: readonly { readonly owner: string | null; readonly files: number }[]
  readonly surroundings: Surroundings | null
}

/** Another file, and who owns it by the plan; null: nobody. */
export interface Neighbour {
  readonly path: string
  readonly owner: string | null
  /** Commits that changed both, damped; how many imports lead there. */
  readonly weight: number
}

/** What the facts of the repository say; lists hold the strongest first, `more` what was left out of them. */
export interface Surroundings {
  readonly kind: string | null
  readonly codeOwners: readonly string[]
  readonly hub: string | null
  readonly importedBy: Neighbours
  readonly imports: Neighbours
  readonly changesWith: Neighbours
  readonly testedBy: Neighbours
}

export interface Neighbours {
  readonly first: readonly Neighbour[]
  readonly more: number
}

export interface ExplainInput {
  readonly name: string | null
  readonly plan: Pick<PlanFile, 'pieces' | 'shared'>
  readonly path: string
  /** Folder that the path may be relative to, without a trailing slash; '' or absent: the root. */
  readonly from?: string
  /** Tracked files. */
  readonly files: readonly string[]
  readonly ignoreCase: boolean
  readonly coordinationFolder: string
  /** Null: they could not be had. */
  readonly facts: RepositoryFacts | null
}

const FIRST = 8

/** Explains one path. */
export function explainPath(input: ExplainInput): Explanation {
  const { name, plan, files, ignoreCase, coordinationFolder } = input
  const map = ownershipInForce(plan, [], { ignoreCase, coordinationFolder })
  const plain = meantBy(input)
  const below = plain === '' ? '' : `${plain}/`
  const inside = files.filter((file) => file.startsWith(below))
  const there = files.includes(plain) ? 'file' : inside.length > 0 ? 'folder' : 'nothing'
  const isFolder = there === 'folder' || (there === 'nothing' && input.path.endsWith('/'))
  const path = isFolder ? below : plain
  // A folder is what a new file in it would be, unless its files are divided.
  const asked = isFolder ? `${below}new` : plain
  const scopes = plan.pieces.map((piece) => ({
    piece: piece.id,
    reads: piece.reads,
    ignoreCase,
    matcher: compileScope(piece.scope, { ignoreCase }),
  }))
  const decided = ownerOf(map, { plan, asked, scopes })
  const owners = isFolder ? countsOf(inside, map) : []
  const isDivided = new Set(owners.map(({ owner }) => owner)).size > 1
  return {
    plan: name,
    path,
    there,
    owner: isDivided ? { kind: 'divided' } : decided,
    ...patternsBeside({ plan, asked, scopes }, decided.kind === 'shared'),
    inside: owners,
    surroundings: input.facts === null ? null : surroundingsOf(input.facts, { isFolder, path, map }),
  }
}

/** The path from the root: what is there, seen from the folder asked in, or else from the root; what is to come, seen from
 *  where there is a folder for it. */
function meantBy({ path, from = '', files }: ExplainInput): string {
  const plain = plainPath(path).replace(/^\.?\/*$|\/+$/, '')
  const relative = posix.normalize(posix.join(from, path)).replace(/^\.\/?$|\/+$/, '')
  if (from === '' || path.startsWith('/') || relative.startsWith('..')) return plain
  const isThere = (place: string): boolean =>
    place === '' || files.some((file) => file === place || file.startsWith(`${place}/`))
  const found = [relative, plain].find(isThere)
  if (found !== undefined) return found
  return plain.includes('/') && isThere(posix.dirname(plain)) ? plain : relative
}

interface Asked {
  readonly plan: ExplainInput['plan']
  readonly asked: string
  readonly scopes: readonly {
    readonly piece: string
    readonly reads: readonly string[]
    readonly ignoreCase: boolean
    readonly matcher: ScopeMatcher
  }[]
}

/** Patterns that hold the path and do not decide. `isShared`: its policy as a shared file does. */
function patternsBeside(
  { asked, scopes }: Asked,
  isShared: boolean,
): Pick<Explanation, 'excludedBy' | 'overruled' | 'readBy'> {
  return {
    excludedBy: scopes.flatMap(({ piece, matcher }) =>
      matcher.include.matches(asked) && matcher.exclude.matches(asked)
        ? [{ piece, pattern: matcher.exclude.deciding(asked) ?? '' }]
        : [],
    ),
    overruled: scopes.flatMap(({ piece, matcher }) =>
      isShared && matcher.matches(asked) ? [{ piece, pattern: matcher.include.deciding(asked) ?? '' }] : [],
    ),
    readBy: scopes.flatMap(({ piece, reads, ignoreCase }) => {
      const { include } = compileScope({ include: reads }, { ignoreCase })
      return include.matches(asked) ? [{ piece, pattern: include.deciding(asked) ?? '' }] : []
    }),
  }
}

function ownerOf(map: OwnershipMap, { plan, asked, scopes }: Asked): Explanation['owner'] {
  const owner = map.ownerOf(asked)
  if (owner.kind === 'shared') {
    const { policy } = owner
    return { kind: 'shared', policy: policy.policy, piece: policy.policy === 'owner' ? policy.owner : null }
  }
  if (owner.kind !== 'owned') return owner
  const title = plan.pieces.find(({ id }) => id === owner.piece)?.title ?? ''
  const scope = scopes.find(({ piece }) => piece === owner.piece)?.matcher
  return { kind: 'owned', piece: owner.piece, title, pattern: scope?.include.deciding(asked) ?? null }
}

function countsOf(files: readonly string[], map: OwnershipMap): Explanation['inside'] {
  const counts = new Map<string | null, number>()
  for (const file of files) {
    const owner = ownerName(map.ownerOf(file))
    counts.set(owner, (counts.get(owner) ?? 0) + 1)
  }
  return [...counts].map(([owner, count]) => ({ owner, files: count })).toSorted((a, b) => b.files - a.files)
}

interface Place {
  readonly isFolder: boolean
  readonly path: string
  readonly map: OwnershipMap
}

function surroundingsOf(facts: RepositoryFacts, { isFolder, path, map }: Place): Surroundings | null {
  const own = new Set<number>()
  for (const [index, file] of facts.files.entries()) {
    if (isFolder ? file.path.startsWith(path) : file.path === path) own.add(index)
  }
  const [first] = own
  if (first === undefined) return null
  const file = isFolder ? undefined : facts.files[first]
  const list = (edges: Iterable<readonly [from: number, to: number, weight?: number]>): Neighbours =>
    neighbours(edges, { facts, own, map })
  const imports = facts.imports
  return {
    kind: file?.kind ?? null,
    codeOwners: [...new Set([...own].flatMap((index) => facts.files[index]?.owners ?? []))],
    hub: facts.hubs.find(({ file: hub }) => !isFolder && hub === first)?.reason ?? null,
    importedBy: list(imports.map(([from, to]) => [to, from])),
    imports: list(imports),
    changesWith: list([
      ...facts.together,
      ...facts.together.map(([a, b, weight]) => [b, a, weight] as const),
    ]),
    testedBy: list(facts.covers.map(([test, code]) => [code, test])),
  }
}

/** Files outside of `own` that edges lead to from inside, the heaviest first. */
function neighbours(
  edges: Iterable<readonly [from: number, to: number, weight?: number]>,
  {
    facts,
    own,
    map,
  }: { readonly facts: RepositoryFacts; readonly own: ReadonlySet<number>; readonly map: OwnershipMap },
): Neighbours {
  const weights = new Map<number, number>()
  for (const [from, to, weight = 1] of edges) {
    if (own.has(from) && !own.has(to)) weights.set(to, (weights.get(to) ?? 0) + weight)
  }
  const all = [...weights].toSorted(([a, x], [b, y]) => y - x || a - b)
  const first = all.slice(0, FIRST).flatMap(([index, weight]): Neighbour[] => {
    const path = facts.files[index]?.path
    return path === undefined ? [] : [{ path, owner: ownerName(map.ownerOf(path)), weight }]
  })
  return { first, more: all.length - first.length }
}
