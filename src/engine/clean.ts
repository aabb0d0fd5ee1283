// Clean-up: what has landed is removed whole, what has not is saved and named, what is at work is left alone. Every
// removal shows what proves that nothing is lost, and can be repeated; the branch of a piece goes only when its work is in
// the target. A dry run looks at the same things and touches nothing.
import { rmdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import * as v from 'valibot'
import type { CleanItem } from '../contract/api.ts'
import { errorData, ignoring } from '../contract/errors.ts'
import { FACTS, type LandingProof } from '../contract/facts.ts'
import { deleteRefs, refValue, updateRef, ZERO } from '../git/refs.ts'
import { isGitFailure } from '../git/repository.ts'
import { proveLanded, type Landing } from '../integration/proof/landed.ts'
import { belongings } from '../workspace/list.ts'
import { closeBox } from '../workspace/box/close.ts'
import { sweepGuards } from '../workspace/guard/install.ts'
import { worktreePlace } from '../workspace/place.ts'
import { releaseWorkspace, type ReleaseMode, type ReleaseOutcome } from '../workspace/release.ts'
import { sweepStrays } from '../workspace/release/strays.ts'
import { emptyTrash } from '../store/trash.ts'
import { heldByTerminals, openTerminals } from './attached/open.ts'
import { releaseTree } from './integration/tree.ts'
import { discardRecordings, recordsProof, sessionRecordings } from './removal/records.ts'
import { examineRemoval } from './removal/examine.ts'
import { cleanNative } from './removal/native.ts'
import { proofOf, prospectOf, type Prospect, type RemovalFacts } from './removal/proof.ts'
import { backupPrefix, type SessionPlace } from '../workspace/spec.ts'
import { branchRef, INTEGRATION_PLACE, runOfWorkflow, runWorkflowId, sessionWorkflowId } from './names.ts'
import type { RunInput } from './run/input.ts'
import { rehearsalBranch } from './run/rehearsal.ts'
import type { Services } from './services.ts'
import { importWork } from './session/box.ts'
import { loadRunInput, sessionSpec, type SessionSpec } from './session/spec.ts'

interface CleanOptions {
  readonly dryRun: boolean
  /** Worktrees that have to stay, and why. */
  readonly held: ReadonlyMap<string, string>
  readonly signal: AbortSignal
}

/** Cleans one run, or all of them, oldest first; `dryRun`: only says what it would do. Throws `E_NO_RUN`. */
export async function cleanUp(
  services: Services,
  request: {
    readonly run?: string | undefined
    readonly dryRun?: boolean
    /** Also what agents have left that no session of ours started. */
    readonly foreign?: boolean
  },
  signal: AbortSignal,
): Promise<readonly CleanItem[]> {
  const runs = request.run === undefined ? allRuns(services) : [request.run]
  const dryRun = request.dryRun === true
  const inputs = runs.map((run) => loadRunInput(services, run))
  const ended = inputs.flatMap((input) => endedWorktrees(services, input))
  const native = await cleanNative(services, { ended, foreign: request.foreign === true, dryRun })
  const options = { dryRun, held: native.held, signal }
  const items: CleanItem[] = [...native.items]
  for (const input of inputs) {
    signal.throwIfAborted()
    items.push(...(await cleanRun(services, input, options)))
  }
  // Last: what ended sessions have left free may be ready for others now.
  if (request.run === undefined) items.push(...((await services.pool?.clean(dryRun, signal)) ?? []))
  if (options.dryRun) return items
  items.push(...(await cleanConfiguration(services)))
  await sweepStrays(services.repo)
  await emptyTrash(services.repo, signal)
  return items
}

/** Where the sessions of a run worked that have ended. */
function endedWorktrees(services: Services, { run, plan }: RunInput): readonly string[] {
  return plan.pieces.flatMap(({ id }) => {
    const session = sessionSpec(services, { run, piece: id })
    const path = isUnderWay(services, session) ? undefined : workspaceFact(services, session)?.path
    return path === undefined ? [] : [path]
  })
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
  { dryRun, held, signal }: CleanOptions,
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
    const why = held.get(workspaceFact(services, session)?.path ?? '')
    if (why !== undefined) items.push({ what: `session ${session.label}`, outcome: 'kept', reason: why })
    else if (workspace || branch)
      items.push(await cleanSession(services, session, { target: input.target, workspace, dryRun, signal }))
    else items.push(...(await cleanRecordings(services, session, dryRun)))
  }
  if (services.store.event(runWorkflowId(run), `run.ended:${run}`) === undefined) return items
  items.push(...(await (dryRun ? integrationProspect(services, run) : cleanIntegration(services, run))))
  if (!dryRun) await tidyRunFolder(services, run)
  return [...items, ...(input.rehearsal ? await dropRehearsal(services, run, dryRun) : [])]
}

