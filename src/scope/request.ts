// What becomes of a request for paths: which are asked for in vain, which are granted at once, and whom the rest belongs
// to. Pure; what only the repository or other runs know is handed in.
import type { RequestPolicy } from '../contract/scope.ts'
import { alikeOwners } from './alike.ts'
import { pathProblem } from './escape.ts'
import { controlName, disguise } from './judge.ts'
import type { OwnershipMap } from './ownership.ts'
import { inside } from './place.ts'

/** Paths of one request that share their fate. */
export type RequestPart =
  /** They are the piece's own already. */
  | { readonly kind: 'own'; readonly paths: readonly string[] }
  /** Nobody may have them. */
  | { readonly kind: 'forbidden'; readonly paths: readonly string[]; readonly why: string }
  /** Nobody who is at work has them, and nothing speaks against granting them. `from`: who had them. */
  | { readonly kind: 'free'; readonly paths: readonly string[]; readonly from: string | null }
  /** The piece that owns them is to make the change. */
  | { readonly kind: 'handed'; readonly paths: readonly string[]; readonly owner: string }
  /** Somebody has to decide. `owner`: a piece, `operator`, or null for nobody. */
  | {
      readonly kind: 'asked'
      readonly paths: readonly string[]
      readonly owner: string | null
      readonly why: string
    }

export interface RequestContext {
  readonly policy: RequestPolicy
  /** Whether a piece writes nothing any more: it has landed or was abandoned. Default: none has. */
  readonly ended?: (piece: string) => boolean
  /** Why a path cannot be granted without the operator although nobody in this run owns it; null when it can. */
  readonly obstacle?: (path: string) => string | null
}

/** Sorts what a piece asks for; the order of paths is kept, parts are in the order of their first path. */
export function sortRequest(
  map: OwnershipMap,
  piece: string,
  paths: readonly string[],
  context: RequestContext,
): readonly RequestPart[] {
  const parts: RequestPart[] = []
  for (const path of new Set(paths.map(plainPath))) {
    const part = partOf(map, piece, path, context)
    const same = parts.findIndex((other) => fate(other) === fate(part))
    const known = parts[same]
    if (known === undefined) parts.push(part)
    else parts[same] = { ...known, paths: [...known.paths, path] }
  }
  return parts
}

/** The path as the map knows it: relative, without a leading `./`; a folder keeps one slash at its end. Spaces stay. */
export function plainPath(path: string): string {
  return path
    .replaceAll(/\/{2,}/g, '/')
    .replace(/^(?:\.\/)+/, '')
    .replace(/\/(?:\*\*?)?$/, '/')
}

function fate(part: RequestPart): string {
  const { kind, why, owner, from } = { why: '', owner: '', from: '', ...part }
  return [kind, why, owner, from].join('\0')
}

function partOf(
  map: OwnershipMap,
  piece: string,
  path: string,
  { policy, obstacle, ended = () => false }: RequestContext,
): RequestPart {
  const paths = [path]
  const why = whyNobody(map, path)
  if (why !== null) return { kind: 'forbidden', paths, why }
  const all = map.ownersOf(path)
  if (map.owns(piece, inside(path)) && all.every((owner) => owner === piece)) return { kind: 'own', paths }
  const others = all.filter((owner) => owner !== piece)
  const owners = others.filter((other) => other === 'operator' || !ended(other))
  const [owner = null] = owners
  if (owners.length > 1) {
    return {
      kind: 'forbidden',
      paths,
      why: `Below it are paths of ${owners.join(' and ')}; each is asked for by itself.`,
    }
  }
  if (owner === 'operator')
    return { kind: 'asked', paths, owner, why: 'It is a shared file of the operator.' }
  if (owner !== null && policy === 'hand') return { kind: 'handed', paths, owner }
  if (owner !== null) return { kind: 'asked', paths, owner, why: `It belongs to ${owner}.` }
  const special =
    whySpecial(map, piece, path) ?? whyAlike(map, piece, { path, ended }) ?? obstacle?.(path) ?? null
  if (special !== null) return { kind: 'asked', paths, owner, why: special }
  if (policy === 'ask')
    return { kind: 'asked', paths, owner, why: 'The plan leaves every grant to the operator.' }
  return { kind: 'free', paths, from: others[0] ?? null }
}

function whyNobody(map: OwnershipMap, path: string): string | null {
  if (path.includes('*'))
    return 'It is a pattern; paths are asked for by name, a folder with a slash at its end.'
  if (/\p{Cc}/u.test(path)) return 'It contains control characters.'
  const owner = map.ownerOf(inside(path))
  return owner.kind === 'forbidden' ? owner.why : pathProblem(path.replace(/\/$/, ''))
}

/** Free, and not to be had without a look all the same. */
function whySpecial(map: OwnershipMap, piece: string, path: string): string | null {
  const name = inside(path)
  if (controlName(name) !== null) return 'It governs git or Quintet itself.'
  return disguise(map, piece, name)
}

/** Some file systems take it for a path of somebody who is at work. */
function whyAlike(
  map: OwnershipMap,
  piece: string,
  { path, ended }: { readonly path: string; readonly ended: (piece: string) => boolean },
): string | null {
  const alike = alikeOwners(map, piece, path).find(({ piece: owner }) => !ended(owner))
  return alike === undefined
    ? null
    : `Some file systems take it for ${alike.name}, which belongs to ${alike.piece}.`
}
