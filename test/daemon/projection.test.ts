import { describe, expect, it } from 'vitest'
import type { FactData, FactType } from '../../src/contract/facts.ts'
import type { SessionView } from '../../src/contract/view.ts'
import { RunProjection } from '../../src/daemon/projection/fold.ts'

/** A log of one run, written fact by fact; the time is the sequence number times a thousand. */
class Log {
  readonly projection = new RunProjection('demo-1')
  #seq = 0

  constructor() {
    this.add('run', 'run.created', {
      plan: 'demo',
      goal: 'Do it.',
      base: { ref: 'main', commit: 'b'.repeat(40) },
      target: 'main',
      coordination: { on: true, why: 'pieces depend on each other' },
      limit: 5,
      rehearsal: false,
      pieces: ['auth', 'api'].map((id, index) => ({
        number: index + 1,
        id,
        title: id,
        agent: 'scripted',
        dependsOn: id === 'api' ? ['auth'] : [],
        include: [`/${id}/`],
        exclude: [],
      })),
    })
  }

  add<T extends FactType>(stream: string, type: T, data: FactData<T>): this {
    this.#seq++
    this.projection.apply({ seq: this.#seq, stream: `demo-1/${stream}`, type, at: this.#seq * 1000, data })
    return this
  }

  session(piece = 'auth'): SessionView | undefined {
    return this.projection.view()?.sessions.find((session) => session.piece === piece)
  }
}

const READY = {
  path: '/w',
  branch: 'quintet/demo-1/auth/work',
  base: 'b'.repeat(40),
  ports: { first: 20000, count: 10 },
}
const QUESTION = {
  question: '1.1.x',
  kind: 'question' as const,
  text: '7 or 30?',
  options: [{ id: '7', label: '7', effect: 'answer' }],
  paths: [],
}

describe('a session', () => {
  it('is planned until something happens to it', () => {
    expect(new Log().session('api')).toMatchObject({ state: 'planned', reason: 'after auth', number: 2 })
  })

  it('goes from preparing to working, and remembers since when', () => {
    const log = new Log()
      .add('session/auth', 'session.preparing', READY)
      .add('session/auth', 'workspace.ready', READY)
      .add('session/auth', 'turn.started', { attempt: 1, turn: 1, prompt: 'first' })
    expect(log.session()).toMatchObject({
      state: 'working',
      since: 4000,
      path: '/w',
      ports: READY.ports,
      turn: 1,
    })
  })

  it('waits while a question is open, and needs the operator', () => {
    const log = new Log()
      .add('session/auth', 'turn.started', { attempt: 1, turn: 1, prompt: 'first' })
      .add('session/auth', 'question.asked', QUESTION)
    expect(log.session()).toMatchObject({ state: 'waiting', basis: 'reported', question: { id: '1.1.x' } })
    expect(log.projection.view()?.needs).toEqual([
      {
        session: 'demo-1/auth',
        kind: 'question',
        text: '7 or 30?',
        command: 'quintet answer auth <option>',
        since: 3000,
      },
    ])
    log.add('session/auth', 'question.answered', { question: '1.1.x', answer: '7', by: 'operator' })
    expect(log.session()).toMatchObject({ state: 'working', question: null })
    expect(log.projection.view()?.needs).toEqual([])
  })

  it.each([
    ['session.failed', { reason: 'The program git cannot be started.' }],
    ['session.waiting', { reason: 'It is blocked.' }],
    ['session.lost', { reason: 'The agent is gone.' }],
    ['session.continued', { why: 'retry: again' }],
    ['session.finished', { tip: 'a'.repeat(40) }],
  ] as const)('asks nothing any more after %s, and no late answer moves it', (type, data) => {
    const log = new Log()
      .add('session/auth', 'turn.started', { attempt: 1, turn: 1, prompt: 'first' })
      .add('session/auth', 'question.asked', QUESTION)
      .add('session/auth', type, data)
    const { state } = log.session() ?? {}
    expect(log.session()?.question).toBeNull()
    log.add('session/auth', 'question.answered', { question: '1.1.x', answer: '7', by: 'operator' })
    expect(log.session()).toMatchObject({ state, question: null })
  })

  it('that has failed with a question open needs the operator for its failure', () => {
    const log = new Log()
      .add('session/auth', 'turn.started', { attempt: 1, turn: 1, prompt: 'first' })
      .add('session/auth', 'question.asked', QUESTION)
      .add('session/auth', 'session.failed', { reason: 'The program git cannot be started.' })
    expect(log.projection.view()?.needs).toMatchObject([
      {
        kind: 'failed',
        text: 'The program git cannot be started.',
        command: 'quintet session retry auth "<what to do>"',
      },
    ])
  })

  it('does not know a percentage where the window is not known', () => {
    const log = new Log().add('session/auth', 'usage.reported', {
      used: 4000,
      size: null,
      source: 'provider',
    })
    expect(log.session()?.context).toEqual({ used: 4000, size: null, source: 'provider', percent: null })
  })

  it('keeps its state under live activity, which is not stored', () => {
    const log = new Log().add('session/auth', 'turn.started', { attempt: 1, turn: 1, prompt: 'first' })
    log.projection.activity('demo-1/auth', 'npm test')
    expect(log.session()).toMatchObject({ state: 'working', activity: 'npm test' })
  })
})

describe('a run', () => {
  it('names the conflict that stopped an integration, and the command that helps', () => {
    const log = new Log()
      .add('integration/1', 'integration.started', {
        n: 1,
        target: 'main',
        tip: 'a',
        pieces: ['auth', 'api'],
      })
      .add('integration/1', 'integration.merged', { piece: 'auth', commit: 'c' })
      .add('integration/1', 'integration.conflicted', { piece: 'api', files: ['a.ts'] })
    expect(log.projection.view()?.state).toBe('integrating')
    log.add('integration/1', 'integration.stopped', { reason: 'api conflicts with auth in a.ts.' })
    const view = log.projection.view()
    expect(view?.integration).toMatchObject({
      state: 'stopped',
      merged: ['auth'],
      conflict: { piece: 'api' },
    })
    expect(view?.needs[0]).toMatchObject({
      kind: 'conflict',
      command: 'quintet session retry api "<how to resolve it>"',
    })
  })

  it('sends nobody to a session for a target that is red by itself', () => {
    const reason = 'The target itself is red without any of the branches: the check "t".'
    const log = new Log()
      .add('integration/1', 'integration.started', { n: 1, target: 'main', tip: 'a', pieces: ['auth'] })
      .add('integration/1', 'integration.checked', {
        name: 't',
        green: false,
        exitCode: 1,
        signal: null,
        durationMs: 1,
        output: '',
        log: '/logs/t.log',
      })
      .add('integration/1', 'integration.base-red', { tests: ['the check "t"'] })
      .add('integration/1', 'integration.stopped', { reason })
    expect(log.projection.view()?.needs).toMatchObject([
      {
        kind: 'red-check',
        text: `${reason} It has to be mended on the target first. The output is in /logs/t.log`,
        command: 'quintet merge',
      },
    ])
  })

  it('ends with its verdict and needs nobody any more', () => {
    const log = new Log()
      .add('session/auth', 'session.failed', { reason: 'no agent' })
      .add('run', 'run.ended', {
        verdict: 'nothing',
        landed: [],
        abandoned: ['auth', 'api'],
        failed: [],
        notes: [],
      })
    expect(log.projection.view()).toMatchObject({ state: 'ended', verdict: 'nothing', needs: [] })
  })

  it('passes over facts of a kind it does not know, and events that are no facts', () => {
    const log = new Log()
    const event = { seq: 99, stream: 'demo-1/session/auth', at: 1, data: {} }
    expect(log.projection.apply({ ...event, type: 'session.promoted' })).toBe(false)
    expect(log.projection.apply({ ...event, type: 'usage.reported' })).toBe(false)
    expect(log.projection.apply({ ...event, stream: 'other-1/session/auth', type: 'session.finished' })).toBe(
      false,
    )
    expect(log.session()?.state).toBe('planned')
  })
})

describe('scope requests', () => {
  const asked = {
    n: 1,
    session: 'api',
    paths: ['auth/x.ts'],
    reason: 'A field.',
    via: 'mcp' as const,
    owner: 'auth',
  }
  const working = (): Log =>
    new Log().add('session/api', 'turn.started', { attempt: 1, turn: 1, prompt: 'first' })

  it('are shown, and need the operator while they are open', () => {
    const log = working().add('run', 'scope.requested', asked)
    expect(log.projection.view()).toMatchObject({
      requests: [{ n: 1, piece: 'api', state: 'open', owner: 'auth' }],
      needs: [{ session: 'demo-1/api', kind: 'scope', command: 'quintet scope grant api auth/x.ts' }],
    })
    log.add('run', 'scope.granted', {
      n: 1,
      paths: ['auth/x.ts'],
      to: 'api',
      from: 'auth',
      by: 'operator',
      reason: 'Yes.',
    })
    expect(log.projection.view()).toMatchObject({
      requests: [{ state: 'granted', settled: { to: 'api' } }],
      needs: [],
    })
  })

  it('of a session that has ended lapse, and need nobody', () => {
    const log = working()
      .add('run', 'scope.requested', asked)
      .add('session/api', 'session.abandoned', { reason: 'x' })
    expect(log.projection.view()).toMatchObject({ requests: [{ n: 1, state: 'lapsed' }], needs: [] })
  })

  it('offer to hand over only what somebody owns, and quote what a shell would split', () => {
    const needs = working()
      .add('run', 'scope.requested', { ...asked, paths: ["a b/it's.md"], owner: null })
      .projection.view()?.needs
    expect(needs?.[0]).toMatchObject({
      command: String.raw`quintet scope grant api 'a b/it'\''s.md'`,
      others: [{ label: 'refuse it' }],
    })
  })
})

describe('what the gate found', () => {
  const evidence = {
    tip: 't',
    commits: 1,
    uncommitted: [],
    inScope: [],
    outOfScope: [{ path: 'api/x.ts', owner: 'api' }],
    findings: [
      { kind: 'mode' as const, path: 'm', owner: 'auth', text: 'It became executable.', blocks: false },
    ],
    checks: [],
    blockedOn: [],
  }

  it('is what a waiting session needs the operator for', () => {
    const log = new Log()
      .add('session/auth', 'turn.started', { attempt: 1, turn: 1, prompt: 'first' })
      .add('session/auth', 'evidence.gathered', evidence)
      .add('session/auth', 'session.waiting', { reason: 'Still missing.' })
    expect(log.session()?.findings.map(({ kind }) => kind)).toEqual(['out-of-scope', 'mode'])
    expect(log.projection.view()?.needs).toEqual([
      {
        session: 'demo-1/auth',
        kind: 'scope',
        text: 'api/x.ts: It belongs to api.',
        since: 4000,
        command: 'quintet scope grant auth api/x.ts',
        others: [
          { command: 'quintet scope hand auth api/x.ts', label: 'let api make the change' },
          { command: 'quintet session retry auth "<what to do>"', label: 'tell it what to do instead' },
        ],
      },
    ])
  })

  it('before landing names the branch, until the session has gone on', () => {
    const finding = {
      kind: 'out-of-scope' as const,
      path: 'api/x.ts',
      owner: 'api',
      text: 'It was changed.',
      blocks: true,
    }
    const log = new Log()
      .add('session/auth', 'session.finished', { tip: 't' })
      .add('integration/1', 'integration.started', { n: 1, target: 'main', tip: 'b', pieces: ['auth'] })
      .add('integration/1', 'integration.refused', { piece: 'auth', findings: [finding] })
      .add('integration/1', 'integration.stopped', { reason: 'auth may not land.' })
    expect(log.projection.view()?.integration?.refused).toEqual([{ piece: 'auth', findings: [finding] }])
    expect(log.projection.view()?.needs).toMatchObject([
      { session: 'demo-1/auth', kind: 'scope', text: 'api/x.ts: It was changed.' },
    ])
    log.add('session/auth', 'session.continued', { why: 'retry' })
    expect(log.projection.view()?.needs).toMatchObject([{ kind: 'target' }])
  })
})
