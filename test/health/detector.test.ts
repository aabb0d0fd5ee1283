import { describe, expect, test } from 'vitest'
import { agentSessions, laterSessions } from '../../bench/health/agents.ts'
import { healthySessions } from '../../bench/health/healthy.ts'
import { injected, SHAPES } from '../../bench/health/shapes.ts'
import { bash, edited, looked, stuckSessions, VARIANTS } from '../../bench/health/stuck.ts'
import { TraceWriter } from '../../bench/health/trace.ts'
import type { TraceEvent } from '../../src/contract/trace.ts'
import { Detector, diagnoseTrace } from '../../src/health/detector.ts'
import { FIRST_RUNG, ladderAfter, type Ladder } from '../../src/health/ladder.ts'
import { MOST_TOLERATED, tolerancesAt } from '../../src/health/tolerance.ts'

const hosts = healthySessions(1)
const RED = bash('npm test', 1, 'FAIL a.test.ts\nAssertionError: expected open to be closed\nTests: 1 failed')

function after(events: readonly TraceEvent[]): Detector {
  const detector = new Detector()
  for (const event of events) detector.note(event)
  return detector
}

describe('injected into healthy sessions', () => {
  test.each(SHAPES)('$name', (shape) => {
    for (const host of hosts) {
      const { events, from, to } = injected(host.events, shape)
      const alarms = diagnoseTrace(events).alarms.filter(({ a }) => a >= from && a <= to)
      expect({ host: host.name, alarmed: alarms.length > 0 }).toEqual({
        host: host.name,
        alarmed: shape.loop,
      })
      expect((alarms[0]?.a ?? from) - from).toBeLessThanOrEqual(6)
    }
  })
})

test.each(healthySessions(2))('healthy: $name', ({ events }) => {
  expect(diagnoseTrace(events).alarms).toEqual([])
})

test.each(VARIANTS)('stuck sessions, %s: found, soon, and not before', (variant) => {
  const sessions = stuckSessions(2, { variant })
  const delays = sessions.map(
    ({ events, onset }) => (diagnoseTrace(events).alarms[0]?.a ?? Infinity) - (onset ?? 0),
  )
  expect(Math.min(...delays)).toBeGreaterThan(0)
  expect(delays.filter((delay) => delay < Infinity).length / delays.length).toBeGreaterThanOrEqual(0.95)
  expect(delays.sort((a, b) => a - b)[Math.floor(delays.length / 2)]).toBeLessThanOrEqual(6)
})

test('an alarm names what recurred, where, and what was tried', () => {
  const writer = new TraceWriter()
  for (const name of ['foo', 'libfoo', 'foo-dev']) {
    writer.step(bash(`apt-get install -y ${name}`, 100, `E: Unable to locate package ${name}`))
  }
  expect(diagnoseTrace(writer.events).alarms).toEqual([
    {
      a: 2,
      symptom: 'repetitive errors',
      rule: 'errorRecurs',
      family: 'failure',
      strength: 'strong',
      evidence: {
        signature: 'e: unable to locate package ‹›',
        count: 3,
        actions: [0, 1, 2],
        turns: [1],
        text: '3 failures, same failure: e: unable to locate package ‹›.',
        tried: ['apt-get install -y foo', 'apt-get install -y libfoo', 'apt-get install -y foo-dev'],
      },
    },
  ])
})

