// Getting a session ready: the commit its branch starts from, and the workspace it will work in.
import { mkdir } from 'node:fs/promises'
import { errorData, QuintetError } from '../../contract/errors.ts'
import type { Piece } from '../../contract/plan.ts'
import { resolveCommit } from '../../git/repository.ts'
import { listWorktrees } from '../../git/worktree.ts'
import { stackMerges } from '../../integration/stack.ts'
import { worktreePlace } from '../../workspace/place.ts'
import { prepareWorkspace } from '../../workspace/prepare.ts'
import type { WorkspaceSpec } from '../../workspace/spec.ts'
import { branchRef } from '../names.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { Services } from '../services.ts'
import { writeFolder } from './words/folders.ts'
import type { BaseResult, PrepareResult } from './results.ts'
import type { SessionSpec } from './spec.ts'

const SETUP_TIMEOUT_MS = 30 * 60_000

/** The run's base, with the finished branches of the piece's dependencies merged on top. */
export async function pieceBase(services: Services, session: SessionSpec): Promise<BaseResult> {
  const { run, piece } = session
  const needed = allDependencies(run.plan.pieces, piece)
  const branches = await Promise.all(
    run.order
      .filter((id) => needed.has(id))
      .map(async (id) => ({
        piece: id,
        title: titleOf(run.plan.pieces, id),
        tip: await requireTip(services, run.run, id),
      })),
  )
  const stacked = await stackMerges({ repo: services.repo, tip: run.base.commit, branches })
  if (stacked.conflict === null) return { kind: 'base', commit: stacked.commit }
  const { piece: culprit, files } = stacked.conflict
  const error = new QuintetError(
    'E_DEPENDENCIES_CONFLICT',
    'conflict',
    `The dependencies of ${piece.id} conflict with each other: ${culprit} in ${files.join(', ')}.`,
    {
      hints: [
        { text: 'Have it mended where it came from.', command: `quintet session retry ${culprit} "<how>"` },
      ],
    },
  )
  return { kind: 'failed', error: storedError(error) }
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

async function requireTip(services: Services, run: string, piece: string): Promise<string> {
  const tip = await resolveCommit(services.repo.root, branchRef({ run, piece }))
  if (tip !== null) return tip
  throw new QuintetError(
    'E_BRANCH_GONE',
    'precondition',
    `The branch of the finished piece ${piece} is gone.`,
  )
}

/** Prepares the workspace and records it. A failure that the operator can mend is a result, not an exception. */
export async function prepareSession(
  services: Services,
  effect: EffectContext,
  session: SessionSpec,
  base: string,
): Promise<PrepareResult> {
  try {
    const spec = await workspaceSpec(services, session, base)
    record(effect, 'session.preparing', base.slice(0, 12), { path: spec.path, branch: spec.branch, base })
    await mkdir(session.logs, { recursive: true })
    await mkdir(session.home, { recursive: true })
    const workspace = await prepareWorkspace(spec, effect.signal)
    await writeFolder(services, session, workspace)
    record(effect, 'workspace.ready', '1', workspace)
    return { kind: 'ready', workspace }
  } catch (error) {
    if (effect.signal.aborted) throw effect.signal.reason
    if (!(error instanceof QuintetError) || error.kind === 'internal') throw error
    return { kind: 'failed', error: storedError(error) }
  }
}

async function workspaceSpec(services: Services, session: SessionSpec, base: string): Promise<WorkspaceSpec> {
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
    logFile: `${session.logs}/setup.log`,
    ...(place.exclude === null ? {} : { exclude: place.exclude }),
    onProgress: (step) => announce(session.label, step),
  }
}

/** An error as the log keeps it. */
function storedError(error: QuintetError): Extract<PrepareResult, { kind: 'failed' }>['error'] {
  const { code, kind, message, hints } = errorData(error)
  return { code, kind, message, hints: hints.map((hint) => ({ ...hint })) }
}
