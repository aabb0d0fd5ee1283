// A handoff's input that several tests start from.
import type { Alarm } from '../../../src/contract/health.ts'
import type { HandoffInput } from '../../../src/health/handoff/fill.ts'
import { buildLedger } from '../../../src/health/ledger/ledger.ts'

export const alarm: Alarm = {
  a: 30,
  symptom: 'repetitive errors',
  rule: 'errorRecurs',
  family: 'errors',
  strength: 'strong',
  evidence: {
    signature: 'E1 token expired',
    count: 4,
    actions: [20, 24, 28],
    turns: [3],
    text: '4 runs, same failure: token expired.',
    tried: ['raise the timeout', 'mock the clock'],
  },
}

const check = (command: string, exit: number, failed: number | null) => ({
  command,
  exit,
  failed,
  failing: null,
  at: null,
  treeHash: `tree-${failed ?? 'x'}`,
})

export const input: HandoffInput = {
  meta: {
    run: 'r1',
    session: 'r1/auth',
    attempt: 1,
    agent: 'claude',
    model: null,
    branch: 'quintet/r1/auth/work',
    base: 'b'.repeat(40),
    head: 'c'.repeat(40),
    treeHash: null,
    port: 4310,
    reason: 'stuck',
    why: 'Two families of alarms.',
    contextPercent: 72,
    at: '2026-01-01T00:00:00.000Z',
  },
  goal: { piece: 'Add the login form.', done: ['check unit is green'] },
  ownership: { mine: ['src/auth/**'], forbidden: ['src/db/**'], granted: [] },
  ledger: buildLedger({ brief: 'Never push. Errors must be returned as Result values.' }),
  changes: {
    commits: [{ id: 'd'.repeat(40), subject: 'Add the login form' }],
    files: [{ path: 'src/auth/form.ts', added: 10, deleted: 2, state: 'committed' }],
    diffstat: '1 file',
  },
  checks: [
    check('npm test', 1, 2),
    check('npm test', 1, 5),
    check('npm run lint', 0, null),
    check('npm test', 1, 3),
  ],
  runs: [
    { a: 1, command: 'npm run lint', ok: false, signature: 'semicolon', output: '' },
    { a: 2, command: 'npm run lint', ok: true, signature: null, output: '' },
    { a: 3, command: 'npm test', ok: false, signature: 'E1 token expired', output: 'x'.repeat(2_000) },
    { a: 5, command: 'npm test', ok: false, signature: 'E1 token expired', output: 'last' },
  ],
  alarms: [
    alarm,
    { ...alarm, a: 40, evidence: { ...alarm.evidence, actions: [38] } },
    { ...alarm, strength: 'weak', rule: 'w' },
  ],
  decisions: [{ text: 'Dates are ISO 8601', by: 'operator', ref: '1' }],
  questions: [],
  messages: [
    { a: 0, text: 'No, use the other folder.' },
    ...Array.from({ length: 14 }, (_, index) => ({ a: index + 1, text: `Message ${index}` })),
  ],
  environment: { install: true, servers: [], ports: [4310], versions: ['node 24'] },
  claims: { done: ['Added the login form', 'Reviewed everything twice'], remaining: ['write docs'] },
  missing: ['2 uncommitted files'],
  notes: { understanding: `  ${'u'.repeat(700)}`, nextStep: 'refuse expired keys', warnings: '' },
  verification: { probe: null, checkedAt: null, treeHashMatches: null },
  known: ['src/auth/form.ts'],
}
