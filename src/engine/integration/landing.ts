// The landing: the target moves to exactly the commit that was checked, if everybody still stands by it.
import type { LandingProof } from '../../contract/facts.ts'
import { changes } from '../../git/diff.ts'
import { resolveCommit } from '../../git/repository.ts'
import type { LandingAnswer } from '../../integration/queue/port.ts'
import { proveLanded } from '../../integration/proof/landed.ts'
import { clearingCommand, targetSentence } from '../../integration/sentences.ts'
import { advanceTarget } from '../../integration/target.ts'
import { sessionWorkflowId } from '../names.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { IntegrationInput } from '../run/input.ts'
import type { Services } from '../services.ts'
import { LANDED } from '../session/signals.ts'
import { loadRunInput } from '../session/spec.ts'
import { stopAsked, withdrawnPieces } from './consent.ts'
import { branchesOf } from './stack.ts'

export interface CheckedUnion {
  /** Commit of the target that the union was built on. */
  readonly from: string
  /** The union. */
  readonly commit: string
  readonly pieces: readonly string[]
  /** Other branches of the integration have not had their answer yet. */
  readonly more: boolean
}

/** Moves the target to the union that the checks ran green on, and tells the sessions that they have landed. */
export async function landTarget(
  services: Services,
  effect: EffectContext,
  input: IntegrationInput,
  union: CheckedUnion,
): Promise<LandingAnswer> {
  const { target } = loadRunInput(services, input.run)
  const objection = await objectionTo(services, input, { target, union })
  if (objection !== null) return objection
  const { missing, proofs } = await provePieces(services, input, union)
  if (missing.length > 0) {
    const reason = `Not everything of ${missing.join(', ')} would be in ${target}: nothing has landed.`
    return { kind: 'refused', reason }
  }
  const outcome = await advanceTarget({ repo: services.repo, target, from: union.from, to: union.commit })
  if (outcome.kind === 'moved') return { kind: 'moved' }
  const sentence = targetSentence(target, outcome)
  const clear = clearingCommand(outcome)
  if (clear !== null) record(effect, 'integration.obstructed', union.commit, { clear })
  if (outcome.kind !== 'advanced')
    return { kind: 'refused', reason: sentence ?? 'The target cannot be moved.' }
  if (sentence !== null) record(effect, 'integration.noted', union.commit, { text: sentence })
  tellLanded(services, input, { pieces: union.pieces, proofs })
  record(effect, 'integration.landed', union.commit, {
    from: union.from,
    to: union.commit,
    pieces: [...union.pieces],
    ...(union.more ? { more: true } : {}),
  })
  return { kind: 'landed' }
}

/** What speaks against landing now; null when nothing does, or when the target has moved already and only that is left to
 *  be told. */
async function objectionTo(
  services: Services,
  input: IntegrationInput,
  { target, union }: { readonly target: string; readonly union: CheckedUnion },
): Promise<LandingAnswer | null> {
  const now = await resolveCommit(services.repo.root, `refs/heads/${target}`)
  if (now === union.commit && now !== union.from) return null
  if (stopAsked(services, input.run)) return { kind: 'refused', reason: 'The run was stopped.' }
  const pieces = withdrawnPieces(services, input.run, branchesOf(input, union.pieces))
  return pieces.length === 0 ? null : { kind: 'withdrawn', pieces }
}

type Proofs = ReadonlyMap<string, LandingProof>

/** What proves of each piece that the union has it, and the pieces of which it lacks something. A branch that has taken back
 *  all of its own work has nothing to bring, and needs no proof. */
async function provePieces(
  { repo }: Pick<Services, 'repo'>,
  input: IntegrationInput,
  { commit, pieces }: CheckedUnion,
): Promise<{ readonly missing: readonly string[]; readonly proofs: Proofs }> {
  const missing: string[] = []
  const proofs = new Map<string, LandingProof>()
  for (const { piece, base, tip } of branchesOf(input, pieces)) {
    const landing = await proveLanded({ repo, branchTip: tip, base, targetTip: commit })
    if (landing.kind === 'landed') proofs.set(piece, landing.how)
    else if ((await changes(repo.root, base, tip)).length > 0) missing.push(piece)
  }
  return { missing, proofs }
}

function tellLanded(
  services: Services,
  input: IntegrationInput,
  { pieces, proofs }: { readonly pieces: readonly string[]; readonly proofs: Proofs },
): void {
  for (const { piece, tip } of branchesOf(input, pieces)) {
    const stream = sessionWorkflowId({ run: input.run, piece })
    const how = proofs.get(piece)
    services.store.append({
      stream,
      key: `session.landed:${tip}`,
      type: 'session.landed',
      data: { commit: tip, ...(how === undefined ? {} : { how }) },
    })
    services.engine().signal(stream, { name: LANDED, data: { commit: tip }, dedupe: `landed:${tip}` })
  }
}
