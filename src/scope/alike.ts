// Who owns a path under another spelling: what a file system that ignores case, or normalises Unicode, takes for the same
// file. There two owners of two spellings would be two writers of one path. Pure.
import { overlap } from './overlap.ts'
import { grantedPattern, type OwnershipMap } from './ownership.ts'

/** Somebody who owns a path that is taken for another one. */
export interface AlikeOwner {
  readonly piece: string
  /** The path or the pattern by which it owns it. */
  readonly name: string
}

/** Pieces other than `piece` that would keep what is taken for this path, or for something below it (a slash at its end),
 *  if the path as it is spelled moved. */
export function alikeOwners(map: OwnershipMap, piece: string | null, path: string): readonly AlikeOwner[] {
  const { folded } = map
  if (piece !== null && !path.endsWith('/') && folded.owns(piece, path)) return []
  const spelled = new Set(map.ownersOf(path))
  return folded
    .ownersOf(path)
    .filter((owner) => owner !== piece && owner !== 'operator')
    .flatMap((owner) => {
      const name = nameIn(map, owner, path)
      return name === null && spelled.has(owner) ? [] : [{ piece: owner, name: name ?? path }]
    })
}

/** What of a piece's own is taken for the path and is not the path: what it was granted, the newest first, then what the
 *  plan gives it. */
function nameIn(map: OwnershipMap, owner: string, path: string): string | null {
  const { include, exclude, exceptions } = map.scopeOf(owner)
  const wanted = { include: [grantedPattern(path)] }
  const passes = (pattern: string, without: readonly string[]): boolean => {
    const own = { include: [pattern], exclude: [...without] }
    return overlap(own, wanted, { ignoreCase: true }) !== null && overlap(own, wanted) === null
  }
  const granted = exceptions.filter(({ mine }) => mine).map(({ path: own }) => own)
  return (
    granted.findLast((own) => passes(grantedPattern(own), [])) ??
    include.find((pattern) => passes(pattern, exclude)) ??
    null
  )
}
