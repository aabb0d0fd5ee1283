// Whether every session of a plan could be held as the plan demands, before anything is made: on this machine, and by the
// tree as it is.
import type { QuintetError } from '../../contract/errors.ts'
import type { PlanFile } from '../../contract/plan.ts'
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
  if (wanted === undefined || isAtLeast('guarded', wanted)) return []
  const support = await boxAvailable()
  const map = ownershipInForce(plan, [], { ignoreCase })
  return plan.pieces.flatMap(({ id }) => {
    const owns = (path: string): boolean => map.owns(id, path)
    const tree = { files, ignored: [], ignoreLines: [], ignoreCase }
    const gaps = support.available
      ? territory({ scope: map.scopeOf(id), owns, ...tree }).gaps
      : [support.reason]
    if (gaps.length === 0) return []
    return [{ piece: id, error: enforcementError(`The piece ${id}`, wanted, { level: 'guarded', gaps }) }]
  })
}
