// Git's own gates in a session's worktree: hooks that know the session's branch and scope from this record and not from
// HEAD. They refuse moves of other references, commits of paths outside of the scope, and pushes; after them the
// repository's own hooks run. They stop accidents, in any terminal that stands in the worktree; whoever means to can go
// around them (`git -c core.hooksPath=…`), which is why there is a box below and a gate behind.
import { mkdir, readFile, realpath, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseGuardRecord, type GuardRecord, type GuardSpec } from '../../contract/guard.ts'
import { errorData, ignoring } from '../../contract/errors.ts'
import { stateFolder, type Repository } from '../../git/repository.ts'
import { withRegistry } from '../../git/worktree.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { tidyExcluded } from '../exclude.ts'
import { adminFolder } from '../register.ts'
import {
  activate,
  deactivate,
  hooksSettings,
  pinHooks,
  removeUnfinished,
  writeChanged,
  type HooksSetting,
} from './activation.ts'
import { guardPaths, sessionConfig, shellRecord, type GuardPaths } from './files.ts'
import { isExecutable, linkHooks, writeScript } from './hooks.ts'

export interface GuardedSession {
  readonly repo: Repository
  readonly run: string
  readonly piece: string
  /** The worktree. */
  readonly path: string
}

/** Whether git runs the guards; `reason` is a sentence. */
export type GuardState = { readonly active: true } | { readonly active: false; readonly reason: string }

/**
 * Writes the session's record and has git run its hooks in the worktree. May be called again at any time: a new scope is
 * in force for the next command. What keeps git from running them is a value; the session then works without.
 */
export async function installGuards(session: GuardedSession, spec: GuardSpec): Promise<GuardState> {
  const { repo, run, piece } = session
  const found = await adminFolder(session.path)
  if (found === null) return { active: false, reason: `The folder ${session.path} is not a linked worktree.` }
  const paths = guardPaths(stateFolder(repo), session)
  const record: GuardRecord = {
    ...spec,
    version: 1,
    run,
    piece,
    root: repo.root,
    commonDir: repo.commonDir,
    worktree: session.path,
    gitDir: await realpath(found),
    theirs: (await loadRecord(paths))?.theirs ?? { folder: '', outer: '', pinned: false },
  }
  try {
    await withRegistry(repo, () => write(repo, paths, record))
    return await composeWithTheirs(session, paths, record)
  } catch (error) {
    const { code, message } = errorData(error)
    if (code !== 'E_GIT') throw error
    return { active: false, reason: `The git hooks of the worktree cannot be set. ${message}` }
  }
}

/** Writes another scope into the guards that a session has; does nothing when it has none. */
export async function updateGuards(session: Omit<GuardedSession, 'path'>, spec: GuardSpec): Promise<void> {
  const paths = guardPaths(stateFolder(session.repo), session)
  const record = await loadRecord(paths)
  if (record === null) return
  const changed = { ...record, ...spec }
  await writeChanged(paths.record, `${JSON.stringify(changed, null, 2)}\n`)
  await writeChanged(paths.shell, shellRecord(changed))
}

/** The record that a session's guards go by; null when it has none. */
export async function loadGuardRecord(session: Omit<GuardedSession, 'path'>): Promise<GuardRecord | null> {
  return await loadRecord(guardPaths(stateFolder(session.repo), session))
}

/** File of the record that a session's guards go by. */
export function guardRecordFile(session: Omit<GuardedSession, 'path'>): string {
  return guardPaths(stateFolder(session.repo), session).record
}

/** Whether git would run the session's guards now. */
export async function guardState(session: GuardedSession): Promise<GuardState> {
  const paths = guardPaths(stateFolder(session.repo), session)
  if ((await loadRecord(paths)) === null) return { active: false, reason: 'No git hooks were set.' }
  const effective = (await hooksSettings(session.path)).at(-1)
  const runs = effective?.value === paths.hooks
  if (runs && (await isExecutable(paths.script))) return { active: true }
  if (runs) return { active: false, reason: 'The script of the git hooks is not there.' }
  const other = effective === undefined ? 'nothing' : effective.value
  return { active: false, reason: `The setting core.hooksPath of the worktree is ${other}.` }
}

