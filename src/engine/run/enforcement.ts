// Whether every session of a plan could be held as the plan demands, before anything is made: on this machine, and by the
// tree as it is.
import type { QuintetError } from '../../contract/errors.ts'
import { EXTERNAL } from '../../contract/external.ts'
import type { PlanFile } from '../../contract/plan.ts'
import type { EnforcementLevel } from '../../contract/session.ts'
import type { PlanFacts } from '../../plan/facts.ts'
import { boxAvailable } from '../../process/box.ts'
import { ownershipInForce } from '../../scope/ownership.ts'
import { territory } from '../../scope/territory.ts'
import { enforcementError, isAtLeast } from '../session/box.ts'

/** Throws `E_ENFORCEMENT` with the first piece that would run below the level that the plan demands. */
export async function requireEnforcement(
  plan: PlanFile,
  facts: Pick<PlanFacts, 'files' | 'ignoreCase'>,
): Promise<void> {
  const [first] = await enforcementRefusals(plan, facts)
  if (first !== undefined) throw first.error
}

export interface EnforcementRefusal {
  readonly piece: string
  /** `E_ENFORCEMENT`. */
  readonly error: QuintetError
}

/** The pieces that would run below the level that the plan demands. */
export async function enforcementRefusals(
  plan: PlanFile,
  { files, ignoreCase }: Pick<PlanFacts, 'files' | 'ignoreCase'>,
): Promise<readonly EnforcementRefusal[]> {
  const wanted = plan.enforcement
  if (wanted === undefined || isAtLeast(ELSEWHERE.level, wanted)) return []
  const elsewhere = plan.pieces.filter(({ agent }) => agent === EXTERNAL)
  const refused = elsewhere.map(({ id }) => refusal(id, wanted, ELSEWHERE))
  if (isAtLeast('guarded', wanted)) return refused
  const support = await boxAvailable()
  const map = ownershipInForce(plan, [], { ignoreCase })
  const here = plan.pieces.filter(({ agent }) => agent !== EXTERNAL)
  const boxed = here.flatMap(({ id }) => {
    const owns = (path: string): boolean => map.owns(id, path)
    const tree = { files, ignored: [], ignoreLines: [], ignoreCase }
    const gaps = support.available
      ? territory({ scope: map.scopeOf(id), owns, ...tree }).gaps
      : [support.reason]
    if (gaps.length === 0) return []
    return [refusal(id, wanted, { level: 'guarded', gaps })]
  })
  return [...refused, ...boxed]
}

type Held = Parameters<typeof enforcementError>[2]

/** What is done elsewhere, nothing on this machine can hold. */
const ELSEWHERE: Held = { level: 'advisory', gaps: ['Its work is done elsewhere; only the gate holds it.'] }

function refusal(piece: string, wanted: EnforcementLevel, held: Held): EnforcementRefusal {
  return { piece, error: enforcementError(`The piece ${piece}`, wanted, held) }
}
