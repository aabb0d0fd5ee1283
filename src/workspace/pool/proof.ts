// The whole look at a slot: nothing is in it but what it was filled with, and nobody is at work in it.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { operationInProgress } from '../../git/operation.ts'
import type { Repository } from '../../git/repository.ts'
import { status } from '../../git/status.ts'
import { adminEntry, type AdminEntry } from '../../git/worktree-admin.ts'
import { headOf } from '../../git/worktree-head.ts'
import { mountToKeep } from '../../store/mounts.ts'
import { ignoredWork } from '../ignored.ts'
import { slotPrefix } from '../lock-reason.ts'
import { lastingOccupants } from '../occupants.ts'
import { adminFolder } from '../register.ts'
import { slotPlace } from './records.ts'
import { changedModules, ownState } from './settings.ts'
import type { SlotRecord } from './slot.ts'

export type Cleanliness =
  | { readonly kind: 'clean' }
  | { readonly kind: 'busy'; readonly pids: readonly number[] }
  /** `reason` is a sentence. */
  | { readonly kind: 'unclean'; readonly reason: string }

const NAMED = 5
/** A git that outlived the death of its parent needs a moment to end. */
const GRACE_MS = 500

/** Looks at all of a slot; nothing is changed. */
export async function proveClean(
  repo: Repository,
  record: SlotRecord,
  signal?: AbortSignal,
): Promise<Cleanliness> {
  const { path, id } = record
  const entry = await adminEntry(repo, path)
  if (entry === null || entry.folder !== (await adminFolder(path)))
    return unclean(`The folder ${path} is not the worktree that it was.`)
  if (entry.locked?.startsWith(slotPrefix(id)) !== true)
    return unclean(`The worktree ${path} is locked otherwise: ${entry.locked ?? 'not at all'}.`)
  // A power cut soon after it was made; who knows what else is empty.
  if ((await headOf(entry)).kind === 'lost') return unclean(`HEAD of ${path} is empty.`)
  const pids = await lastingOccupants(path, GRACE_MS)
  if (pids.length > 0) return { kind: 'busy', pids }
  const reason = (await mountToKeep(path)) ?? (await unfinished(entry))
  if (reason !== null) return unclean(reason)
  const options = signal === undefined ? {} : { signal }
  const { branch, tip, entries } = await status(path, { untracked: 'normal', ...options })
  if (branch !== null || tip !== record.base)
    return unclean(`HEAD of ${path} is ${branch === null ? 'at' : 'on'} ${branch ?? tip ?? 'nothing'}.`)
  const changed = entries.filter((one) => !record.unsettled.includes(one.path)).map((one) => one.path)
  if (changed.length > 0) return unclean(`Files are changed in ${path}: ${named(changed)}.`)
  const { kept } = await ignoredWork(slotPlace(repo, record), record.readyAt)
  if (kept.length > 0) return unclean(`Ignored files have changed in ${path}: ${named(kept)}.`)
  return (await beyondFiles(record, entry.folder)) ?? { kind: 'clean' }
}

/** What git commands have not finished, or left when they were killed: as long as a lock is there, no other one can. */
async function unfinished({ folder, path }: AdminEntry): Promise<string | null> {
  const operation = await operationInProgress(folder)
  if (operation !== null) return `A ${operation} is under way in ${path}.`
  const lock = (await readdir(folder)).find((name) => name.endsWith('.lock'))
  return lock === undefined ? null : `Git is at work in ${path}, or was killed there: ${join(folder, lock)}.`
}

/** What no status shows. */
async function beyondFiles(record: SlotRecord, admin: string): Promise<Cleanliness | null> {
  const { path, readyAt } = record
  const { settings, modules } = await ownState(path, admin)
  if (record.settings !== null && settings !== record.settings)
    return unclean(`Git settings, references or marks of the worktree ${path} alone have changed.`)
  const changed = readyAt === null ? [] : await changedModules({ path, admin, since: readyAt }, modules)
  return changed.length === 0 ? null : unclean(`Submodules have changed in ${path}: ${named(changed)}.`)
}

const unclean = (reason: string): Cleanliness => ({ kind: 'unclean', reason })

const named = (paths: readonly string[]): string =>
  paths.length <= NAMED
    ? paths.join(', ')
    : `${paths.slice(0, NAMED).join(', ')} and ${paths.length - NAMED} more`
