// The room of scopes: the one truth about who may write a path. Everything here is pure; the rules are gitignore's
// (glob, automaton, patterns), overlap compares scopes with each other, and this file answers for single paths. What is
// in force is the plan and the grants made since; judge.ts asks it about whole diffs, request.ts about paths asked for.
import type { Piece, SharedFile } from '../contract/plan.ts'
import { pathProblem } from './escape.ts'
import { foldPath, literalPattern } from './glob.ts'
import { overlapOf } from './overlap.ts'
import { compileScope, PatternList, type ScopeMatcher } from './patterns.ts'

/** Where agents read and write their coordination files unless the configuration names another folder. */
const COORDINATION_FOLDER = '.quintet/session'

/** Who may write a path. */
export type Owner =
  | { readonly kind: 'owned'; readonly piece: string }
  | { readonly kind: 'shared'; readonly policy: SharedFile }
  | { readonly kind: 'free' }
  | { readonly kind: 'forbidden'; readonly why: string }

/** What a session may keep of what it wrote. `owner`: the piece, `operator`, or null where nobody owns the path. */
interface Judgement {
  readonly inScope: string[]
  readonly outOfScope: { readonly path: string; readonly owner: string | null }[]
}

/** Paths that have moved to a piece. A path is literal; with a slash at its end it is a folder and all below it. */
export interface Grant {
  readonly paths: readonly string[]
  /** The piece that owns them now. */
  readonly to: string
  /** `operator`, or whoever else decided. */
  readonly by?: string
}

/** What a piece may write, for those who cannot ask path by path (hooks, mounts). Forbidden paths are not repeated here. */
export interface ScopeInForce {
  /** Patterns of the plan: include minus exclude. */
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  /** Literal paths that are decided whatever the patterns say, a folder with a slash at its end. The last that fits wins. */
  readonly exceptions: readonly { readonly path: string; readonly mine: boolean }[]
}

export interface OwnershipMap {
  /** Who may write this path, relative to the repository root. */
  ownerOf(path: string): Owner
  /** Whether the piece may write this path. */
  owns(piece: string, path: string): boolean
  /** Sorts paths that a piece wrote into its own and those of others; order is kept. */
  judge(piece: string, paths: readonly string[]): Judgement
  /** The pattern of the plan by which the piece owns this path; null when it does not, or owns it otherwise. */
  deciding(piece: string, path: string): string | null
  /** Whether the operator has given the piece exactly this path, and has not given it away since. */
  approved(piece: string, path: string): boolean
  /** Who owns something at this path, or below it when it is a folder (a slash at its end): pieces, and `operator`. */
  ownersOf(path: string): readonly string[]
  scopeOf(piece: string): ScopeInForce
  /** The same map for names that a case-insensitive, Unicode-normalising file system takes for one. */
  readonly folded: OwnershipMap
}

export interface OwnershipPlan {
  readonly pieces: readonly Pick<Piece, 'id' | 'scope'>[]
  readonly shared: readonly SharedFile[]
}

export interface OwnershipOptions {
  readonly coordinationFolder?: string
  readonly ignoreCase?: boolean
}

/**
 * Who owns what: the plan, with the grants made since, oldest first. Nobody owns a forbidden path. A granted path belongs
 * to the piece it was granted to last and to nobody else, then shared files win over scopes; between overlapping scopes,
 * which a checked plan has not, the first wins.
 */
export function ownershipInForce(
  plan: OwnershipPlan,
  grants: readonly Grant[],
  options: OwnershipOptions = {},
): OwnershipMap {
  return new MapInForce(plan, grants, options)
}

/** A granted path and how it is compared. */
interface Moved {
  readonly path: string
  readonly spelled: string
  readonly to: string
  readonly approved: boolean
}

class MapInForce implements OwnershipMap {
  readonly #plan: OwnershipPlan
  readonly #grants: readonly Grant[]
  readonly #options: OwnershipOptions
  readonly #spelling: (path: string) => string
  /** Newest first. */
  readonly #moved: readonly Moved[]
  readonly #shared: ReadonlyMap<string, SharedFile>
  readonly #coordination: PatternList
  readonly #scopes: ReadonlyMap<string, ScopeMatcher>
  #folded: OwnershipMap | null = null
  #near: { readonly folder: string; readonly scopes: readonly (readonly [string, ScopeMatcher])[] } | null =
    null

  constructor(plan: OwnershipPlan, grants: readonly Grant[], options: OwnershipOptions) {
    const ignoreCase = options.ignoreCase === true
    this.#plan = plan
    this.#grants = grants
    this.#options = options
    this.#spelling = ignoreCase ? foldPath : (path) => path
    this.#moved = grants.flatMap((grant) => this.#movedBy(grant)).toReversed()
    this.#shared = new Map(plan.shared.map((file) => [this.#spelling(file.path), file]))
    const folder = options.coordinationFolder ?? COORDINATION_FOLDER
    this.#coordination = new PatternList([literalPattern(folder)], { ignoreCase })
    this.#scopes = new Map(plan.pieces.map(({ id, scope }) => [id, compileScope(scope, { ignoreCase })]))
  }

