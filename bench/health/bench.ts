// How well and at what cost a degrading session is noticed: false alarms on healthy sessions, the injected-loop matrix,
// made-up sessions with a known beginning of the trouble, time per event and memory. The same for each rule alone and
// for published rules.
import { join, resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { TraceEvent } from '../../src/contract/trace.ts'
import { AttemptHealth } from '../../src/engine/health/attempt-health.ts'
import { TurnFold } from '../../src/health/diagnosis.ts'
import { Detector, symptomRules } from '../../src/health/detector.ts'
import { DEFAULT_GAUGE_LIMITS } from '../../src/health/gauge.ts'
import { agentSessions, laterSessions, type AgentSession } from './agents.ts'
import type { Bench, BenchContext, Figure, Outcome } from '../bench.ts'
import { healthySessions } from './healthy.ts'
import { PUBLISHED } from './published.ts'
import type { Session } from './sessions.ts'
import { loadSessions } from './sessions.ts'
import { injected, SHAPES } from './shapes.ts'
import type { Labelled } from './stuck.ts'
import { stuckSessions, VARIANTS } from './stuck.ts'

const ROOT = join(import.meta.dirname, '../../..')
/** Fewer actions leave no room for a middle to inject into. */
const LEAST_ACTIONS = 20
const EACH = 10
const LONG = 100_000
const AGENTS_EACH = 4
const ATTEMPT = { agent: 'agent', root: '/repo', limits: DEFAULT_GAUGE_LIMITS, ledger: [], decisions: [] }

/** The actions at which a detector fires. */
type Fires = (event: TraceEvent) => number
interface Candidate {
  readonly name: string
  readonly make: () => Fires
}

const ours = (name: string, options: () => ConstructorParameters<typeof Detector>[0]): Candidate => ({
  name,
  make: () => {
    const detector = new Detector(options())
    return (event) => detector.note(event).length
  },
})

function candidates(): readonly Candidate[] {
  const rules = symptomRules().map(({ name }) =>
    ours(name, () => ({ rules: symptomRules().filter((rule) => rule.name === name) })),
  )
  const published = PUBLISHED.map(({ name, make }) => ({
    name,
    make: () => {
      const fires = make()
      return (event: TraceEvent) => (fires(event) ? 1 : 0)
    },
  }))
  return [ours('', () => ({})), ...rules, ...published]
}

async function run({ options, note, signal }: BenchContext): Promise<Outcome> {
  const sessions = await loadSessions(resolve(options.text('data') ?? join(ROOT, 'shared/data/trajectories')))
  const stuck = VARIANTS.flatMap((variant) => stuckSessions(EACH, { variant }))
  const healthy = healthySessions(EACH)
  const figures: Record<string, Figure> = {}
  for (const candidate of candidates()) {
    signal.throwIfAborted()
    note(candidate.name === '' ? 'all rules' : candidate.name)
    const suffix = candidate.name === '' ? '' : `.${candidate.name}`
    for (const [name, value] of Object.entries(measure(candidate, sessions, [...stuck, ...healthy])))
      figures[`${name}${suffix}`] = value
  }
  const told = agentSessions(AGENTS_EACH)
  const later = laterSessions(AGENTS_EACH)
  Object.assign(figures, onAgents(told, 'agents'), onAgents(later, 'later'), memory())
  Object.assign(figures, attemptCost(sessions), attemptMemory())
  return {
    figures,
    details: [...perShape(told), ...perShape(later)],
    ok:
      figures['legit_alarmed'] === 0 && figures['loops_caught'] === SHAPES.filter(({ loop }) => loop).length,
  }
}

function measure(
  candidate: Candidate,
  sessions: readonly Session[],
  made: readonly Labelled[],
): Record<string, Figure> {
  return { ...onHealthy(candidate, sessions), ...onMatrix(candidate, sessions), ...onMade(candidate, made) }
}

function onHealthy({ make }: Candidate, sessions: readonly Session[]): Record<string, Figure> {
  const pass = (): { alarms: number; alarmed: number; us: number } => {
    let alarms = 0
    let alarmed = 0
    const started = process.cpuUsage()
    for (const { events } of sessions) {
      const fires = make()
      let own = 0
      for (const event of events) own += fires(event)
      alarms += own
      if (own > 0) alarmed++
    }
    return { alarms, alarmed, us: cpu(started) }
  }
  const { alarms, alarmed } = pass()
  // The first pass was the warm-up; processor time, because other work on the machine is not its cost.
  const times = [pass().us, pass().us, pass().us].sort((a, b) => a - b)
  const events = sum(sessions.map((session) => session.events.length))
  const actions = sum(sessions.map((session) => session.events.filter(({ t }) => t === 'call').length))
  return {
    alarms_per_1000: rounded((alarms / actions) * 1000),
    sessions_alarmed_share: rounded(alarmed / sessions.length),
    us_per_event: rounded((times[1] ?? 0) / events),
  }
}

function onMatrix({ make }: Candidate, sessions: readonly Session[]): Record<string, Figure> {
  const hosts = sessions.filter(
    ({ events }) => events.filter(({ t }) => t === 'call').length >= LEAST_ACTIONS,
  )
  let caught = 0
  let legit = 0
  const shares: Record<string, Figure> = {}
  for (const shape of SHAPES) {
    const alarmed = hosts.filter(({ events }) => {
      const { events: mixed, from, to } = injected(events, shape)
      return firstFiring(make(), mixed, { from, to }) !== null
    }).length
    if (shape.loop && alarmed === hosts.length) caught++
    if (!shape.loop && alarmed > 0) legit++
    shares[`matrix_${shape.name.replaceAll(/\W+/g, '_')}`] = rounded(alarmed / hosts.length)
  }
  return { loops_caught: caught, legit_alarmed: legit, ...shares }
}

/** Action of the first firing from `from` to `to`; null when there is none. */
function firstFiring(
  fires: Fires,
  events: readonly TraceEvent[],
  { from, to }: { from: number; to: number },
): number | null {
  let at = 0
  for (const event of events) {
    if (event.t === 'call' || event.t === 'result') at = event.a
    if (fires(event) > 0 && at >= from && at <= to) return at
  }
  return null
}

function onMade({ make }: Candidate, made: readonly Labelled[]): Record<string, Figure> {
  const delays: number[] = []
  let missed = 0
  let wrong = 0
  for (const { events, onset } of made) {
    const at = firstFiring(make(), events, { from: 0, to: Infinity })
    if (onset === null) wrong += at === null ? 0 : 1
    else if (at === null) missed++
    else if (at < onset) wrong++
    else delays.push(at - onset)
  }
  delays.sort((a, b) => a - b)
  const found = delays.length
  return {
    made_recall: rounded(found / (found + missed)),
    made_precision: found + wrong === 0 ? null : rounded(found / (found + wrong)),
    made_delay_median: delays[Math.floor(found / 2)] ?? null,
    made_delay_p90: delays[Math.floor(found * 0.9)] ?? null,
  }
}

interface Verdict {
  /** Action of the first alarm; null: none. */
  readonly at: number | null
  readonly session: AgentSession
}

function judged(sessions: readonly AgentSession[]): Verdict[] {
  return sessions.map((session) => {
    const detector = new Detector()
    const fires: Fires = (event) => detector.note(event).length
    return { session, at: firstFiring(fires, session.events, { from: 0, to: Infinity }) }
  })
}

/** Actions from the beginning of the trouble to the first alarm, of those that were found, sorted. */
function delaysOf(verdicts: readonly Verdict[]): number[] {
  return verdicts
    .flatMap(({ at, session: { onset } }) =>
      at !== null && onset !== null && at >= onset ? [at - onset] : [],
    )
    .sort((left, right) => left - right)
}

function onAgents(sessions: readonly AgentSession[], name: string): Record<string, Figure> {
  const verdicts = judged(sessions)
  const stuck = verdicts.filter(({ session }) => session.onset !== null)
  const delays = delaysOf(stuck)
  const wrong = verdicts.filter(({ at, session: { onset } }) => at !== null && (onset === null || at < onset))
  const found = delays.length
  return {
    [`${name}_recall`]: rounded(found / stuck.length),
    [`${name}_precision`]: found === 0 ? null : rounded(found / (found + wrong.length)),
    [`${name}_delay_median`]: delays[Math.floor(found / 2)] ?? null,
    [`${name}_delay_p90`]: delays[Math.floor(found * 0.9)] ?? null,
    [`${name}_within_6_share`]: rounded(delays.filter((delay) => delay <= 6).length / stuck.length),
  }
}

/** A line for each shape, over all agents. */
function perShape(sessions: readonly AgentSession[]): string[] {
  const shapes = Map.groupBy(judged(sessions), ({ session }) => session.shape)
  return [...shapes].map(([shape, verdicts]) => {
    const alarmed = verdicts.filter(({ at }) => at !== null).length
    const of = `${alarmed} of ${verdicts.length} alarmed`
    if (verdicts[0]?.session.onset === null) return `  healthy: ${shape}: ${of}`
    const delays = delaysOf(verdicts)
    return `  stuck: ${shape}: ${of}, after ${delays[Math.floor(delays.length / 2)] ?? '-'} actions, at most ${delays.at(-1) ?? '-'}`
  })
}

/** A session of 100,000 events: what is remembered, and what of the heap is kept. */
function memory(): Record<string, Figure> {
  const detector = new Detector()
  const parts = stuckSessions(4, { variant: 'diluted' }).flatMap(({ events }) => events)
  let events = 0
  let half = 0
  let most = 0
  const started = process.cpuUsage()
  for (let a = 0; events < LONG; events++) {
    const event = parts[events % parts.length]
    if (event === undefined) break
    if (event.t === 'call') a++
    detector.note('a' in event ? { ...event, a } : event)
    most = Math.max(most, detector.size)
    if (events === LONG / 2) half = heap()
  }
  const us = cpu(started) / events
  return {
    long_us_per_event: rounded(us),
    long_remembered: most,
    long_heap_growth_mb: rounded((heap() - half) / 1e6),
  }
}

/** What an attempt costs with all that follows it, on real sessions; warm. */
function attemptCost(sessions: readonly Session[]): Record<string, Figure> {
  const pass = (): number => {
    const started = process.cpuUsage()
    for (const { events } of sessions) {
      const health = new AttemptHealth(ATTEMPT)
      for (const event of events) health.note(event)
    }
    return cpu(started)
  }
  pass()
  const events = sum(sessions.map((session) => session.events.length))
  return { attempt_us_per_event: rounded(pass() / events) }
}

/** What lives as long as an attempt does not grow with it: prompts, files and demands that are never the same, calls without an end. */
function attemptMemory(): Record<string, Figure> {
  const health = new AttemptHealth(ATTEMPT)
  const fold = new TurnFold('/repo')
  let half = 0
  for (let events = 0; events < LONG; events++) {
    const event = longEvent(events)
    health.note(event)
    fold.note(event, health.ended)
    if (events === LONG / 2) half = heap()
  }
  return { attempt_heap_growth_mb: rounded((heap() - half) / 1e6) }
}

function longEvent(index: number): TraceEvent {
  const a = Math.floor(index / 2)
  const id = `c${a}`
  if (index % 250 === 0)
    return { t: 'user', text: `Never touch src/part${index}.ts and always run check number ${index}.` }
  if (index % 40 === 20) return { t: 'usage', ctx: 1000 + (index % 9000), out: 10, window: 200_000 }
  if (index % 2 === 0)
    return {
      t: 'call',
      a,
      id,
      tool: 'Edit',
      kind: index % 8 === 0 ? 'edit' : 'read',
      path: `/repo/src/file${index}.ts`,
    }
  // One in nine never ends.
  if (a % 9 === 0)
    return { t: 'say', text: `Now part ${index} of the list, which is about file number ${index}.` }
  return { t: 'result', a, id, ok: a % 7 !== 0, text: `line ${index}: error: value ${index} is not known` }
}

/** Processor time since, in microseconds. */
function cpu(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return user + system
}

/** Bytes that are still in use after a collection. */
function heap(): number {
  setFlagsFromString('--expose-gc')
  // The flag shows in contexts that are made after it was set.
  const collect: () => void = runInNewContext('gc')
  collect()
  return process.memoryUsage().heapUsed
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}

export const bench: Bench = {
  options: [{ flags: '--data <folder>', summary: 'healthy sessions; default ../shared/data/trajectories' }],
  goals: {
    alarms_per_1000: 1,
    sessions_alarmed_share: 0.03,
    us_per_event: 20,
    long_us_per_event: 20,
    legit_alarmed: 0,
    made_delay_median: 6,
    agents_delay_median: 6,
    later_delay_median: 6,
    attempt_us_per_event: 20,
    attempt_heap_growth_mb: 5,
  },
  floors: {
    loops_caught: 5,
    made_recall: 0.85,
    made_precision: 0.8,
    agents_recall: 0.85,
    agents_precision: 0.8,
    later_recall: 0.85,
    later_precision: 0.8,
  },
  run,
}