describe('one span, one alarm, and again with twice the evidence', () => {
  const stuck = (times: number): TraceWriter => {
    const writer = new TraceWriter()
    for (let at = 0; at < times; at++) writer.steps([edited('src/a.ts', `${at}`, `${at + 1}`), RED])
    return writer
  }

  test('so that a loop that goes on is told again, with all that was counted', () => {
    const alarms = diagnoseTrace(stuck(40).events).alarms
    expect(new Set(alarms.map(({ family }) => family))).toEqual(new Set(['failure']))
    expect(alarms.map(({ evidence }) => evidence.count)).toEqual([3, 6, 12, 24])
    expect(alarms.at(-1)?.evidence.text).toMatch(/; 24 in all\.$/)
  })

  test('what the operator has called not stuck is told again when there is much more of it', () => {
    const said = tolerancesAt([{ kind: 'not stuck', at: 0, rules: { errorRecurs: 3, repeat: 3 } }], 0)
    const tolerances = Object.fromEntries(said.map(({ rule, count }) => [rule, count]))
    const failures = (times: number): TraceEvent[] => {
      const writer = new TraceWriter()
      for (let at = 0; at < times; at++)
        writer.step(bash('python run.py', 1, "ModuleNotFoundError: No module named 'x'"))
      return writer.events
    }
    const advised = (times: number): number => {
      let ladder: Ladder = FIRST_RUNG
      let count = 0
      for (const alarm of diagnoseTrace(failures(times)).alarms) {
        const step = ladderAfter(ladder, { kind: 'alarm', alarm }, { tolerances })
        ladder = step.ladder
        if (step.advice !== null) count++
      }
      return count
    }
    expect(advised(3)).toBe(0)
    expect(advised(100)).toBeGreaterThan(0)
  })

  test('whatever was said, a hundred of the same are heard', () => {
    const events = Array.from({ length: 200 }, () => {
      return { kind: 'not stuck', at: 0, rules: { verifyStall: 90, errorRecurs: 90 } } as const
    })
    expect(tolerancesAt(events, 0).map(({ count }) => count)).toEqual([MOST_TOLERATED, MOST_TOLERATED])
    const counts = diagnoseTrace(stuck(100).events).alarms.map(({ evidence }) => evidence.count)
    expect(Math.max(...counts)).toBeGreaterThanOrEqual(MOST_TOLERATED)
  })

  test('and another one after a word of the operator, with new evidence', () => {
    const writer = stuck(6)
    const before = diagnoseTrace(writer.events).alarms.length
    writer.user('Look at the fixture first.')
    writer.steps([edited('src/a.ts', '6', '7'), RED])
    expect(diagnoseTrace(writer.events).alarms).toHaveLength(before)
    for (let at = 7; at < 12; at++) writer.steps([edited('src/a.ts', `${at}`, `${at + 1}`), RED])
    expect(diagnoseTrace(writer.events).alarms.length).toBeGreaterThan(before)
  })

  test('a green check ends it', () => {
    const writer = stuck(6)
    expect(after(writer.events).activity).toBe('stuck')
    writer.step(bash('npm test', 0, 'Tests: 5 passed'))
    const detector = after(writer.events)
    expect(detector.activity).toBe('working')
    expect(detector.best.failing).toBe(0)
  })
})

describe('calls made at once have one vote', () => {
  const failing = Array.from({ length: 5 }, (_, at) =>
    bash(`npx tsc -p p${at}`, 2, "error TS5083: Cannot read file 'base.json'."),
  )

  test('as the recorder says', () => {
    const writer = new TraceWriter()
    writer.steps(failing.map((step) => ({ ...step, batch: 'one' })))
    expect(diagnoseTrace(writer.events).alarms).toEqual([])
  })

  test('or as their order shows', () => {
    const writer = new TraceWriter()
    writer.steps(failing)
    const events = [
      ...writer.events.filter(({ t }) => t === 'call'),
      ...writer.events.filter(({ t }) => t === 'result'),
    ]
    expect(diagnoseTrace(events).alarms).toEqual([])
    expect(diagnoseTrace(writer.events).alarms).not.toEqual([])
  })
})

describe('activity', () => {
  const step = (step: Parameters<TraceWriter['step']>[0]): string => {
    const writer = new TraceWriter()
    writer.step(step)
    return after(writer.events).activity
  }

  test('is told apart', () => {
    expect(after([]).activity).toBe('idle')
    expect(step(looked('a.ts', 'x'))).toBe('working')
    expect(step({ tool: 'BashOutput', kind: 'poll', input: '{}', text: 'running' })).toBe('polling')
    expect(step(bash('curl https://api.example', 22, 'HTTP 503 Service Unavailable'))).toBe('infrastructure')
    expect(
      step({ cmd: 'git push', ok: false, text: "The user doesn't want to proceed with this tool use." }),
    ).toBe('waiting for the operator')
    expect(after([{ t: 'retry', status: 529 }]).activity).toBe('infrastructure')
    expect(after([{ t: 'user', text: 'Go.' }]).activity).toBe('working')
    expect(after([{ t: 'user', text: 'Go.' }, { t: 'end' }]).activity).toBe('idle')
  })

  test('an outage is not stuck, however often it fails', () => {
    const writer = new TraceWriter()
    for (let at = 0; at < 20; at++) writer.step(bash('npm publish', 1, 'npm ERR! 503 Service Unavailable'))
    const { alarms, activity } = diagnoseTrace(writer.events)
    expect({ alarms, activity }).toEqual({ alarms: [], activity: 'infrastructure' })
  })
})

