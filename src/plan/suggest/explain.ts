// Suggestions as data, for `--json`. Pure.
import type { Json } from '../../contract/json.ts'
import type { Proposals } from './propose.ts'

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
        why: sessions.why,
        outlook: sessions.outlook,
      },
      candidates: proposals.map(({ draft, text, report }) => ({
        by: draft.candidate.boundary,
        ...draft.candidate.score,
        pairs: draft.candidate.score.pairs.map(({ a, b, share }) => ({
          pieces: [draft.pieces[a]?.name.id ?? '', draft.pieces[b]?.name.id ?? ''],
          share,
        })),
        pieces: draft.plan.pieces.map(({ id, scope }, index) => ({
          id,
          scope,
          files: draft.pieces[index]?.files ?? 0,
          share: draft.pieces[index]?.share ?? 0,
        })),
        shared: draft.policies.map(({ file, why }) => ({ ...file, why })),
        findings: report.findings,
        ok: report.checked !== null,
        plan: text,
      })),
    }),
  )
  return data
}
