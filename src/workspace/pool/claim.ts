// Giving a slot to a session. The slot stays where it is: its detached HEAD gets the session's branch, its lock the session's
// name, its ports the session as their owner. The intent stands in the slot's record, the fact in the session's journal:
// a claim that was cut off before the journal was written is undone, one that was cut off after it is finished.
import { createHash } from 'node:crypto'
import { deleteRefs, refValue } from '../../git/refs.ts'
import type { Repository } from '../../git/repository.ts'
import { runGit } from '../../git/run.ts'
import { status } from '../../git/status.ts'
import { adminEntry, draftLock, type AdminEntry } from '../../git/worktree-admin.ts'
import { branchTip, hasBranch, headOf } from '../../git/worktree-head.ts'
import { switchToNew, withRegistry } from '../../git/worktree.ts'
import { loadJournal, writeJournal, type Journal } from '../journal.ts'
import { lockReason, slotPrefix } from '../lock-reason.ts'
import { occupants } from '../occupants.ts'
import { passPorts } from '../ports/lease.ts'
import type { WorkspaceSpec } from '../spec.ts'
import { asFound } from './furnishings.ts'
import { includesHash } from './includes.ts'
import { programsHash, setupHash } from './inputs.ts'
import { marksHold } from './marks.ts'
import { candidates, fitOf, inTurn, type Fit } from './match.ts'
import { proveClean } from './proof.ts'
import { proveClaim } from './prove.ts'
import {
  allRecords,
  giveBack,
  isAttended,
  loadRecord,
  POOL,
  removeRecord,
  thisProcess,
  writeRecord,
} from './records.ts'
import { settleClaim } from './settle.ts'
import type { SlotRecord } from './slot.ts'

/** Gives a ready slot to a session and answers with its path: the session's workspace, to be prepared there. The path that
 *  the session was given before, if it was; null when no slot fits, and the ordinary way is to be gone. */
export async function claimSlot(spec: WorkspaceSpec, signal: AbortSignal): Promise<string | null> {
  const { repo } = spec
  const [before, records, programs] = await Promise.all([
    loadJournal(spec),
    allRecords(repo),
    programsHash({ cwd: repo.root, env: spec.env }),
  ])
  const settled = await settleOwn(spec, records)
  const journal = settled ? await loadJournal(spec) : before
  if (journal !== null) return journal.slot === undefined ? null : await claimedBefore(spec, journal, signal)
  const doubtful: Choice[] = []
  for (const record of inTurn(candidates(records, spec.base), spec.base, turnOf(spec))) {
    signal.throwIfAborted()
    const choice = { record, fit: await fitFor(spec, record, programs) }
    // What is written over may not be somebody's: only where nothing is, the cheap proof is enough.
    if (choice.fit === 'near' || !(await isUntouched(spec, record))) doubtful.push(choice)
    else {
      const path = await claim(spec, choice)
      if (path !== null) return path
    }
  }
  return await claimProven(spec, doubtful, signal)
}

const turnOf = ({ run, piece }: WorkspaceSpec): number =>
  createHash('sha256').update(`${run}/${piece}`).digest().readUInt32BE()

/** A base that was put together anew, because nobody had noted the one that the slot was claimed for: the slot is moved there,
 *  if nothing has been done in it. */
async function claimedBefore(spec: WorkspaceSpec, journal: Journal, signal: AbortSignal): Promise<string> {
  const { path, slot, base } = journal
  if (slot === undefined || base === spec.base) return path
  const tip = await refValue(spec.repo, `refs/heads/${journal.branch}`)
  if (tip === null || tip !== (slot.from ?? base)) return path
  await proveClaim(spec, signal)
  const { entries } = await status(path, { signal })
  if (slot.from === undefined && entries.some((one) => !journal.unsettled.includes(one.path))) return path
  const moving = { ...slot, proven: true, port: null, from: tip }
  await writeJournal(spec.repo, { ...journal, base: spec.base, done: ['registered'], slot: moving })
  return path
}

interface Choice {
  readonly record: SlotRecord
  readonly fit: Fit
}

/** Looking at all of a slot is still far cheaper than making a workspace. */
async function claimProven(
  spec: WorkspaceSpec,
  choices: readonly Choice[],
  signal: AbortSignal,
): Promise<string | null> {
  for (const choice of choices) {
    if (!(await isProven(spec, choice.record, signal))) continue
    // What is missing or another of what git ignores in it is made again by the session.
    const record = await asFound(choice.record, signal)
    const path = await claim(spec, record === choice.record ? choice : { record, fit: 'near' })
    if (path !== null) return path
  }
  return null
}

/** A claim of this session that was cut off is finished, or undone; false when there is none. */
async function settleOwn(
  { repo, run, piece }: WorkspaceSpec,
  records: readonly SlotRecord[],
): Promise<boolean> {
  const own = records.find(({ claim }) => claim?.run === run && claim.piece === piece)
  if (own === undefined || (own.owner?.pid !== process.pid && (await isAttended(own)))) return false
  await settleClaim(repo, own)
  return true
}

/** The cheap proof: no change shows since all of it was looked at, and nobody is in it. */
async function isUntouched({ repo }: WorkspaceSpec, record: SlotRecord): Promise<boolean> {
  const inside = occupants(record.path)
  const same = await marksHold(repo, record)
  return (await inside).length === 0 && same
}

/** The whole proof; a slot that fails it is given to nobody from then on. */
async function isProven({ repo }: WorkspaceSpec, record: SlotRecord, signal: AbortSignal): Promise<boolean> {
  const found = await proveClean(repo, record, signal)
  if (found.kind !== 'unclean') return found.kind === 'clean'
  await withRegistry(repo, async () => {
    const now = await loadRecord(repo, record.id)
    if (now?.state === 'ready') await giveBack(repo, now, { kept: found.reason })
  })
  return false
}

