// Proof that a branch's work is in the target, so that the branch may go. Four proofs, from the plainest on; what none of
// them shows is not landed, however likely it is. Read-only but for one unreferenced commit object.
import { changes, isAncestor } from '../git/diff.ts'
import { commitTree, mergeBase, mergeTree, treeOf } from '../git/merge.ts'
import type { Repository } from '../git/repository.ts'
import { runGit } from '../git/run.ts'

export type Landing =
  | {
      readonly kind: 'landed'
      /** `ancestor`: merged as it is. `patches`: every commit was taken over (rebase, cherry-pick). `squash`: one commit
       *  brings the whole change. `contained`: merging it would change nothing. */
      readonly how: 'ancestor' | 'patches' | 'squash' | 'contained'
    }
  /** `missing`: commits whose change is not in the target. */
  | { readonly kind: 'not-landed'; readonly missing: number }

export interface LandingInput {
  readonly repo: Repository
  readonly branchTip: string
  /** Commit the branch started from. */
  readonly base: string
  readonly targetTip: string
}

/** Looks for a proof that everything on the branch since `base` is in the target. Throws `E_GIT` when a commit is missing. */
export async function proveLanded(input: LandingInput): Promise<Landing> {
  const cwd = input.repo.root
  if (await isAncestor(cwd, input.branchTip, input.targetTip)) return { kind: 'landed', how: 'ancestor' }
  const base = await startOf(cwd, input)
  const range: Range = { base, tip: input.branchTip, target: input.targetTip }
  const open = await openCommits(cwd, range)
  if (open.length === 0) return { kind: 'landed', how: 'patches' }
  const missing: Landing = { kind: 'not-landed', missing: open.length }
  // A branch that takes all its own work back has no change left to be found, but commits that would be lost.
  if ((await changes(cwd, base, range.tip)).length === 0) return missing
  if (await squashed(cwd, range)) return { kind: 'landed', how: 'squash' }
  if (await contained(cwd, range)) return { kind: 'landed', how: 'contained' }
  return missing
}

interface Range {
  readonly base: string
  readonly tip: string
  readonly target: string
}

/** The base as recorded, or, when the branch was moved onto another commit since, the one it has in common with the target. */
async function startOf(cwd: string, { base, branchTip, targetTip }: LandingInput): Promise<string> {
  if (await isAncestor(cwd, base, branchTip)) return base
  return (await mergeBase(cwd, branchTip, targetTip)) ?? base
}

/** Commits of the branch of which no equal patch is in the target. Merges count as open: no patch shows what they resolved. */
async function openCommits(cwd: string, { base, tip, target }: Range): Promise<string[]> {
  const { stdout } = await runGit(['rev-list', '--merges', tip, `^${target}`, `^${base}`], {
    cwd,
    op: 'list the merges of a branch',
  })
  const merges = stdout.split('\n').filter((line) => line !== '')
  const { landed, open } = await cherry(cwd, { base, tip, target })
  const differing = await unlike(cwd, { base, tip, target }, landed)
  const real: string[] = []
  for (const commit of open) if (await changesFiles(cwd, commit)) real.push(commit)
  return [...merges, ...real, ...differing]
}

/** The branch's change as a single commit: a squash merge has the same patch. */
async function squashed(cwd: string, { base, tip, target }: Range): Promise<boolean> {
  const whole = await commitTree(cwd, { tree: await treeOf(cwd, tip), parents: [base], message: 'whole\n' })
  const range = { base, tip: whole, target }
  const { landed } = await cherry(cwd, range)
  return landed.length > 0 && (await unlike(cwd, range, landed)).length === 0
}

async function contained(cwd: string, { tip, target }: Range): Promise<boolean> {
  if ((await mergeBase(cwd, tip, target)) === null) return false
  const merged = await mergeTree(cwd, target, tip)
  return merged.kind === 'clean' && merged.tree === (await treeOf(cwd, target))
}

/** Git's own comparison of patches, branch side. It ignores white space. */
async function cherry(
  cwd: string,
  { base, tip, target }: Range,
): Promise<{ landed: string[]; open: string[] }> {
  const { stdout } = await runGit(['cherry', target, tip, base], { cwd, op: 'compare patches' })
  const marked = (mark: string): string[] =>
    stdout.split('\n').flatMap((line) => (line.startsWith(`${mark} `) ? [line.slice(2)] : []))
  return { landed: marked('-'), open: marked('+') }
}

/** Those of `commits` whose equal in the target differs in white space: their work is not there as it was written. */
async function unlike(cwd: string, { tip, target }: Range, commits: readonly string[]): Promise<string[]> {
  if (commits.length === 0) return []
  const { stdout } = await runGit(['rev-list', '--no-merges', '--cherry-mark', `${target}...${tip}`], {
    cwd,
    op: 'list equal patches',
  })
  const own = new Set(commits)
  const equals = stdout.split('\n').flatMap((line) => (line.startsWith('=') ? [line.slice(1)] : []))
  const known = new Set<string>()
  for (const commit of equals) if (!own.has(commit)) known.add(await patch(cwd, commit))
  const result: string[] = []
  for (const commit of commits) if (!known.has(await patch(cwd, commit))) result.push(commit)
  return result
}

/** A commit's patch without what depends on its place: line numbers, and blob ids of text files. */
async function patch(cwd: string, commit: string): Promise<string> {
  const { stdout } = await runGit(
    [
      'diff-tree',
      '-p',
      '--root',
      '--no-commit-id',
      '--full-index',
      '--no-renames',
      '--no-color',
      '--no-ext-diff',
      '--no-textconv',
      '--binary',
      commit,
    ],
    { cwd, op: 'read a patch' },
  )
  return stdout
    .split('\n')
    .filter((line) => !/^index [0-9a-f]+\.\./.test(line))
    .map((line) => (line.startsWith('@@ ') ? '@@' : line))
    .join('\n')
}

async function changesFiles(cwd: string, commit: string): Promise<boolean> {
  const { exitCode } = await runGit(['diff-tree', '--quiet', '--root', commit], {
    cwd,
    op: 'look for changes',
    ok: [0, 1],
  })
  return exitCode === 1
}
