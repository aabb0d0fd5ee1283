// An integration as it is shown, folded from its facts. A new stack begins it anew, but for what was found out. Pure.
import type { Fact, FactData } from '../../contract/facts.ts'
import type { IntegrationView, QueueView } from '../../contract/view.ts'

const NOTHING_YET: QueueView = {
  landed: [],
  runs: { full: 0, tests: 0, durationMs: 0 },
  culprits: [],
  flaky: [],
  redBefore: [],
  handedBack: [],
  operator: false,
}

/** The view after one more fact. */
export function applyIntegrationFact(
  view: IntegrationView | null,
  fact: Fact,
  at: number,
): IntegrationView | null {
  if (fact.type === 'integration.started') return begun(view, fact.data, at)
  if (view === null) return null
  switch (fact.type) {
    case 'integration.left-out':
      return { ...view, leftOut: [...view.leftOut, fact.data] }
    case 'integration.refused':
      return { ...view, refused: [...view.refused, fact.data] }
    case 'integration.merged':
      return { ...view, merged: [...view.merged, fact.data.piece] }
    case 'integration.conflicted':
      return { ...view, conflict: fact.data }
    case 'integration.checked':
      return { ...view, checks: [...view.checks, fact.data] }
    case 'integration.noted':
      return { ...view, notes: [...view.notes, fact.data.text] }
    case 'integration.obstructed':
      return { ...view, clear: fact.data.clear }
    case 'integration.landed': {
      const landed = [...view.queue.landed, ...fact.data.pieces]
      const more = fact.data.more === true
      const queue = { ...view.queue, landed }
      return more ? { ...view, queue } : { ...view, state: 'landed', since: at, queue }
    }
    case 'integration.stopped': {
      const { reason, operator = true } = fact.data
      return { ...view, state: 'stopped', since: at, reason, queue: { ...view.queue, operator } }
    }
    default:
      return { ...view, queue: applyQueueFact(view.queue, fact) }
  }
}

function begun(
  view: IntegrationView | null,
  { n }: FactData<'integration.started'>,
  at: number,
): IntegrationView {
  const again = view !== null && view.n === n ? view : null
  return {
    n,
    state: 'running',
    since: at,
    merged: [],
    leftOut: [],
    refused: again?.refused ?? [],
    conflict: null,
    checks: [],
    queue: again?.queue ?? NOTHING_YET,
    notes: again?.notes ?? [],
    reason: null,
  }
}

function applyQueueFact(queue: QueueView, fact: Fact): QueueView {
  switch (fact.type) {
    case 'integration.ran':
      return { ...queue, runs: countedRun(queue.runs, fact.data) }
    case 'integration.flaky':
      return { ...queue, flaky: [...new Set([...queue.flaky, ...fact.data.tests])] }
    case 'integration.base-red':
      return { ...queue, redBefore: [...new Set([...queue.redBefore, ...fact.data.tests])] }
    case 'integration.culprit':
      return { ...queue, culprits: [...queue.culprits, fact.data] }
    case 'integration.handed-back':
      return { ...queue, handedBack: [...queue.handedBack, fact.data] }
    default:
      return queue
  }
}

function countedRun(
  { full, tests, durationMs }: QueueView['runs'],
  ran: FactData<'integration.ran'>,
): QueueView['runs'] {
  const whole = ran.purpose === 'union'
  return {
    full: full + (whole ? 1 : 0),
    tests: tests + (whole ? 0 : 1),
    durationMs: durationMs + ran.durationMs,
  }
}
