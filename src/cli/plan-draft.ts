// A plan drafted by an agent, from the command line: asked for, judged by the numbers of the mechanical plans, and told with
// what is wrong with it.
import { acpDriver } from '../agents/acp/driver.ts'
import { PRESETS } from '../agents/presets.ts'
import { draftPlan } from '../engine/planner/planner.ts'
import { stateFolder, type Repository } from '../git/repository.ts'
import { checkPlan } from '../plan/check.ts'
import type { Config } from '../plan/config.ts'
import { factsExcerpt } from '../plan/draft/excerpt.ts'
import { judgeDraft, parseDraft } from '../plan/draft/judge.ts'
import { loadPlanFacts } from '../plan/gather.ts'
import { proposalsJson } from '../plan/suggest/explain.ts'
import type { Proposals } from '../plan/suggest/proposal.ts'
import { wrap } from '../tui/text.ts'

/** What an agent has drafted. */
export interface Drafted {
  readonly agent: string
  /** The text of the plan file; null: there is none, and `defects` says why. */
  readonly plan: string | null
  /** By the numbers of the suggestions; null where it could not be judged. */
  readonly cost: number | null
  /** That of the best mechanical plan, as it is written. */
  readonly best: number
  /** One sentence each. */
  readonly defects: readonly string[]
  /** It passes the check, divides the same among as many pieces, and costs no more than the best. */
  readonly accepted: boolean
}

export interface DraftRequest {
  readonly goal: string
  readonly agent: string
  /** Name of the plan, for messages. */
  readonly name: string
  readonly found: Proposals
  readonly config: Config
  readonly signal: AbortSignal
  readonly onProgress: (text: string) => void
}

/** Lets an agent draft a plan and judges it. Throws `E_AGENT_UNKNOWN`. */
export async function loadDraft(repo: Repository, request: DraftRequest): Promise<Drafted> {
  const { goal, agent, name, found, config, signal, onProgress } = request
  const { facts } = found.suggestion.ground
  const mechanical = found.proposals[0]?.draft
  if (mechanical === undefined) throw new Error('There is always a mechanical plan.')
  const none = { agent, plan: null, cost: null, best: mechanical.candidate.score.cost, accepted: false }
  const drafted = await draftPlan(
    { repo, state: stateFolder(repo), config, driver: acpDriver() },
    {
      goal,
      commit: facts.commit,
      facts: factsExcerpt(facts),
      candidates: JSON.stringify(proposalsJson(found)['candidates']),
      agent,
      signal,
      onProgress,
    },
  )
  if ('failed' in drafted) return { ...none, defects: [drafted.failed] }
  const parsed = parseDraft(drafted.text, name)
  if ('failed' in parsed) return { ...none, plan: drafted.text, defects: [parsed.failed] }
  const { plan } = parsed
  const planFacts = await loadPlanFacts(repo.root, { plan, config, presets: PRESETS, signal })
  const { score, best, defects } = judgeDraft({
    plan,
    report: checkPlan({ name, plan }, planFacts),
    ground: found.suggestion.ground,
    best: mechanical.plan,
    ignoreCase: planFacts.ignoreCase,
  })
  const accepted = defects.length === 0
  return { agent, plan: drafted.text, cost: score.cost, best: best.cost, defects, accepted }
}

/** The draft as text, below the mechanical plans. */
export function renderDraft(
  { agent, plan, cost, best, defects, accepted }: Drafted,
  width: number,
): string[] {
  const room = Math.min(110, width)
  const verdict = accepted
    ? `The plan that ${agent} drafted passes the check and costs ${(cost ?? 0).toFixed(3)}; the best mechanical one costs ${best.toFixed(3)}.`
    : plan === null
      ? `There is no plan by ${agent}.`
      : `What ${agent} drafted is no more than a draft:`
  return [
    ...wrap(verdict, room),
    ...defects.flatMap((defect) => wrap(defect, room - 2).map((line) => `  ${line}`)),
    ...(plan === null ? [] : ['', ...plan.trimEnd().split('\n')]),
  ]
}
