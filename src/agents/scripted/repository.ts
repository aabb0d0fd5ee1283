// What the scripted agent does with git: like any agent it calls the user's git, hooks and identity included, so these
// calls do not go through the funnel that our own git work takes. Every operation may be played again after the agent
// was killed in the middle of it.
import { rm, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ignoring } from '../../contract/errors.ts'
import { records } from '../../git/run.ts'
import type { Environment } from '../../process/environment.ts'
import { run, type RunResult } from '../../process/run.ts'

/** Where git works. `again`: the same operation was begun before by a process that is gone. */
export interface GitPlace {
  readonly cwd: string
  readonly env: Environment
  readonly again: boolean
  readonly signal: AbortSignal
}

/** What came of an operation; `output` is git's own explanation. */
export type GitResult =
  | { readonly kind: 'committed'; readonly commit: string }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly output: string }

const MAX_DIFF_BYTES = 256 * 1024 * 1024
const MAX_LOG = '200'
const STARTED_AT = Date.now()

/** Commits everything in the worktree. */
export async function commitAll(place: GitPlace, message: string): Promise<GitResult> {
  await removeOldLock(place)
  const added = await git(place, ['add', '-A'])
  if (added.exitCode !== 0) return failure(added)
  return commitStaged(place, ['-m', message])
}

/** Applies what `commit` changed, limited to `paths` where there are any, and commits it under its message and author. */
export async function applyCommit(
  place: GitPlace,
  commit: string,
  paths: readonly string[],
): Promise<GitResult> {
  await removeOldLock(place)
  const found = await git(place, ['rev-parse', '--verify', '--quiet', `${commit}^{commit}`])
  if (found.exitCode !== 0) return { kind: 'failed', output: `There is no commit ${commit}.` }
  if (await isApplied(place, commit, paths)) return { kind: 'nothing' }
  const range = [await parentOf(place, commit), commit]
  const diff = await git(place, [
    'diff',
    '--binary',
    '--full-index',
    '--no-renames',
    ...range,
    '--',
    ...paths,
  ])
  if (diff.exitCode !== 0 || diff.truncated) return failure(diff)
  if (diff.stdout.length === 0) return { kind: 'nothing' }
  const names = await git(place, ['diff', '--name-only', '-z', '--no-renames', ...range, '--', ...paths])
  const files = records(names.stdout.toString('utf8'))
  if (!(await isInTree(place, diff.stdout))) {
    if (place.again) await restore(place, files)
    const dirty = await uncommitted(place, files)
    if (dirty.length > 0)
      return { kind: 'failed', output: `Uncommitted changes are in the way: ${dirty.join(', ')}.` }
    const applied = await git(place, ['apply', '--3way', '--index', '--whitespace=nowarn', '-'], diff.stdout)
    if (applied.exitCode !== 0) {
      await restore(place, files)
      return failure(applied)
    }
  }
  return commitStaged(place, ['--reuse-message', commit])
}

async function commitStaged(place: GitPlace, message: readonly string[]): Promise<GitResult> {
  const staged = await git(place, ['diff', '--cached', '--quiet'])
  if (staged.exitCode === 0) return { kind: 'nothing' }
  const committed = await git(place, [...(await fallbackIdentity(place)), 'commit', '--quiet', ...message])
  if (committed.exitCode !== 0) return failure(committed)
  const tip = await git(place, ['rev-parse', 'HEAD'])
  return { kind: 'committed', commit: tip.stdout.toString('utf8').trim() }
}

/** A machine without a configured identity must be able to play a script, too; variables still have the last word. */
async function fallbackIdentity(place: GitPlace): Promise<string[]> {
  const email = await git(place, ['config', '--get', 'user.email'])
  if (email.exitCode === 0) return []
  return ['-c', 'user.name=Scripted agent', '-c', 'user.email=scripted-agent@localhost']
}

/** Whether a commit of the same author, moment and subject is in the history: a commit that was applied keeps them. */
async function isApplied(place: GitPlace, commit: string, paths: readonly string[]): Promise<boolean> {
  const format = '--format=%an%x00%ae%x00%at%x00%s'
  const wanted = await git(place, ['log', '-1', format, commit])
  const recent = await git(place, ['log', '-n', MAX_LOG, format, 'HEAD', '--', ...paths])
  const line = wanted.stdout.toString('utf8').trimEnd()
  return line !== '' && recent.stdout.toString('utf8').split('\n').includes(line)
}

async function parentOf(place: GitPlace, commit: string): Promise<string> {
  const parent = await git(place, ['rev-parse', '--verify', '--quiet', `${commit}^`])
  if (parent.exitCode === 0) return parent.stdout.toString('utf8').trim()
  const empty = await git(place, ['hash-object', '-t', 'tree', '--stdin'])
  return empty.stdout.toString('utf8').trim()
}

/** Whether the diff is in the worktree and the index already: a killed predecessor came as far as that. */
async function isInTree(place: GitPlace, diff: Buffer): Promise<boolean> {
  if (!place.again) return false
  const reversed = await git(place, ['apply', '--check', '--reverse', '--index', '-'], diff)
  return reversed.exitCode === 0
}

async function uncommitted(place: GitPlace, files: readonly string[]): Promise<string[]> {
  const status = await git(place, ['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all'])
  const touched = new Set(files)
  return records(status.stdout.toString('utf8'))
    .map((entry) => entry.slice(3))
    .filter((path) => touched.has(path))
}

/** Brings files back to the last commit, in the index and on disk. Nothing of value is lost: they were clean before. */
async function restore(place: GitPlace, files: readonly string[]): Promise<void> {
  const tree = await git(place, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', 'HEAD'])
  const tracked = new Set(records(tree.stdout.toString('utf8')))
  const list = (paths: readonly string[]): Buffer => Buffer.from(paths.map((path) => `${path}\0`).join(''))
  const fromInput = ['--pathspec-from-file=-', '--pathspec-file-nul']
  const old = files.filter((path) => tracked.has(path))
  const created = files.filter((path) => !tracked.has(path))
  if (old.length > 0) {
    await git(place, ['--literal-pathspecs', 'checkout', '--quiet', 'HEAD', ...fromInput], list(old))
  }
  if (created.length === 0) return
  const forget = ['--literal-pathspecs', 'rm', '--quiet', '--cached', '--force', '--ignore-unmatch']
  await git(place, [...forget, ...fromInput], list(created))
  for (const path of created) await rm(resolve(place.cwd, path), { force: true })
}

/** A lock that a killed predecessor's git left. Ours alone: no other process works in this worktree. */
async function removeOldLock(place: GitPlace): Promise<void> {
  if (!place.again) return
  const named = await git(place, ['rev-parse', '--git-path', 'index.lock'])
  const path = resolve(place.cwd, named.stdout.toString('utf8').trim())
  const lock = await ignoring(['ENOENT'], stat(path))
  if (lock !== undefined && lock.mtimeMs < STARTED_AT) await rm(path, { force: true })
}

function git(place: GitPlace, args: readonly string[], input?: Buffer): Promise<RunResult> {
  return run('git', args, {
    cwd: place.cwd,
    env: { ...place.env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_EDITOR: 'true' },
    maxBytes: MAX_DIFF_BYTES,
    signal: place.signal,
    ...(input === undefined ? {} : { input }),
  })
}

function failure(result: RunResult): GitResult {
  const text = `${result.stderr.toString('utf8')}${result.stdout.toString('utf8')}`.trim()
  return {
    kind: 'failed',
    output: text.slice(-2_000) || `git ended with ${result.exitCode ?? result.signal ?? '?'}.`,
  }
}
