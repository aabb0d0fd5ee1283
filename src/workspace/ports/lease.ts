// Ports are leased per user, across repositories and processes: one file per block, made by link(2) from a complete
// temporary file, so that a lease appears whole or not at all and exactly one process gets it. A lease lives as long
// as its worktree, also while that is away for a moment (not mounted, moved); it survives every process. Only the removal of a lease takes a lock, because a file that was
// judged stale might be somebody else's new one a moment later.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { link, mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, ignoring, QuintetError } from '../../contract/errors.ts'
import type { PortBlock } from '../../contract/session.ts'
import { adminEntries } from '../../git/worktree-admin.ts'
import { withFileLock } from '../../process/lock.ts'
import { inUserState, userStateFolder } from '../user-state.ts'
import { BLOCK_COUNT, blockAt, blockSequence, parseBlock, portsOf } from './blocks.ts'
import { busyPort } from './probe.ts'
import { parseLeaseRecord, type LeaseRecord } from './record.ts'

export interface LeaseRequest {
  /** Real path of the repository's common git directory. */
  readonly commonDir: string
  readonly run: string
  readonly piece: string
  /** The lease is void once this folder is gone and git does not know it either. */
  readonly worktree: string
  /** True when processes of the session may be listening already: a lease it has is then not probed again. */
  readonly running?: boolean
}

export interface Lease extends LeaseRecord {
  readonly block: number
  readonly ports: PortBlock
}

const STALE_DRAFT_MS = 3_600_000
/** Whatever has the name of a lease and cannot be read as a file: its block counts as taken. */
const NO_LEASE: readonly string[] = ['EISDIR', 'EACCES', 'ELOOP']

/** Where the leases of this user are. */
const leaseFolder = (): string => join(userStateFolder(), 'ports')

/** A block of ports for a session: the one it has, else the first in its order that is free. Throws `E_NO_PORTS`,
 *  `E_USER_STATE`. */
export function leasePorts(request: LeaseRequest, signal?: AbortSignal): Promise<PortBlock> {
  return inUserState(() => lease(request, signal))
}

async function lease(request: LeaseRequest, signal: AbortSignal | undefined): Promise<PortBlock> {
  const folder = leaseFolder()
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const record = recordOf(request)
  const had = (await allLeases(folder)).find(({ owner }) => owner === record.owner)
  if (had !== undefined) {
    if (request.running === true || (await busyPort(had.ports)) === null) return had.ports
    await removeLease(folder, had.block, (found) => found?.owner === record.owner)
  }
  const digest = createHash('sha256').update(`${request.commonDir}/${request.piece}`).digest()
  for (const isVoid of [isGone, isLost])
    for (const block of blockSequence(digest)) {
      signal?.throwIfAborted()
      if (await takeBlock(folder, block, { record, isVoid })) return portsOf(block)
    }
  throw new QuintetError('E_NO_PORTS', 'environment', `All ${BLOCK_COUNT} blocks of ports are taken.`, {
    hints: [{ text: 'Release what earlier runs left behind.', command: 'quintet clean' }],
    details: { folder },
  })
}

/** Gives back every block that a session holds; a session without one is fine. */
export async function releasePorts(
  session: Pick<LeaseRequest, 'commonDir' | 'run' | 'piece'>,
): Promise<void> {
  const folder = leaseFolder()
  const owner = ownerOf(session)
  for (const lease of await allLeases(folder)) {
    if (lease.owner === owner) await removeLease(folder, lease.block, (found) => found?.owner === owner)
  }
}

/** Passes the block that begins at `first` over from one owner to another, in one step; false when it is not the former's.
 *  Repeating it is harmless. */
export async function passPorts(
  first: number,
  from: Pick<LeaseRequest, 'commonDir' | 'run' | 'piece'>,
  to: LeaseRequest,
): Promise<boolean> {
  const folder = leaseFolder()
  const block = blockAt(first)
  const record = recordOf(to)
  return await withFileLock(join(folder, '.removal.lock'), async () => {
    const found = await leaseAt(folder, block)
    if (found?.owner === record.owner) return true
    if (found?.owner !== ownerOf(from)) return false
    const draft = await writeDraft(folder, record)
    await rename(draft, join(folder, String(block)))
    return true
  })
}

/** The leases of one repository. Throws `E_USER_STATE`. */
export async function leasesOf(commonDir: string): Promise<Lease[]> {
  const leases = await inUserState(() => allLeases(leaseFolder()))
  return leases.filter((found) => found.commonDir === commonDir)
}

function ownerOf({ commonDir, run, piece }: Pick<LeaseRequest, 'commonDir' | 'run' | 'piece'>): string {
  return `${commonDir}/${run}/${piece}`
}

function recordOf(request: LeaseRequest): LeaseRecord {
  return {
    owner: ownerOf(request),
    commonDir: request.commonDir,
    worktree: request.worktree,
    session: `${request.run}/${request.piece}`,
    pid: process.pid,
  }
}

