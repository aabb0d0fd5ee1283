// Suggestions as data, for `--json`. Pure.
import type { Json } from '../../contract/json.ts'
import { hasNoFault } from '../check.ts'
import { isOfEnvironment } from '../findings.ts'
import type { Proposal, Proposals } from './proposal.ts'

/** What was found, with the text of every plan. */
export function proposalsJson({ suggestion, proposals }: Proposals): Readonly<Record<string, Json>> {
  const { goal, target, sessions, ground } = suggestion
  const data: Readonly<Record<string, Json>> = JSON.parse(
    JSON.stringify({
      goal,
      target: {
        whole: target.whole,
        files: target.files.length,
        named: target.namings.map(({ word, by, where, files }) => ({ word, by, where, files: files.length })),
      },
      history: ground.facts.history,
      sessions: {
        recommended: sessions.sessions,
        asked: sessions.asked,
        rule: sessions.asked ? null : sessions.rule,
        why: sessions.why,
        outlook: sessions.outlook,
      },
      environment: proposals[0]?.report.findings.filter(isOfEnvironment) ?? [],
      candidates: proposals.map(candidateValue),
    }),
  )
  return data
}

function candidateValue({ draft, text, report }: Proposal): object {
  const { candidate, pieces, plan } = draft
  return {
    by: candidate.boundary,
    ...candidate.score,
    pairs: candidate.score.pairs.map(({ a, b, share }) => ({
      pieces: [pieces[a]?.name.id ?? '', pieces[b]?.name.id ?? ''],
      share,
    })),
    pieces: plan.pieces.map(({ id, scope, depends_on: after }, index) => ({
      id,
      scope,
      after,
      files: pieces[index]?.files ?? 0,
      share: pieces[index]?.share ?? 0,
    })),
    shared: draft.policies.map(({ file, why }) => ({ ...file, why })),
    findings: report.findings.filter((finding) => !isOfEnvironment(finding)),
    ok: hasNoFault(report),
    plan: text,
  }
}
