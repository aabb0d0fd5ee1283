// Clean-up: what has landed is removed whole, what has not is saved and named, what is at work is left alone. Every
// removal is proven and can be repeated; the branch of a piece goes only when its tip is in the target.
import * as v from 'valibot'
import type { CleanItem } from '../contract/api.ts'
import { errorData } from '../contract/errors.ts'
import { FACTS } from '../contract/facts.ts'
import { deleteRefs, refValue } from '../git/refs.ts'
import { isGitFailure } from '../git/repository.ts'
import { proveLanded } from '../integration/landed.ts'
import { belongings } from '../workspace/list.ts'
import { closeBox } from '../workspace/box/close.ts'
import { sweepGuards } from '../workspace/guard/install.ts'
import { releaseWorkspace, type ReleaseMode, type ReleaseOutcome } from '../workspace/release.ts'
import { emptyTrash } from '../store/trash.ts'
import { releaseTree } from './integration/effects.ts'
import { branchRef, runWorkflowId, sessionWorkflowId, runOfWorkflow } from './names.ts'
import type { RunInput } from './run/input.ts'
import { rehearsalBranch } from './run/rehearsal.ts'
import type { Services } from './services.ts'
import { importWork } from './session/box.ts'
import { loadRunInput, sessionSpec, type SessionSpec } from './session/spec.ts'

/** Cleans one run, or all of them, oldest first. Throws `E_NO_RUN`. */
export async function cleanUp(
  services: Services,
  request: { readonly run?: string | undefined },
  signal: AbortSignal,
): Promise<readonly CleanItem[]> {
  const runs = request.run === undefined ? allRuns(services) : [request.run]
  const items: CleanItem[] = []
  for (const run of runs) {
    signal.throwIfAborted()
    items.push(...(await cleanRun(services, loadRunInput(services, run), signal)))
  }
  items.push(...(await cleanConfiguration(services)))
  await emptyTrash(services.repo, signal)
  return items
}

async function cleanConfiguration({ repo }: Services): Promise<readonly CleanItem[]> {
  try {
    await sweepGuards(repo)
    return []
  } catch (error) {
    if (!isGitFailure(error)) throw error
    return [
      {
        what: "the line of the git hooks in the repository's configuration",
        outcome: 'kept',
        reason: errorData(error).message,
      },
    ]
  }
}

function allRuns(services: Services): readonly string[] {
  return services.store.claims
    .list('run')
    .map(({ id }) => runOfWorkflow(id))
    .toReversed()
}

async function cleanRun(
  services: Services,
  input: RunInput,
  signal: AbortSignal,
): Promise<readonly CleanItem[]> {
  const { run } = input
  const left = await belongings(services.repo)
  const remains = new Set(
    [...left.worktrees, ...left.journals].map((thing) => `${thing.run ?? ''}/${thing.piece ?? ''}`),
  )
  const items: CleanItem[] = []
  for (const piece of input.plan.pieces) {
    signal.throwIfAborted()
    const session = sessionSpec(services, { run, piece: piece.id })
    const branch = left.branches.some(({ ref }) => ref === branchRef(session.name))
    const workspace = remains.has(session.label)
    if (workspace || branch)
      items.push(await cleanSession(services, session, { target: input.target, workspace }))
  }
  if (services.store.event(runWorkflowId(run), `run.ended:${run}`) === undefined) return items
  items.push(...(await cleanIntegration(services, run)))
  return [...items, ...(input.rehearsal ? await dropRehearsal(services, run) : [])]
}

/** `workspace`: something is left of the session beside its branch. */
async function cleanSession(
  services: Services,
  session: SessionSpec,
  { target, workspace }: { readonly target: string; readonly workspace: boolean },
): Promise<CleanItem> {
  const what = `session ${session.label}`
  const claim = services.store.claims.claim(session.stream)
  if (claim !== undefined && (claim.status === 'ready' || claim.status === 'waiting')) {
    return { what, outcome: 'kept', reason: 'it has not ended' }
  }
  await importWork(services, session)
  const mode = await releaseMode(services, session, target)
  const outcome = await releaseWorkspace(
    {
      repo: services.repo,
      ...session.name,
      path: workspacePath(services, session),
      branch: session.branch,
      marker: session.marker,
      coordinationFolder: services.config.coordination_folder,
    },
    mode,
  )
  const item = cleanItem(what, outcome)
  if (outcome.kind !== 'removed') return item
  await closeBox(services.repo, services.state, session.name)
  const kept = (await refValue(services.repo, branchRef(session.name))) !== null
  if (workspace || !kept) recordReleased(services, session, item)
  if (!kept) return item
  const why = `its branch ${session.branch} has not landed and is kept`
  const reason = [why, item.reason].filter(Boolean).join('; ')
  return { ...item, outcome: workspace ? 'removed' : 'kept', reason }
}

