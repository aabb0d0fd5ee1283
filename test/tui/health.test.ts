import { expect, test } from 'vitest'
import { RunProjection } from '../../src/daemon/projection/fold.ts'
import type { SessionView } from '../../src/contract/view.ts'
import { healthLines } from '../../src/tui/health.ts'

/** The session after these facts. */
function after(...facts: readonly { readonly type: string; readonly data: object }[]): SessionView {
  const projection = new RunProjection('demo-1')
  const created = {
    plan: 'demo',
    goal: 'Do it.',
    base: { ref: 'main', commit: 'b'.repeat(40) },
    target: 'main',
    coordination: { on: false, why: '' },
    limit: 5,
    rehearsal: false,
    pieces: [{ number: 1, id: 'a', title: 'a', agent: 'scripted', dependsOn: [], include: [], exclude: [] }],
  }
  const all = [{ type: 'run.created', data: created }, ...facts]
  for (const [seq, { type, data }] of all.entries()) {
    const stream = type === 'run.created' ? 'demo-1/run' : 'demo-1/session/a'
    projection.apply({ seq, stream, type, at: seq, data })
  }
  const [session] = projection.view()?.sessions ?? []
  if (session === undefined) throw new Error('no session')
  return session
}

const drawing = { width: 200, colour: false, now: 0 }

test('an attempt over its budget, and one whose trace has an end, say so until it is over', () => {
  const over = {
    type: 'health.over-budget',
    data: { attempt: 1, turn: 1, spentMs: 1_200_000, budgetMs: 600_000, from: 12 },
  }
  const lost = { type: 'health.unrecorded', data: { attempt: 1, why: 'the trace cannot be written: full' } }
  const lines = healthLines(after(over, lost), drawing)
  expect(lines.join('\n')).toMatch(
    /^time +at work for 20m00s; 9 of 10 of 12 attempts that landed took at most 10m00s \(learned\)$/m,
  )
  expect(lines.join('\n')).toMatch(/^trace +the trace cannot be written: full$/m)
  const ended = { type: 'attempt.ended', data: { attempt: 1, why: 'reset' } }
  expect(healthLines(after(over, lost, ended), drawing).join('\n')).not.toMatch(/^(?:time|trace)/m)
})