/** Takes the session's guards away, and with the last session everything that they needed. Throws `E_GIT`. */
export async function removeGuards(session: Omit<GuardedSession, 'path'>): Promise<void> {
  await withRegistry(session.repo, () => removeGuardsLocked(session))
}

/** The same, under the registry's lock. */
export async function removeGuardsLocked(session: Omit<GuardedSession, 'path'>): Promise<void> {
  const paths = guardPaths(stateFolder(session.repo), session)
  await removeUnfinished(paths.run, `${session.piece}.`)
  if ((await ignoring(['ENOENT'], readFile(paths.record))) === undefined) return await removeEmpty(paths)
  await deactivate(session.repo, session)
  // The record goes last: as long as it is there, the removal is begun again.
  for (const path of [paths.hooks, paths.config, paths.shell, paths.record]) {
    await rm(path, { recursive: true, force: true })
  }
  await removeEmpty(paths)
}

async function removeEmpty({ run, folder }: GuardPaths): Promise<void> {
  for (const path of [run, folder]) await ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(path))
}

/** Takes out of the repository's configuration what is left there although no session has guards: state that was deleted
 *  by hand leaves such a line. The same for info/exclude. Throws `E_GIT` when it cannot be written. */
export async function sweepGuards(repo: Repository): Promise<void> {
  const nobody = { run: '', piece: '' }
  await withRegistry(repo, () => deactivate(repo, nobody))
  await tidyExcluded(repo)
  await ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(guardPaths(stateFolder(repo), nobody).folder))
}

async function loadRecord({ record }: GuardPaths): Promise<GuardRecord | null> {
  const text = await ignoring(['ENOENT'], readFile(record, 'utf8'))
  return text === undefined ? null : parseGuardRecord(text)
}

/** Under the registry's lock: what all sessions share goes with the last one that has a record. */
async function write(repo: Repository, paths: GuardPaths, record: GuardRecord): Promise<void> {
  await mkdir(paths.run, { recursive: true })
  // The record before the rest: it says whose they are.
  await writeChanged(paths.record, `${JSON.stringify(record, null, 2)}\n`)
  await Promise.all([writeChanged(paths.config, sessionConfig(paths)), writeScript(paths), activate(repo)])
}

/** The settings of the hooks, ours after all others of the repository. */
async function settingsInForce(
  { repo, path }: GuardedSession,
  { hooks }: GuardPaths,
): Promise<readonly HooksSetting[]> {
  const settings = await hooksSettings(path)
  const effective = settings.at(-1)
  if (effective?.scope !== 'local' || effective.value === hooks) return settings
  await withRegistry(repo, () => activate(repo, { last: true }))
  return await hooksSettings(path)
}

/** Finds out what the repository's own hooks are, and whether git runs ours. */
async function composeWithTheirs(
  session: GuardedSession,
  paths: GuardPaths,
  record: GuardRecord,
): Promise<GuardState> {
  const settings = await settingsInForce(session, paths)
  const foreign = settings.filter(({ value }) => value !== paths.hooks)
  const effective = settings.at(-1)
  const overridden = effective?.scope === 'worktree' && effective.value !== paths.hooks
  if (overridden) await pinHooks(session.path, paths.hooks)
  const pinned = overridden || (record.theirs.pinned && effective?.scope === 'worktree')
  const theirs = {
    folder: overridden || !pinned ? (foreign.at(-1)?.value ?? '') : record.theirs.folder,
    outer: foreign.findLast(({ scope }) => scope === 'global' || scope === 'system')?.value ?? '',
    pinned,
  }
  const complete = { ...record, theirs }
  await writeChanged(paths.record, `${JSON.stringify(complete, null, 2)}\n`)
  const folder = theirs.folder === '' ? join(record.commonDir, 'hooks') : theirs.folder
  await Promise.all([
    linkHooks(paths, { worktree: session.path, folder }),
    // Its age also tells the hooks up to when the configuration is known.
    writeAtomic(paths.shell, shellRecord(complete), { lasting: false }),
  ])
  if (overridden || effective?.value === paths.hooks) return { active: true }
  return {
    active: false,
    reason: `Git takes ${effective?.value ?? 'none'} for core.hooksPath in the worktree.`,
  }
}
