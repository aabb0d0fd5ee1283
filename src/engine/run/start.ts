// Starting a run: only a checked plan gets here, and only into a repository that can carry it. Everything that could
// stop it is looked at before anything is made.
import { coordinationNeeded } from '../../coordination/need.ts'
import { QuintetError } from '../../contract/errors.ts'
import { hasIdentity, head, type Repository } from '../../git/repository.ts'
import { status } from '../../git/status.ts'
import { PRESETS } from '../../agents/presets.ts'
import { checkPlan, requireChecked, type CheckedPlan } from '../../plan/check.ts'
import type { PlanFacts } from '../../plan/facts.ts'
import { loadPlanFacts } from '../../plan/gather.ts'
import { loadPlan } from '../../plan/load.ts'
import { overlap } from '../../scope/overlap.ts'
import { grantedPattern } from '../../scope/ownership.ts'
import { foldersOf, type ScopePatterns } from '../../scope/patterns.ts'
import { requireChange } from '../health/predecessor.ts'
import { nextRunId, runWorkflowId, runOfWorkflow } from '../names.ts'
import { toJson } from '../record.ts'
import { isAtWork } from '../scope/elsewhere.ts'
import { grantsOf } from '../scope/map.ts'
import type { Services } from '../services.ts'
import { loadRunInput } from '../session/spec.ts'
import { createdFact } from './created.ts'
import { requireEnforcement } from './enforcement.ts'
import type { RunInput } from './input.ts'
import { rehearsalInput } from './rehearsal.ts'

export interface StartRequest {
  readonly plan: string
  readonly rehearse: boolean
  readonly fresh: boolean
}

/** Starts a run of a plan, or finds the one that has not ended. Throws what keeps the plan or the repository from it. */
export async function startRun(
  services: Services,
  request: StartRequest,
  signal: AbortSignal,
): Promise<{ run: string; created: boolean }> {
  await services.reloadConfig()
  const live = liveRuns(services)
  const unfinished = live.find(
    ({ name, rehearsal }) => name === planName(request.plan) && rehearsal === request.rehearse,
  )
  if (unfinished !== undefined && !request.fresh) return { run: unfinished.run, created: false }
  const { checked, facts } = await requireCheckedPlan(services, request, signal)
  await requireIdentity(services.repo)
  await requireCleanBase(services, checked)
  requireFreeScopes(services, checked, facts)
  if (!request.rehearse) requireChange(services.store, checked.name, checked.plan.pieces)
  await requireEnforcement(checked.plan, facts)
  const planned = runInput(services, checked, facts)
  const input = request.rehearse ? await rehearsalInput(services, planned) : planned
  services.store.transaction(() => {
    // A path may have moved, or another run begun, while git and the disk were asked.
    requireFreeScopes(services, checked, facts)
    createRun(services, input)
  })
  return { run: input.run, created: true }
}

function createRun(services: Services, input: RunInput): void {
  const id = runWorkflowId(input.run)
  services.engine().start({ id, workflow: 'run', input: toJson(input) })
  // The workflow writes the same fact; here it is written so that the caller can read the run at once.
  const created = { key: `run.created:${input.run}`, type: 'run.created', data: toJson(createdFact(input)) }
  services.store.append({ stream: id, ...created })
}

async function requireCheckedPlan(
  { repo, config }: Services,
  { plan: wanted, rehearse }: StartRequest,
  signal: AbortSignal,
): Promise<{ checked: CheckedPlan; facts: PlanFacts }> {
  const loaded = await loadPlan(repo.root, wanted)
  const facts = await loadPlanFacts(repo.root, { plan: loaded.plan, config, presets: PRESETS, signal })
  return { checked: requireChecked(checkPlan(loaded, facts, { rehearsal: rehearse })), facts }
}

/** Inputs of the runs that have not ended, newest first. */
function liveRuns(services: Services): readonly RunInput[] {
  return services.store.claims
    .list('run')
    .filter(({ status: state }) => state === 'ready' || state === 'waiting')
    .map(({ id }) => loadRunInput(services, runOfWorkflow(id)))
}

