// What is known of a repository before anybody plans work in it: its files by kind, its packages, which file imports which,
// which files change together, who owns what and which tests cover which code. Pure types; gathered by the files beside it.

/** A path is of one kind; lock files and generated files are owned by nobody in a suggestion. */
export type FileKind = 'code' | 'test' | 'docs' | 'config' | 'generated' | 'lock' | 'asset'

export interface FileFact {
  /** Relative to the root, with forward slashes. */
  readonly path: string
  readonly kind: FileKind
  /** Language by ending ("typescript", "python" …); null where there is none. */
  readonly language: string | null
  readonly bytes: number
  /** Package that it lies in, an index of `packages`; null outside of all. */
  readonly package: number | null
  /** Commits of the history looked at that changed it, damped: a commit of n files counts 1/log2(1+n), see together.ts. */
  readonly churn: number
  /** Owners by CODEOWNERS, last matching rule. */
  readonly owners: readonly string[]
}

export interface PackageFact {
  readonly name: string
  /** Folder, without a trailing slash; '' is the root. */
  readonly folder: string
  /** npm, cargo, go, python, maven … */
  readonly manager: string
  /** Indices of packages of this repository that it depends on. */
  readonly dependsOn: readonly number[]
}

/** `[from, to]`: file `from` imports file `to`; indices of `files`. */
export type ImportEdge = readonly [from: number, to: number]

/** `[a, b, weight]`, a < b: damped count of commits that changed both. */
export type TogetherEdge = readonly [a: number, b: number, weight: number]

export interface HubFact {
  readonly file: number
  /** Files that import it. */
  readonly importers: number
  /** Top-level areas whose commits changed it as well. */
  readonly areas: number
  readonly churn: number
  readonly reason: string
}

export interface RepositoryFacts {
  readonly version: 1
  readonly commit: string
  readonly tree: string
  /** Sorted by path. */
  readonly files: readonly FileFact[]
  readonly packages: readonly PackageFact[]
  readonly imports: readonly ImportEdge[]
  readonly together: readonly TogetherEdge[]
  /** `[test, code]` indices: this test covers that file, by import or by name. */
  readonly covers: readonly (readonly [test: number, code: number])[]
  readonly hubs: readonly HubFact[]
  readonly history: {
    /** Commits read, and those that counted (no merges, none too big). */
    readonly read: number
    readonly counted: number
    readonly oldest: string | null
    /** A shallow clone leaves out what came before the oldest. */
    readonly shallow?: boolean
  }
}
