// Views as the projections make them, for tests of what is drawn.
import type { RunView, SessionView } from '../../src/contract/view.ts'

export const NOW = 1_800_000_000_000
const MINUTE = 60_000

/** A planned session of run `auth-1`; `changes` replace its fields. */
export function session(number: number, piece: string, changes: Partial<SessionView> = {}): SessionView {
  return {
    id: `auth-1/${piece}`,
    number,
    piece,
    title: `The ${piece} part`,
    agent: 'claude',
    state: 'planned',
    basis: 'reported',
    since: NOW - 5 * MINUTE,
    reason: null,
    activity: null,
    attempt: 0,
    turn: 0,
    context: null,
    changes: null,
    level: null,
    gaps: [],
    ports: null,
    path: null,
    branch: `quintet/auth-1/${piece}/work`,
    question: null,
    status: null,
    checks: [],
    findings: [],
    dependsOn: [],
    ...changes,
  }
}

/** Run `auth-1` in the middle of its work: five sessions in five states, one of them asking. */
export function run(changes: Partial<RunView> = {}): RunView {
  const question = {
    id: 'q1',
    kind: 'permission' as const,
    text: 'May src/db.ts be written?',
    options: [
      { id: 'allow', label: 'Allow once', effect: 'allow_once' },
      { id: 'reject', label: 'Reject', effect: 'reject' },
    ],
    since: NOW - 65_000,
  }
  return {
    run: 'auth-1',
    plan: 'auth',
    goal: 'Replace the session cookies by tokens',
    base: { ref: 'main', commit: '0'.repeat(40) },
    target: 'main',
    coordination: { on: true, why: 'Piece api depends on auth.' },
    limit: 5,
    rehearsal: false,
    created: NOW - 10 * MINUTE,
    state: 'running',
    since: NOW - 10 * MINUTE,
    verdict: null,
    notes: [],
    sessions: [
      session(1, 'auth', {
        state: 'finished',
        basis: 'observed',
        attempt: 1,
        turn: 2,
        since: NOW - 2 * MINUTE,
        context: { used: 84_000, size: 200_000, source: 'provider', percent: 42 },
        changes: { commits: 3, added: 240, deleted: 31, inScope: 7, outOfScope: 0 },
        ports: { first: 4100, count: 10 },
      }),
      session(2, 'data', {
        state: 'waiting',
        attempt: 1,
        turn: 1,
        since: NOW - 65_000,
        reason: question.text,
        question,
        context: { used: 150_000, size: 200_000, source: 'estimate', percent: 75 },
        changes: { commits: 1, added: 12, deleted: 0, inScope: 2, outOfScope: 1 },
        ports: { first: 4110, count: 10 },
      }),
      session(3, 'api', {
        state: 'working',
        attempt: 2,
        turn: 1,
        since: NOW - 12_000,
        activity: 'Running npm test -- routes',
        context: { used: 38_000, size: null, source: 'derived', percent: null },
        changes: { commits: 0, added: 80, deleted: 4, inScope: 3, outOfScope: 0 },
        ports: { first: 4120, count: 10 },
        dependsOn: ['auth'],
      }),
      session(4, 'tests', {
        state: 'lost',
        basis: 'inferred',
        attempt: 1,
        since: NOW - 4000,
        reason: 'the daemon is not running',
      }),
      session(5, 'docs', { reason: 'after api', dependsOn: ['api'] }),
    ],
    decisions: [],
    requests: [],
    integration: null,
    needs: [
      {
        session: 'auth-1/data',
        kind: 'permission',
        text: question.text,
        command: 'quintet answer data <option>',
        since: question.since,
      },
    ],
    seq: 42,
    ...changes,
  }
}
