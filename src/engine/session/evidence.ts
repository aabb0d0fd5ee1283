// Evidence: what is true of a session's branch and worktree, seen from outside and never asked of the agent. The tip
// is the session's branch by our own record, whatever HEAD says.
import { mkdir } from 'node:fs/promises'
import { QuintetError } from '../../contract/errors.ts'
import type { CheckResult, Evidence, Workspace } from '../../contract/session.ts'
import { changes, commitCount } from '../../git/diff.ts'
import { resolveCommit } from '../../git/repository.ts'
import { status } from '../../git/status.ts'
import { runCheck } from '../../process/check.ts'
import { branchRef } from '../names.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { Services } from '../services.ts'
import { sessionEnvironment } from './environment.ts'
import type { SessionSpec } from './spec.ts'

export interface EvidenceInput {
  readonly session: SessionSpec
  readonly workspace: Workspace
  readonly turn: number
}

/** Gathers the evidence; the checks run only on a branch that is committed, clean and inside its scope. */
export async function gatherEvidence(
  services: Services,
  effect: EffectContext,
  input: EvidenceInput,
): Promise<Evidence> {
  const { session, workspace, turn } = input
  const tip = await requireTip(services, session)
  const commits = await commitCount(workspace.path, workspace.base, tip)
  const changed = (await changes(workspace.path, workspace.base, tip)).map(({ path }) => path)
  const judged = session.ownership.judge(session.piece.id, changed)
  const before = await unsettled(workspace, tip)
  const ready = before.length === 0 && commits > 0 && judged.outOfScope.length === 0
  const checks = ready ? await runChecks(services, effect, input) : []
  const evidence: Evidence = {
    tip,
    commits,
    uncommitted: ready ? await unsettled(workspace, tip) : before,
    ...judged,
    checks,
  }
  record(effect, 'evidence.gathered', String(turn), {
    ...evidence,
    uncommitted: [...evidence.uncommitted],
    inScope: [...evidence.inScope],
    outOfScope: [...evidence.outOfScope],
    checks: [...evidence.checks],
  })
  return evidence
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

async function runChecks(
  services: Services,
  effect: EffectContext,
  input: EvidenceInput,
): Promise<readonly CheckResult[]> {
  const { session, workspace, turn } = input
  await mkdir(session.logs, { recursive: true })
  const results: CheckResult[] = []
  for (const [index, check] of session.piece.checks.entries()) {
    services.announce(session.label, `check: ${check.name}`)
    results.push(
      await runCheck(check, {
        cwd: workspace.path,
        env: sessionEnvironment(services, session, workspace),
        log: `${session.logs}/check-${turn}-${index + 1}.log`,
        signal: effect.signal,
      }),
    )
  }
  return results
}
