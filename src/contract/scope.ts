// What is said about paths and their owners: findings of the gate, and requests for paths of others.
import * as v from 'valibot'

/**
 * What the gate can find in a diff. `out-of-scope`: a path of somebody else, or of nobody. `link-outside`: a symbolic link
 * that leads out of the repository or into `.git`. `link-foreign`: one that leads out of the scope. `submodule`: one that
 * was added or moved. `mode`: the executable bit changed. `control-file`: a file that governs git or Quintet itself.
 * `same-name`: a new name that some file systems take for another one. `look-alike`: a new name that people take for
 * another one. `history`: merging the branch would do something else than what was judged.
 */
export const FINDING_KINDS = [
  'out-of-scope',
  'link-outside',
  'link-foreign',
  'submodule',
  'mode',
  'control-file',
  'same-name',
  'look-alike',
  'history',
] as const
export type FindingKind = (typeof FINDING_KINDS)[number]

export const ScopeFindingFact = v.object({
  kind: v.picklist(FINDING_KINDS),
  path: v.string(),
  owner: v.nullable(v.string()),
  text: v.string(),
  blocks: v.boolean(),
})

/** One thing that is wrong, or worth a look, with a path of a diff. */
export interface ScopeFinding {
  readonly kind: FindingKind
  /** The path; a folder ends with a slash. Empty where no path is meant. */
  readonly path: string
  /** Whose path it is, or is taken for: a piece, `operator`, or null for nobody. */
  readonly owner: string | null
  /** One sentence without the path. */
  readonly text: string
  /** Whether the session can neither finish nor land with it. */
  readonly blocks: boolean
}

/** How a request came in: by a tool call, in a status report, by a refused permission, from the operator, or from the gate. */
export const REQUEST_WAYS = ['mcp', 'status', 'permission', 'operator', 'gate'] as const
export type RequestWay = (typeof REQUEST_WAYS)[number]

/** Who decided: the plan's policy, or the operator. */
export const DECIDERS = ['policy', 'operator'] as const
export type Decider = (typeof DECIDERS)[number]

/** What becomes of a request without the operator; see the plan's `scope_requests`. */
export const REQUEST_POLICIES = ['ask', 'auto-free', 'hand'] as const
export type RequestPolicy = (typeof REQUEST_POLICIES)[number]

/** A request for paths, as it stands. Times are milliseconds since the epoch. */
export interface ScopeRequest {
  readonly n: number
  /** Piece that asks. */
  readonly piece: string
  readonly paths: readonly string[]
  /** Who owned the paths when they were asked for; `operator` for a shared file, null for nobody. */
  readonly owner: string | null
  readonly reason: string
  readonly via: RequestWay
  readonly since: number
  readonly state: 'open' | 'granted' | 'refused' | 'handed'
  /** Absent while it is open. */
  readonly settled?: {
    readonly at: number
    readonly by: Decider
    readonly reason: string
    /** Piece that has the paths now, or that is to make the change. */
    readonly to?: string
    /** File with what was taken off the branch; absolute. */
    readonly patch?: string
  }
}