/** Read at once and not by way of the thread pool: a thousand files of a line each are faster so than fifty by turns. */
async function allLeases(folder: string): Promise<Lease[]> {
  const result: Lease[] = []
  for (const name of (await ignoring(['ENOENT'], readdir(folder))) ?? []) {
    const block = parseBlock(name)
    if (block === null) {
      await dropStaleDraft(folder, name)
      continue
    }
    const record = leaseIn(join(folder, name))
    if (record !== null) result.push({ ...record, block, ports: portsOf(block) })
  }
  return result
}

/** Null for a file that went meanwhile, too, and for what cannot be read: it is somebody else's. */
function leaseIn(file: string): LeaseRecord | null {
  try {
    return parseLeaseRecord(readFileSync(file, 'utf8'))
  } catch (error) {
    if (['ENOENT', ...NO_LEASE].includes(errnoOf(error) ?? '')) return null
    throw error
  }
}

interface Taking {
  readonly record: LeaseRecord
  readonly isVoid: (found: LeaseRecord) => Promise<boolean>
}

/** Takes one block, reclaiming it when its lease is void; false when somebody has it or a port of it. */
async function takeBlock(folder: string, block: number, { record, isVoid }: Taking): Promise<boolean> {
  do {
    const holder = await leaseAt(folder, block)
    if (holder?.owner === record.owner) return true
    // What is no lease at all was put there by somebody else and is left alone.
    if (holder === null ? await exists(join(folder, String(block))) : !(await isVoid(holder))) return false
    if (holder !== null)
      await removeLease(folder, block, async (found) => found !== null && (await isVoid(found)))
  } while (!(await linkLease(folder, block, record)))
  if ((await busyPort(portsOf(block))) === null) return true
  await removeLease(folder, block, (found) => found?.owner === record.owner)
  return false
}

async function writeDraft(folder: string, record: LeaseRecord): Promise<string> {
  const draft = join(folder, `.draft-${randomBytes(8).toString('hex')}`)
  await writeFile(draft, `${JSON.stringify(record)}\n`, { mode: 0o600, flag: 'wx', flush: true })
  return draft
}

async function linkLease(folder: string, block: number, record: LeaseRecord): Promise<boolean> {
  const draft = await writeDraft(folder, record)
  try {
    await link(draft, join(folder, String(block)))
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await unlink(draft)
  }
}

/** Removes a lease if, read again under the lock of all removals, it still is what the caller saw. */
async function removeLease(
  folder: string,
  block: number,
  still: (found: LeaseRecord | null) => boolean | Promise<boolean>,
): Promise<void> {
  await withFileLock(join(folder, '.removal.lock'), async () => {
    if (await still(await leaseAt(folder, block))) {
      await ignoring(['ENOENT'], unlink(join(folder, String(block))))
    }
  })
}

async function leaseAt(folder: string, block: number): Promise<LeaseRecord | null> {
  const text = await ignoring(['ENOENT', ...NO_LEASE], readFile(join(folder, String(block)), 'utf8'))
  return text === undefined ? null : parseLeaseRecord(text)
}

/** The repository is there, and neither the folder nor git knows the worktree any more. */
async function isGone(found: LeaseRecord): Promise<boolean> {
  if ((await exists(found.worktree)) || !(await exists(found.commonDir))) return false
  return !(await isKnown(found))
}

/** The repository is not there: deleted, or on a disk that is not mounted. Taken only when nothing else is left. */
async function isLost({ commonDir, worktree }: LeaseRecord): Promise<boolean> {
  return !(await exists(worktree)) && !(await exists(commonDir))
}

/** Whether git has the worktree in its registry, also where it was moved to; where that cannot be read, it may. */
async function isKnown({ commonDir, worktree, session }: LeaseRecord): Promise<boolean> {
  try {
    const entries = await adminEntries({ commonDir })
    return entries.some(
      ({ path, locked }) => path === worktree || locked?.startsWith(`quintet:${session} `) === true,
    )
  } catch (error) {
    if (NO_LEASE.includes(errnoOf(error) ?? '')) return true
    throw error
  }
}

/** What cannot be looked at may be there. */
async function exists(path: string): Promise<boolean> {
  try {
    return (await ignoring(['ENOENT', 'ENOTDIR'], stat(path))) !== undefined
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return true
  }
}

/** A draft outlives its process only after kill -9. */
async function dropStaleDraft(folder: string, name: string): Promise<void> {
  if (!name.startsWith('.draft-')) return
  const path = join(folder, name)
  const found = await ignoring(['ENOENT'], stat(path))
  if (found !== undefined && Date.now() - found.mtimeMs > STALE_DRAFT_MS)
    await ignoring(['ENOENT', 'EPERM', ...NO_LEASE], unlink(path))
}
