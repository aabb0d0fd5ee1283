// The stack of an integration: the branches that may land, merged upon each other in memory only.
import { QuintetError } from '../../contract/errors.ts'
import { treeOf } from '../../git/merge/merge.ts'
import { resolveCommit } from '../../git/repository.ts'
import type { Out, Stack, State } from '../../integration/queue/port.ts'
import { stackMerges, type StackOutcome } from '../../integration/stack.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { IntegrationInput, RunInput } from '../run/input.ts'
import type { Services } from '../services.ts'
import { loadRunInput } from '../session/spec.ts'
import { stackAdmitted, type RefusedPiece } from './admission.ts'
import { landedTips } from './landed-tips.ts'
import { mergingOf } from './merging.ts'

export interface StackRequest {
  readonly input: IntegrationInput
  /** Pieces to merge, in order. */
  readonly pieces: readonly string[]
  /** Number of the stack in its integration, from 1. */
  readonly round: number
}

/** Merges the branches of these pieces onto the target as it stands now. What may not land, conflicts, or builds on such a
 *  branch is left out. Throws `E_TARGET_MISSING`. */
export async function stackPieces(
  services: Services,
  effect: EffectContext,
  { input, pieces, round }: StackRequest,
): Promise<Stack> {
  const run = loadRunInput(services, input.run)
  const base = await targetState(services, run)
  const { n, leftOut } = input
  record(effect, 'integration.started', String(round), {
    n,
    target: run.target,
    tip: base.commit,
    pieces: [...pieces],
  })
  for (const left of leftOut) record(effect, 'integration.left-out', `${round}:${left.piece}`, left)
  const branches = branchesOf(input, pieces)
  const union = { run, from: base.commit, round }
  const { stacked, refused } = await stackAdmitted(services, effect, { ...input, branches }, union)
  for (const { piece, commit } of stacked.steps)
    record(effect, 'integration.merged', `${round}:${piece}`, { piece, commit })
  noteNotRebased(effect, branches, stacked)
  for (const { piece, files } of stacked.conflicts)
    record(effect, 'integration.conflicted', `${round}:${piece}`, { piece, files: [...files] })
  return {
    base,
    baseProven: provenBefore(services, run, base),
    steps: stacked.steps.map(({ piece, commit, tree }) => ({ piece, state: { commit, tree } })),
    upToDate: stacked.upToDate,
    out: outOf(stacked, refused),
  }
}

/** That the plan's style could not be had is said once for each state of a branch. */
function noteNotRebased(
  effect: EffectContext,
  branches: IntegrationInput['branches'],
  { steps }: StackOutcome,
): void {
  for (const { piece, notRebased } of steps) {
    const tip = branches.find((branch) => branch.piece === piece)?.tip
    if (notRebased === undefined || tip === undefined) continue
    record(effect, 'integration.noted', `not-rebased:${piece}:${tip}`, {
      text: `${piece} is merged, not rebased: ${notRebased}.`,
    })
  }
}

/** Merges more branches onto a state, to look at only; null when they do not merge. */
export async function combinePieces(
  services: Services,
  effect: EffectContext,
  {
    input,
    pieces,
    onto,
    inside,
  }: {
    readonly input: IntegrationInput
    readonly pieces: readonly string[]
    readonly onto: State
    /** Pieces that are in it. */
    readonly inside: readonly string[]
  },
): Promise<State | null> {
  const branches = branchesOf(input, pieces)
  const { repo } = services
  const run = loadRunInput(services, input.run)
  const merging = mergingOf(services, run, effect)
  const landed = [
    ...(await landedTips(services, run, onto.commit)),
    ...branchesOf(input, inside).map((branch) => branch.tip),
  ]
  const { conflict, steps } = await stackMerges({ repo, tip: onto.commit, branches, landed, ...merging })
  if (conflict !== null) return null
  const last = steps.at(-1)
  return last === undefined ? onto : { commit: last.commit, tree: last.tree }
}

/** Everything that is known of these pieces, in the order in which they are named. */
export function branchesOf(
  { branches }: IntegrationInput,
  pieces: readonly string[],
): IntegrationInput['branches'] {
  return pieces.flatMap((piece) => branches.find((branch) => branch.piece === piece) ?? [])
}

async function targetState({ repo }: Services, { target }: RunInput): Promise<State> {
  const commit = await resolveCommit(repo.root, `refs/heads/${target}`)
  if (commit !== null) return { commit, tree: await treeOf(repo.root, commit) }
  throw new QuintetError(
    'E_TARGET_MISSING',
    'precondition',
    `The target ${target} does not exist any more.`,
    {
      hints: [{ text: 'Make it again where it was.', command: `git branch ${target} <commit>` }],
    },
  )
}

/** An integration of this run has landed exactly this commit, with the same checks green on it. */
function provenBefore({ store }: Services, { run, plan }: RunInput, { commit }: State): boolean {
  if (plan.integration.checks.length === 0) return false
  return [...store.events({ prefix: `${run}/integration/`, types: ['integration.landed'] })].some(
    ({ data }) => typeof data === 'object' && data !== null && 'to' in data && data.to === commit,
  )
}

function outOf(stacked: StackOutcome, refused: readonly RefusedPiece[]): readonly Out[] {
  return [
    ...refused.map(({ piece, reason }): Out => ({ kind: 'refused', piece, reason })),
    ...stacked.conflicts.map((conflict): Out => ({ kind: 'conflict', ...conflict })),
    ...stacked.notTried.map((piece): Out => ({
      kind: 'waits',
      piece,
      reason: 'It builds on a branch that conflicts.',
    })),
  ]
}
