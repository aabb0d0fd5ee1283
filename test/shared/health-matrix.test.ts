// The injected-loop matrix and the false alarms on real healthy sessions. Needs the sessions beside the repository
// (../shared/data/trajectories); without them the lane says so and passes.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { loadSessions } from '../../bench/health/sessions.ts'
import { injected, SHAPES } from '../../bench/health/shapes.ts'
import { diagnoseTrace } from '../../src/health/detector.ts'

const FOLDER = fileURLToPath(new URL('../../../shared/data/trajectories', import.meta.url))
const present = existsSync(FOLDER)
const sessions = present ? await loadSessions(FOLDER) : []
const actionsOf = ({ events }: (typeof sessions)[number]): number =>
  events.filter(({ t }) => t === 'call').length
const hosts = sessions.filter((session) => actionsOf(session) >= 20)

describe.runIf(present)(`real sessions${present ? '' : ': they are not there'}`, () => {
  test('at most one alarm in 1,000 actions and in 3 % of the sessions', () => {
    const alarms = sessions.map(({ events }) => diagnoseTrace(events).alarms.length)
    const actions = sessions.map(actionsOf).reduce((sum, count) => sum + count, 0)
    expect(sessions.length).toBeGreaterThanOrEqual(80)
    expect(alarms.reduce((sum, count) => sum + count, 0) / actions).toBeLessThanOrEqual(1 / 1000)
    expect(alarms.filter((count) => count > 0).length / sessions.length).toBeLessThanOrEqual(0.03)
  })

  test.each(SHAPES)('injected: $name', (shape) => {
    expect(hosts.length).toBeGreaterThanOrEqual(60)
    const alarmed = hosts.filter(({ events }) => {
      const { events: mixed, from, to } = injected(events, shape)
      return diagnoseTrace(mixed).alarms.some(({ a }) => a >= from && a <= to)
    })
    expect(alarmed.length).toBe(shape.loop ? hosts.length : 0)
  })
})
