// Proof that a branch's work is in the target, so that the branch may go. Five proofs, from the plainest on; what none of
// them shows is not landed, however likely it is. Read-only but for unreferenced objects.
import type { LandingProof } from '../../contract/facts.ts'
import { changes, isAncestor } from '../../git/diff.ts'
import { commitTree, mergeBase, mergeTree, treeOf, type TreeMerge } from '../../git/merge/merge.ts'
import type { Repository } from '../../git/repository.ts'
import { pickTree } from '../../git/merge/pick.ts'
import { runGit } from '../../git/run.ts'
import { childOf, lostPaths, type Arrival } from './arrived.ts'
import { parentCommits, parentsOf } from '../resolve/by-hand.ts'
import { PICKED, resolvedPaths, TIP_TRAILER } from './words.ts'

export type Landing =
  | { readonly kind: 'landed'; readonly how: LandingProof }
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
  if ((await placedAsOne(cwd, range)) || (await pickedAll(cwd, range, open)))
    return { kind: 'landed', how: 'tree' }
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

/** Commits of the branch of which no equal patch is in the target. A merge that is not what git makes of its parents counts
 *  as open: no patch shows what it resolved. */
async function openCommits(cwd: string, { base, tip, target }: Range): Promise<string[]> {
  const { stdout } = await runGit(['rev-list', '--merges', tip, `^${target}`, `^${base}`], {
    cwd,
    op: 'list the merges of a branch',
  })
  const merges: string[] = []
  for (const commit of stdout.split('\n').filter((line) => line !== ''))
    if (!(await merelyMerges(cwd, commit))) merges.push(commit)
  const { landed, open } = await cherry(cwd, { base, tip, target })
  const differing = await unlike(cwd, { base, tip, target }, landed)
  const real: string[] = []
  for (const commit of open) if (await changesFiles(cwd, commit)) real.push(commit)
  return [...merges, ...real, ...differing]
}

/** Whether a merge brings nothing but what its two parents have. */
async function merelyMerges(cwd: string, commit: string): Promise<boolean> {
  const parents = await parentsOf(cwd, commit)
  if (parents === null) return false
  const { ours, theirs } = parents
  if ((await mergeBase(cwd, ours, theirs)) === null) return false
  const merged = await mergeTree(cwd, ours, theirs)
  return merged.kind === 'clean' && merged.tree === (await treeOf(cwd, commit))
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

/** A commit of the target that names the tip, and whose tree is what merging the tip there gives. Files whose conflicts
 *  were resolved are taken at the commit's word, if it names them. */
async function placedAsOne(cwd: string, { base, tip, target }: Range): Promise<boolean> {
  for (const commit of await mentioning(cwd, { base, target }, `${TIP_TRAILER}: ${tip}`)) {
    if (await placedIn(cwd, commit, await mergeTree(cwd, `${commit}^`, tip))) return true
    // What is below the base of the branch may have been taken over before, which git cannot know.
    const [onto, own] = [await childOf(cwd, base, `${commit}^`), await childOf(cwd, base, tip)]
    if (await placedIn(cwd, commit, await mergeTree(cwd, onto, own))) return true
    if (await holdsAll(cwd, { base, tip, after: commit })) return true
  }
  return false
}

/** Whether every change of `base..tip` is found in the files of `after`. */
async function holdsAll(cwd: string, arrival: Arrival): Promise<boolean> {
  const changed = await changes(cwd, arrival.base, arrival.tip)
  const paths = changed.map(({ path }) => path)
  return paths.length > 0 && (await lostPaths(cwd, arrival, paths)).length === 0
}

async function placedIn(cwd: string, commit: string, merged: TreeMerge): Promise<boolean> {
  if (merged.tree === (await treeOf(cwd, commit))) return merged.kind === 'clean'
  if (merged.kind === 'clean') return false
  const resolved = new Set(resolvedPaths(await messageOf(cwd, commit)))
  const differing = await changes(cwd, merged.tree, commit)
  return [...differing.map(({ path }) => path), ...merged.files].every((path) => resolved.has(path))
}

/** Each commit stands in the target as one that names it and changes the same there, or what it changes is there anyway. */
async function pickedAll(cwd: string, { base, target }: Range, commits: readonly string[]): Promise<boolean> {
  for (const commit of commits) {
    const copies = await mentioning(cwd, { base, target }, PICKED(commit))
    if (!(await pickedAs(cwd, commit, copies)) && !(await holdsCommit(cwd, commit, target))) return false
  }
  return true
}

async function pickedAs(cwd: string, commit: string, copies: readonly string[]): Promise<boolean> {
  for (const copy of copies) {
    const picked = await pickTree(cwd, { commit, onto: `${copy}^` })
    if (picked.kind === 'clean' && picked.tree === (await treeOf(cwd, copy))) return true
  }
  return false
}

async function holdsCommit(cwd: string, commit: string, after: string): Promise<boolean> {
  const [base, more] = await parentCommits(cwd, commit)
  return base !== undefined && more === undefined && holdsAll(cwd, { base, tip: commit, after })
}

/** Commits of the target with one parent whose message has these words. */
async function mentioning(
  cwd: string,
  { base, target }: Pick<Range, 'base' | 'target'>,
  words: string,
): Promise<string[]> {
  const { stdout } = await runGit(
    [
      'rev-list',
      '--min-parents=1',
      '--max-parents=1',
      '--fixed-strings',
      `--grep=${words}`,
      target,
      `^${base}`,
    ],
    { cwd, op: 'look for a commit that names a branch' },
  )
  return stdout.split('\n').filter((line) => line !== '')
}

async function messageOf(cwd: string, commit: string): Promise<string> {
  const { stdout } = await runGit(['show', '--no-patch', '--format=%B', commit], {
    cwd,
    op: 'read a message',
  })
  return stdout
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
