// What an integration does to git and the disk, step by step; each function looks at what is there before it acts, so
// that it can be played again after a crash.
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CheckResult } from '../../contract/session.ts'
import { errorData, ignoring } from '../../contract/errors.ts'
import { gitFolder, resolveCommit } from '../../git/repository.ts'
import { listWorktrees } from '../../git/worktree.ts'
import { runChecks } from '../../integration/checks.ts'
import { conflictSentence, targetSentence } from '../../integration/sentences.ts'
import { advanceTarget } from '../../integration/target.ts'
import {
  integrationWorktreePath,
  prepareIntegrationWorktree,
  releaseIntegrationWorktree,
  type Released,
} from '../../integration/worktree.ts'
import { endSurvivors } from '../../process/marker.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { closeBox } from '../../workspace/box/close.ts'
import { clearCaches, hasOtherIgnored } from '../../workspace/dependencies/caches.ts'
import { ownedFolder } from '../../workspace/dependencies/folders.ts'
import { reinstallIfNeeded } from '../../workspace/dependencies/install.ts'
import { worktreePlace } from '../../workspace/place.ts'
import { INTEGRATION_PLACE, sessionOfWorkflow, sessionWorkflowId } from '../names.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { IntegrationInput, RunInput } from '../run/input.ts'
import type { Services } from '../services.ts'
import { stackAdmitted } from './admission.ts'
import { LANDED } from '../session/signals.ts'
import { loadRunInput } from '../session/spec.ts'
import { stopAsked, withdrawnPieces } from './consent.ts'
import { integrationMarker } from '../sweep.ts'
import { treeBox, type TreeBox } from '../tree-box.ts'
import { unionChecks } from './union-checks.ts'

export interface StackResult {
  /** Commit of the target that the union was built on. */
  readonly from: string
  /** The union. */
  readonly commit: string
  readonly pieces: readonly string[]
  /** Why the rest was not merged; null when nothing was left. */
  readonly conflict: string | null
  /** Why some branches may not land, one sentence each. */
  readonly refused: readonly string[]
}

/** Merges the finished branches onto the target as it stands now, in memory only. */
export async function stackBranches(
  services: Services,
  effect: EffectContext,
  input: IntegrationInput,
  round: number,
): Promise<StackResult> {
  const run = loadRunInput(services, input.run)
  const { target } = run
  const from = (await resolveCommit(services.repo.root, `refs/heads/${target}`)) ?? ''
  const pieces = input.branches.map(({ piece }) => piece)
  record(effect, 'integration.started', String(round), { n: input.n, target, tip: from, pieces })
  for (const left of input.leftOut) record(effect, 'integration.left-out', `${round}:${left.piece}`, left)
  const { stacked, refused } = await stackAdmitted(services, effect, input, { run, from, round })
  for (const step of stacked.steps) record(effect, 'integration.merged', `${round}:${step.piece}`, step)
  const { conflict } = stacked
  if (conflict !== null) {
    record(effect, 'integration.conflicted', `${round}:${conflict.piece}`, {
      piece: conflict.piece,
      files: [...conflict.files],
    })
  }
  const merged = new Set([...stacked.steps.map(({ piece }) => piece), ...stacked.upToDate])
  return {
    from,
    commit: stacked.commit,
    pieces: pieces.filter((piece) => merged.has(piece)),
    conflict: conflict === null ? null : conflictSentence(conflict, target),
    refused,
  }
}

/** Runs the checks on exactly the union, in a worktree of its own, dependencies installed anew if need be. */
export async function checkUnion(
  services: Services,
  effect: EffectContext,
  input: IntegrationInput,
  { stack, round }: { readonly stack: StackResult; readonly round: number },
): Promise<readonly CheckResult[]> {
  const run = loadRunInput(services, input.run)
  const marker = integrationMarker(services.repo.commonDir, run.run)
  // Checks that a killed daemon has left running would write into the tree that is checked now.
  await endSurvivors(marker)
  const path = await integrationPath(services, run)
  const logs = join(services.state, 'logs', run.run, `integration-${input.n}`)
  await mkdir(logs, { recursive: true })
  const at = { repo: services.repo, path, run: run.run }
  const { saved } = await prepareIntegrationWorktree(at, stack.commit, (file) => ownedFolder(file) !== null)
  if (saved !== null) note(effect, `found:${saved}`, foundSentence(saved))
  await clearCaches(services.repo, path)
  const checks = unionChecks(run.plan, inUnion(services, input.run, stack))
  const made = await treeBox(services, {
    name: { run: run.run, piece: INTEGRATION_PLACE },
    path,
    commands: checks.map(({ run: words }) => words),
  })
  const boxed = { ...made, env: { ...made.env, QUINTET_SESSION: marker } }
  await installUnion(services, effect, { path, boxed, log: join(logs, 'install.log') })
  const { results } = await runChecks({
    worktree: path,
    commit: stack.commit,
    checks,
    logs,
    ...boxed,
    signal: effect.signal,
    onResult: (result) => void record(effect, 'integration.checked', `${round}:${result.name}`, result),
  })
  return results
}

