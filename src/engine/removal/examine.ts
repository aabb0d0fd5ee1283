// Looks at everything that the removal of a session could lose, and touches nothing. A dry run shows it, and the real
// clean-up shows it beside what it did.
import { lstat } from 'node:fs/promises'
import { ignoring } from '../../contract/errors.ts'
import { operationInProgress } from '../../git/operation.ts'
import { refValue } from '../../git/refs.ts'
import { records, runGit } from '../../git/run.ts'
import { nestedRepositories } from '../../git/snapshot.ts'
import { status } from '../../git/status.ts'
import { listWorktrees, type WorktreeEntry } from '../../git/worktree.ts'
import type { Landing } from '../../integration/proof/landed.ts'
import { survivors } from '../../process/marker.ts'
import { mountToKeep } from '../../store/mounts.ts'
import { ignoredWork } from '../../workspace/ignored.ts'
import { loadJournal } from '../../workspace/journal.ts'
import { lockPrefix } from '../../workspace/lock-reason.ts'
import { modulesToKeep } from '../../workspace/modules.ts'
import { occupants } from '../../workspace/occupants.ts'
import { adminFolder, canonicalPath } from '../../workspace/register.ts'
import { isOurs } from '../../workspace/registration.ts'
import { backupPrefix, type SessionPlace } from '../../workspace/spec.ts'
import { branchRef } from '../names.ts'
import type { RemovalFacts } from './proof.ts'

export interface Examined {
  readonly target: string
  /** Commit it was prepared from; null when it never was. */
  readonly base: string | null
  readonly landing: Landing | null
  /** What proved the landing when it was done, if that was written down. */
  readonly recorded: RemovalFacts['recorded']
}

/** The facts about a session that has ended. Its path: where it was prepared; empty when it never was. */
export async function examineRemoval(session: SessionPlace, examined: Examined): Promise<RemovalFacts> {
  const { repo, branch } = session
  const { target, base, landing, recorded } = examined
  const tip = await refValue(repo, branchRef(session))
  const path = session.path === '' ? '' : await canonicalPath(session.path)
  const entries = await listWorktrees(repo)
  const entry =
    entries.find((one) => one.path === path) ?? entries.find((one) => isOurs(one, session)) ?? null
  const folder = path !== '' && (await exists(path))
  const marked = await survivors(session.marker)
  const begun = await loadJournal(session)
  const present = folder && entry?.path === path
  return {
    branch: tip === null ? null : { name: branch, target, empty: tip === begun?.base, landing },
    recorded,
    unpushed: tip === null ? null : await unpushedCommits(repo.commonDir, { tip, base }),
    path,
    standing: present ? 'worktree' : folder ? 'unknown' : entry === null ? 'nothing' : 'gone',
    lock: entry === null ? null : foreignLock(entry, session),
    processes: marked,
    occupants: folder ? (await occupants(path)).filter((pid) => !marked.includes(pid)) : [],
    ...(present ? await inside({ ...session, path }, begun?.readyAt ?? null) : NOTHING_INSIDE),
    stashes: await stashesOn(repo.commonDir, branch),
    backups: backupPrefix(session),
  }
}

function foreignLock({ locked }: WorktreeEntry, session: SessionPlace): string | null {
  return locked === null || locked.startsWith(lockPrefix(session)) ? null : locked
}

type Inside = Pick<
  RemovalFacts,
  'submodules' | 'mounted' | 'changed' | 'hidden' | 'untracked' | 'operation' | 'nested' | 'kept' | 'dropped'
>

const NOTHING_INSIDE: Inside = {
  submodules: null,
  mounted: null,
  changed: 0,
  hidden: [],
  untracked: 0,
  operation: null,
  nested: [],
  kept: [],
  dropped: [],
}

async function inside(session: SessionPlace, readyAt: number | null): Promise<Inside> {
  const { repo, path } = session
  const admin = await adminFolder(path)
  const { entries } = await status(path)
  const untracked = entries.filter(({ kind }) => kind === 'untracked')
  return {
    submodules: admin === null ? null : await modulesToKeep(repo, path, admin),
    mounted: await mountToKeep(path),
    changed: entries.length - untracked.length,
    hidden: entries.flatMap((entry) => (entry.hidden === undefined ? [] : [entry.path])),
    // A slash marks a repository of its own.
    untracked: untracked.filter((entry) => !entry.path.endsWith('/')).length,
    nested: await nestedRepositories(path),
    ...(await ignoredWork(session, readyAt)),
    operation: admin === null ? null : await operationInProgress(admin),
  }
}

/** Commits since `base` that no remote is known to have; null where there is no remote. */
async function unpushedCommits(
  cwd: string,
  { tip, base }: { readonly tip: string; readonly base: string | null },
): Promise<number | null> {
  const remotes = await runGit(['remote'], { cwd, op: 'list the remotes' })
  if (remotes.stdout.trim() === '') return null
  const since = base === null ? [] : [`^${base}`]
  const { stdout } = await runGit(
    ['rev-list', '--count', '--ignore-missing', tip, ...since, '--not', '--remotes'],
    {
      cwd,
      op: 'look for commits that no remote has',
    },
  )
  return Number(stdout)
}

/** Git names the branch in the message of a stash, in every language the same. */
async function stashesOn(cwd: string, branch: string): Promise<number> {
  const { exitCode, stdout } = await runGit(
    ['log', '--walk-reflogs', '-z', '--format=%gs', 'refs/stash', '--'],
    {
      cwd,
      op: 'list the stashes',
      ok: [0, 128],
    },
  )
  if (exitCode !== 0) return 0
  return records(stdout).filter((message) => /^(?:WIP on|On) (.*?): /.exec(message)?.[1] === branch).length
}

async function exists(path: string): Promise<boolean> {
  return (await ignoring(['ENOENT', 'ENOTDIR'], lstat(path))) !== undefined
}