/** Makes a slot the session's; null when somebody else has been faster, or the branch is there already. */
async function claim(spec: WorkspaceSpec, { record, fit }: Choice): Promise<string | null> {
  const { repo } = spec
  const { id, path } = record
  const intent = { run: spec.run, piece: spec.piece, branch: spec.branch }
  const claiming = { ...record, state: 'claiming', owner: await thisProcess(), claim: intent } as const
  try {
    const claimedAt = await handOver(spec, claiming)
    if (claimedAt === null) return null
    await bothDone(passLease(spec, record), writeJournal(repo, journalOf(spec, { record, fit, claimedAt })))
    await removeRecord(repo, id)
    return path
  } catch (error) {
    const left = await loadRecord(repo, id)
    // What hinders that is met again, and told, by the next one who settles it.
    if (left?.state === 'claiming' && left.owner?.pid === process.pid)
      await Promise.allSettled([settleClaim(repo, left)])
    throw error
  }
}

/** Both results; when one has failed, the other one is not under way any more. */
async function bothDone<A, B>(a: Promise<A>, b: Promise<B>): Promise<readonly [A, B]> {
  await Promise.allSettled([a, b])
  return await Promise.all([a, b])
}

/** Intent, branch and lock, under the registry's lock; when that was on the clock of files. Null when the slot has changed
 *  since it was looked at, or the branch is there already. */
function handOver(spec: WorkspaceSpec, claiming: SlotRecord): Promise<number | null> {
  const { repo, run, piece, branch } = spec
  const { path, base, owner } = claiming
  return withRegistry(repo, async () => {
    const found = await stillReady(repo, claiming)
    // A claim that is taken back drops its branch: one that was there before is not even asked for.
    if (found === null || (await hasBranch(repo, branch))) return null
    const { now, entry } = found
    const reason = lockReason({ run, piece, ...(owner ?? (await thisProcess())) })
    const [draft] = await bothDone(draftLock(entry, reason), writeRecord(repo, claiming))
    await using lock = draft
    if ((await switchToNew(repo, path, branch)) === 'branch-taken') {
      await giveBack(repo, now)
      return null
    }
    const tip = await branchTip(repo, branch)
    if (tip === base) return await lock.take()
    // Somebody has committed in it, or checked something out, at this very moment: that is theirs.
    await undoSwitch(spec, path, tip ?? base)
    await giveBack(repo, now, { marks: null, kept: `HEAD of ${path} is at ${tip ?? 'nothing'}.` })
    return null
  })
}

/** The slot as it was looked at, if it still is: in the pool by record and lock, with HEAD at its base. */
async function stillReady(
  repo: Repository,
  { id, path, verifiedAt }: SlotRecord,
): Promise<{ readonly now: SlotRecord; readonly entry: AdminEntry } | null> {
  const now = await loadRecord(repo, id)
  if (now?.state !== 'ready' || now.verifiedAt !== verifiedAt || now.kept !== null) return null
  const entry = await adminEntry(repo, path)
  // Somebody has removed it or locked it otherwise; recovery finds out.
  if (entry?.locked?.startsWith(slotPrefix(id)) !== true) return null
  const at = await headOf(entry)
  if (at.kind === 'detached' && at.commit === now.base) return { now, entry }
  await giveBack(repo, now, { marks: null })
  return null
}

/** Takes away again the branch that was just made at `commit`. */
async function undoSwitch({ repo, branch }: WorkspaceSpec, path: string, commit: string): Promise<void> {
  const options = { cwd: path, op: 'detach HEAD', writes: 'store' } as const
  await runGit(['update-ref', '--no-deref', 'HEAD', commit], options)
  await deleteRefs(repo, [{ ref: `refs/heads/${branch}`, expected: commit }])
}

async function fitFor(spec: WorkspaceSpec, record: SlotRecord, programs: string): Promise<Fit> {
  const { repo, base, setup, portNames } = spec
  const includes = await includesHash(repo)
  return fitOf(record, { base, setup: setupHash(setup), portNames }, { programs, includes })
}

async function passLease({ repo, run, piece }: WorkspaceSpec, record: SlotRecord): Promise<void> {
  if (record.port === null) return
  const { commonDir } = repo
  const session = { commonDir, run, piece, worktree: record.path }
  await passPorts(record.port, { commonDir, run: POOL, piece: record.id }, session)
}

interface Claimed extends Choice {
  readonly claimedAt: number
}

/** What prepareWorkspace goes on from. */
function journalOf(
  { run, piece, branch, base }: WorkspaceSpec,
  { record, fit, claimedAt }: Claimed,
): Journal {
  const { id, path, unsettled, fingerprint, dependencies, readyAt, settings, dependencyNames } = record
  const exact = fit === 'exact'
  return {
    version: 1,
    run,
    piece,
    path,
    branch,
    base,
    unsettled,
    done: exact ? ['registered', 'included', 'dependencies', 'ready'] : ['registered'],
    ...(readyAt === null ? {} : { readyAt }),
    ...(fingerprint === null ? {} : { fingerprint }),
    ...(dependencies === null ? {} : { dependencies }),
    slot: {
      id,
      claimedAt,
      proven: false,
      ...(settings === null ? {} : { settings }),
      ...(dependencyNames === null ? {} : { dependencyNames }),
      port: exact && record.setup !== null ? record.port : null,
      ...(record.base === base ? {} : { from: record.base }),
    },
  }
}
