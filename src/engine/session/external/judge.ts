// Looking at work that was done elsewhere, as at a turn: the same evidence from the same gate, and the same facts, so that
// lists, figures and the radar need to know nothing of it. Checks run only once the work is said to be complete.
import type { Workspace } from '../../../contract/session.ts'
import { externalMissing } from '../../../coordination/external.ts'
import { scopeNewsPrompt } from '../../../coordination/scope-news.ts'
import { changes, commitCount, lineCounts } from '../../../git/diff.ts'
import { mergeBase } from '../../../git/merge/merge.ts'
import { branchRef } from '../../names.ts'
import type { EffectContext } from '../../port.ts'
import { record } from '../../record.ts'
import { handedTo } from '../../scope/news.ts'
import { spokenPatches } from '../../scope/patches.ts'
import type { Services } from '../../services.ts'
import { gatherEvidence } from '../evidence.ts'
import type { SessionSpec } from '../spec.ts'
import { turnBegan } from '../stored.ts'
import { externalBranch } from './delivery.ts'
import { afterJudging, type AfterJudging } from './next.ts'

export interface JudgeInput {
  readonly session: SessionSpec
  readonly workspace: Workspace
  /** Counts the times that the work was looked at. */
  readonly turn: number
  readonly claimed: boolean
  /** How the commits came, one sentence. */
  readonly why: string
}

/** `told`: what is to be told to whoever works there. */
export type Judged =
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'judged'; readonly tip: string; readonly next: AfterJudging; readonly told: string }

/** The attempt that all commits from elsewhere belong to. */
const ATTEMPT = 1

/** Judges what the session's branch holds now. */
export async function judgeWork(
  services: Services,
  effect: EffectContext,
  input: JudgeInput,
): Promise<Judged> {
  const { session, workspace, turn, claimed, why } = input
  const heard = turnBegan(services.store, session.stream, turn - 1)
  noteTurn(effect, session, { turn, why })
  await noteChanges(services, effect, input)
  const looked = claimed ? session : { ...session, piece: { ...session.piece, checks: [] } }
  const gathered = await gatherEvidence(services, effect, {
    session: looked,
    workspace,
    attempt: ATTEMPT,
    turn,
    look: 1,
  })
  if (gathered.kind === 'interrupted') return { kind: 'interrupted' }
  const { evidence } = gathered
  const [branch, piece] = [externalBranch(session), session.piece.id]
  const required = session.piece.checks.map(({ name }) => name)
  // What was handed over since it was last looked at has not been told yet.
  const handed = handedTo(services.store, session.name, heard)
  const next = afterJudging(evidence, { branch, piece, required, claimed, news: handed.length > 0 })
  const news =
    handed.length === 0 ? '' : scopeNewsPrompt(piece, handed, await spokenPatches(services, session))
  const missing = next.kind === 'wait' ? externalMissing(evidence, { piece, branch, required: [] }) : ''
  const told = [news, missing].filter((part) => part !== '').join('\n\n')
  return { kind: 'judged', tip: evidence.tip, next, told }
}

function noteTurn(
  effect: EffectContext,
  session: SessionSpec,
  { turn, why }: Pick<JudgeInput, 'turn' | 'why'>,
): void {
  record(effect, 'attempt.started', String(ATTEMPT), {
    attempt: ATTEMPT,
    how: 'new',
    conversation: externalBranch(session),
    agent: 'external',
    version: '',
    mode: { wanted: null, actual: null },
    boxed: false,
    level: 'advisory',
    gaps: ['The work is done elsewhere: only the gate holds it.'],
  })
  record(effect, 'turn.started', String(turn), { attempt: ATTEMPT, turn, prompt: why })
  record(effect, 'turn.ended', String(turn), {
    attempt: ATTEMPT,
    turn,
    outcome: { kind: 'stopped', reason: 'end_turn' },
  })
}

async function noteChanges(
  { repo }: Services,
  effect: EffectContext,
  { session, workspace, turn }: JudgeInput,
): Promise<void> {
  const tip = branchRef(session.name)
  const base = (await mergeBase(repo.root, workspace.base, tip)) ?? workspace.base
  const [changed, commits, lines] = await Promise.all([
    changes(repo.root, base, tip),
    commitCount(repo.root, base, tip),
    lineCounts(repo.root, base, tip),
  ])
  const judged = session.ownership.judge(
    session.piece.id,
    changed.map(({ path }) => path),
  )
  record(effect, 'changes.observed', String(turn), {
    commits,
    ...lines,
    inScope: judged.inScope.length,
    outOfScope: judged.outOfScope.length,
  })
}
