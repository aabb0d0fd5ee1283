// What the check of a plan finds in a draft and can be mended mechanically: hub files without a policy, links that lead into
// other pieces, submodules. The check itself decides; nothing is mended twice. Pure.
import type { PlanFile, SharedFile } from '../../contract/plan.ts'
import { literalPattern } from '../../scope/glob.ts'
import { checkPlan, type PlanReport } from '../check.ts'
import type { PlanFacts } from '../facts.ts'
import { enumerate } from '../findings.ts'
import { hubFiles } from '../hubs.ts'
import { survey } from '../survey.ts'
import type { Draft } from './draft.ts'
import type { Policy } from './policies.ts'

export interface Mended {
  readonly draft: Draft
  readonly report: PlanReport
}

/** Policies may uncover others. */
const ROUNDS = 3
/** A plan with more is read by nobody; the check warns of the rest. */
const MOST_POLICIES = 60

/** The draft with what could be mended, and the report on it. */
export function mend(name: string, draft: Draft, facts: PlanFacts): Mended {
  const report = checkPlan({ name, plan: draft.plan }, facts)
  const own = withoutForeign(draft, report, facts)
  const first = own === draft ? report : checkPlan({ name, plan: own.plan }, facts)
  return withPolicies({ draft: own, report: first }, { name, facts, rounds: ROUNDS })
}

interface Round {
  readonly name: string
  readonly facts: PlanFacts
  readonly rounds: number
}

function withPolicies({ draft, report }: Mended, { name, facts, rounds }: Round): Mended {
  const isTold = report.findings.some(({ code }) => code === 'W_HUB_FILE')
  const added = isTold && rounds > 0 ? hubPolicies(draft, facts) : []
  if (added.length === 0) return { draft, report }
  const shared = [...draft.plan.shared, ...added.map(({ file }) => file)]
  const next = { ...draft, plan: { ...draft.plan, shared }, policies: [...draft.policies, ...added] }
  const again = { draft: next, report: checkPlan({ name, plan: next.plan }, facts) }
  return withPolicies(again, { name, facts, rounds: rounds - 1 })
}

/** Policies for what is proven to be contended: the owner keeps what is its own; lists of everything, and what nobody owns, are
 *  the operator's. */
function hubPolicies({ plan, policies }: Draft, facts: PlanFacts): readonly Policy[] {
  const found = hubFiles(plan, facts, survey(plan, facts))
  return found
    .filter(({ weight, lists, settled }) => !settled && (weight > 0 || lists > 0))
    .slice(0, Math.max(0, MOST_POLICIES - policies.length))
    .map(({ path, commits, lists, pieces, owner }) => {
      const many = pieces.filter((piece) => piece !== owner)
      const others = many.length === 0 ? 'several folders' : enumerate(many)
      const seen =
        commits > 0
          ? `${commits} recent commits changed it with files of ${others}`
          : `it has entries for folders like those of ${others}`
      const file: SharedFile =
        owner !== null && lists === 0 ? { path, policy: 'owner', owner } : { path, policy: 'operator' }
      return { file, why: seen }
    })
}

/** Submodules, and links that lead out of the repository or into what another piece owns, belong to nobody. */
function withoutForeign(draft: Draft, report: PlanReport, facts: PlanFacts): Draft {
  const foreign = new Map<string, string[]>()
  for (const { code, piece, message } of report.findings) {
    if (piece === undefined || !['E_SCOPE_SUBMODULE', 'E_SCOPE_SYMLINK', 'W_SYMLINK_CROSSES'].includes(code))
      continue
    const paths = [...facts.submodules, ...facts.links.map(({ path }) => path)].filter((path) =>
      new RegExp(`(?:submodule|symbolic link) ${escaped(path)}[,; ]`).test(message),
    )
    foreign.set(piece, [...(foreign.get(piece) ?? []), ...paths])
  }
  if (foreign.size === 0) return draft
  const pieces = draft.plan.pieces.map((piece): PlanFile['pieces'][number] => {
    const more = (foreign.get(piece.id) ?? []).map(literalPattern)
    return { ...piece, scope: { ...piece.scope, exclude: [...new Set([...piece.scope.exclude, ...more])] } }
  })
  return { ...draft, plan: { ...draft.plan, pieces } }
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
