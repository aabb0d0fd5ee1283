// The room of scopes: the one truth about who may write a path. Everything here is pure; the rules are gitignore's
// (glob, automaton, patterns), overlap compares scopes with each other, and this file answers for single paths.
import type { Piece, SharedFile } from '../contract/plan.ts'
import { pathProblem } from './escape.ts'
import { foldPath, literalPattern } from './glob.ts'
import { compileScope, PatternList, type ScopeMatcher } from './patterns.ts'

/** Where agents read and write their coordination files unless the configuration names another folder. */
const COORDINATION_FOLDER = '.quintet/session'

/** Who may write a path. */
type Owner =
  | { readonly kind: 'owned'; readonly piece: string }
  | { readonly kind: 'shared'; readonly policy: SharedFile }
  | { readonly kind: 'free' }
  | { readonly kind: 'forbidden'; readonly why: string }

/** What a session may keep of what it wrote. `owner`: the piece, `operator`, or null where nobody owns the path. */
interface Judgement {
  readonly inScope: string[]
  readonly outOfScope: { readonly path: string; readonly owner: string | null }[]
}

export interface OwnershipMap {
  /** Who may write this path, relative to the repository root. */
  ownerOf(path: string): Owner
  /** Sorts paths that a piece wrote into its own and those of others; order is kept. */
  judge(piece: string, paths: readonly string[]): Judgement
}

export interface OwnershipInput {
  readonly pieces: readonly Pick<Piece, 'id' | 'scope'>[]
  readonly shared: readonly SharedFile[]
  readonly coordinationFolder?: string
  readonly ignoreCase?: boolean
}

/** Compiles who owns what. Shared files win over scopes; between overlapping scopes, which a checked plan has not, the first wins. */
export function ownershipMap(input: OwnershipInput): OwnershipMap {
  const options = { ignoreCase: input.ignoreCase === true }
  const spelling = options.ignoreCase ? foldPath : (path: string): string => path
  const shared = new Map(input.shared.map((file) => [spelling(file.path), file]))
  const coordination = new PatternList(
    [literalPattern(input.coordinationFolder ?? COORDINATION_FOLDER)],
    options,
  )
  const scopes = input.pieces.map(({ id, scope }): [string, ScopeMatcher] => [
    id,
    compileScope(scope, options),
  ])

  const ownerOf = (path: string): Owner => {
    const why = pathProblem(path)
    if (why !== null) return { kind: 'forbidden', why }
    if (coordination.matches(path)) return { kind: 'forbidden', why: 'Coordination files belong to Quintet.' }
    const policy = shared.get(spelling(path))
    if (policy !== undefined) return { kind: 'shared', policy }
    const piece = scopes.find(([, scope]) => scope.matches(path))?.[0]
    return piece === undefined ? { kind: 'free' } : { kind: 'owned', piece }
  }
  return { ownerOf, judge: (piece, paths) => judge(piece, paths, ownerOf) }
}

function judge(piece: string, paths: readonly string[], ownerOf: (path: string) => Owner): Judgement {
  const result: Judgement = { inScope: [], outOfScope: [] }
  for (const path of paths) {
    const owner = ownerName(ownerOf(path))
    if (owner === piece) result.inScope.push(path)
    else result.outOfScope.push({ path, owner })
  }
  return result
}

function ownerName(owner: Owner): string | null {
  if (owner.kind === 'owned') return owner.piece
  if (owner.kind === 'shared') return owner.policy.policy === 'owner' ? owner.policy.owner : 'operator'
  return null
}