/** The worktree of a run's integrations: gone already, unless the last one was stopped. */
async function cleanIntegration(services: Services, run: string): Promise<readonly CleanItem[]> {
  const what = `integration worktree of ${run}`
  try {
    const { path, released } = await releaseTree(services, run)
    if (released.kind === 'absent') return []
    if (released.kind === 'kept')
      return [{ what, outcome: 'kept', reason: `${path} is kept: ${released.why}` }]
    return [{ what, outcome: 'removed', ...(released.saved === null ? {} : { backup: released.saved }) }]
  } catch (error) {
    const { code, message } = errorData(error)
    if (code !== 'E_PROCESS_SURVIVES') throw error
    return [{ what, outcome: 'busy', reason: message }]
  }
}

/** A branch counts as landed when the target has all of it now, whatever was recorded once. */
async function releaseMode(services: Services, session: SessionSpec, target: string): Promise<ReleaseMode> {
  const tip = await refValue(services.repo, branchRef(session.name))
  const targetTip = await refValue(services.repo, `refs/heads/${target}`)
  const landed = services.store.event(session.stream, `session.landed:${tip ?? ''}`)
  if (tip === null || targetTip === null || landed === undefined) return { mode: 'keep-work' }
  const base = workspaceFact(services, session)?.base ?? session.run.base.commit
  const proof = await proveLanded({ repo: services.repo, branchTip: tip, base, targetTip })
  return proof.kind === 'landed' ? { mode: 'landed', tip } : { mode: 'keep-work' }
}

function workspacePath(services: Services, session: SessionSpec): string {
  return workspaceFact(services, session)?.path ?? ''
}

/** Where the session was prepared last, complete or not. */
function workspaceFact(services: Services, { stream }: SessionSpec): { path: string; base: string } | null {
  let found: { path: string; base: string } | null = null
  for (const event of services.store.events({ stream, types: ['session.preparing'] })) {
    found = v.parse(FACTS['session.preparing'], event.data)
  }
  return found
}

function cleanItem(what: string, outcome: ReleaseOutcome): CleanItem {
  switch (outcome.kind) {
    case 'removed': {
      const kept = outcome.files === undefined ? [] : [`files kept in ${outcome.files}`]
      const notes = [...outcome.notes, ...kept].join(' ')
      return {
        what,
        outcome: 'removed',
        ...(outcome.backup === undefined ? {} : { backup: outcome.backup }),
        ...(notes === '' ? {} : { reason: notes }),
      }
    }
    case 'kept':
      return { what, outcome: 'kept', reason: outcome.reason }
    case 'busy':
      return { what, outcome: 'busy', reason: `processes ${outcome.pids.join(', ')} work in it` }
    case 'half':
      return { what, outcome: 'half', reason: `left: ${outcome.left.join(', ')}` }
  }
}

function recordReleased(
  services: Services,
  { name }: SessionSpec,
  { outcome, backup, reason }: CleanItem,
): void {
  services.store.append({
    stream: sessionWorkflowId(name),
    key: `session.released:${Date.now()}`,
    type: 'session.released',
    data: {
      outcome,
      ...(backup === undefined ? {} : { backup }),
      ...(reason === undefined ? {} : { reason }),
    },
  })
}

async function dropRehearsal(services: Services, run: string): Promise<readonly CleanItem[]> {
  const ref = `refs/heads/${rehearsalBranch(run)}`
  const expected = await refValue(services.repo, ref)
  if (expected === null) return []
  await deleteRefs(services.repo, [{ ref, expected }])
  return [{ what: `branch ${rehearsalBranch(run)}`, outcome: 'removed' }]
}
