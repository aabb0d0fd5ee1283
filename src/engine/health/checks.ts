// What a session's own checks say about a way out of its trouble: fewer red ones, a fix that changed nothing, or an end.
import * as v from 'valibot'
import { FACTS, type FactData } from '../../contract/facts.ts'
import { ladderAfter } from '../../health/ladder.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { Services } from '../services.ts'
import type { SessionSpec } from '../session/spec.ts'
import type { HealthAdvice } from './advice.ts'
import { lastAction, storable, storedLadder } from './log.ts'
import { healthPolicy } from './policy.ts'

type Evidence = FactData<'evidence.gathered'>

/** `progress`: fewer checks are red than ever in this session. `fix iteration`: the branch has moved, they have not. */
export function checkStep(earlier: readonly Evidence[], now: Evidence): 'progress' | 'fix iteration' | null {
  if (now.checks.length === 0) return null
  const judged = earlier.filter(({ checks }) => checks.length > 0)
  const last = judged.at(-1)
  if (last === undefined) return reds(now) === 0 ? 'progress' : null
  if (reds(now) < Math.min(...judged.map(reds))) return 'progress'
  return reds(now) > 0 && last.tip !== now.tip ? 'fix iteration' : null
}

function reds({ checks }: Evidence): number {
  return checks.filter(({ green }) => !green).length
}

/** Takes the evidence of a turn up the ladder; what that asks for, or null. */
export function judgeChecks(
  { store }: Services,
  effect: EffectContext,
  session: SessionSpec,
  at: { readonly turn: number; readonly attempt: number; readonly key: string },
): HealthAdvice | null {
  const all = [...store.events({ stream: session.stream, types: ['evidence.gathered'] })].map(({ data }) =>
    v.parse(FACTS['evidence.gathered'], data),
  )
  const now = all.at(-1)
  const step = now === undefined ? null : checkStep(all.slice(0, -1), now)
  if (step === null) return null
  const ladder = storedLadder(store, session.stream)
  const { ladder: after, advice } = ladderAfter(ladder, { kind: step, a: lastAction(ladder) })
  if (JSON.stringify(after) === JSON.stringify(ladder)) return null
  record(effect, 'health.ladder', `checks:${at.key}`, { ladder: storable(after) })
  if (advice?.kind !== 'abandon') return null
  const why = advice.reasons.join(' ')
  const { attempt, turn } = at
  record(effect, 'health.proposed', `checks:${at.key}`, {
    attempt,
    turn,
    what: 'abandon',
    reasons: [...advice.reasons],
  })
  return { kind: 'abandon', cut: false, auto: healthPolicy(session.run.plan).abandon === 'auto', why }
}
