// What the check of a plan knows of the repository and the machine, as values; gather.ts collects them. Pure.
import type { Link } from './links.ts'

/** A plan's surroundings, as values. Paths are relative to the repository root. */
export interface PlanFacts {
  /** Absolute path of the repository root. */
  readonly root: string
  /** What the plan's base names; `commit` null: nothing. */
  readonly base: { readonly ref: string; readonly commit: string | null }
  /** The branch the work lands on, null when none is named and none is checked out; `commit` null: no such branch. */
  readonly target: { readonly branch: string | null; readonly commit: string | null }
  /** Files of the base, symbolic links included, submodules not. */
  readonly files: readonly string[]
  /** Paths of each of the newest commits, wide ones left out; absent where there is no base. */
  readonly history?: readonly (readonly string[])[]
  /** Texts of small files that may list what the pieces are about. */
  readonly texts?: ReadonlyMap<string, string>
  readonly links: readonly Link[]
  readonly submodules: readonly string[]
  /** Program names of the plan and the configuration that can be started, as written. */
  readonly programs: readonly string[]
  /** Scripts of the plan that exist. */
  readonly scripts: readonly string[]
  /** Paths that briefs name and that git ignores. */
  readonly ignored: readonly string[]
  /** Program of every agent that is configured or known. */
  readonly agents: Readonly<Record<string, string>>
  readonly defaultAgent: string | null
  /** Names of the remotes; absent where no piece is external. */
  readonly remotes?: readonly string[]
  /** The command that sets a worktree up, if there is one. */
  readonly setup: readonly string[] | null
  readonly coordinationFolder: string
  /** Whether the file system takes names that differ in case for one. */
  readonly ignoreCase: boolean
}
