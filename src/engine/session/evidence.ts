// Evidence: what is true of a session's branch and worktree, seen from outside and never asked of the agent. The tip
// is the session's branch by our own record, whatever HEAD says.
import { mkdir } from 'node:fs/promises'
import { QuintetError } from '../../contract/errors.ts'
import type { CheckResult, Workspace } from '../../contract/session.ts'
import * as v from 'valibot'
import { FACTS, type FactData } from '../../contract/facts.ts'
import { changes, commitCount, isAncestor } from '../../git/diff.ts'
import { mergeBase } from '../../git/merge.ts'
import { resolveCommit } from '../../git/repository.ts'
import { status } from '../../git/status.ts'
import { runCheck } from '../../process/check.ts'
import { endSurvivors } from '../../process/marker.ts'
import { branchRef } from '../names.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { Services } from '../services.ts'
import { sessionEnvironment } from './environment.ts'
import { unlessOperator } from './interrupt.ts'
import type { EvidenceResult } from './results.ts'
import type { SessionSpec } from './spec.ts'

export interface EvidenceInput {
  readonly session: SessionSpec
  readonly workspace: Workspace
  readonly turn: number
}

/** Gathers the evidence and records it; gives way when the operator speaks. */
export async function gatherEvidence(
  services: Services,
  effect: EffectContext,
  input: EvidenceInput,
): Promise<EvidenceResult> {
  const evidence = await unlessOperator(effect, (signal) => examine(services, { ...input, signal }))
  if (evidence === null) return { kind: 'interrupted' }
  record(effect, 'evidence.gathered', String(input.turn), evidence)
  return { kind: 'evidence', evidence }
}

type Examination = EvidenceInput & { readonly signal: AbortSignal }

/** The checks run only on a branch that is committed, clean and inside its scope. */
async function examine(services: Services, input: Examination): Promise<FactData<'evidence.gathered'>> {
  const { session, workspace } = input
  const tip = await requireTip(services, session)
  const commits = await commitCount(workspace.path, workspace.base, tip)
  const from = await ownStart(services, session, { base: workspace.base, tip })
  const changed = (await changes(workspace.path, from, tip)).map(({ path }) => path)
  const { inScope, outOfScope } = session.ownership.judge(session.piece.id, changed)
  const before = await unsettled(workspace, tip)
  const ready = before.length === 0 && commits > 0 && outOfScope.length === 0
  const checks = ready ? await runChecks(services, input) : []
  return {
    tip,
    commits,
    uncommitted: [...(ready ? await unsettled(workspace, tip) : before)],
    inScope,
    outOfScope: outOfScope.map((found) => ({ ...found })),
    checks: [...checks],
    blockedOn: [...blockedOn(services, session, input.turn)],
  }
}

/** Where the session's own changes start: its base, or the target that it has merged since. */
async function ownStart(
  { repo }: Services,
  { run }: SessionSpec,
  { base, tip }: { readonly base: string; readonly tip: string },
): Promise<string> {
  const target = await resolveCommit(repo.root, `refs/heads/${run.target}`)
  const merged = target === null ? null : await mergeBase(repo.root, tip, target)
  return merged !== null && merged !== base && (await isAncestor(repo.root, base, merged)) ? merged : base
}

/** What the session's status names under Blocked On, if it was written in this turn. */
function blockedOn(services: Services, { stream }: SessionSpec, turn: number): readonly string[] {
  const begun = services.store.event(stream, `turn.started:${turn}`)?.seq ?? 0
  let blocked: readonly string[] = []
  for (const event of services.store.events({ stream, types: ['status.read'], after: begun })) {
    blocked = v.parse(FACTS['status.read'], event.data).blockedOn
  }
  return blocked
}

async function requireTip(services: Services, session: SessionSpec): Promise<string> {
  const tip = await resolveCommit(services.repo.root, branchRef(session.name))
  if (tip !== null) return tip
  throw new QuintetError('E_BRANCH_GONE', 'precondition', `The branch ${session.branch} is gone.`, {
    hints: [{ text: 'See what git still knows of it.', command: `git reflog show ${session.branch}` }],
  })
}

/** Files that are not committed; a HEAD that is not on the tip counts as one. */
async function unsettled(workspace: Workspace, tip: string): Promise<readonly string[]> {
  const state = await status(workspace.path)
  const files = state.entries.map(({ path }) => path)
  return state.branch === workspace.branch && state.tip === tip
    ? files
    : [...files, `HEAD (not on ${workspace.branch})`]
}

async function runChecks(services: Services, input: Examination): Promise<readonly CheckResult[]> {
  const { session, workspace, turn, signal } = input
  if (services.conversations.current(session.label) === null) await endSurvivors(session.marker)
  await mkdir(session.logs, { recursive: true })
  const results: CheckResult[] = []
  for (const [index, check] of session.piece.checks.entries()) {
    services.announce(session.label, `check: ${check.name}`)
    results.push(
      await runCheck(check, {
        cwd: workspace.path,
        env: sessionEnvironment(services, session, workspace),
        log: `${session.logs}/check-${turn}-${index + 1}.log`,
        signal,
      }),
    )
  }
  return results
}
