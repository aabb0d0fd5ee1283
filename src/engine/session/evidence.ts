// Evidence: what is true of a session's branch and worktree, seen from outside and never asked of the agent. The tip
// is the session's branch by our own record, whatever HEAD says.
import { appendFile, mkdir } from 'node:fs/promises'
import { QuintetError } from '../../contract/errors.ts'
import * as v from 'valibot'
import { FACTS, type FactData } from '../../contract/facts.ts'
import type { CheckResult, Workspace } from '../../contract/session.ts'
import { commitCount, isAncestor } from '../../git/diff.ts'
import { mergeBase } from '../../git/merge/merge.ts'
import { resolveCommit } from '../../git/repository.ts'
import { status } from '../../git/status.ts'
import { trackedChanges } from '../../integration/files.ts'
import { changedFilesSentence } from '../../integration/sentences.ts'
import { runCheck } from '../../process/check.ts'
import { judgeChecks } from '../health/checks.ts'
import { mustRestate } from '../health/restated.ts'
import { branchRef } from '../names.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import { blocking, judgeBranch } from '../scope/gate.ts'
import { splitStragglers } from '../scope/stragglers.ts'
import { awaited, mustHear } from '../scope/news.ts'
import { stillBlocked } from '../scope/reported.ts'
import type { Services } from '../services.ts'
import { importWork } from './box.ts'
import { checkBox } from './check-box.ts'
import { sessionEnvironment } from './environment.ts'
import { unlessOperator } from './interrupt.ts'
import type { EvidenceResult } from './results.ts'
import type { SessionSpec } from './spec.ts'
import { isBoxed, toldLast, turnBegan } from './stored.ts'

export interface EvidenceInput {
  readonly session: SessionSpec
  readonly workspace: Workspace
  readonly attempt: number
  readonly turn: number
  /** How often the same turn was judged, this time included. */
  readonly look: number
}

/** What of a session's dealings with others bears on what comes next. */
interface Dealings {
  /** It must not finish before it has heard something. */
  readonly news: boolean
  /** Number of the oldest request of its own that the operator has not decided on. */
  readonly awaits: number | null
}

/** Gathers the evidence and records it; gives way when the operator speaks. */
export async function gatherEvidence(
  services: Services,
  effect: EffectContext,
  input: EvidenceInput,
): Promise<EvidenceResult> {
  const { session, turn, look } = input
  const examined = await unlessOperator(effect, (signal) => examine(services, { ...input, signal }))
  if (examined === null) return { kind: 'interrupted' }
  const { evidence, split } = examined
  const key = look === 1 ? String(turn) : `${turn}:${look}`
  record(effect, 'evidence.gathered', key, evidence)
  const health = judgeChecks(services, effect, session, { turn, attempt: input.attempt, key })
  const { news, awaits } = dealings(services, input)
  return {
    kind: 'evidence',
    evidence,
    news: news || split,
    awaits,
    ...(health === null ? {} : { health }),
  }
}

type Examination = EvidenceInput & { readonly signal: AbortSignal }

/** The checks run only on a branch that is committed, clean and passes the gate. */
async function examine(
  services: Services,
  input: Examination,
): Promise<{ readonly evidence: FactData<'evidence.gathered'>; readonly split: boolean }> {
  const { session, workspace } = input
  await importWork(services, session)
  const split = await splitStragglers(services, session, workspace)
  const tip = await requireTip(services, session)
  const commits = await commitCount(workspace.path, workspace.base, tip)
  const { changes, findings } = await judgeBranch(workspace.path, session.ownership, {
    piece: session.piece.id,
    base: await ownStart(services, session, { base: workspace.base, tip }),
    tip,
  })
  const before = await unsettled(workspace, tip)
  const ready = before.length === 0 && commits > 0 && blocking(findings).length === 0
  const checks = ready ? await runChecks(services, input) : []
  const outOfScope = findings.filter(({ kind }) => kind === 'out-of-scope')
  const foreign = new Set(outOfScope.map(({ path }) => path))
  const evidence = {
    tip,
    commits,
    uncommitted: [...(ready ? await unsettled(workspace, tip) : before)],
    inScope: changes.map(({ path }) => path).filter((path) => !foreign.has(path)),
    outOfScope: outOfScope.map(({ path, owner }) => ({ path, owner })),
    findings: findings.filter(({ kind }) => kind !== 'out-of-scope'),
    checks: [...checks],
    blockedOn: [...blockedOn(services, session, input.turn)],
  }
  return { evidence, split }
}

