// What a checked-out worktree needs before anybody works in it: dependencies and the set-up command, and then the proof
// that neither has changed what git sees.
import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { QuintetError } from '../contract/errors.ts'
import type { PortBlock } from '../contract/session.ts'
import { quoted } from '../contract/shell.ts'
import { status } from '../git/status.ts'
import { SESSION_MARK } from '../process/marker.ts'
import { installDependencies, reinstallIfNeeded, type Installation } from './dependencies/install.ts'
import { ownEnvironment } from './dependencies/environment.ts'
import { noteIgnored } from './ignored.ts'
import { requireIsolation } from './isolation/require.ts'
import { portEnvironment } from './ports/environment.ts'
import { adminFolder } from './register.ts'
import { runSetup } from './setup.ts'
import type { WorkspaceSpec } from './spec.ts'

/** What is furnished, and with what. */
export type Furnished = Pick<
  WorkspaceSpec,
  | 'repo'
  | 'path'
  | 'coordinationFolder'
  | 'marker'
  | 'env'
  | 'box'
  | 'portNames'
  | 'setup'
  | 'setupTimeout'
  | 'logFile'
  | 'onProgress'
>

/** `made`: they stand already, and anything may have happened to them since. `brought`: they have come with the files, and
 *  stay if they are what is needed. `kept`: those of another commit are there, with this fingerprint (null: not known). */
export type Present =
  | { readonly kind: 'none' }
  | { readonly kind: 'made' }
  | { readonly kind: 'brought'; readonly installation: Installation }
  | { readonly kind: 'kept'; readonly fingerprint: string | null }

export interface Furnishing {
  readonly ports: PortBlock
  /** The dependencies that are there. */
  readonly present: Present
  /** Paths that a fresh checkout shows as changed. */
  readonly unsettled: readonly string[]
  /** Told once dependencies have been made, before the set-up. */
  readonly onInstalled?: (installation: Installation) => Promise<void>
  /** Runs after the set-up command, before the proof. */
  readonly onSetUp?: () => Promise<void>
  readonly signal: AbortSignal
}

const NAMED_PATHS = 5

/** Gives a worktree its dependencies and runs the set-up; answers with the installation (null: none was made) and when all
 *  was ready, on the clock of files. Throws `E_INSTALL_FAILED`, `E_SETUP_FAILED`, `E_NOT_ISOLATED`
 *  or `E_SETUP_DIRTY`. */
export async function furnish(
  place: Furnished,
  work: Furnishing,
): Promise<{ readonly installation: Installation | null; readonly readyAt: number }> {
  const { ports, unsettled, signal } = work
  const box = await place.box?.(place.path)
  const shell = ownEnvironment({ worktree: place.path, main: place.repo.root }, process.env)
  const own = {
    ...shell,
    ...place.env,
    ...portEnvironment(ports, place.portNames),
    [SESSION_MARK]: place.marker,
  }
  const env = { ...own, ...box?.env }
  const installation = await install(place, { env, box: box?.box }, work)
  const { setup: command, path: cwd, logFile: log, setupTimeout: timeout } = place
  if (command !== undefined) {
    place.onProgress(`running ${command.join(' ')}`)
    await runSetup({ command, cwd, env, box: box?.box, log, timeout, signal })
    await work.onSetUp?.()
  }
  await requireIsolation({
    repo: place.repo,
    cwd,
    fingerprint: installation?.fingerprint ?? null,
    how: installation?.how ?? null,
    setUp: command !== undefined,
    env,
    box: box?.box,
    signal,
    onOpen: place.onProgress,
  })
  await noteIgnored(place)
  const readyAt = await fileClock(cwd)
  const worked = work.present.kind === 'made' || (installation !== null && installation.how !== 'nothing')
  if (command !== undefined || worked) await requireClean(place, unsettled, signal)
  return { installation, readyAt }
}

type Setting = Pick<Parameters<typeof installDependencies>[0], 'env' | 'box'>

async function install(
  { repo, path: cwd, logFile: log, onProgress }: Furnished,
  { env, box }: Setting,
  { present, onInstalled, signal }: Furnishing,
): Promise<Installation | null> {
  if (present.kind === 'made') return null
  const request = { repo, cwd, env, box, log, signal, onProgress }
  const brought = present.kind === 'brought' ? present.installation : null
  const installed = present.kind === 'kept' ? present.fingerprint : (brought?.fingerprint ?? null)
  const installation =
    present.kind === 'none'
      ? await installDependencies(request)
      : ((await reinstallIfNeeded({ ...request, installed })) ?? brought)
  if (installation !== null) await onInstalled?.(installation)
  return installation
}

/** Now, on the clock that stamps files: everything that was written before is at most as old. */
async function fileClock(path: string): Promise<number> {
  const file = join((await adminFolder(path)) ?? path, 'quintet-clock')
  await writeFile(file, '')
  const { ctimeMs } = await stat(file)
  await rm(file)
  return ctimeMs
}

/** A tree that is changed before the agent begins would make the agent answer for it. */
async function requireClean(
  { path, setup }: Furnished,
  unsettled: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { entries } = await status(path, { untracked: 'normal', signal })
  const changed = entries
    .filter((entry) => !unsettled.includes(entry.path))
    .map((entry) => (entry.hidden === undefined ? entry.path : `${entry.path} (marked ${entry.hidden})`))
  if (changed.length === 0) return
  const named = changed.slice(0, NAMED_PATHS).join(', ')
  const more = changed.length > NAMED_PATHS ? ` and ${changed.length - NAMED_PATHS} more` : ''
  const what = setup === undefined ? 'Installing the dependencies' : 'The setup'
  throw new QuintetError(
    'E_SETUP_DIRTY',
    'precondition',
    `${what} changed files that git does not ignore: ${named}${more}.`,
    {
      hints: [
        { text: 'See the changes.', command: `git -C ${quoted(path)} status` },
        { text: 'Commit them on the base, or name them in .gitignore.' },
      ],
      details: { changed: changed.slice(0, 100) },
    },
  )
}