describe('polluted since', () => {
  test('the first action of the earliest alarm', () => {
    const writer = new TraceWriter()
    writer.step(looked('a.ts', 'x'))
    for (let at = 0; at < 3; at++) writer.step(bash(`./deploy --try ${at}`, 1, 'fatal: no such remote'))
    expect(after(writer.events).pollutedSince()).toBe(1)
  })

  test('else the last compaction; else nothing', () => {
    const writer = new TraceWriter()
    writer.step(looked('a.ts', 'x'))
    expect(after(writer.events).pollutedSince()).toBeNull()
    expect(after([...writer.events, { t: 'compact' }]).pollutedSince()).toBe(1)
  })
})

test('a broken constraint is an alarm, the second time of as many again', () => {
  const constraints = [
    {
      id: 'no-npm',
      text: 'use pnpm',
      violatedBy: ({ cmd }: { cmd?: string | null | undefined }) => cmd?.startsWith('npm ') ?? false,
    },
  ]
  const writer = new TraceWriter()
  for (let at = 0; at < 3; at++) writer.step(bash(`npm view pkg${at}`, 0, `${at}`))
  const { alarms } = diagnoseTrace(writer.events, { constraints })
  expect(
    alarms.map(({ a, symptom, family, evidence }) => ({ a, symptom, family, text: evidence.text })),
  ).toEqual([
    { a: 0, symptom: 'forgotten instructions', family: 'constraints', text: 'broke a constraint: use pnpm.' },
    {
      a: 1,
      symptom: 'forgotten instructions',
      family: 'constraints',
      text: 'broke a constraint 2 times: use pnpm.',
    },
  ])
})

test('memory does not grow with the session', () => {
  const detector = new Detector()
  const parts = [...stuckSessions(1, { variant: 'diluted' }), ...healthySessions(1)].flatMap(
    ({ events }) => events,
  )
  const sizes: number[] = []
  for (let index = 0; index < 100_000; index++) {
    const event = parts[index % parts.length]
    if (event === undefined) break
    detector.note('a' in event ? { ...event, a: index } : event)
    if (index % 1000 === 0) sizes.push(detector.size)
  }
  expect(Math.max(...sizes)).toBeLessThan(1200)
  expect(Math.max(...sizes.slice(50))).toBeLessThanOrEqual(Math.max(...sizes.slice(0, 50)) + 64)
})

describe('sessions of six agents', () => {
  const first = (events: readonly TraceEvent[]): number | null => diagnoseTrace(events).alarms[0]?.a ?? null

  test.each([
    ['shapes that the rules know', agentSessions(2)],
    ['shapes that they were not made by', laterSessions(2)],
  ])('%s: found soon, and healthy work left alone', (_name, sessions) => {
    const stuck = sessions.filter(({ onset }) => onset !== null)
    const delays = stuck
      .flatMap(({ events, onset }) => {
        const at = first(events)
        return at === null || onset === null ? [] : [at - onset]
      })
      .sort((a, b) => a - b)
    expect(delays[0]).toBeGreaterThanOrEqual(0)
    expect(delays.length / stuck.length).toBeGreaterThanOrEqual(0.95)
    expect(delays[Math.floor(delays.length / 2)]).toBeLessThanOrEqual(6)
    const alarmed = sessions.filter(({ onset, events }) => onset === null && first(events) !== null)
    expect(alarmed.map(({ name }) => name)).toEqual([])
  })
})

test('while it is watched, one fewer is enough; what was counted stays counted', () => {
  const runs = (times: number): TraceEvent[] => {
    const writer = new TraceWriter()
    for (let at = 0; at < times; at++) writer.step({ ...RED, cmd: `npm test -- part${at}` })
    return writer.events
  }
  const alarms = (times: number, watchful: boolean): number => {
    const detector = new Detector()
    detector.watchful(watchful)
    return runs(times).flatMap((event) => detector.note(event)).length
  }
  expect([alarms(3, false), alarms(3, true), alarms(4, false)]).toEqual([0, 1, 1])
  expect(alarms(2, true)).toBe(0)
})

test('the action of a result is there to be taken, and of nothing else', () => {
  const detector = new Detector()
  const ended = new TraceWriter()
  ended.step(bash('npm test', 1, 'AssertionError: no'))
  const seen = ended.events.map((event) => {
    detector.note(event)
    return detector.ended?.state ?? null
  })
  expect(seen).toEqual([null, 'failed'])
})
