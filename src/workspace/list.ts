// Everything of Quintet's that exists for a repository: worktrees, branches, backups, kept files, ports, processes, trash.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring } from '../contract/errors.ts'
import { parseIntegrationLock } from '../contract/integration-lock.ts'
import { listRefs, type Ref } from '../git/refs.ts'
import { stateFolder, type Repository } from '../git/repository.ts'
import { listWorktrees } from '../git/worktree.ts'
import { survivors } from '../process/marker.ts'
import { loadJournal, type Journal } from './journal.ts'
import { parseLockReason } from './lock-reason.ts'
import { listSlots, POOL } from './pool/records.ts'
import type { Slot } from './pool/slot.ts'
import { leasesOf, type Lease } from './ports/lease.ts'
import { trashEntries } from '../store/trash.ts'

/** Something that a run leaves behind until it is cleaned up. */
export interface Leftover {
  readonly kind: 'worktree' | 'branch' | 'port' | 'process' | 'trash'
  readonly name: string
}

export interface Belongings {
  readonly worktrees: readonly {
    readonly path: string
    readonly run: string | null
    /** Null also for the worktree that a run's integrations are checked in. */
    readonly piece: string | null
  }[]
  readonly branches: readonly Ref[]
  readonly backups: readonly Ref[]
  /** Of sessions. */
  readonly leases: readonly Lease[]
  /** Workspaces that no session has yet; they and their ports are in no other list. */
  readonly slots: readonly Slot[]
  readonly journals: readonly Journal[]
  readonly trash: readonly string[]
}

const OUR_BRANCH = /^quintet\/([^/]+)\/([^/]+)\//

/** All that belongs to the runs of a repository, whichever run and process made it. */
export async function belongings(repo: Repository): Promise<Belongings> {
  const [entries, branches, backups, allLeases, slots, journals, trash] = await Promise.all([
    listWorktrees(repo),
    listRefs(repo, 'refs/heads/quintet/'),
    listRefs(repo, 'refs/quintet/backup/'),
    leasesOf(repo.commonDir),
    listSlots(repo),
    allJournals(repo),
    trashEntries(repo),
  ])
  const worktrees = entries.flatMap(({ path, branch, locked }) => {
    const integrated = locked === null ? undefined : parseIntegrationLock(locked)
    if (integrated !== undefined) return [{ path, run: integrated, piece: null }]
    const owner = locked === null ? null : parseLockReason(locked)
    const noted = journals.find((journal) => journal.path === path)
    const named = branch === null ? null : OUR_BRANCH.exec(branch)
    if (owner === null && noted === undefined && named === null) return []
    const run = owner?.run ?? noted?.run ?? named?.[1] ?? null
    return [{ path, run, piece: owner?.piece ?? noted?.piece ?? named?.[2] ?? null }]
  })
  const leases = allLeases.filter(({ session }) => !session.startsWith(`${POOL}/`))
  return { worktrees, branches, backups, leases, slots, journals, trash }
}

/** What is left of runs; backups are not leftovers, they are kept on purpose. `markers`: sessions whose processes to look for. */
export async function leftovers(repo: Repository, markers: readonly string[] = []): Promise<Leftover[]> {
  const found = await belongings(repo)
  const processes = new Set<number>()
  for (const marker of markers) for (const pid of await survivors(marker)) processes.add(pid)
  const registered = new Set(found.worktrees.map(({ path }) => path))
  const begun = found.journals.map(({ path }) => path).filter((path) => !registered.has(path))
  return [
    ...[...registered, ...begun].map((name) => ({ kind: 'worktree' as const, name })),
    ...found.branches.map(({ ref }) => ({ kind: 'branch' as const, name: ref.slice('refs/heads/'.length) })),
    ...found.leases.map(({ ports, session }) => ({
      kind: 'port' as const,
      name: `${ports.first}-${ports.first + ports.count - 1} (${session})`,
    })),
    ...[...processes].map((pid) => ({ kind: 'process' as const, name: String(pid) })),
    ...found.trash.map((name) => ({ kind: 'trash' as const, name })),
  ]
}

/** What was begun for every session that has not been released whole. */
export async function allJournals(repo: Repository): Promise<Journal[]> {
  const folder = join(stateFolder(repo), 'workspaces')
  const result: Journal[] = []
  for (const run of (await ignoring(['ENOENT'], readdir(folder))) ?? []) {
    for (const name of (await ignoring(['ENOENT', 'ENOTDIR'], readdir(join(folder, run)))) ?? []) {
      if (!name.endsWith('.json') || name.startsWith('.')) continue
      const journal = await loadJournal({ repo, run, piece: name.slice(0, -'.json'.length) })
      if (journal !== null) result.push(journal)
    }
  }
  return result
}