/** Pieces whose work is in the union: those of this integration, and those that have landed before. */
function inUnion(services: Services, run: string, { pieces }: StackResult): ReadonlySet<string> {
  const landed: string[] = []
  for (const { stream } of services.store.events({ prefix: `${run}/session/`, types: ['session.landed'] }))
    landed.push(sessionOfWorkflow(stream)?.piece ?? '')
  return new Set([...pieces, ...landed])
}

/** The fingerprint of what is installed stands in the worktree's own git folder, and goes away with it. An installation
 *  that has built something beside the dependencies is not noted: the next round begins without what it built. */
async function installUnion(
  services: Services,
  effect: EffectContext,
  { path, boxed, log }: { readonly path: string; readonly boxed: TreeBox; readonly log: string },
): Promise<void> {
  const note = join(await gitFolder(path), 'quintet-installed')
  const installed = (await ignoring(['ENOENT'], readFile(note, 'utf8'))) ?? null
  const request = { repo: services.repo, cwd: path, ...boxed, log, signal: effect.signal, installed }
  const installation = await reinstallIfNeeded(request)
  if (installation === null) return
  if (await hasOtherIgnored(path)) await rm(note, { force: true })
  else await writeAtomic(note, installation.fingerprint)
}

export type Landing =
  | { readonly kind: 'landed' }
  | { readonly kind: 'moved' }
  /** These pieces do not stand by what was checked any more. */
  | { readonly kind: 'withdrawn'; readonly pieces: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }

/** Moves the target to the union that the checks ran green on, and tells the sessions that they have landed. */
export async function landTarget(
  services: Services,
  effect: EffectContext,
  input: IntegrationInput,
  stack: StackResult,
): Promise<Landing> {
  const { target } = loadRunInput(services, input.run)
  const objection = await objectionTo(services, input, { target, stack })
  if (objection !== null) return objection
  const outcome = await advanceTarget({ repo: services.repo, target, from: stack.from, to: stack.commit })
  if (outcome.kind === 'moved') return { kind: 'moved' }
  const sentence = targetSentence(target, outcome)
  if (outcome.kind !== 'advanced')
    return { kind: 'refused', reason: sentence ?? 'The target cannot be moved.' }
  if (sentence !== null) record(effect, 'integration.noted', String(input.n), { text: sentence })
  tellLanded(services, input, stack)
  record(effect, 'integration.landed', String(input.n), {
    from: stack.from,
    to: stack.commit,
    pieces: [...stack.pieces],
  })
  return { kind: 'landed' }
}

/** What speaks against landing now; null when nothing does, or when the target has moved already and only that is left to
 *  be told. */
async function objectionTo(
  services: Services,
  input: IntegrationInput,
  { target, stack }: { readonly target: string; readonly stack: StackResult },
): Promise<Landing | null> {
  if ((await resolveCommit(services.repo.root, `refs/heads/${target}`)) === stack.commit) return null
  if (stopAsked(services, input.run)) return { kind: 'refused', reason: 'The run was stopped.' }
  const checked = input.branches.filter(({ piece }) => stack.pieces.includes(piece))
  const pieces = withdrawnPieces(services, input.run, checked)
  return pieces.length === 0 ? null : { kind: 'withdrawn', pieces }
}

function tellLanded(services: Services, input: IntegrationInput, stack: StackResult): void {
  for (const { piece, tip } of input.branches.filter(({ piece }) => stack.pieces.includes(piece))) {
    const stream = sessionWorkflowId({ run: input.run, piece })
    services.store.append({
      stream,
      key: `session.landed:${tip}`,
      type: 'session.landed',
      data: { commit: tip },
    })
    services.engine().signal(stream, { name: LANDED, data: { commit: tip }, dedupe: `landed:${tip}` })
  }
}

/** Writes down why the integration stopped; sessions and worktree stay as they are. */
export function recordStop(effect: EffectContext, reason: string): void {
  record(effect, 'integration.stopped', '1', { reason })
}

/** Removes a run's integration worktree with the processes in it; what was left in it by hand is saved first. Throws
 *  `E_PROCESS_SURVIVES`. */
export async function releaseTree(services: Services, run: string): Promise<ReleasedTree> {
  await endSurvivors(integrationMarker(services.repo.commonDir, run))
  const { repo, state } = services
  const path = await integrationPath(services, loadRunInput(services, run))
  const released = await releaseIntegrationWorktree({ repo, path, run })
  if (released.kind !== 'kept') await closeBox(repo, state, { run, piece: INTEGRATION_PLACE })
  return { path, released }
}

export interface ReleasedTree {
  readonly path: string
  readonly released: Released
}

/** Removes the worktree after a landing, and writes down what that has saved or left: what stands in its way costs the
 *  landing nothing. */
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
async function integrationPath(services: Services, { run }: Pick<RunInput, 'run'>): Promise<string> {
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
