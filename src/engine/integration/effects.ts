// What an integration does to git and the disk, step by step; each function looks at what is there before it acts, so
// that it can be played again after a crash.
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CheckResult } from '../../contract/session.ts'
import { ignoring } from '../../contract/errors.ts'
import { gitFolder, resolveCommit } from '../../git/repository.ts'
import { listWorktrees } from '../../git/worktree.ts'
import { runChecks } from '../../integration/checks.ts'
import { conflictSentence, targetSentence } from '../../integration/sentences.ts'
import { stackMerges } from '../../integration/stack.ts'
import { advanceTarget } from '../../integration/target.ts'
import { prepareIntegrationWorktree, releaseIntegrationWorktree } from '../../integration/worktree.ts'
import type { Environment } from '../../process/environment.ts'
import { writeAtomic } from '../../store/atomic.ts'
import { reinstallIfNeeded } from '../../workspace/dependencies/install.ts'
import { worktreePlace } from '../../workspace/place.ts'
import { sessionWorkflowId } from '../names.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { IntegrationInput, RunInput } from '../run/input.ts'
import type { Services } from '../services.ts'
import { LANDED } from '../session/signals.ts'
import { loadRunInput, sessionMarker } from '../session/spec.ts'

/** No piece can have this id; it stands where the piece's id would stand in a path. */
const PLACE = '_integration'

export interface StackResult {
  /** Commit of the target that the union was built on. */
  readonly from: string
  /** The union. */
  readonly commit: string
  readonly pieces: readonly string[]
  /** Why the rest was not merged; null when nothing was left. */
  readonly conflict: string | null
}

/** Merges the finished branches onto the target as it stands now, in memory only. */
export async function stackBranches(
  services: Services,
  effect: EffectContext,
  input: IntegrationInput,
  round: number,
): Promise<StackResult> {
  const { target } = loadRunInput(services, input.run)
  const from = (await resolveCommit(services.repo.root, `refs/heads/${target}`)) ?? ''
  const pieces = input.branches.map(({ piece }) => piece)
  record(effect, 'integration.started', String(round), { n: input.n, target, tip: from, pieces })
  for (const left of input.leftOut) record(effect, 'integration.left-out', `${round}:${left.piece}`, left)
  const stacked = await stackMerges({
    repo: services.repo,
    tip: from,
    branches: input.branches,
    signal: effect.signal,
  })
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
  }
}

/** Runs the integration checks on exactly the union, in a worktree of its own, dependencies installed anew if need be. */
export async function checkUnion(
  services: Services,
  effect: EffectContext,
  input: IntegrationInput,
  { stack, round }: { readonly stack: StackResult; readonly round: number },
): Promise<readonly CheckResult[]> {
  const run = loadRunInput(services, input.run)
  const path = await integrationPath(services, run)
  const logs = join(services.state, 'logs', run.run, `integration-${input.n}`)
  await mkdir(logs, { recursive: true })
  await prepareIntegrationWorktree({ repo: services.repo, path }, stack.commit)
  const env = { QUINTET_SESSION: sessionMarker(services.repo.commonDir, { run: run.run, piece: PLACE }) }
  await installUnion(services, effect, { path, env, log: join(logs, 'install.log') })
  const { results } = await runChecks({
    worktree: path,
    commit: stack.commit,
    checks: run.plan.integration.checks ?? [],
    logs,
    env,
    signal: effect.signal,
    onResult: (result) => void record(effect, 'integration.checked', `${round}:${result.name}`, result),
  })
  return results
}

/** The fingerprint of what is installed stands in the worktree's own git folder, and goes away with it. */
async function installUnion(
  services: Services,
  effect: EffectContext,
  { path, env, log }: { readonly path: string; readonly env: Environment; readonly log: string },
): Promise<void> {
  const note = join(await gitFolder(path), 'quintet-installed')
  const installed = (await ignoring(['ENOENT'], readFile(note, 'utf8'))) ?? null
  const request = { repo: services.repo, cwd: path, env, log, signal: effect.signal, installed }
  const installation = await reinstallIfNeeded(request)
  if (installation !== null) await writeAtomic(note, installation.fingerprint)
}

export type Landing =
  | { readonly kind: 'landed' }
  | { readonly kind: 'moved' }
  | { readonly kind: 'refused'; readonly reason: string }

/** Moves the target to the union that the checks ran green on, and tells the sessions that they have landed. */
export async function landTarget(
  services: Services,
  effect: EffectContext,
  input: IntegrationInput,
  stack: StackResult,
): Promise<Landing> {
  const { target } = loadRunInput(services, input.run)
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

/** Removes the integration worktree; what was left in it by hand is saved first. */
export async function releaseTree(services: Services, run: string): Promise<void> {
  const path = await integrationPath(services, loadRunInput(services, run))
  await releaseIntegrationWorktree({ repo: services.repo, path })
}

async function integrationPath(services: Services, { run }: Pick<RunInput, 'run'>): Promise<string> {
  const { repo, config } = services
  const worktrees = (await listWorktrees(repo)).map(({ path }) => path)
  const request = {
    template: config.worktrees,
    root: repo.root,
    commonDir: repo.commonDir,
    run,
    piece: PLACE,
    worktrees,
  }
  return worktreePlace(request).path
}
