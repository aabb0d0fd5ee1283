import { describe, expect, it } from 'vitest'
import type { AgentQuestion } from '../../../src/contract/agent.ts'
import type { Evidence } from '../../../src/contract/session.ts'
import {
  afterEvidence,
  afterOperator,
  afterTurn,
  permissionAnswer,
} from '../../../src/engine/session/next.ts'

const GREEN: Evidence = {
  tip: 'abc',
  commits: 2,
  uncommitted: [],
  inScope: ['a.ts'],
  outOfScope: [],
  checks: [],
}
const RED = { name: 'test', green: false, exitCode: 1, signal: null, durationMs: 5, output: '', log: '' }

describe('afterEvidence', () => {
  it('finishes on evidence alone', () => {
    expect(afterEvidence(GREEN, [], { reprompts: 0, limit: 3 })).toEqual({ kind: 'finish', evidence: GREEN })
  })

  it('does not take a check that never ran for a green one', () => {
    expect(afterEvidence(GREEN, ['test'], { reprompts: 0, limit: 3 }).kind).toBe('turn')
  })

  it('says what is missing a bounded number of times, then waits for the operator', () => {
    const evidence = { ...GREEN, checks: [RED] }
    expect(afterEvidence(evidence, ['test'], { reprompts: 2, limit: 3 })).toEqual({
      kind: 'turn',
      prompt: { kind: 'missing', evidence },
    })
    expect(afterEvidence(evidence, ['test'], { reprompts: 3, limit: 3 })).toEqual({
      kind: 'wait',
      standing: 'waiting',
      reason: 'Still missing after 4 turns: check test is red.',
    })
  })
})

describe('afterTurn', () => {
  it('never takes the end of a turn for success', () => {
    expect(afterTurn({ kind: 'stopped', reason: 'end_turn' }, 0)).toEqual({ kind: 'evidence' })
    expect(afterTurn({ kind: 'stopped', reason: 'cancelled' }, 0)).toEqual({ kind: 'evidence' })
  })

  it('goes on after a lost agent, and asks for the operator when it is lost again and again', () => {
    expect(afterTurn({ kind: 'lost', why: 'gone' }, 1)).toEqual({
      kind: 'turn',
      prompt: { kind: 'continue', why: 'gone' },
    })
    expect(afterTurn({ kind: 'lost', why: 'gone' }, 3)).toMatchObject({ kind: 'wait', standing: 'failed' })
  })

  it('starts the next attempt when the conversation cannot be resumed', () => {
    expect(afterTurn({ kind: 'unresumable', why: 'no such session' }, 1)).toEqual({
      kind: 'attempt',
      why: 'no such session',
    })
  })

  it('does not try again what cannot be started', () => {
    const error = { code: 'E_AGENT_MISSING', kind: 'agent' as const, message: 'no claude', hints: [] }
    expect(afterTurn({ kind: 'failed', code: error.code, message: error.message, error }, 1)).toEqual({
      kind: 'wait',
      standing: 'failed',
      reason: 'no claude',
      error,
    })
  })

  it('hears the operator after an interruption', () => {
    expect(afterTurn({ kind: 'interrupted' }, 1)).toEqual({ kind: 'operator' })
  })
})

describe('afterOperator', () => {
  it('prepares again where there is no workspace yet', () => {
    expect(afterOperator({ kind: 'retry', reason: 'again' }, false)).toEqual({ kind: 'prepare' })
  })

  it('passes the words on in the same conversation', () => {
    expect(afterOperator({ kind: 'retry', reason: 'use v4' }, true)).toEqual({
      kind: 'turn',
      prompt: { kind: 'operator', text: 'use v4' },
    })
  })
})

describe('permissionAnswer', () => {
  const question: AgentQuestion = {
    kind: 'permission',
    text: 'Write src/auth/a.ts',
    paths: ['src/auth/a.ts'],
    options: [
      { id: 'always', label: 'Always', effect: 'allow_always' },
      { id: 'once', label: 'Once', effect: 'allow_once' },
      { id: 'no', label: 'No', effect: 'reject' },
    ],
  }
  const inside = (): { outOfScope: [] } => ({ outOfScope: [] })
  const outside = (paths: readonly string[]): { outOfScope: { path: string }[] } => ({
    outOfScope: paths.map((path) => ({ path })),
  })

  it('allows once, also where "always" comes first', () => {
    expect(permissionAnswer(question, inside)).toEqual({ kind: 'option', id: 'once' })
  })

  it('refuses a path of somebody else', () => {
    expect(permissionAnswer(question, outside)).toEqual({ kind: 'option', id: 'no' })
    expect(permissionAnswer({ ...question, options: [] }, outside)).toEqual({ kind: 'declined' })
  })

  it('never chooses "always"; without "once" the operator decides', () => {
    expect(permissionAnswer({ ...question, options: question.options.slice(0, 1) }, inside)).toBeNull()
  })

  it('leaves real questions to the operator', () => {
    expect(permissionAnswer({ ...question, kind: 'question' }, inside)).toBeNull()
  })
})