  get folded(): OwnershipMap {
    if (this.#options.ignoreCase === true) return this
    this.#folded ??= new MapInForce(this.#plan, this.#grants, { ...this.#options, ignoreCase: true })
    return this.#folded
  }

  ownerOf(path: string): Owner {
    const ruled = this.#ruled(path)
    if (ruled !== null) return ruled
    const found = this.#scopesNear(path).find(([, scope]) => scope.matches(path))
    return found === undefined ? { kind: 'free' } : { kind: 'owned', piece: found[0] }
  }

  /** Scopes that can hold something in the folder of this path. The last answer is kept: sorted paths stay in a folder. */
  #scopesNear(path: string): readonly (readonly [string, ScopeMatcher])[] {
    const folder = path.slice(0, path.lastIndexOf('/') + 1)
    if (folder !== this.#near?.folder) {
      const scopes = [...this.#scopes].filter(([, { include }]) => include.reaches(folder))
      this.#near = { folder, scopes }
    }
    return this.#near.scopes
  }

  owns(piece: string, path: string): boolean {
    const ruled = this.#ruled(path)
    if (ruled !== null) return ownerName(ruled) === piece
    return this.#scopes.get(piece)?.matches(path) === true
  }

  judge(piece: string, paths: readonly string[]): Judgement {
    const result: Judgement = { inScope: [], outOfScope: [] }
    for (const path of paths) {
      const owner = ownerName(this.ownerOf(path))
      if (owner === piece) result.inScope.push(path)
      else result.outOfScope.push({ path, owner })
    }
    return result
  }

  deciding(piece: string, path: string): string | null {
    const scope = this.#scopes.get(piece)
    if (scope === undefined || this.#ruled(path) !== null || !scope.matches(path)) return null
    return scope.include.deciding(path)
  }

  approved(piece: string, path: string): boolean {
    const moved = this.#movedTo(path)
    return moved?.to === piece && moved.approved && moved.path === path
  }

  ownersOf(path: string): readonly string[] {
    if (!path.endsWith('/')) return [ownerName(this.ownerOf(path))].filter((owner) => owner !== null)
    const spelled = this.#spelling(path)
    const whole = this.#moved.findIndex(
      (moved) => moved.spelled.endsWith('/') && spelled.startsWith(moved.spelled),
    )
    const newer = whole === -1 ? this.#moved : this.#moved.slice(0, whole)
    const inside = newer.filter((moved) => moved.spelled.startsWith(spelled)).map(({ to }) => to)
    return [...new Set([...inside, ...this.#ownersBelow(path, this.#moved[whole])])]
  }

  /** Owners of what is in a folder but for the grants inside of it; `whole`: the grant that took all of it. */
  #ownersBelow(folder: string, whole: Moved | undefined): readonly string[] {
    if (whole !== undefined) return [whole.to]
    const options = { ignoreCase: this.#options.ignoreCase === true }
    const all = compileScope({ include: [grantedPattern(folder)] }, options)
    const spelled = this.#spelling(folder)
    const shared = [...this.#shared]
      .filter(([path]) => path.startsWith(spelled))
      .map(([, policy]) => ownerName({ kind: 'shared', policy }))
    const pieces = [...this.#scopes].filter(([, scope]) => overlapOf(scope, all, options) !== null)
    return [...pieces.map(([piece]) => piece), ...shared.filter((owner) => owner !== null)]
  }

  scopeOf(piece: string): ScopeInForce {
    const scope = this.#scopes.get(piece)?.patterns ?? { include: [], exclude: [] }
    const shared = this.#plan.shared.map((file) => ({
      path: file.path,
      mine: file.policy === 'owner' && file.owner === piece,
    }))
    const moved = this.#moved.toReversed().map(({ path, to }) => ({ path, mine: to === piece }))
    return { include: scope.include, exclude: scope.exclude ?? [], exceptions: [...shared, ...moved] }
  }

  /** What is decided before any scope is asked. */
  #ruled(path: string): Owner | null {
    const why = pathProblem(path)
    if (why !== null) return { kind: 'forbidden', why }
    if (this.#coordination.matches(path))
      return { kind: 'forbidden', why: 'Coordination files belong to Quintet.' }
    const moved = this.#movedTo(path)
    if (moved !== undefined) return { kind: 'owned', piece: moved.to }
    const policy = this.#shared.get(this.#spelling(path))
    return policy === undefined ? null : { kind: 'shared', policy }
  }

  #movedTo(path: string): Moved | undefined {
    if (this.#moved.length === 0) return undefined
    const spelled = this.#spelling(path)
    return this.#moved.find((moved) =>
      moved.spelled.endsWith('/') ? spelled.startsWith(moved.spelled) : spelled === moved.spelled,
    )
  }

  #movedBy({ paths, to, by }: Grant): Moved[] {
    return paths.map((path) => ({ path, spelled: this.#spelling(path), to, approved: by === 'operator' }))
  }
}

/** The pattern that means a granted path, or everything below it when it is a folder. */
export function grantedPattern(path: string): string {
  return path.endsWith('/') ? `${literalPattern(path.slice(0, -1))}/` : literalPattern(path)
}

/** The piece that owns the path, `operator`, or null when nobody does. */
export function ownerName(owner: Owner): string | null {
  if (owner.kind === 'owned') return owner.piece
  if (owner.kind === 'shared') return owner.policy.policy === 'owner' ? owner.policy.owner : 'operator'
  return null
}
