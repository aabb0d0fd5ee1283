// Integration brings finished branches into the target: merged one after the other without a checkout (here), checked
// on exactly the resulting tree in a worktree of its own (worktree, checks), and landed by compare-and-swap (target).
// Nothing here changes a branch of a session; whatever stops leaves everything as it is, and names it.
import { mergeBase, mergeTree, OWN_IDENTITY, type Identity } from '../git/merge.ts'
import type { Repository } from '../git/repository.ts'
import { runGit } from '../git/run.ts'

interface StackBranch {
  readonly piece: string
  readonly title: string
  /** Commit to merge. */
  readonly tip: string
}

export interface StackConflict {
  readonly piece: string
  /** Conflicting paths; empty when the histories have no commit in common. */
  readonly files: readonly string[]
  /** The piece merged before that it conflicts with; null when it conflicts with the target itself. */
  readonly against: string | null
}

export interface StackOutcome {
  readonly kind: 'stacked'
  /** The target commit with every merge on top; the tip itself when nothing was merged. */
  readonly commit: string
  /** One merge commit per piece, in order. */
  readonly steps: readonly { readonly piece: string; readonly commit: string }[]
  /** Pieces whose branch adds nothing to what is below them. */
  readonly upToDate: readonly string[]
  /** Where it stopped; the pieces after it were not tried. */
  readonly conflict: StackConflict | null
  readonly notTried: readonly string[]
}

export interface StackInput {
  readonly repo: Repository
  /** Commit of the target. */
  readonly tip: string
  readonly branches: readonly StackBranch[]
  readonly signal?: AbortSignal
}

/** Merges the branches onto `tip` in the given order and stops at the first conflict. Writes objects only, and the same
 *  input always gives the same commits. Throws `E_GIT` when a commit is missing. */
export async function stackMerges({ repo, tip, branches, signal }: StackInput): Promise<StackOutcome> {
  const cwd = repo.root
  const steps: { piece: string; commit: string }[] = []
  const upToDate: string[] = []
  const who = await identity(cwd)
  let commit = tip
  for (const [index, branch] of branches.entries()) {
    signal?.throwIfAborted()
    const merged = await mergeOne(cwd, commit, branch)
    if (merged.kind === 'up-to-date') {
      upToDate.push(branch.piece)
      continue
    }
    if (merged.kind === 'conflict') {
      const against = await opponent(cwd, branch, { tip, steps })
      const conflict = { piece: branch.piece, files: merged.files, against }
      const notTried = branches.slice(index + 1).map(({ piece }) => piece)
      return { kind: 'stacked', commit, steps, upToDate, conflict, notTried }
    }
    commit = await mergeCommit(cwd, who, { tree: merged.tree, onto: commit, branch })
    steps.push({ piece: branch.piece, commit })
  }
  return { kind: 'stacked', commit, steps, upToDate, conflict: null, notTried: [] }
}

type Merged =
  | { readonly kind: 'clean'; readonly tree: string }
  | { readonly kind: 'up-to-date' }
  | { readonly kind: 'conflict'; readonly files: readonly string[] }

async function mergeOne(cwd: string, onto: string, branch: StackBranch): Promise<Merged> {
  const base = await mergeBase(cwd, onto, branch.tip)
  if (base === null) return { kind: 'conflict', files: [] }
  if (base === branch.tip) return { kind: 'up-to-date' }
  return mergeTree(cwd, onto, branch.tip)
}

/** The first merge of the stack with which the branch does not go together. */
async function opponent(
  cwd: string,
  branch: StackBranch,
  { tip, steps }: { readonly tip: string; readonly steps: StackOutcome['steps'] },
): Promise<string | null> {
  for (const { piece, commit } of [{ piece: null, commit: tip }, ...steps]) {
    const merged = await mergeOne(cwd, commit, branch)
    if (merged.kind === 'conflict') return piece
  }
  return null
}

/** A merge commit that is the same whenever and by whomever it is made: its dates are those of the branch tip. */
async function mergeCommit(
  cwd: string,
  { name, email }: Identity,
  { tree, onto, branch }: { readonly tree: string; readonly onto: string; readonly branch: StackBranch },
): Promise<string> {
  const date = await committerDate(cwd, branch.tip)
  const title = branch.title.replaceAll(/\s+/g, ' ').trim()
  const { stdout } = await runGit(
    ['-c', 'i18n.commitEncoding=UTF-8', 'commit-tree', tree, '-p', onto, '-p', branch.tip],
    {
      cwd,
      op: `commit the merge of ${branch.piece}`,
      writes: 'store',
      input: `Merge ${branch.piece}: ${title}\n\nQuintet-Piece: ${branch.piece}\n`,
      env: {
        GIT_AUTHOR_NAME: name,
        GIT_AUTHOR_EMAIL: email,
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: name,
        GIT_COMMITTER_EMAIL: email,
        GIT_COMMITTER_DATE: date,
      },
    },
  )
  return stdout.trim()
}

/** Seconds and zone in the form that git reads back, `@1700000000 +0100`. */
async function committerDate(cwd: string, commit: string): Promise<string> {
  const { stdout } = await runGit(['show', '--no-patch', '--format=%cd', '--date=raw', commit], {
    cwd,
    op: 'read the date of a branch',
  })
  return `@${stdout.trim()}`
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