function planName(plan: string): string {
  return plan.replace(/^.*\//, '').replace(/\.toml$/, '')
}

function runInput(
  services: Services,
  { plan, name, order, base, target }: CheckedPlan,
  facts: PlanFacts,
): RunInput {
  const taken = services.store.claims.list('run').map(({ id }) => runOfWorkflow(id))
  const { needed, why } = coordinationNeeded(plan)
  return {
    version: 1,
    run: nextRunId(name, taken),
    name,
    plan,
    order: [...order],
    base: { ref: base.ref, commit: base.commit },
    target,
    coordination: { on: needed, why },
    rehearsal: false,
    ignoreCase: facts.ignoreCase,
  }
}

/** Without an identity every commit of every session would fail. */
async function requireIdentity(repo: Repository): Promise<void> {
  if (await hasIdentity(repo.root)) return
  throw new QuintetError(
    'E_NO_IDENTITY',
    'precondition',
    'Git does not know who commits in this repository.',
    {
      hints: [
        { text: 'Say it once.', command: 'git config --global user.name "<name>"' },
        { text: 'And where to write to.', command: 'git config --global user.email "<address>"' },
      ],
    },
  )
}

/** Uncommitted changes to tracked files would be missing from every session: better said now than found out later. */
async function requireCleanBase({ repo }: Services, checked: CheckedPlan): Promise<void> {
  const { commit } = await head(repo.root)
  if (commit !== checked.base.commit) return
  const { entries } = await status(repo.root)
  const dirty = entries
    // What the operator hides from git is meant to stay here.
    .filter(({ kind, hidden }) => kind !== 'untracked' && hidden === undefined)
    .map(({ path }) => path)
  if (dirty.length === 0) return
  throw new QuintetError(
    'E_DIRTY_BASE',
    'precondition',
    `The base has uncommitted changes that no session would see: ${dirty.slice(0, 5).join(', ')}${dirty.length > 5 ? ' …' : ''}.`,
    {
      details: { files: dirty },
      hints: [
        { text: 'Commit them.', command: 'git commit -a' },
        { text: 'Or put them aside.', command: 'git stash' },
      ],
    },
  )
}

/** What the sessions of a run own that are still at work. */
interface LiveScopes {
  readonly run: string
  readonly scopes: readonly { readonly id: string; readonly scope: ScopePatterns }[]
}

/** The scopes of a run, and the paths that its sessions were granted since; whoever has landed or was abandoned owns
 *  nothing any more. */
function withGrants({ store }: Pick<Services, 'store'>, { run, plan }: RunInput): LiveScopes {
  const granted = grantsOf(store, run).flatMap(({ paths, to }) =>
    paths.map((path) => ({ id: to, scope: { include: [grantedPattern(path)] } })),
  )
  const scopes = [...scopesOf(plan), ...granted].filter(({ id }) => isAtWork({ store }, { run, piece: id }))
  return { run, scopes }
}

/** What the pieces of a plan may write: their scopes, and the shared files that they own. */
function scopesOf({ pieces, shared }: Pick<RunInput['plan'], 'pieces' | 'shared'>): LiveScopes['scopes'] {
  const owned = shared.flatMap((file) =>
    file.policy === 'owner' ? [{ id: file.owner, scope: { include: [grantedPattern(file.path)] } }] : [],
  )
  return [...pieces, ...owned]
}

/** One writer per path holds across runs too. Throws `E_OVERLAP_RUN`. */
function requireFreeScopes(services: Services, checked: CheckedPlan, facts: PlanFacts): void {
  const tree = { files: facts.files, folders: foldersOf(facts.files) }
  const options = { ignoreCase: facts.ignoreCase, tree }
  const live = liveRuns(services).map((other) => withGrants(services, other))
  for (const other of live) {
    for (const piece of scopesOf(checked.plan)) {
      for (const theirs of other.scopes) {
        const found = overlap(piece.scope, theirs.scope, options)
        if (found === null) continue
        throw new QuintetError(
          'E_OVERLAP_RUN',
          'precondition',
          `The piece ${piece.id} overlaps ${other.run}/${theirs.id}, which is still at work: ${found.example}.`,
          {
            hints: [
              { text: 'See how far it is.', command: `quintet status ${other.run}` },
              {
                text: 'Or end it; its work is kept.',
                command: `quintet session abandon ${other.run}/${theirs.id} "<why>"`,
              },
            ],
          },
        )
      }
    }
  }
}
