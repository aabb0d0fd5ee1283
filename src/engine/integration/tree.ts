// The worktree in which unions are checked: brought to a commit, with the dependencies of that commit, kept warm from one
// run of tests to the next, and taken away when nothing is left to land. Each function looks at what is there before it
// acts, so that it can be played again after a crash.
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { errorData, ignoring, QuintetError } from '../../contract/errors.ts'
import { ignoredFiles } from '../../git/files.ts'
import { gitFolder, type Repository } from '../../git/repository.ts'
import { listWorktrees } from '../../git/worktree.ts'
import { park, parkingFolder, unpark } from '../../integration/queue/parked.ts'
import {
  integrationWorktreePath,
  prepareIntegrationWorktree,
  releaseIntegrationWorktree,
  type Released,
} from '../../integration/worktree.ts'
import type { Environment } from '../../process/environment.ts'
import { endSurvivors } from '../../process/marker.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { moveToTrash } from '../../store/trash.ts'
import { closeBox } from '../../workspace/box/close.ts'
import { clearCaches, hasOtherIgnored } from '../../workspace/dependencies/caches.ts'
import { dependencyPaths, ownedFolder } from '../../workspace/dependencies/folders.ts'
import { reinstallIfNeeded } from '../../workspace/dependencies/install.ts'
import { installRoots } from '../../workspace/dependencies/policy.ts'
import { fingerprintOf, surveyDependencies } from '../../workspace/dependencies/survey.ts'
import { worktreePlace } from '../../workspace/place.ts'
import { INTEGRATION_PLACE } from '../names.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { RunInput } from '../run/input.ts'
import type { Services } from '../services.ts'
import { loadRunInput } from '../session/spec.ts'
import { integrationMarker } from '../sweep.ts'
import { treeBox, type TreeBox } from '../tree-box.ts'

type TreeServices = Pick<Services, 'repo' | 'state' | 'config'>

export interface PreparedTree {
  readonly path: string
  /** What runs in it runs in this box. */
  readonly boxed: TreeBox
  /** Folder for what the runners report; it can be written from inside. */
  readonly reports: string
  /** What the installation printed when it failed; null when the tree is ready. */
  readonly broken: string | null
}

export interface TreeRequest {
  readonly run: RunInput
  readonly commit: string
  /** Made when missing. */
  readonly logs: string
  /** What is to be run in it. */
  readonly commands: readonly (readonly string[])[]
}

/** Brings the run's integration worktree to exactly a commit, dependencies included: installed anew, from nothing, when a
 *  manifest or lock file differs from that of the last installation. `logs`: existing folder for the installation's log. */
export async function prepareTree(
  services: TreeServices,
  effect: EffectContext,
  { run, commit, logs, commands }: TreeRequest,
): Promise<PreparedTree> {
  const marker = integrationMarker(services.repo.commonDir, run.run)
  // Checks that a killed daemon has left running would write into the tree that is checked now.
  await endSurvivors(marker)
  const path = await integrationPath(services, run)
  await mkdir(logs, { recursive: true })
  const at = { repo: services.repo, path, run: run.run }
  const { saved } = await prepareIntegrationWorktree(at, commit, (file) => ownedFolder(file) !== null)
  if (saved !== null) note(effect, `found:${saved}`, foundSentence(saved))
  await clearCaches(services.repo, path)
  const name = { run: run.run, piece: INTEGRATION_PLACE }
  const made = await treeBox(services, { name, path, commands })
  const boxed = { ...made, env: { ...made.env, QUINTET_SESSION: marker } }
  const reports = join(made.home, 'reports')
  await mkdir(reports, { recursive: true })
  const broken = await install(services, effect, { path, boxed, log: join(logs, 'install.log') })
  return { path, boxed, reports, broken }
}

interface Place {
  readonly path: string
  readonly boxed: TreeBox
  readonly log: string
}

/** A manifest that cannot be installed is a finding like a red test: a branch has brought it. */
async function install(services: TreeServices, effect: EffectContext, place: Place): Promise<string | null> {
  try {
    await installUnion(services, effect, place)
    return null
  } catch (error) {
    if (!(error instanceof QuintetError) || error.code !== 'E_INSTALL_FAILED') throw error
    const details = v.safeParse(v.object({ tail: v.string() }), error.details)
    return [error.message, ...(details.success ? [details.output.tail] : [])].join('\n')
  }
}