/** Of a session of which nothing else is left, as after a clean-up that was cut off. */
async function cleanRecordings(
  services: Services,
  session: SessionSpec,
  dryRun: boolean,
): Promise<readonly CleanItem[]> {
  const found = await sessionRecordings(services.state, session.name)
  if (found === null || isUnderWay(services, session)) return []
  const what = `traces of session ${session.label}`
  if (dryRun) return [{ what, outcome: 'removable', proof: [recordsProof(found)] }]
  await discardRecordings(services, session.name)
  return [{ what, outcome: 'removed' }]
}

function isUnderWay({ store }: Services, { stream }: SessionSpec): boolean {
  const status = store.claims.claim(stream)?.status
  return status === 'ready' || status === 'waiting'
}

interface SessionCleaning {
  readonly target: string
  /** Something is left of the session beside its branch. */
  readonly workspace: boolean
  readonly dryRun: boolean
  readonly signal: AbortSignal
}

async function cleanSession(
  services: Services,
  session: SessionSpec,
  { target, workspace, dryRun, signal }: SessionCleaning,
): Promise<CleanItem> {
  const what = `session ${session.label}`
  const path = workspaceFact(services, session)?.path ?? ''
  const held = heldByTerminals(await openTerminals(services, session.name, path))
  if (isUnderWay(services, session)) {
    const reason = ['it has not ended', ...(held === null ? [] : [held])].join('; ')
    return { what, outcome: 'kept', reason }
  }
  // Whoever sits in it would be left in a folder that is gone.
  if (held !== null) return { what, outcome: 'busy', reason: held }
  await importWork(services, session)
  const examined = await examineSession(services, session, target)
  if (dryRun) return { what, ...(await sessionProspect(services, session, { examined, workspace })) }
  return await removeSession(services, session, { what, examined, workspace, signal })
}

/** A session that is to be cleaned up, looked at. */
interface Examined {
  readonly place: SessionPlace
  readonly landed: LandedBranch | null
  readonly facts: RemovalFacts
}

async function examineSession(services: Services, session: SessionSpec, target: string): Promise<Examined> {
  const prepared = workspaceFact(services, session)
  const landed = await landingOf(services, session, {
    target,
    base: prepared?.base ?? session.run.base.commit,
  })
  const place: SessionPlace = {
    repo: services.repo,
    ...session.name,
    path: prepared?.path ?? '',
    branch: session.branch,
    marker: session.marker,
    coordinationFolder: services.config.coordination_folder,
  }
  const facts = await examineRemoval(place, {
    target,
    base: prepared?.base ?? null,
    landing: landed?.landing ?? null,
    recorded: landed?.recorded ?? null,
  })
  return { place, landed, facts }
}

/** What would become of it, its recordings included. */
async function sessionProspect(
  { state }: Services,
  { name }: SessionSpec,
  { examined, workspace }: { readonly examined: Examined; readonly workspace: boolean },
): Promise<Prospect> {
  const prospect = prospectOf(examined.facts)
  const found = await sessionRecordings(state, name)
  // Without a worktree only the branch is kept.
  const goes = prospect.outcome === 'removable' || !workspace
  if (found === null || !goes) return prospect
  return { ...prospect, proof: [...prospect.proof, recordsProof(found)] }
}

/** Keeps its commits, releases its worktree, and lets its recordings go with that. */
async function removeSession(
  services: Services,
  session: SessionSpec,
  removal: {
    readonly what: string
    readonly examined: Examined
    readonly workspace: boolean
    readonly signal: AbortSignal
  },
): Promise<CleanItem> {
  const { what, workspace } = removal
  const { place, landed, facts } = removal.examined
  const tips = await keepCommits(services, session, landed)
  const mode = releaseMode(landed)
  const recycled =
    mode.mode === 'landed' ? await services.pool?.recycle(place, mode.tip, removal.signal) : null
  const outcome: ReleaseOutcome =
    recycled == null
      ? await releaseWorkspace(place, mode)
      : { kind: 'removed', notes: [`Its worktree ${recycled} is a ready workspace again.`] }
  const item = withBackup(cleanItem(what, outcome), tips)
  if (outcome.kind !== 'removed') return item
  await closeBox(services.repo, services.state, session.name)
  await discardRecordings(services, session.name)
  const kept = (await refValue(services.repo, branchRef(session.name))) !== null
  if (workspace || !kept) recordReleased(services, session, item)
  const shown = { ...item, proof: proofOf(facts) }
  if (!kept) return shown
  const why = `its branch ${session.branch} has not landed and is kept`
  const reason = [why, item.reason].filter(Boolean).join('; ')
  return { ...shown, outcome: workspace ? 'removed' : 'kept', reason }
}

