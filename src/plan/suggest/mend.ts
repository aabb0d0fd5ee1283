// What the check of a plan finds in a draft and can be mended mechanically: hub files without a policy, links that lead into
// other pieces, submodules, and what is the operator's. The check itself decides; nothing is mended twice. Pure.
import type { PlanFile, SharedFile } from '../../contract/plan.ts'
import { literalPattern } from '../../scope/glob.ts'
import { checkPlan, type PlanReport } from '../check.ts'
import type { PlanFacts } from '../facts.ts'
import { kindOf } from '../facts/kinds.ts'
import { enumerate, type FindingCode } from '../findings.ts'
import { unsettledByName, unsettledHubs, type Hub } from '../hubs.ts'
import { CONFIG_FILE, OPERATORS } from '../places.ts'
import { survey } from '../survey.ts'
import type { Draft } from './draft.ts'
import type { Policy } from './policies.ts'

export interface Mended {
  readonly draft: Draft
  readonly report: PlanReport
}

/** Findings of what lies in a scope and belongs elsewhere. */
const FOREIGN: ReadonlySet<FindingCode> = new Set([
  'E_SCOPE_SUBMODULE',
  'E_SCOPE_SYMLINK',
  'W_SYMLINK_CROSSES',
])
/** A plan with more is read by nobody; what is proven is settled even so. */
const MOST_POLICIES = 8
/** Of those that are hubs by their names alone; with more the plan would be about them. */
const MOST_BY_NAME = 3

/** The draft with what could be mended, and the report on it. */
export function mend(name: string, draft: Draft, facts: PlanFacts): Mended {
  const report = checkPlan({ name, plan: draft.plan }, facts)
  const own = withoutForeign(draft, report, facts)
  const first = own === draft ? report : checkPlan({ name, plan: own.plan }, facts)
  const mended = withPolicies({ draft: own, report: first }, name, facts)
  return { ...mended, draft: counted(mended) }
}

/** Files are counted as the check counts them, so that nobody reads two numbers for one thing. */
function counted({ draft, report }: Mended): Draft {
  const pieces = draft.pieces.map((piece, index) => ({
    ...piece,
    files: report.owners[index]?.files ?? piece.files,
  }))
  return { ...draft, pieces }
}

function withPolicies({ draft, report }: Mended, name: string, facts: PlanFacts): Mended {
  const isTold = report.findings.some(({ code }) => code === 'W_HUB_FILE' || code === 'I_HUB_FILES')
  const added = isTold ? hubPolicies(draft, facts) : []
  if (added.length === 0) return { draft, report }
  const shared = [...draft.plan.shared, ...added.map(({ file }) => file)]
  const next = { ...draft, plan: { ...draft.plan, shared }, policies: [...draft.policies, ...added] }
  return { draft: next, report: checkPlan({ name, plan: next.plan }, facts) }
}

/** Policies for what is proven to be contended: the owner keeps what is its own; lists of everything, and what nobody owns, are
 *  the operator's. What is known for it by its name stays with the piece that has it, if one has. */
function hubPolicies({ plan, policies }: Draft, facts: PlanFacts): readonly Policy[] {
  const surveyed = survey(plan, facts)
  const proven = unsettledHubs(plan, facts, surveyed).flatMap((hub): readonly Policy[] => {
    const { commits, pieces, owner } = hub
    const many = pieces.filter((piece) => piece !== owner)
    const others = many.length === 0 ? 'several folders' : enumerate(many)
    const seen =
      commits > 0
        ? `${commits} recent commits changed it with files of ${others}`
        : `it has entries for folders like those of ${others}`
    const file = settledBy(hub)
    return file === null ? [] : [{ file, why: seen }]
  })
  const named = unsettledByName(plan, facts, surveyed)
    .slice(0, Math.min(MOST_BY_NAME, Math.max(0, MOST_POLICIES - policies.length - proven.length)))
    .map(({ path, owner }): Policy => ({
      file: owner === null ? { path, policy: 'operator' } : { path, policy: 'owner', owner },
      why: 'work in several pieces tends to touch a file of this name',
    }))
  return [...proven, ...named]
}

/** An operator writes no tests: one that nobody owns is the likeliest piece's; null where no piece is likely to touch it. */
function settledBy({ path, lists, pieces, owner }: Hub): SharedFile | null {
  if (kindOf(path) === 'test') {
    const [likeliest = null] = pieces
    const writer = owner ?? likeliest
    return writer === null ? null : { path, policy: 'owner', owner: writer }
  }
  return owner !== null && lists === 0 ? { path, policy: 'owner', owner } : { path, policy: 'operator' }
}

/** Submodules, and links that lead out of the repository or into what another piece owns, belong to nobody; nor does what is
 *  the operator's, there or to come, which a pattern for everything holds as well. */
function withoutForeign(draft: Draft, report: PlanReport, facts: PlanFacts): Draft {
  const foreign = new Map<string, string[]>()
  const theirs = [CONFIG_FILE, ...facts.files.filter((path) => path.startsWith(OPERATORS))]
  for (const { piece, matcher } of survey(draft.plan, facts).scopes)
    if (theirs.some((path) => matcher.matches(path))) foreign.set(piece.id, [OPERATORS.slice(0, -1)])
  for (const { code, piece, path } of report.findings) {
    if (piece !== undefined && path !== undefined && FOREIGN.has(code))
      foreign.set(piece, [...(foreign.get(piece) ?? []), path])
  }
  if (foreign.size === 0) return draft
  const pieces = draft.plan.pieces.map((piece): PlanFile['pieces'][number] => {
    const more = (foreign.get(piece.id) ?? []).map(literalPattern)
    return { ...piece, scope: { ...piece.scope, exclude: [...new Set([...piece.scope.exclude, ...more])] } }
  })
  return { ...draft, plan: { ...draft.plan, pieces } }
}
