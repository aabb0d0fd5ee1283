// What is new between two views of a run, one line each: the live view of a reader that is no terminal. Pure.
import type { IntegrationView, RunView, SessionView } from '../contract/view.ts'
import { stateText } from './run.ts'
import { oneLine } from './text.ts'

/** The lines that lead from `before` (null: nothing was shown yet) to `after`; a line names its session first. */
export function changeLines(before: RunView | null, after: RunView): string[] {
  const known = new Map(before?.sessions.map((session) => [session.id, session]))
  return [
    ...(before === null ? [`run ${after.run}: ${oneLine(after.goal)}`] : []),
    ...after.sessions.flatMap((session) => sessionLine(known.get(session.id), session)),
    ...newNeeds(before, after),
    ...newDecisions(before, after),
    ...integrationLines(before?.integration ?? null, after.integration),
    ...newNotes(before, after),
    ...runLine(before, after),
  ]
}

function sessionLine(before: SessionView | undefined, after: SessionView): string[] {
  const same = before !== undefined && before.state === after.state && before.attempt === after.attempt
  if (same || (before === undefined && after.state === 'planned')) return []
  const attempt = after.attempt > 1 ? `, attempt ${after.attempt}` : ''
  const reason = after.reason === null ? '' : `: ${oneLine(after.reason)}`
  return [`${after.number} ${after.piece} ${stateText(after)}${attempt}${reason}`]
}

function newNeeds(before: RunView | null, after: RunView): string[] {
  const key = (need: RunView['needs'][number]): string => `${need.session} ${need.kind} ${need.text}`
  const known = new Set(before?.needs.map(key))
  return after.needs
    .filter((need) => !known.has(key(need)))
    .map(
      (need) =>
        `! ${need.session ?? after.run} needs the operator (${need.kind}): ${oneLine(need.text)} → ${oneLine(need.command)}`,
    )
}

function newDecisions(before: RunView | null, after: RunView): string[] {
  const known = new Set(before?.decisions.map(({ n }) => n))
  return after.decisions
    .filter(({ n }) => !known.has(n))
    .map(({ n, text }) => `decision ${n}: ${oneLine(text)}`)
}

function integrationLines(before: IntegrationView | null, after: IntegrationView | null): string[] {
  if (after === null) return []
  const old = before?.n === after.n ? before : null
  const name = `integration ${after.n}`
  return [
    ...after.merged
      .filter((piece) => !(old?.merged.includes(piece) ?? false))
      .map((piece) => `${name} merged ${piece}`),
    ...after.leftOut
      .slice(old?.leftOut.length ?? 0)
      .map(({ piece, reason }) => `${name} left out ${piece}: ${oneLine(reason)}`),
    ...after.checks
      .slice(old?.checks.length ?? 0)
      .map((check) => `${name} check ${oneLine(check.name)} ${check.green ? 'green' : 'red'}`),
    ...after.queue.culprits
      .slice(old?.queue.culprits.length ?? 0)
      .map(({ piece, tests }) => `${name} culprit ${piece}: ${oneLine(tests.join(', '))}`),
    ...after.queue.handedBack
      .slice(old?.queue.handedBack.length ?? 0)
      .map(({ piece, reason }) => `${name} handed back ${piece}: ${oneLine(reason)}`),
    ...(old?.state === after.state
      ? []
      : [`${name} ${after.state}${after.reason === null ? '' : `: ${oneLine(after.reason)}`}`]),
  ]
}

function newNotes(before: RunView | null, after: RunView): string[] {
  const known = new Set(before?.notes)
  return after.notes.filter((note) => !known.has(note)).map((note) => `note: ${oneLine(note)}`)
}

function runLine(before: RunView | null, after: RunView): string[] {
  if (before?.state === after.state || (before === null && after.state === 'running')) return []
  return [
    after.state === 'ended'
      ? `run ${after.run} ended: ${after.verdict ?? 'no verdict'}`
      : `run ${after.run} ${after.state}`,
  ]
}
