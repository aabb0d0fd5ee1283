// Making a slot. What is about to be made is written down first: a process that dies on the way leaves what recover.ts
// knows how to clear away.
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { addDetachedWorktree } from '../../git/worktree.ts'
import { SESSION_MARK } from '../../process/marker.ts'
import { gently } from '../../process/gentle.ts'
import { blameDisk } from '../blame-disk.ts'
import { settleIndex, writeFiles } from '../checkout.ts'
import { requireSpace } from '../disk.ts'
import { slotReason } from '../lock-reason.ts'
import { holdOwnFolders } from '../own-folders.ts'
import { canonicalPath } from '../register.ts'
import { clearAway } from './clear.ts'
import { makeReady } from './furnish.ts'
import { slotOf, slotPlace, thisProcess, writeRecord } from './records.ts'
import { bringSnapshot, findTemplate, noteSlotTime, prepareFolder, type Brought } from './snapshot.ts'
import { newRecord, type Slot, type SlotRecord, type SlotSpec } from './slot.ts'

/** Makes a slot: a worktree detached at the base, with files, environment files, dependencies, ports and the set-up done,
 *  proven clean. Throws like prepareWorkspace; what was begun is cleared away. */
export function fillSlot(spec: SlotSpec, signal: AbortSignal): Promise<Slot> {
  return spec.gentle ? gently(() => fill(spec, signal)) : fill(spec, signal)
}

async function fill(spec: SlotSpec, signal: AbortSignal): Promise<Slot> {
  signal.throwIfAborted()
  const { repo } = spec
  const record = await begun(spec)
  await mkdir(dirname(record.path), { recursive: true })
  await requireSpace(dirname(record.path), repo.commonDir, spec.base)
  await writeRecord(repo, record)
  try {
    return slotOf(await make(spec, record, signal))
  } catch (error) {
    const cause = await blameDisk(error, record.path, repo)
    await clearAway(repo, record)
    throw cause
  }
}

async function make(spec: SlotSpec, record: SlotRecord, signal: AbortSignal): Promise<SlotRecord> {
  const started = performance.now()
  const { repo, base, coordinationFolder } = spec
  const { id, path, exclude } = record
  await holdOwnFolders({ repo, path, coordinationFolder, ...(exclude === null ? {} : { exclude }) })
  spec.onProgress('registering the worktree')
  const reason = slotReason({ id, ...(await thisProcess()) })
  const env = { [SESSION_MARK]: slotPlace(repo, record).marker }
  const subvolume = await prepareFolder(spec, record, signal)
  await addDetachedWorktree(repo, { path, commit: base, reason }, { signal, env })
  const brought = subvolume ? await snapshotOf(spec, record, signal) : null
  const made =
    brought === null
      ? await fromScratch(spec, record, signal)
      : await makeReady(spec, brought.record, { present: { ...brought, kind: 'brought' }, signal })
  const method = brought === null ? 'install' : 'copy'
  if (subvolume) await noteSlotTime(repo, record, { method, ms: performance.now() - started })
  return made
}

async function snapshotOf(spec: SlotSpec, record: SlotRecord, signal: AbortSignal): Promise<Brought | null> {
  const template = await findTemplate(spec, record)
  if (template === null) return null
  spec.onProgress('making a snapshot of a ready slot')
  return await bringSnapshot(spec, { record, template }, signal)
}

async function fromScratch(spec: SlotSpec, record: SlotRecord, signal: AbortSignal): Promise<SlotRecord> {
  spec.onProgress('checking out the files')
  await writeFiles(slotPlace(spec.repo, record), record.base, signal)
  const unsettled = await settleIndex(record.path, signal)
  return await makeReady(spec, { ...record, unsettled }, { present: { kind: 'none' }, signal })
}

async function begun(spec: SlotSpec): Promise<SlotRecord> {
  const { base, coordinationFolder } = spec
  const id = `slot-${randomBytes(4).toString('hex')}`
  const { path, exclude } = spec.place(id)
  const owner = await thisProcess()
  const resolved = await canonicalPath(path)
  return newRecord({ id, path: resolved, exclude, base, coordinationFolder, state: 'filling', owner })
}