function dealings({ store }: Services, { session, turn, attempt }: EvidenceInput): Dealings {
  const { name, stream } = session
  const told = turnBegan(store, stream, turn)
  return {
    news:
      mustHear(store, name, { after: told, boxed: isBoxed(store, stream) }) ||
      mustRestate(store, stream, { attempt, after: toldLast(store, stream, turn + 1) }),
    awaits: awaited(store, name)[0]?.n ?? null,
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

/** What the session's status names under Blocked On, if it was written in this turn; requests that took their course are
 *  nothing to wait for any more. */
function blockedOn(services: Services, session: SessionSpec, turn: number): readonly string[] {
  const { stream } = session
  const begun = turnBegan(services.store, stream, turn)
  let blocked: readonly string[] = []
  for (const event of services.store.events({ stream, types: ['status.read'], after: begun })) {
    blocked = v.parse(FACTS['status.read'], event.data).blockedOn
  }
  return stillBlocked(services, session, { blockedOn: blocked, after: begun })
}

async function requireTip(services: Services, session: SessionSpec): Promise<string> {
  const tip = await resolveCommit(services.repo.root, branchRef(session.name))
  if (tip !== null) return tip
  throw new QuintetError('E_BRANCH_GONE', 'precondition', `The branch ${session.branch} is gone.`, {
    hints: [{ text: 'See what git still knows of it.', command: `git reflog show ${session.branch}` }],
  })
}

/** Files that are not committed, also such as the index hides; a HEAD that is not on the tip counts as one. */
async function unsettled(workspace: Workspace, tip: string): Promise<readonly string[]> {
  const state = await status(workspace.path)
  const files = state.entries.map(({ path, hidden }) =>
    hidden === undefined ? path : `${path} (changed, and hidden from git status by ${hidden})`,
  )
  return state.branch === workspace.branch && state.tip === tip
    ? files
    : [...files, `HEAD (not on ${workspace.branch})`]
}

async function runChecks(services: Services, input: Examination): Promise<readonly CheckResult[]> {
  const { session, workspace, turn, signal } = input
  const boxed = await checkBox(services, session, workspace)
  await mkdir(session.logs, { recursive: true })
  const results: CheckResult[] = []
  const changed = new Set<string>()
  for (const [index, check] of session.piece.checks.entries()) {
    services.announce(session.label, `check: ${check.name}`)
    const result = await runCheck(check, {
      cwd: workspace.path,
      env: { ...sessionEnvironment(services, session, workspace), ...boxed.env },
      box: boxed.box ?? undefined,
      log: `${session.logs}/check-${turn}-${index + 1}.log`,
      signal,
    })
    const files = (await trackedChanges(workspace.path)).filter((path) => !changed.has(path))
    for (const path of files) changed.add(path)
    results.push(await unlessChanged(result, files))
  }
  await importWork(services, session)
  return results
}

/** The worktree was clean when the checks began. What a check has changed in it stays, for the agent to commit or to undo. */
async function unlessChanged(result: CheckResult, files: readonly string[]): Promise<CheckResult> {
  if (files.length === 0) return result
  const why = changedFilesSentence(files)
  await appendFile(result.log, `\n${why}\n`)
  const output = [result.output, why].join('\n').trim()
  return { ...result, green: false, output }
}
