// Integration brings finished branches into the target: merged one after the other without a checkout (here), checked
// on exactly the resulting tree in a worktree of its own (worktree, checks), and landed by compare-and-swap (target).
// Nothing here changes a branch of a session; whatever stops leaves everything as it is, and names it.
import type { MergeStyle } from '../contract/plan.ts'
import { commitTree, mergeBase, mergeTree, OWN_IDENTITY, treeOf, type Identity } from '../git/merge/merge.ts'
import { resolveCommit, type Repository } from '../git/repository.ts'
import { runGit } from '../git/run.ts'
import { placeBranch, type Placed } from './proof/place.ts'
import { pathsByHand } from './resolve/by-hand.ts'
import type { Resolution } from './resolve/resolve.ts'

interface StackBranch {
  readonly piece: string
  readonly title: string
  /** Commit it started from; asked for only where its commits are taken over one by one. */
  readonly base?: string
  /** Commit to merge. */
  readonly tip: string
  /** Pieces of the same list without which it is not merged; looked at only when going on after a conflict. */
  readonly needs?: readonly string[]
}

export interface StackConflict {
  readonly piece: string
  /** Conflicting paths; empty when the histories have no commit in common. */
  readonly files: readonly string[]
  /** The piece merged before that it conflicts with; null when it conflicts with the target itself. */
  readonly against: string | null
}

export interface StackStep {
  readonly piece: string
  readonly commit: string
  readonly tree: string
  /** Paths that were in conflict and have been resolved; absent when none was. */
  readonly resolved?: readonly string[]
  /** Why it has a merge commit, where its commits were to be taken over one by one. */
  readonly notRebased?: string
}

export interface StackOutcome {
  readonly kind: 'stacked'
  /** The target commit with every merge on top; the tip itself when nothing was merged. */
  readonly commit: string
  /** One merge commit per piece, in order. */
  readonly steps: readonly StackStep[]
  /** Pieces whose branch adds nothing to what is below them. */
  readonly upToDate: readonly string[]
  /** The first of `conflicts`. */
  readonly conflict: StackConflict | null
  /** Branches that were not merged: at most one, when it stops there. */
  readonly conflicts: readonly StackConflict[]
  /** After a stop all that would have followed; else those that need a branch that was not merged. */
  readonly notTried: readonly string[]
}

export interface StackInput {
  readonly repo: Repository
  /** Commit of the target. */
  readonly tip: string
  readonly branches: readonly StackBranch[]
  /** Whether it goes on without a branch that conflicts. */
  readonly goOn?: boolean
  /** Default: one merge commit a branch. A branch whose commits cannot be taken over one by one gets its merge commit. */
  readonly style?: MergeStyle
  /** Tips of branches whose work `tip` has, although it has none of their commits: what builds on them goes on from there. */
  readonly landed?: readonly string[]
  /** Asked what becomes of a conflict between two commits before a branch is left out. */
  readonly resolve?: (ours: string, theirs: string) => Promise<Resolution>
  readonly signal?: AbortSignal
}

/** Merges the branches onto `tip` in the given order and stops at the first conflict, or goes on without that branch. Writes
 *  objects only, and the same input always gives the same commits. Throws `E_GIT` when a commit is missing. */
export async function stackMerges(given: StackInput): Promise<StackOutcome> {
  const cwd = given.repo.root
  const input = { ...given, landed: await stillThere(given) }
  const who = await identity(cwd)
  const steps: StackStep[] = []
  const [upToDate, conflicts, notTried]: [string[], StackConflict[], string[]] = [[], [], []]
  let commit = input.tip
  for (const branch of input.branches) {
    input.signal?.throwIfAborted()
    const out = new Set([...conflicts.map(({ piece }) => piece), ...notTried])
    const stopped = out.size > 0 && input.goOn !== true
    if (stopped || (branch.needs ?? []).some((need) => out.has(need))) {
      notTried.push(branch.piece)
      continue
    }
    const inside = insideOf(input, steps)
    const onto = await knowing(cwd, commit, { inside, tip: branch.tip })
    const merged = await mergeOrResolve(input, onto, branch)
    if (merged.kind === 'up-to-date') upToDate.push(branch.piece)
    else if (merged.kind === 'conflict') {
      const against = await opponent(input, branch, steps)
      conflicts.push({ piece: branch.piece, files: merged.files, against })
    } else {
      const placed = await place(input, who, { ...merged, onto: commit, branch })
      const { tree, paths } = merged
      steps.push({
        piece: branch.piece,
        tree,
        ...placed,
        ...(paths === undefined ? {} : { resolved: paths }),
      })
      commit = placed.commit
    }
  }
  return { kind: 'stacked', commit, steps, upToDate, conflict: conflicts[0] ?? null, conflicts, notTried }
}

type Merged =
  | { readonly kind: 'clean'; readonly tree: string }
  | { readonly kind: 'up-to-date' }
  | { readonly kind: 'conflict'; readonly files: readonly string[] }

/** A clean merge, what a conflict was resolved to, or the conflict. */
async function mergeOrResolve(
  { repo, resolve }: StackInput,
  onto: string,
  branch: StackBranch,
): Promise<Merged & { readonly resolved?: readonly string[]; readonly paths?: readonly string[] }> {
  const merged = await mergeOne(repo.root, onto, branch)
  if (merged.kind !== 'conflict' || merged.files.length === 0 || resolve === undefined) return merged
  const resolution = await resolve(onto, branch.tip)
  if (resolution.kind === 'open') return merged
  return { kind: 'clean', tree: resolution.tree, resolved: resolution.by, paths: resolution.paths }
}

