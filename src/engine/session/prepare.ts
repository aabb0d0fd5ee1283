// Getting a session ready: the commit its branch starts from, and the workspace it will work in.
import { mkdir } from 'node:fs/promises'
import { basename } from 'node:path'
import * as v from 'valibot'
import { errorData, QuintetError } from '../../contract/errors.ts'
import { FACTS } from '../../contract/facts.ts'
import type { Piece } from '../../contract/plan.ts'
import type { Workspace } from '../../contract/session.ts'
import { head } from '../../git/repository.ts'
import { listWorktrees } from '../../git/worktree.ts'
import { stackMerges } from '../../integration/stack.ts'
import { worktreePlace } from '../../workspace/place.ts'
import { isSlotId } from '../../workspace/pool/slot.ts'
import { prepareWorkspace } from '../../workspace/prepare.ts'
import type { WorkspaceSpec } from '../../workspace/spec.ts'
import { sessionWorkflowId } from '../names.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { Services } from '../services.ts'
import { treeBox } from '../tree-box.ts'
import { isExternal } from './external/delivery.ts'
import { guardSpec } from './guards.ts'
import { proveOwn } from './late-proof.ts'
import { liveWorkspace, writeFolder } from './words/folders.ts'
import { unlessOperator } from './interrupt.ts'
import type { PrepareResult } from './results.ts'
import type { SessionSpec } from './spec.ts'

const SETUP_TIMEOUT_MS = 30 * 60_000

/** The run's base, with the finished branches of the piece's dependencies merged on top. Throws
 *  `E_DEPENDENCIES_CONFLICT`. */
async function pieceBase(services: Services, session: SessionSpec): Promise<string> {
  const { run, piece } = session
  const needed = allDependencies(run.plan.pieces, piece)
  const branches = await Promise.all(
    run.order
      .filter((id) => needed.has(id))
      .map(async (id) => ({
        piece: id,
        title: titleOf(run.plan.pieces, id),
        tip: requireTip(services, run.run, id),
      })),
  )
  const stacked = await stackMerges({ repo: services.repo, tip: run.base.commit, branches })
  if (stacked.conflict === null) return stacked.commit
  const { piece: culprit, files } = stacked.conflict
  throw new QuintetError(
    'E_DEPENDENCIES_CONFLICT',
    'conflict',
    `The dependencies of ${piece.id} conflict with each other: ${culprit} in ${files.join(', ')}.`,
    {
      hints: [
        { text: 'Have it mended where it came from.', command: `quintet session retry ${culprit} "<how>"` },
      ],
    },
  )
}

function allDependencies(pieces: readonly Piece[], piece: Piece): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (ids: readonly string[]): void => {
    for (const id of ids) {
      if (found.has(id)) continue
      found.add(id)
      visit(pieces.find((other) => other.id === id)?.depends_on ?? [])
    }
  }
  visit(piece.depends_on)
  return found
}

const titleOf = (pieces: readonly Piece[], id: string): string =>
  pieces.find((piece) => piece.id === id)?.title ?? id

/** The tip that a finished piece was judged on; its branch may have moved or gone since. */
function requireTip(services: Services, run: string, piece: string): string {
  let tip: string | null = null
  for (const event of services.store.events({
    stream: sessionWorkflowId({ run, piece }),
    types: ['session.finished'],
  })) {
    tip = v.parse(FACTS['session.finished'], event.data).tip
  }
  if (tip !== null) return tip
  throw new QuintetError('E_BRANCH_GONE', 'precondition', `The piece ${piece} is not finished.`)
}

/** Prepares the workspace, or mends what has become of it, and records it. `base`: the commit it was prepared on before. A
 *  failure that the operator can mend is a result, not an exception. */
export async function prepareSession(
  services: Services,
  effect: EffectContext,
  session: SessionSpec,
  base: string | null,
): Promise<PrepareResult> {
  try {
    const known = liveWorkspace(services, session)
    if (known !== null && (await isIntact(known))) return { kind: 'ready', workspace: known }
    // What is mended may not be in use; its conversation is resumed afterwards.
    await services.conversations.stop(session.label)
    const workspace = await unlessOperator(effect, (signal) =>
      prepare(services, effect, { session, base, signal }),
    )
    return workspace === null ? { kind: 'interrupted' } : { kind: 'ready', workspace }
  } catch (error) {
    if (effect.signal.aborted) throw effect.signal.reason
    if (!(error instanceof QuintetError) || error.kind === 'internal') throw error
    return { kind: 'failed', error: storedError(error) }
  }
}

