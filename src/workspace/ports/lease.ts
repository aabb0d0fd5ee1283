// Ports are leased per user, across repositories and processes: one file per block, made by link(2) from a complete
// temporary file, so that a lease appears whole or not at all and exactly one process gets it. A lease lives as long
// as its worktree; it survives every process. Only the removal of a lease takes a lock, because a file that was
// judged stale might be somebody else's new one a moment later.
import { createHash, randomBytes } from 'node:crypto'
import { link, mkdir, readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { errnoOf, ignoring, QuintetError } from '../../contract/errors.ts'
import type { PortBlock } from '../../contract/session.ts'
import { withFileLock } from '../../process/lock.ts'
import { BLOCK_COUNT, blockSequence, parseBlock, portsOf } from './blocks.ts'
import { busyPort } from './probe.ts'
import { parseLeaseRecord, type LeaseRecord } from './record.ts'

export interface LeaseRequest {
  /** Real path of the repository's common git directory. */
  readonly commonDir: string
  readonly run: string
  readonly piece: string
  /** The lease is void once this folder is gone. */
  readonly worktree: string
  /** True when processes of the session may be listening already: a lease it has is then not probed again. */
  readonly running?: boolean
}

export interface Lease extends LeaseRecord {
  readonly block: number
  readonly ports: PortBlock
}

const STALE_DRAFT_MS = 3_600_000

/** Where the leases of this user are. */
function leaseFolder(env: NodeJS.ProcessEnv = process.env): string {
  const state = env['XDG_STATE_HOME']
  return join(
    state?.startsWith('/') === true ? state : join(homedir(), '.local', 'state'),
    'quintet',
    'ports',
  )
}

/** A block of ports for a session: the one it has, else the first in its order that is free. Throws `E_NO_PORTS`. */
export async function leasePorts(request: LeaseRequest, signal?: AbortSignal): Promise<PortBlock> {
  const folder = leaseFolder()
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const record = recordOf(request)
  const had = (await allLeases(folder)).find(({ owner }) => owner === record.owner)
  if (had !== undefined) {
    if (request.running === true || (await busyPort(had.ports)) === null) return had.ports
    await removeLease(folder, had.block, (found) => found?.owner === record.owner)
  }
  const digest = createHash('sha256').update(`${request.commonDir}/${request.piece}`).digest()
  for (const block of blockSequence(digest)) {
    signal?.throwIfAborted()
    if (await takeBlock(folder, block, record)) return portsOf(block)
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

/** The leases of one repository. */
export async function leasesOf(commonDir: string): Promise<Lease[]> {
  return (await allLeases(leaseFolder())).filter((lease) => lease.commonDir === commonDir)
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

async function allLeases(folder: string): Promise<Lease[]> {
  const result: Lease[] = []
  for (const name of (await ignoring(['ENOENT'], readdir(folder))) ?? []) {
    const block = parseBlock(name)
    if (block === null) {
      await dropStaleDraft(folder, name)
      continue
    }
    const record = await leaseAt(folder, block)
    if (record !== null) result.push({ ...record, block, ports: portsOf(block) })
  }
  return result
}

/** Takes one block, reclaiming it when its owner is gone; false when somebody has it or a port of it. */
async function takeBlock(folder: string, block: number, record: LeaseRecord): Promise<boolean> {
  while (!(await linkLease(folder, block, record))) {
    const holder = await leaseAt(folder, block)
    if (holder?.owner === record.owner) return true
    if (holder !== null && !(await isVoid(holder))) return false
    // A file that is no lease at all was put there by somebody else and is left alone.
    if (holder === null && (await exists(join(folder, String(block))))) return false
    await removeLease(folder, block, async (found) => found !== null && (await isVoid(found)))
  }
  if ((await busyPort(portsOf(block))) === null) return true
  await removeLease(folder, block, (found) => found?.owner === record.owner)
  return false
}

async function linkLease(folder: string, block: number, record: LeaseRecord): Promise<boolean> {
  const draft = join(folder, `.draft-${randomBytes(8).toString('hex')}`)
  await writeFile(draft, `${JSON.stringify(record)}\n`, { mode: 0o600, flag: 'wx', flush: true })
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
  const text = await ignoring(['ENOENT'], readFile(join(folder, String(block)), 'utf8'))
  return text === undefined ? null : parseLeaseRecord(text)
}

async function isVoid({ commonDir, worktree }: LeaseRecord): Promise<boolean> {
  return !(await exists(worktree)) || !(await exists(commonDir))
}

async function exists(path: string): Promise<boolean> {
  return (await ignoring(['ENOENT', 'ENOTDIR'], stat(path))) !== undefined
}

/** A draft outlives its process only after kill -9. */
async function dropStaleDraft(folder: string, name: string): Promise<void> {
  if (!name.startsWith('.draft-')) return
  const path = join(folder, name)
  const found = await ignoring(['ENOENT'], stat(path))
  if (found !== undefined && Date.now() - found.mtimeMs > STALE_DRAFT_MS)
    await ignoring(['ENOENT'], unlink(path))
}
