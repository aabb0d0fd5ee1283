// Branches that others move, at a remote or here: read, and fetched as bare objects. No reference of theirs or of ours is
// touched, nothing is ever asked of a person, and what takes too long is ended.
import { QuintetError } from '../contract/errors.ts'
import type { BranchPlace, BranchReading } from './branch-name.ts'
import { refValue } from './refs.ts'
import { isGitFailure, resolveCommit, type Repository } from './repository.ts'
import { runGit, type GitResult } from './run.ts'

const LOOK_TIMEOUT_MS = 30_000
const FETCH_TIMEOUT_MS = 300_000
const NO_SUCH_REF = 2
const COMMIT = /^[0-9a-f]{40,64}$/

/** No helper may open a window, no transport may be a command line. */
const QUIET = ['-c', 'core.askPass=', '-c', 'credential.interactive=false', '-c', 'protocol.ext.allow=never']

/** Names of the remotes of the repository at `cwd`. */
export async function remoteNames(cwd: string): Promise<readonly string[]> {
  const { stdout } = await runGit(['remote'], { cwd, op: 'list the remotes' })
  return stdout.split('\n').filter((name) => name !== '' && !name.startsWith('-'))
}

/** Where a branch is now, its commit brought here where it is not. Not to be reached, or not in time, is a value. */
export async function readBranch(
  repo: Repository,
  place: BranchPlace,
  signal: AbortSignal,
): Promise<BranchReading> {
  try {
    return place.remote === null
      ? await readLocal(repo, place)
      : await readRemote(repo, { ...place, remote: place.remote }, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (!isGitFailure(error) || !(error instanceof QuintetError)) throw error
    return { kind: 'unreachable', why: error.message }
  }
}

async function readLocal(repo: Repository, { ref }: BranchPlace): Promise<BranchReading> {
  const commit = await refValue(repo, ref)
  return commit === null ? { kind: 'absent' } : { kind: 'at', commit }
}

type RemotePlace = BranchPlace & { readonly remote: string }

async function readRemote(repo: Repository, place: RemotePlace, signal: AbortSignal): Promise<BranchReading> {
  const commit = await remoteTip(repo, place, signal)
  if (commit === null) return { kind: 'absent' }
  if ((await resolveCommit(repo.root, commit)) !== null) return { kind: 'at', commit }
  await fetchObjects(repo, place, signal)
  if ((await resolveCommit(repo.root, commit)) !== null) return { kind: 'at', commit }
  return { kind: 'unreachable', why: 'The branch moved while it was fetched.' }
}

async function remoteTip(
  repo: Repository,
  { remote, ref }: RemotePlace,
  signal: AbortSignal,
): Promise<string | null> {
  const { exitCode, stdout } = await quietGit(
    repo,
    ['ls-remote', '--exit-code', '--refs', '--', remote, ref],
    {
      op: `look at ${remote}`,
      ok: [0, NO_SUCH_REF],
      timeout: LOOK_TIMEOUT_MS,
      signal,
    },
  )
  if (exitCode === NO_SUCH_REF) return null
  const line = stdout.split('\n').find((one) => one.endsWith(`\t${ref}`))
  const commit = line?.split('\t')[0] ?? ''
  return COMMIT.test(commit) ? commit : null
}

async function fetchObjects(
  repo: Repository,
  { remote, ref }: RemotePlace,
  signal: AbortSignal,
): Promise<void> {
  const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--no-auto-gc']
  // Without a place to put it, and without the refspecs of the configuration: the objects are all that is wanted.
  await quietGit(repo, ['fetch', ...options, '--no-prune', '--refmap=', '--', remote, ref], {
    op: `fetch from ${remote}`,
    ok: [0],
    timeout: FETCH_TIMEOUT_MS,
    signal,
  })
}

interface Quiet {
  readonly op: string
  readonly ok: readonly number[]
  readonly timeout: number
  readonly signal: AbortSignal
}

async function quietGit(repo: Repository, args: readonly string[], options: Quiet): Promise<GitResult> {
  const ssh = await sshSettings(repo)
  return await runGit([...QUIET, ...args], {
    cwd: repo.commonDir,
    writes: 'store',
    env: { GIT_ASKPASS: '', SSH_ASKPASS: '', SSH_ASKPASS_REQUIRE: 'never', GCM_INTERACTIVE: 'never', ...ssh },
    ...options,
  })
}

/** Somebody who has set up a way to connect is left with it. */
async function sshSettings(repo: Repository): Promise<Readonly<Record<string, string>>> {
  if (process.env['GIT_SSH_COMMAND'] !== undefined || process.env['GIT_SSH'] !== undefined) return {}
  const { exitCode } = await runGit(['config', '--get', 'core.sshCommand'], {
    cwd: repo.commonDir,
    op: 'read the configuration',
    ok: [0, 1],
  })
  return exitCode === 0 ? {} : { GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=20' }
}