/** The fingerprint of what is installed stands in the worktree's own git folder, and goes away with it. An installation
 *  that has built something beside the dependencies is not noted: the next round begins without what it built. What was
 *  installed for another tree is set aside, and found again when the search comes back to it. */
async function installUnion(
  services: TreeServices,
  effect: EffectContext,
  { path, boxed, log }: Place,
): Promise<void> {
  const noted = join(await gitFolder(path), 'quintet-installed')
  const before = (await ignoring(['ENOENT'], readFile(noted, 'utf8'))) ?? null
  const wanted = await dependencyFingerprint(services.repo, { cwd: path, env: boxed.env })
  if (before === wanted) return
  // From here on until the end neither the old dependencies are there nor the new ones.
  await rm(noted, { force: true })
  const parking = { worktree: path, folder: parkingFolder(path) }
  if (before !== null) await park(parking, before, dependencyPaths(await ignoredFiles(path)))
  if (await unpark(parking, wanted)) {
    await writeAtomic(noted, wanted)
    return
  }
  const request = { repo: services.repo, cwd: path, ...boxed, log, signal: effect.signal, installed: null }
  const installation = await reinstallIfNeeded(request)
  if (installation !== null && !(await hasOtherIgnored(path)))
    await writeAtomic(noted, installation.fingerprint)
}

/** As the installation names it. */
async function dependencyFingerprint(
  repo: Repository,
  at: { readonly cwd: string; readonly env: Environment },
): Promise<string> {
  const survey = await surveyDependencies(at.cwd)
  const seeds = survey.files.length === 0 ? [] : dependencyPaths(await ignoredFiles(repo.root))
  return fingerprintOf(survey, installRoots(survey.folders, new Set(seeds)), at)
}

/** Removes a run's integration worktree with the processes in it; what was left in it by hand is saved first. Throws
 *  `E_PROCESS_SURVIVES`. */
export async function releaseTree(services: Services, run: string): Promise<ReleasedTree> {
  await endSurvivors(integrationMarker(services.repo.commonDir, run))
  const path = await integrationPath(services, loadRunInput(services, run))
  const released = await releaseIntegrationWorktree({ repo: services.repo, path, run })
  if (released.kind !== 'kept') {
    await moveToTrash(services.repo, parkingFolder(path))
    await closeBox(services.repo, services.state, { run, piece: INTEGRATION_PLACE })
  }
  return { path, released }
}

export interface ReleasedTree {
  readonly path: string
  readonly released: Released
}

/** Removes the worktree after the last landing, and writes down what that has saved or left: what stands in its way costs
 *  the landing nothing. */
export async function giveTreeBack(services: Services, effect: EffectContext, run: string): Promise<void> {
  const { kept, saved } = await takenAway(services, effect, run)
  if (kept !== null) note(effect, 'kept', `The integration worktree is kept: ${kept}`)
  if (saved !== null) note(effect, `found:${saved}`, foundSentence(saved))
}

async function takenAway(
  services: Services,
  effect: EffectContext,
  run: string,
): Promise<{ readonly kept: string | null; readonly saved: string | null }> {
  try {
    const { path, released } = await releaseTree(services, run)
    if (released.kind === 'kept') return { kept: `${path}: ${released.why}.`, saved: null }
    return { kept: null, saved: released.kind === 'removed' ? released.saved : null }
  } catch (error) {
    if (effect.signal.aborted) throw error
    return { kept: errorData(error).message, saved: null }
  }
}

function note(effect: EffectContext, key: string, text: string): void {
  record(effect, 'integration.noted', key, { text })
}

function foundSentence(saved: string): string {
  return `What was found in the integration worktree is saved as ${saved}.`
}

/** Where the worktree stands, or where it is to stand: the configuration may have changed since it was made. */
async function integrationPath(services: TreeServices, { run }: Pick<RunInput, 'run'>): Promise<string> {
  const { repo, config } = services
  const made = await integrationWorktreePath(repo, run)
  if (made !== null) return made
  const worktrees = (await listWorktrees(repo)).map(({ path }) => path)
  const request = {
    template: config.worktrees,
    root: repo.root,
    commonDir: repo.commonDir,
    run,
    piece: INTEGRATION_PLACE,
    worktrees,
  }
  return worktreePlace(request).path
}
