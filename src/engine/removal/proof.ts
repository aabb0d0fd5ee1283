// What may become of a session's worktree and branch, and what shows that nothing is lost by it. Pure.
import type { CleanItem } from '../../contract/api.ts'
import type { LandingProof } from '../../contract/facts.ts'
import type { Landing } from '../../integration/proof/landed.ts'
import { PROVEN_BY } from '../../integration/proof/words.ts'

/** What stands where the session worked. `gone`: git still has an entry, the folder was deleted by hand. `unknown`: a
 *  folder that is no worktree of this repository. */
type Standing = 'nothing' | 'worktree' | 'gone' | 'unknown'

export interface RemovalFacts {
  readonly branch: {
    readonly name: string
    readonly target: string
    /** Nothing was committed to it. */
    readonly empty: boolean
    /** Null: never recorded as landed at this tip. */
    readonly landing: Landing | null
  } | null
  /** What proved its landing when it was done; null when it has not landed, or nothing was written down. */
  readonly recorded: LandingProof | null
  /** Commits of the branch that no remote is known to have; null where there is no remote, or no branch. */
  readonly unpushed: number | null
  readonly path: string
  readonly standing: Standing
  /** Reason of a lock that is not the session's own. */
  readonly lock: string | null
  /** Why the worktree has to stay for its submodules. */
  readonly submodules: string | null
  /** Why it has to stay for what is mounted in it. */
  readonly mounted: string | null
  /** Processes of the session itself, which are ended first. */
  readonly processes: readonly number[]
  /** Others that work in the folder. */
  readonly occupants: readonly number[]
  readonly changed: number
  /** Those of the changed files that the index hides from git. */
  readonly hidden: readonly string[]
  readonly untracked: number
  /** Other repositories in the worktree. */
  readonly nested: readonly string[]
  /** Ignored files that are copied. */
  readonly kept: readonly string[]
  /** Ignored files and folders that go with the worktree. */
  readonly dropped: readonly string[]
  /** An unfinished merge, rebase and the like. */
  readonly operation: string | null
  /** Stashes that were made on the branch. */
  readonly stashes: number
  /** Where unsaved work is saved. */
  readonly backups: string
}

/** Paths that a sentence names at most. */
const NAMED = 10

export type Prospect = Pick<CleanItem, 'outcome' | 'reason'> & { readonly proof: readonly string[] }

/** What a clean-up would do, without doing it. */
export function prospectOf(facts: RemovalFacts): Prospect {
  const obstacle = obstacleOf(facts)
  if (obstacle !== null) return { ...obstacle, proof: [] }
  const proof = proofOf(facts)
  const goes = facts.branch?.landing?.kind === 'landed' || facts.branch?.empty === true
  if (facts.branch === null || goes) return { outcome: 'removable', proof }
  const reason = `its branch ${facts.branch.name} has not landed and is kept`
  return { outcome: facts.standing === 'nothing' ? 'kept' : 'removable', reason, proof }
}

function obstacleOf(facts: RemovalFacts): Pick<CleanItem, 'outcome' | 'reason'> | null {
  const { path, standing, lock, occupants } = facts
  if (lock !== null)
    return { outcome: 'kept', reason: `The worktree ${path} is locked: ${lock || 'no reason given'}.` }
  if (standing === 'unknown')
    return { outcome: 'kept', reason: `The folder ${path} is not a worktree that git knows.` }
  const reason = facts.submodules ?? facts.mounted
  if (reason !== null) return { outcome: 'kept', reason }
  if (occupants.length > 0) return { outcome: 'busy', reason: `processes ${occupants.join(', ')} work in it` }
  return null
}

/** One sentence for each thing that could have been lost, and why it is not. */
export function proofOf(facts: RemovalFacts): readonly string[] {
  const { branch, standing, operation, stashes, processes, unpushed } = facts
  return [
    ...(branch === null ? [] : [branchProof(branch), ...changedSince(facts)]),
    ...(unpushed === null || unpushed === 0 ? [] : [unpushedProof(unpushed)]),
    ...(standing === 'worktree' ? [filesProof(facts), ...besideGit(facts)] : []),
    ...(standing === 'gone' ? ["Its folder was deleted by hand; only git's entry for it is left."] : []),
    ...(operation === null ? [] : [`A ${operation} is under way; its state is kept beside the files.`]),
    ...(stashes === 0
      ? []
      : [`${counted(stashes, 'stash', 'stashes')} made on its branch stay in the repository.`]),
    ...(processes.length === 0
      ? []
      : [`${counted(processes.length, 'process', 'processes')} of it are ended first.`]),
  ]
}

function filesProof({ changed, hidden, untracked, backups, ...facts }: RemovalFacts): string {
  if (changed + untracked === 0)
    return facts.nested.length + facts.kept.length === 0
      ? 'Everything in its worktree is committed.'
      : 'All its own files that git does not ignore are committed.'
  const parts = [
    ...(changed === 0 ? [] : [counted(changed, 'changed file', 'changed files')]),
    ...(untracked === 0 ? [] : [counted(untracked, 'untracked file', 'untracked files')]),
  ]
  const marked =
    hidden.length === 0 ? '' : ` Hidden from git status, and saved all the same: ${some(hidden)}.`
  return `What is not committed (${parts.join(', ')}) is saved under ${backups}.${marked}`
}

/** What git does not hold, and what goes. */
function besideGit({ nested, kept, dropped }: RemovalFacts): readonly string[] {
  return [
    ...(nested.length === 0 ? [] : [`Other repositories in it are copied whole: ${some(nested)}.`]),
    ...(kept.length === 0 ? [] : [`Ignored files are copied to the state folder: ${some(kept)}.`]),
    ...(dropped.length === 0 ? [] : [`Ignored, made again by tools, and not kept: ${some(dropped)}.`]),
  ]
}

function some(paths: readonly string[]): string {
  const rest = paths.length - NAMED
  return `${paths.slice(0, NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

function branchProof({ name, target, empty, landing }: NonNullable<RemovalFacts['branch']>): string {
  if (empty && landing?.kind !== 'landed') return `Nothing was committed to the branch ${name}.`
  if (landing === null) return `The branch ${name} has not landed: it stays.`
  if (landing.kind === 'landed') return `The branch ${name} is in ${target}: ${PROVEN_BY[landing.how]}.`
  return `The branch ${name} has ${counted(landing.missing, 'commit', 'commits')} that ${target} has not: it stays.`
}

/** The target has been rewritten since, or the proof was an easier one then. */
function changedSince({ branch, recorded }: RemovalFacts): readonly string[] {
  const landing = branch?.landing ?? null
  if (branch === null || recorded === null || landing === null) return []
  if (landing.kind === 'landed' && landing.how === recorded) return []
  return [`What proved it when it landed on ${branch.target}: ${PROVEN_BY[recorded]}.`]
}

function unpushedProof(count: number): string {
  return `${counted(count, 'commit', 'commits')} of its branch ${count === 1 ? 'is' : 'are'} on no remote, and ${count === 1 ? 'stays' : 'stay'} in this repository.`
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}