/** Whether the worktree is where it was and belongs to the repository still. */
async function isIntact({ path }: Workspace): Promise<boolean> {
  try {
    return (await head(path)).commit !== null
  } catch (error) {
    if (
      error instanceof QuintetError &&
      (error.kind === 'git' || error.kind === 'environment' || error.kind === 'precondition')
    )
      return false
    throw error
  }
}

async function prepare(
  services: Services,
  effect: EffectContext,
  {
    session,
    base,
    signal,
  }: { readonly session: SessionSpec; readonly base: string | null; readonly signal: AbortSignal },
): Promise<Workspace> {
  const asked = await workspaceSpec(services, session, base ?? (await pieceBase(services, session)))
  const begun = performance.now()
  const { spec, fromPool } = await placed(services, session, { asked, signal })
  recordPreparing(services, effect, { session, spec })
  await mkdir(session.logs, { recursive: true })
  await mkdir(session.home, { recursive: true })
  const workspace = await prepareWorkspace(spec, signal)
  // Nobody else looks before a person works there: no agent is started.
  if (isExternal(session.piece)) await proveOwn(services, session, { path: workspace.path, signal })
  const tookMs = Math.round(performance.now() - begun)
  await writeFolder(services, session, workspace)
  record(effect, 'workspace.ready', '1', { ...workspace, fromPool, tookMs })
  return workspace
}

/** Where the session is to work: in a workspace that stands ready, if there is one for it. Where it has worked before, it
 *  works again. */
async function placed(
  services: Services,
  session: SessionSpec,
  { asked, signal }: { readonly asked: WorkspaceSpec; readonly signal: AbortSignal },
): Promise<{ readonly spec: WorkspaceSpec; readonly fromPool: boolean }> {
  const before = services.store.event(session.stream, 'workspace.ready:1')
  if (before !== undefined) {
    const { path } = v.parse(FACTS['workspace.ready'], before.data)
    return { spec: isSlotId(basename(path)) ? { ...asked, path } : asked, fromPool: false }
  }
  const path = (await services.pool?.claim(asked, signal)) ?? null
  if (path === null) return { spec: asked, fromPool: false }
  return { spec: { ...asked, path }, fromPool: isSlotId(basename(path)) }
}

/** The path is written down before anything is made there; one that was prepared elsewhere before has a fact of its own. */
function recordPreparing(
  { store }: Services,
  effect: EffectContext,
  { session, spec }: { readonly session: SessionSpec; readonly spec: WorkspaceSpec },
): void {
  const { path, branch, base } = spec
  const known = [...store.events({ stream: session.stream, types: ['session.preparing'] })]
  const last = known.at(-1)
  if (last !== undefined) {
    const fact = v.parse(FACTS['session.preparing'], last.data)
    if (fact.path === path && fact.base === base) return
  }
  const commit = base.slice(0, 12)
  const key = known.length === 0 ? commit : `${commit}:${known.length}`
  record(effect, 'session.preparing', key, { path, branch, base })
}

/** What the workspace of a session is asked for. */
export async function workspaceSpec(
  services: Services,
  session: SessionSpec,
  base: string,
): Promise<WorkspaceSpec> {
  const { repo, config, announce } = services
  const place = worktreePlace({
    template: config.worktrees,
    root: repo.root,
    commonDir: repo.commonDir,
    ...session.name,
    worktrees: (await listWorktrees(repo)).map(({ path }) => path),
  })
  const setup = session.run.plan.setup ?? config.setup
  return {
    repo,
    ...session.name,
    path: place.path,
    branch: session.branch,
    marker: session.marker,
    coordinationFolder: config.coordination_folder,
    base,
    env: { QUINTET_SESSION: session.marker },
    portNames: config.ports.names ?? [],
    ...(setup === undefined ? {} : { setup }),
    setupTimeout: SETUP_TIMEOUT_MS,
    ...(holdsOwnWork(services, session, base)
      ? { box: (path) => treeBox(services, { name: session.name, path, commands: [setup ?? []] }) }
      : {}),
    logFile: `${session.logs}/setup.log`,
    guard: guardSpec(services, session),
    ...(place.exclude === null ? {} : { exclude: place.exclude }),
    onProgress: (step) => announce(session.label, step),
  }
}

/** Whether sessions have written what is to be installed and set up: this one before, or those it depends on. The base of
 *  the run is the operator's own, and so is what its set-up does to the machine. */
function holdsOwnWork({ store }: Services, { stream, run }: SessionSpec, base: string): boolean {
  return base !== run.base.commit || [...store.events({ stream, types: ['attempt.started'] })].length > 0
}

/** An error as the log keeps it. */
function storedError(error: QuintetError): Extract<PrepareResult, { kind: 'failed' }>['error'] {
  const { code, kind, message, hints } = errorData(error)
  return { code, kind, message, hints: hints.map((hint) => ({ ...hint })) }
}
