// Whether a session may write a file, judged for the tool hook: inside its worktree by the ownership map, in the other
// worktrees and the git folder never, elsewhere always. Pure but for the lookups it is given.
import { posix } from 'node:path'
import type { GuardRecord } from '../../../contract/guard.ts'
import type { OwnershipMap } from '../../../scope/ownership.ts'
import type { Write } from './input.ts'
import { belongsTo } from './words.ts'

export interface Lookups {
  /** The path with every link in its existing folders resolved. */
  readonly real: (path: string) => string
  /** Other worktrees of the repository, resolved. */
  readonly worktrees: () => readonly string[]
}

export interface Objection {
  /** One sentence. */
  readonly why: string
  /** The path relative to the session's worktree; it may be written after all when git ignores it. Null: in no case. */
  readonly unlessIgnored: string | null
}

/** What speaks against writing a file; null when nothing does, or when the path cannot be told. */
export function objection(
  record: GuardRecord,
  map: OwnershipMap,
  { write, lookups }: { readonly write: Write; readonly lookups: Lookups },
): Objection | null {
  const named = absolute(write)
  if (named === null) return null
  // A link inside the scope may lead out of it, and a folder may be reached by another name.
  const names = [...new Set([named, lookups.real(named)])]
  const found = names.flatMap((path) => objectionTo(record, map, { path, lookups }) ?? [])
  return found.find(({ unlessIgnored }) => unlessIgnored === null) ?? found[0] ?? null
}

/** Null: a relative name in a folder that is not known. */
function absolute({ path, folder }: Write): string | null {
  if (!path.startsWith('/') && folder === null) return null
  const joined = path.startsWith('/') ? posix.normalize(path) : posix.join(folder ?? '', path)
  return joined.length > 1 ? joined.replace(/\/$/, '') : joined
}

function objectionTo(
  record: GuardRecord,
  map: OwnershipMap,
  { path, lookups }: { readonly path: string; readonly lookups: Lookups },
): Objection | null {
  const writable = record.writable.map((allowed) => posix.resolve(record.worktree, allowed))
  if (writable.some((allowed) => below(path, allowed) !== null)) return null
  const inside = below(path, record.worktree)
  if (inside !== null) {
    if (inside !== '' && map.owns(record.piece, inside)) return null
    const never = map.ownerOf(inside).kind === 'forbidden'
    const what = inside === '' ? 'The worktree itself' : inside
    return { why: `${what} ${belongsTo(record, map, inside)}.`, unlessIgnored: never ? null : inside }
  }
  const why = objectionOutside(record, path, lookups)
  return why === null ? null : { why, unlessIgnored: null }
}

function objectionOutside(record: GuardRecord, path: string, lookups: Lookups): string | null {
  if (below(path, record.commonDir) !== null) return `${path} belongs to git and to Quintet.`
  const other = [record.root, ...lookups.worktrees()].find((worktree) => below(path, worktree) !== null)
  if (other === undefined) return null
  return `${path} is in another worktree, ${other}; this session works in ${record.worktree}.`
}

/** The path relative to a folder; null when it is not in it. */
function below(path: string, folder: string): string | null {
  if (path === folder) return ''
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null
}
