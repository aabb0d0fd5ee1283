// What is written down about slots: one file each, replaced as a whole. A slot changes hands, or is changed itself, only
// after that was written here under the registry's lock; so two processes never get the same one.
import { lstat, mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ignoring, NOT_READABLE } from '../../contract/errors.ts'
import { stateFolder, type Repository } from '../../git/repository.ts'
import { withRegistry } from '../../git/worktree.ts'
import { identify, isAlive } from '../../process/identity.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { portsFrom } from '../ports/blocks.ts'
import type { SessionPlace } from '../spec.ts'
import { parseSlot, type Slot, type SlotRecord, type SlotState } from './slot.ts'

/** The run that slots stand for where a session's name is asked for; ids of runs end in a number. */
export const POOL = 'pool'

/** All slots of a repository, oldest first. */
export async function listSlots(repo: Repository): Promise<Slot[]> {
  return (await allRecords(repo)).map(slotOf)
}

/** Ids of the slots of which something is written down, whether or not it can be read. */
export async function recordedIds(repo: Repository): Promise<string[]> {
  const names = (await ignoring(['ENOENT'], readdir(poolFolder(repo)))) ?? []
  return names.flatMap((name) => /^(slot-[0-9a-f]+)\.json$/.exec(name)?.[1] ?? [])
}

/** All records that can be read, oldest first. */
export async function allRecords(repo: Repository): Promise<SlotRecord[]> {
  const ids = await recordedIds(repo)
  const records = await Promise.all(ids.map((id) => loadRecord(repo, id)))
  const age = ({ filledAt }: SlotRecord): number => filledAt ?? Number.POSITIVE_INFINITY
  return records.filter((record) => record !== null).sort((a, b) => age(a) - age(b) || (a.id < b.id ? -1 : 1))
}

/** The record of a slot; null when there is none, or none that can be read. */
export async function loadRecord(repo: Repository, id: string): Promise<SlotRecord | null> {
  const text = await ignoring(['ENOENT', ...NOT_READABLE], readFile(recordFile(repo, id), 'utf8'))
  return text === undefined ? null : parseSlot(text)
}

/** Of a slot without a record that can be read: what is in the place of one, a sentence; null when nothing is. */
export async function whyUnreadable(repo: Repository, id: string): Promise<string | null> {
  const file = recordFile(repo, id)
  if ((await ignoring(['ENOENT'], lstat(file))) === undefined) return null
  return `What is written down about it in ${file} cannot be read: it is torn, another user's, or another version's.`
}

/** Replaces the record of a slot. */
export async function writeRecord(repo: Repository, record: SlotRecord): Promise<SlotRecord> {
  await mkdir(poolFolder(repo), { recursive: true })
  await writeAtomic(recordFile(repo, record.id), `${JSON.stringify(record, null, 2)}\n`)
  return record
}

/** Forgets a slot, of which nothing is left or which is a session's now. */
export async function removeRecord(repo: Repository, id: string): Promise<void> {
  await Promise.all([removeFile(recordFile(repo, id)), removeFile(marksFile(repo, id))])
  await ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(poolFolder(repo)))
}

/** Removes a file of the pool; a folder that somebody has put in its place is theirs. */
export async function removeFile(file: string): Promise<void> {
  await ignoring(['ERR_FS_EISDIR'], rm(file, { force: true }))
}

/** File of the names by which a change of a slot shows. */
export const marksFile = (repo: Repository, id: string): string => join(poolFolder(repo), `${id}.marks`)

const recordFile = (repo: Repository, id: string): string => join(poolFolder(repo), `${id}.json`)

const poolFolder = (repo: Repository): string => join(stateFolder(repo), 'pool')

/** What others are told of a slot. */
export function slotOf(record: SlotRecord): Slot {
  const { setup, again, port } = record
  return {
    id: record.id,
    path: record.path,
    base: record.base,
    state: record.state,
    kept: record.kept,
    fingerprint: record.fingerprint,
    dependencies: record.dependencies,
    setup: setup !== null && !again,
    setupHash: setup,
    readyAt: record.readyAt,
    filledAt: record.filledAt,
    verifiedAt: record.verifiedAt,
    ports: port === null ? null : portsFrom(port),
    bytes: record.bytes,
  }
}

/** A slot under the name that saving, ports and processes know it by. */
export function slotPlace(
  repo: Repository,
  { id, path, coordinationFolder }: Pick<SlotRecord, 'id' | 'path' | 'coordinationFolder'>,
): SessionPlace {
  return {
    repo,
    run: POOL,
    piece: id,
    path,
    branch: '',
    marker: `${repo.commonDir}/${POOL}/${id}`,
    coordinationFolder,
  }
}

/** This process, as a record names its owner. */
export async function thisProcess(): Promise<{ pid: number; startTime: string }> {
  const found = await identify(process.pid)
  return { pid: process.pid, startTime: found?.startTime ?? 'unknown' }
}

/** Whether the process that is at a slot is alive. */
export async function isAttended({ owner }: SlotRecord): Promise<boolean> {
  return owner !== null && (await isAlive(owner))
}

/** Takes a ready slot for `state`, so that nobody else is at it; null when it is not there, or somebody is. */
export function takeSlot(repo: Repository, id: string, state: SlotState): Promise<SlotRecord | null> {
  return withRegistry(repo, async () => {
    const record = await loadRecord(repo, id)
    if (record?.state !== 'ready') return null
    return await writeRecord(repo, { ...record, state, begun: false, owner: await thisProcess() })
  })
}

/** Gives a slot back as it was taken, or with these changes. */
export function giveBack(
  repo: Repository,
  record: SlotRecord,
  changes: Partial<SlotRecord> = {},
): Promise<SlotRecord> {
  return writeRecord(repo, { ...record, state: 'ready', begun: false, owner: null, claim: null, ...changes })
}
