// Merging without a worktree. No program of the user's or the repository's runs while merging: a custom merge driver is
// replaced by one that reports a conflict, so such a file goes to a person. Not preventable: `merge=union` and `-merge` in
// .gitattributes, which are git's own and change the result, and filters (`filter.*`), which merging does not call.
import { QuintetError } from '../../contract/errors.ts'
import { isGitFailure, hasIdentity } from '../repository.ts'
import { records, runGit } from '../run.ts'
import { encode } from '../text.ts'

/** `tree` of a conflict holds the files with conflict markers. */
export type TreeMerge =
  | { readonly kind: 'clean'; readonly tree: string }
  | { readonly kind: 'conflict'; readonly tree: string; readonly files: string[] }

export interface NewCommit {
  readonly tree: string
  readonly parents: readonly string[]
  readonly message: string
  /** Default: as git is configured. */
  readonly identity?: Identity
  /** Where objects are written, when not to the repository. */
  readonly env?: Readonly<Record<string, string>>
}

export interface Identity {
  readonly name: string
  readonly email: string
}

/** Who commits what must not depend on whether a person has told git a name. */
export const OWN_IDENTITY: Identity = { name: 'Quintet', email: 'quintet@localhost' }

/** The same result whatever the user's configuration says. */
const PINNED = [
  '-c',
  'merge.renormalize=false',
  '-c',
  'merge.renames=true',
  '-c',
  'merge.directoryRenames=conflict',
]
/** A merge driver that says "conflict": words for a shell, which git uses for drivers. */
const CONFLICT_DRIVER = 'exit 1'

/** Merges two commits over their merge base. Throws `E_GIT` when they have no common history. */
export async function mergeTree(cwd: string, ours: string, theirs: string): Promise<TreeMerge> {
  const settings = await mergeSettings(cwd)
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ours, theirs]
  const { exitCode, stdout } = await runGit([...settings, ...args], {
    cwd,
    op: 'merge two commits',
    ok: [0, 1],
    writes: 'store',
  })
  const [tree = '', ...files] = records(stdout)
  if (exitCode === 0) return { kind: 'clean', tree }
  return { kind: 'conflict', tree, files: [...new Set(files)] }
}

/** Writes a commit that no reference points at yet. Throws `E_NO_IDENTITY` when git does not know who commits. */
export async function commitTree(cwd: string, commit: NewCommit): Promise<string> {
  const parents = commit.parents.flatMap((parent) => ['-p', parent])
  const args = ['-c', 'i18n.commitEncoding=UTF-8', 'commit-tree', commit.tree, ...parents, '-F', '-']
  try {
    const { stdout } = await runGit(args, {
      cwd,
      op: 'write a commit',
      input: encode(commit.message),
      writes: 'store',
      env: { ...commit.env, ...(commit.identity === undefined ? {} : identityVariables(commit.identity)) },
    })
    return stdout.trim()
  } catch (error) {
    if (commit.identity === undefined && isGitFailure(error) && !(await hasIdentity(cwd)))
      throw noIdentity(error)
    throw error
  }
}

/** A best common ancestor; null when there is none. */
export async function mergeBase(cwd: string, a: string, b: string): Promise<string | null> {
  const { exitCode, stdout } = await runGit(['merge-base', a, b], {
    cwd,
    op: 'find the merge base',
    ok: [0, 1],
  })
  return exitCode === 0 ? stdout.trim() : null
}

/** The tree of a commit. */
export async function treeOf(cwd: string, commit: string): Promise<string> {
  const { stdout } = await runGit(['rev-parse', '--verify', `${commit}^{tree}`], {
    cwd,
    op: 'find the tree of a commit',
  })
  return stdout.trim()
}

/** What is put before every merging subcommand in the repository at `cwd`. */
export async function mergeSettings(cwd: string): Promise<readonly string[]> {
  const { stdout } = await runGit(
    ['config', '-z', '--name-only', '--get-regexp', String.raw`^merge\..*\.driver$`],
    {
      cwd,
      op: 'read the merge drivers',
      ok: [0, 1],
    },
  )
  return [...PINNED, ...records(stdout).flatMap((key) => ['-c', `${key}=${CONFLICT_DRIVER}`])]
}

function identityVariables({ name, email }: Identity): Record<string, string> {
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  }
}

function noIdentity(cause: unknown): QuintetError {
  return new QuintetError('E_NO_IDENTITY', 'precondition', 'Git does not know who commits.', {
    cause,
    hints: [
      { text: 'Tell it a name.', command: 'git config --global user.name "<name>"' },
      { text: 'Tell it an address.', command: 'git config --global user.email "<address>"' },
    ],
  })
}