/** What would become of the worktree of a run's integrations. */
async function integrationProspect({ repo }: Services, run: string): Promise<readonly CleanItem[]> {
  const { worktrees } = await belongings(repo)
  const found = worktrees.find((one) => one.run === run && one.piece === null)
  if (found === undefined) return []
  const proof = [
    'Branches are merged and checked in it; what else is there is saved under refs/quintet/backup/.',
  ]
  return [{ what: `integration worktree of ${run}`, outcome: 'removable', proof }]
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

/** The folder of a run's worktrees goes with the last of them; where its sessions lived in ready workspaces nobody else sees
 *  to it. */
async function tidyRunFolder({ repo, config }: Services, run: string): Promise<void> {
  const folder = runFolder(repo, config.worktrees, run)
  const expected = ['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EBUSY']
  if (folder === null || basename(folder) !== run) return
  await ignoring(expected, rmdir(folder))
  const above = dirname(folder)
  if (basename(above) === `${repo.name}.quintet`) await ignoring(expected, rmdir(above))
}

/** Where the worktrees of a run stand; null where none can be made as it is configured now. */
function runFolder({ root, commonDir }: Services['repo'], template: string, run: string): string | null {
  try {
    const place = { template, root, commonDir, run, piece: INTEGRATION_PLACE, worktrees: [] }
    return dirname(worktreePlace(place).path)
  } catch (error) {
    if (errorData(error).code !== 'E_WORKTREE_TEMPLATE') throw error
    return null
  }
}

interface LandedBranch {
  readonly tip: string
  readonly landing: Landing
  /** What proved it when it landed, if that was written down. */
  readonly recorded: LandingProof | null
}

/** A branch counts as landed when it was recorded so and the target has all of it now; null when it never was. */
async function landingOf(
  services: Services,
  session: SessionSpec,
  { target, base }: { readonly target: string; readonly base: string },
): Promise<LandedBranch | null> {
  const tip = await refValue(services.repo, branchRef(session.name))
  const targetTip = await refValue(services.repo, `refs/heads/${target}`)
  const landed = services.store.event(session.stream, `session.landed:${tip ?? ''}`)
  if (tip === null || targetTip === null || landed === undefined) return null
  const { how } = v.parse(FACTS['session.landed'], landed.data)
  const landing = await proveLanded({ repo: services.repo, branchTip: tip, base, targetTip })
  return { tip, landing, recorded: how ?? null }
}

function releaseMode(landed: LandedBranch | null): ReleaseMode {
  return landed?.landing.kind === 'landed' ? { mode: 'landed', tip: landed.tip } : { mode: 'keep-work' }
}

/** When the target has the work but not the commits themselves, a reference keeps those; its name. */
async function keepCommits(
  { repo }: Services,
  { name }: SessionSpec,
  landed: LandedBranch | null,
): Promise<string | null> {
  if (landed?.landing.kind !== 'landed' || landed.landing.how === 'ancestor') return null
  const ref = `${backupPrefix(name)}branch-${landed.tip.slice(0, 12)}`
  // One that is there already keeps the same commit.
  await updateRef(repo, { ref, to: landed.tip, from: ZERO, reason: 'quintet: landed in other commits' })
  return ref
}

function withBackup(item: CleanItem, tips: string | null): CleanItem {
  if (tips === null) return item
  const note = item.backup === undefined ? [] : [`the commits of its branch are saved as ${tips}`]
  const reason = [...note, item.reason].filter(Boolean).join('; ')
  return { ...item, backup: item.backup ?? tips, ...(reason === '' ? {} : { reason }) }
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

async function dropRehearsal(
  services: Services,
  run: string,
  dryRun: boolean,
): Promise<readonly CleanItem[]> {
  const ref = `refs/heads/${rehearsalBranch(run)}`
  const expected = await refValue(services.repo, ref)
  if (expected === null) return []
  const what = `branch ${rehearsalBranch(run)}`
  if (dryRun) return [{ what, outcome: 'removable', proof: ['It was made for the rehearsal alone.'] }]
  await deleteRefs(services.repo, [{ ref, expected }])
  return [{ what, outcome: 'removed' }]
}
