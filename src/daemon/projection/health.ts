// The health of a session, folded from its facts. Pure.
import type { Fact } from '../../contract/facts.ts'
import type { HealthView } from '../../contract/view.ts'

const ALARMS_SHOWN = 20

const UNKNOWN: HealthView = {
  rung: 'ok',
  activity: null,
  reading: null,
  alarms: [],
  compactions: 0,
  lost: null,
  nudges: 0,
  resets: [],
  proposed: null,
  gates: [],
  probe: null,
  fresh: null,
}

/** The health after one more fact; undefined as long as nothing was seen. */
export function applyHealthFact(
  before: HealthView | undefined,
  fact: Fact,
  at: number,
): HealthView | undefined {
  const view = before ?? UNKNOWN
  return (
    observed(view, fact, at) ??
    actedOn(view, fact, at) ??
    measured(view, fact, at) ??
    (before === undefined ? undefined : settled(before, fact))
  )
}

/** What was seen of it; undefined when the fact tells nothing of that. */
function observed(view: HealthView, fact: Fact, at: number): HealthView | undefined {
  switch (fact.type) {
    case 'health.alarm': {
      const { attempt, turn, alarm } = fact.data
      return { ...view, alarms: [...view.alarms, { attempt, turn, at, alarm }].slice(-ALARMS_SHOWN) }
    }
    case 'health.activity':
      return { ...view, activity: fact.data.activity }
    case 'health.context':
      return { ...view, reading: fact.data }
    case 'health.ladder': {
      const { rung, alarms, pending } = fact.data.ladder
      const calm = alarms.length === 0 && pending === null
      return { ...view, rung, ...(calm ? { alarms: weakOf(view), proposed: null } : {}) }
    }
    case 'health.compacted':
      return { ...view, compactions: view.compactions + 1, lost: fact.data.lost }
    case 'health.over-budget': {
      const { spentMs, budgetMs, from } = fact.data
      return { ...view, overBudget: { spentMs, budgetMs, from } }
    }
    case 'health.unrecorded':
      return { ...view, unrecorded: fact.data.why }
    default:
      return undefined
  }
}

/** What is to be done about it, and what was done. */
function actedOn(view: HealthView, fact: Fact, at: number): HealthView | undefined {
  switch (fact.type) {
    case 'health.proposed':
      return { ...view, proposed: { what: fact.data.what, reasons: fact.data.reasons, since: at } }
    case 'health.nudged':
      return {
        ...view,
        nudges: view.nudges + 1,
        // What weighs more waits on.
        proposed: view.proposed?.what === 'nudge' ? null : view.proposed,
      }
    case 'health.answered':
      return fact.data.answer === 'not-stuck'
        ? { ...view, rung: 'ok', alarms: [], proposed: null }
        : { ...view, proposed: null }
    case 'health.reset': {
      const { attempt, reason, why } = fact.data
      return { ...view, resets: [...view.resets, { attempt, reason, why }], alarms: [], proposed: null }
    }
    default:
      return undefined
  }
}

/** What a handoff, a probe or a fresh conversation has shown. */
function measured(view: HealthView, fact: Fact, at: number): HealthView | undefined {
  switch (fact.type) {
    case 'health.gates':
      return { ...view, gates: fact.data.gates }
    case 'health.probed':
      return { ...view, probe: fact.data.probe }
    case 'health.fresh':
      return { ...view, fresh: { ...fact.data, at } }
    default:
      return undefined
  }
}

/** What other facts say about it. */
function settled(view: HealthView, { type }: Fact): HealthView {
  switch (type) {
    case 'attempt.ended': {
      const { overBudget: _over, unrecorded: _unrecorded, ...rest } = view
      // The gates stay to be seen until those of the next handoff are measured.
      return { ...rest, reading: null, activity: null, probe: null }
    }
    case 'turn.ended':
      return { ...view, activity: null }
    case 'session.continued':
    case 'session.finished':
    case 'session.abandoned':
      return { ...view, proposed: null }
    case 'session.landed':
      return { ...view, proposed: null, alarms: [], rung: 'ok' }
    default:
      return view
  }
}

function weakOf({ alarms }: HealthView): HealthView['alarms'] {
  return alarms.filter(({ alarm }) => alarm.strength === 'weak')
}
