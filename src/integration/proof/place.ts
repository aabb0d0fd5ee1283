// Makes a branch part of the commit below it, in the style that the plan wants: a merge, one commit, or its commits one by
// one. The tree is given: it is the one that is checked. Writes objects only, and the same input always gives the same
// commits; whichever style, `proveLanded` finds the branch in the target afterwards.
import type { MergeStyle } from '../../contract/plan.ts'
import { treeOf, type Identity } from '../../git/merge/merge.ts'
import { commitsOf, pickTree } from '../../git/merge/pick.ts'
import type { Repository } from '../../git/repository.ts'
import { runGit } from '../../git/run.ts'
import { encode } from '../../git/text.ts'
import { resolvedTrailers } from '../resolve/trailers.ts'
import { PICKED, TIP_TRAILER } from './words.ts'

export interface Placing {
  readonly repo: Repository
  readonly style: MergeStyle
  /** Commit below. */
  readonly onto: string
  readonly branch: {
    readonly piece: string
    readonly title: string
    /** Commit that the branch started from. */
    readonly base: string
    readonly tip: string
  }
  /** What merging the branch onto the commit below gives, conflicts resolved. */
  readonly tree: string
  /** `<path> by <strategy>` for each resolved conflict. */
  readonly resolved?: readonly string[]
  /** Who commits; the authors of rebased commits stay. */
  readonly who: Identity
}

export type Placed =
  | { readonly kind: 'placed'; readonly commit: string; readonly commits: readonly string[] }
  /** Its commits cannot be taken over one by one: this one conflicts, or holds a merge. */
  | { readonly kind: 'conflict'; readonly commit: string; readonly files: readonly string[] }
  /** Its commits one by one give another tree than the merge: what its merges resolved would be lost. */
  | { readonly kind: 'differs'; readonly tree: string }

/** Places a branch. Throws `E_GIT` when a commit is missing. */
export async function placeBranch(placing: Placing): Promise<Placed> {
  if (placing.style === 'rebase') return rebased(placing)
  const { repo, style, onto, branch, tree } = placing
  const parents = style === 'merge' ? [onto, branch.tip] : [onto]
  const commit = await write(repo.root, {
    tree,
    parents,
    message: messageOf(placing),
    env: await ownEnvironment(placing),
  })
  return { kind: 'placed', commit, commits: [commit] }
}

function messageOf({ style, branch, resolved = [] }: Placing): string {
  const title = branch.title.replaceAll(/\s+/g, ' ').trim()
  const subject = style === 'merge' ? `Merge ${branch.piece}: ${title}` : title
  const tip = style === 'squash' ? `${TIP_TRAILER}: ${branch.tip}\n` : ''
  return `${subject}\n\nQuintet-Piece: ${branch.piece}\n${tip}${resolvedTrailers(resolved)}`
}

/** Dates are those of the branch's tip, so that nothing depends on when this runs. */
async function ownEnvironment({ repo, branch, who }: Placing): Promise<Record<string, string>> {
  const date = await field(repo.root, branch.tip, '%cd')
  return {
    GIT_AUTHOR_NAME: who.name,
    GIT_AUTHOR_EMAIL: who.email,
    GIT_AUTHOR_DATE: `@${date}`,
    GIT_COMMITTER_NAME: who.name,
    GIT_COMMITTER_EMAIL: who.email,
    GIT_COMMITTER_DATE: `@${date}`,
  }
}

async function rebased(placing: Placing): Promise<Placed> {
  const { repo, onto, branch, tree } = placing
  const cwd = repo.root
  const commits: string[] = []
  let at = onto
  for (const { commit, merge } of await commitsOf(cwd, branch.tip, [branch.base, onto])) {
    // What a merge brought in is in the other commits, or in the target; what it resolved shows in the tree at the end.
    if (merge) continue
    const picked = await pickTree(cwd, { commit, onto: at })
    if (picked.kind === 'conflict') return { kind: 'conflict', commit, files: picked.files }
    if (picked.tree === (await treeOf(cwd, at))) continue
    at = await copied(placing, { commit, tree: picked.tree, onto: at })
    commits.push(at)
  }
  const result = await treeOf(cwd, at)
  return result === tree ? { kind: 'placed', commit: at, commits } : { kind: 'differs', tree: result }
}

async function copied(
  { repo, who }: Placing,
  { commit, tree, onto }: { readonly commit: string; readonly tree: string; readonly onto: string },
): Promise<string> {
  const cwd = repo.root
  const [name, email, authored, committed, body] = await Promise.all(
    ['%an', '%ae', '%ad', '%cd', '%B'].map((format) => field(cwd, commit, format)),
  )
  const env = {
    GIT_AUTHOR_NAME: name ?? '',
    GIT_AUTHOR_EMAIL: email ?? '',
    GIT_AUTHOR_DATE: `@${authored}`,
    GIT_COMMITTER_NAME: who.name,
    GIT_COMMITTER_EMAIL: who.email,
    GIT_COMMITTER_DATE: `@${committed}`,
  }
  return write(cwd, {
    tree,
    parents: [onto],
    message: `${(body ?? '').trimEnd()}\n\n${PICKED(commit)}\n`,
    env,
  })
}

async function write(
  cwd: string,
  commit: {
    readonly tree: string
    readonly parents: readonly string[]
    readonly message: string
    readonly env: Readonly<Record<string, string>>
  },
): Promise<string> {
  const parents = commit.parents.flatMap((parent) => ['-p', parent])
  const { stdout } = await runGit(
    ['-c', 'i18n.commitEncoding=UTF-8', 'commit-tree', commit.tree, ...parents, '-F', '-'],
    {
      cwd,
      op: 'write a commit of a branch',
      writes: 'store',
      input: encode(commit.message),
      env: commit.env,
    },
  )
  return stdout.trim()
}

async function field(cwd: string, commit: string, format: string): Promise<string> {
  const { stdout } = await runGit(
    ['-c', 'i18n.logOutputEncoding=UTF-8', 'show', '--no-patch', `--format=${format}`, '--date=raw', commit],
    { cwd, op: 'read a commit' },
  )
  return stdout.trim()
}