async function mergeOne(cwd: string, onto: string, branch: StackBranch): Promise<Merged> {
  const base = await mergeBase(cwd, onto, branch.tip)
  if (base === null) return { kind: 'conflict', files: [] }
  if (base === branch.tip) return { kind: 'up-to-date' }
  return mergeTree(cwd, onto, branch.tip)
}

/** The first merge of the stack with which the branch does not go together. */
async function opponent(
  input: StackInput,
  branch: StackBranch,
  steps: readonly StackStep[],
): Promise<string | null> {
  const cwd = input.repo.root
  for (const [index, { piece, commit }] of [{ piece: null, commit: input.tip }, ...steps].entries()) {
    const inside = insideOf(input, steps.slice(0, index))
    const onto = await knowing(cwd, commit, { inside, tip: branch.tip })
    const merged = await mergeOne(cwd, onto, branch)
    if (merged.kind === 'conflict') return piece
  }
  return null
}

/** Of the tips that have landed those whose commits are not gone by now; none where every tip becomes a parent. */
async function stillThere({ repo, style = 'merge', landed = [] }: StackInput): Promise<readonly string[]> {
  if (style === 'merge') return []
  const found: string[] = []
  for (const tip of landed) if ((await resolveCommit(repo.root, tip)) !== null) found.push(tip)
  return found
}

/** Tips of branches whose work is there without their commits, maybe. */
function insideOf(
  { style = 'merge', landed = [], branches }: StackInput,
  steps: readonly StackStep[],
): readonly string[] {
  if (style === 'merge') return []
  const tips = steps.flatMap(({ piece }) => branches.find((branch) => branch.piece === piece)?.tip ?? [])
  return [...landed, ...tips]
}

/** A commit like `onto` to merge a branch with, of which git knows that it has the work of those branches whose commits it
 *  has not and that the branch builds on, or on a part of which it builds: of a squashed branch nothing else says so. */
async function knowing(
  cwd: string,
  onto: string,
  { inside, tip }: { readonly inside: readonly string[]; readonly tip: string },
): Promise<string> {
  if (inside.length === 0) return onto
  const { stdout } = await runGit(['rev-list', '--end-of-options', tip, `^${onto}`], {
    cwd,
    op: 'list what a branch builds on',
  })
  const missing = new Set(stdout.split('\n'))
  const shared: string[] = []
  for (const other of new Set(inside)) {
    const common = other === tip ? null : await mergeBase(cwd, other, tip)
    if (common !== null && missing.has(common)) shared.push(other)
  }
  if (shared.length === 0) return onto
  const tree = await treeOf(cwd, onto)
  return commitTree(cwd, { tree, parents: [onto, ...shared], message: 'onto\n', identity: OWN_IDENTITY })
}

interface ToPlace {
  readonly tree: string
  readonly resolved?: readonly string[]
  readonly paths?: readonly string[]
  readonly onto: string
  readonly branch: StackBranch
}

type Placement = Pick<StackStep, 'commit' | 'notRebased'>

async function place(
  { repo, style = 'merge' }: StackInput,
  who: Identity,
  made: ToPlace,
): Promise<Placement> {
  const { branch, resolved = [], paths = [], ...rest } = made
  const byHand = await pathsByHand(repo.root, { tip: branch.tip, without: withoutOf(rest.onto, branch) })
  const named = [
    ...resolved,
    ...byHand.filter((path) => !paths.includes(path)).map((path) => `${path} by piece ${branch.piece}`),
  ]
  const placing = {
    repo,
    who,
    ...rest,
    resolved: named,
    branch: { ...branch, base: branch.base ?? rest.onto },
  }
  const wanted = style === 'rebase' && branch.base === undefined ? 'merge' : style
  const placed = await placeBranch({ ...placing, style: wanted })
  if (placed.kind === 'placed') return { commit: placed.commit }
  const merged = await placeBranch({ ...placing, style: 'merge' })
  if (merged.kind === 'placed') return { commit: merged.commit, notRebased: whyNotRebased(placed) }
  throw new Error('A merge commit can always be written.')
}

const withoutOf = (onto: string, { base }: StackBranch): readonly string[] =>
  base === undefined ? [onto] : [onto, base]

function whyNotRebased(placed: Exclude<Placed, { kind: 'placed' }>): string {
  return placed.kind === 'conflict'
    ? `its commit ${placed.commit.slice(0, 12)} alone conflicts in ${placed.files.join(', ')}`
    : 'its commits one by one give other files than all of them together'
}

/** The repository's configured user, or Quintet itself. The environment is not asked: it differs between processes. */
async function identity(cwd: string): Promise<Identity> {
  const name = await setting(cwd, 'user.name')
  const email = await setting(cwd, 'user.email')
  return name === '' || email === '' ? OWN_IDENTITY : { name, email }
}

async function setting(cwd: string, key: string): Promise<string> {
  const { stdout } = await runGit(['config', '--get', key], { cwd, op: `read ${key}`, ok: [0, 1] })
  return stdout.trim()
}
