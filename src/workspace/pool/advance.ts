// Keeping slots fit: moved to another base, and looked at in the background so that a claim need not.
import { runGit } from '../../git/run.ts'
import type { Repository } from '../../git/repository.ts'
import { withRegistry } from '../../git/worktree.ts'
import { gently } from '../../process/gentle.ts'
import { blameDisk } from '../blame-disk.ts'
import { settleIndex, writeFiles } from '../checkout.ts'
import { clearCaches } from '../dependencies/caches.ts'
import { clearAway } from './clear.ts'
import { keptFor, makeReady } from './furnish.ts'
import { asFound } from './furnishings.ts'
import { includesHash } from './includes.ts'
import { programsHash, setupHash } from './inputs.ts'
import { lookAtAll } from './look.ts'
import { fitOf } from './match.ts'
import { proveClean } from './proof.ts'
import { giveBack, loadRecord, slotOf, slotPlace, takeSlot, writeRecord } from './records.ts'
import type { AdvanceOutcome, Slot, SlotRecord, SlotSpec, VerifyOutcome } from './slot.ts'

/** Moves a ready slot to `spec.base`, and makes anew what has changed of programs, environment files and set-up; dependencies
 *  are made again only when their fingerprint is another. Throws like prepareWorkspace; the slot is cleared away then. */
export function advanceSlot(spec: SlotSpec, slot: Slot, signal: AbortSignal): Promise<AdvanceOutcome> {
  return spec.gentle ? gently(() => advance(spec, slot, signal)) : advance(spec, slot, signal)
}

async function advance(spec: SlotSpec, slot: Slot, signal: AbortSignal): Promise<AdvanceOutcome> {
  const { repo } = spec
  if (await isCurrent(spec, slot)) {
    const seen = await verifySlot(repo, slot, signal)
    if (seen.kind !== 'current' || (await isCurrent(spec, slot))) return seen
  }
  const taken = await takeSlot(repo, slot.id, 'advancing')
  if (taken === null) return { kind: 'unavailable' }
  const found = await orGiveBack(repo, taken, () => proveClean(repo, taken, signal))
  if (found.kind !== 'clean') {
    await giveBack(repo, taken, found.kind === 'unclean' ? { kept: found.reason } : {})
    return found
  }
  const seen = await orGiveBack(repo, taken, () => asFound(taken, signal))
  const record = await writeRecord(repo, { ...seen, begun: true, kept: null, marks: null })
  try {
    const made = await move(spec, record, signal)
    return { kind: 'advanced', slot: slotOf(made), installed: made.fingerprint !== record.fingerprint }
  } catch (error) {
    const cause = await blameDisk(error, record.path, repo)
    await clearAway(repo, record)
    throw cause
  }
}

async function orGiveBack<T>(repo: Repository, record: SlotRecord, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await giveBack(repo, record)
    throw error
  }
}

/** Whether a slot stands ready, and making it anew would make the same. */
async function isCurrent({ repo, base, env, setup, portNames }: SlotSpec, { id }: Slot): Promise<boolean> {
  const record = await loadRecord(repo, id)
  if (record?.state !== 'ready') return false
  const programs = await programsHash({ cwd: repo.root, env })
  const includes = await includesHash(repo, { whole: true })
  // A set-up that cannot count as done in any slot is no reason to run it again and again.
  const counted = { ...record, again: false }
  const needs = { base, setup: setupHash(setup), portNames }
  return fitOf(counted, needs, { programs, includes }) === 'exact'
}

async function move(spec: SlotSpec, record: SlotRecord, signal: AbortSignal): Promise<SlotRecord> {
  const { repo, base } = spec
  const { path, fingerprint } = record
  let moved = record
  if (record.base !== base) {
    spec.onProgress('checking out the files of another base')
    await writeFiles(slotPlace(repo, record), base, signal)
    await runGit(['update-ref', '--no-deref', '-m', 'quintet: base of the pool', 'HEAD', base, record.base], {
      cwd: path,
      op: 'move the base of a slot',
      writes: 'store',
      signal,
    })
    const unsettled = await settleIndex(path, signal)
    await clearCaches(repo, path)
    moved = { ...record, base, unsettled }
  }
  return await makeReady(spec, moved, { present: { kind: 'kept', fingerprint }, signal })
}

/** Looks at all of a ready slot, which may be claimed meanwhile. One that is not clean is given to no session from then on,
 *  until it is found clean again; what is missing or another of its dependencies, environment files and output is noted as
 *  to be made again. `unavailable` also when somebody is changing it. */
export async function verifySlot(repo: Repository, slot: Slot, signal: AbortSignal): Promise<VerifyOutcome> {
  const record = await loadRecord(repo, slot.id)
  if (record?.state !== 'ready') return { kind: 'unavailable' }
  // The list by which claims tell whether environment files have changed.
  await includesHash(repo, { whole: true })
  const found = await lookAtAll(repo, record, signal)
  if (found.kind === 'changing') return { kind: 'unavailable' }
  const looked = found.kind === 'clean' ? { ...partsSeen(found.seen), verifiedAt: Date.now() } : {}
  const noted = await withRegistry(repo, async () => {
    const now = await loadRecord(repo, slot.id)
    if (now?.state !== 'ready' || now.verifiedAt !== record.verifiedAt) return null
    return await giveBack(repo, now, { ...looked, kept: keptFor(found) })
  })
  if (noted === null) return { kind: 'unavailable' }
  return found.kind === 'clean' ? { kind: 'current', slot: slotOf(noted) } : found
}

const partsSeen = ({ marks, fingerprint, otherNames }: SlotRecord): Partial<SlotRecord> => ({
  marks,
  fingerprint,
  otherNames,
})
