import { describe, expect, it } from 'vitest'
import type { AgentQuestion } from '../../../src/contract/agent.ts'
import type { Evidence } from '../../../src/contract/session.ts'
import {
  afterEvidence,
  afterAdvice,
  afterOperator,
  afterTurn,
  BEGINNING,
  isFromOutside,
  messagesOf,
  permissionAnswer,
  spoken,
  unheardAfter,
  withUnheard,
  type PermissionRules,
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

  it('waits for what the session says it is blocked on, before anything else', () => {
    expect(afterEvidence({ ...GREEN, blockedOn: ['which format?'] }, [], { reprompts: 0, limit: 3 })).toEqual(
      {
        kind: 'wait',
        standing: 'waiting',
        reason: 'Blocked on: which format?',
      },
    )
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

describe('afterEvidence, with others in the play', () => {
  const refused = [{ path: 'src/b.ts', owner: 'b' }]
  const patience = { reprompts: 0, limit: 3 }
  const missing = { ...GREEN, commits: 0 }

  it('tells a session what it has to hear before it may finish', () => {
    expect(afterEvidence(GREEN, [], { ...patience, news: true })).toEqual({
      kind: 'turn',
      prompt: { kind: 'news' },
    })
    const spent = { reprompts: 3, limit: 3 }
    const news = { kind: 'turn', prompt: { kind: 'news' } }
    expect(afterEvidence(GREEN, [], { ...spent, news: true })).toEqual(news)
    expect(afterEvidence(missing, [], { ...spent, news: true })).toEqual(news)
    expect(afterEvidence(missing, [], { ...patience, news: true, awaits: 4 })).toEqual(news)
    expect(afterEvidence(missing, [], { ...patience, news: true })).toMatchObject({
      prompt: { kind: 'missing' },
    })
  })

  it('waits for what it is blocked on even then', () => {
    const blocked = { ...GREEN, blockedOn: ['which format?'] }
    expect(afterEvidence(blocked, [], { ...patience, news: true, awaits: 4 })).toMatchObject({
      reason: 'Blocked on: which format?',
    })
  })

  it('waits for the answer to a request, whatever else is missing or is not', () => {
    expect(afterEvidence(missing, [], { ...patience, awaits: 4 })).toMatchObject({
      kind: 'wait',
      standing: 'waiting',
      reason: 'It waits for the answer to scope request 4.',
    })
    expect(afterEvidence(GREEN, [], { ...patience, awaits: 4 }).kind).toBe('wait')
  })

  it('says why after a turn that a refusal cut short, a bounded number of times', () => {
    const cut = { refused, cut: true }
    expect(afterEvidence(GREEN, [], { ...patience, refusals: cut })).toEqual({
      kind: 'turn',
      prompt: { kind: 'refused', refused },
    })
    expect(afterEvidence(GREEN, [], { reprompts: 3, limit: 3, refusals: cut }).kind).toBe('finish')
    expect(afterEvidence(GREEN, [], { ...patience, refusals: { refused, cut: false } }).kind).toBe('finish')
    expect(afterEvidence(missing, [], { ...patience, refusals: { refused, cut: false } })).toEqual({
      kind: 'turn',
      prompt: { kind: 'missing', evidence: missing, refused },
    })
  })

  it('does not finish with a finding that blocks', () => {
    const finding = { kind: 'submodule' as const, path: 'v', owner: 'a', text: 'x', blocks: true }
    expect(afterEvidence({ ...GREEN, findings: [finding] }, [], patience).kind).toBe('turn')
    expect(afterEvidence({ ...GREEN, findings: [{ ...finding, blocks: false }] }, [], patience).kind).toBe(
      'finish',
    )
  })
})

describe('afterTurn', () => {
  const FIRST = { kind: 'first', handoff: null } as const

  it('passes on what was refused', () => {
    const refused = [{ path: 'x', owner: null }]
    const played = { prompt: FIRST, breaks: 0 }
    expect(afterTurn({ kind: 'stopped', reason: 'end_turn', refused, cut: true }, played)).toEqual({
      kind: 'evidence',
      refusals: { refused, cut: true },
    })
    expect(afterTurn({ kind: 'stopped', reason: 'end_turn', refused: [], cut: false }, played)).toEqual({
      kind: 'evidence',
    })
  })

  it('never takes the end of a turn for success', () => {
    expect(afterTurn({ kind: 'stopped', reason: 'end_turn' }, { prompt: FIRST, breaks: 0 })).toEqual({
      kind: 'evidence',
    })
    expect(afterTurn({ kind: 'stopped', reason: 'cancelled' }, { prompt: FIRST, breaks: 0 })).toEqual({
      kind: 'evidence',
    })
  })

  it('goes on after a lost agent, and asks for the operator when it is lost again and again', () => {
    expect(afterTurn({ kind: 'lost', why: 'gone' }, { prompt: FIRST, breaks: 1 })).toEqual({
      kind: 'turn',
      prompt: { kind: 'continue', why: 'gone' },
    })
    expect(afterTurn({ kind: 'lost', why: 'gone' }, { prompt: FIRST, breaks: 3 })).toMatchObject({
      kind: 'wait',
      standing: 'failed',
    })
  })

  it('starts the next attempt when the conversation cannot be resumed', () => {
    expect(afterTurn({ kind: 'unresumable', why: 'no such session' }, { prompt: FIRST, breaks: 1 })).toEqual({
      kind: 'attempt',
      why: 'no such session',
    })
  })

  it('does not try again what cannot be started', () => {
    const error = { code: 'E_AGENT_MISSING', kind: 'agent' as const, message: 'no claude', hints: [] }
    expect(
      afterTurn(
        { kind: 'failed', code: error.code, message: error.message, error },
        { prompt: FIRST, breaks: 1 },
      ),
    ).toEqual({
      kind: 'wait',
      standing: 'failed',
      reason: 'no claude',
      error,
    })
  })

  it('gives the same prompt again when the agent ended before it heard it, but not for ever', () => {
    const error = { code: 'E_AGENT_EXITED', kind: 'agent' as const, message: 'killed', hints: [] }
    const failed = { kind: 'failed', code: error.code, message: error.message, error } as const
    expect(afterTurn(failed, { prompt: FIRST, breaks: 2 })).toEqual({ kind: 'turn', prompt: FIRST })
    expect(afterTurn(failed, { prompt: FIRST, breaks: 3 })).toMatchObject({ kind: 'wait', error })
  })

  it('hears the operator after an interruption', () => {
    expect(afterTurn({ kind: 'interrupted' }, { prompt: FIRST, breaks: 1 })).toEqual({ kind: 'operator' })
  })
})

describe('afterOperator', () => {
  it('looks after the workspace first, then passes the words on in the same conversation', () => {
    expect(afterOperator({ kind: 'retry', reason: 'use v4' }, true)).toEqual({
      kind: 'prepare',
      next: { kind: 'turn', prompt: { kind: 'operator', text: 'use v4' } },
    })
    expect(afterOperator({ kind: 'reset', reason: 'circles' }, true)).toEqual({
      kind: 'prepare',
      next: {
        kind: 'attempt',
        why: 'circles',
        reason: 'operator',
        told: [{ kind: 'nudge', text: 'The operator says: circles', by: 'operator', words: 'circles' }],
      },
    })
  })

  it('knows a reset and a nudge without words', () => {
    for (const reason of ['The operator gave no reason.', 'The operator asks for a reset.']) {
      expect(afterOperator({ kind: 'reset', reason }, true)).toMatchObject({ next: { told: [] } })
      expect(afterOperator({ kind: 'reset', reason }, false)).toEqual(BEGINNING)
    }
    expect(afterOperator({ kind: 'nudge', reason: 'nudge', text: 'x' }, true)).toEqual({
      kind: 'prepare',
      next: { kind: 'turn', prompt: { kind: 'nudge', text: 'x', by: 'operator' } },
    })
    expect(afterOperator({ kind: 'nudge', reason: 'nudge', text: 'x' }, false)).toEqual(BEGINNING)
  })

  it('takes what the operator says in a nudge or a reset for a word like any other', () => {
    const nudge = { kind: 'nudge', text: 'says: use v4', by: 'operator', words: 'use v4' } as const
    const word = { kind: 'nudge', reason: 'use v4', text: nudge.text, words: 'use v4' } as const
    expect(afterOperator(word, true)).toEqual({ kind: 'prepare', next: { kind: 'turn', prompt: nudge } })
    for (const early of [word, { kind: 'reset', reason: 'use v4' } as const]) {
      expect(afterOperator(early, false)).toMatchObject({
        next: { prompt: { kind: 'first', unheard: [{ kind: 'nudge', words: 'use v4' }] } },
      })
    }
    expect(spoken(nudge)).toEqual([{ text: 'use v4' }])
    expect(spoken({ kind: 'first', handoff: 'use v4', unheard: [nudge] })).toEqual([{ text: 'use v4' }])
    expect(spoken({ kind: 'nudge', text: 'lost', by: 'operator' })).toEqual([])
    expect(spoken({ kind: 'operator', text: 'The operator gave no reason.' })).toEqual([])
    // Said once, however often it is told again.
    const [told] = unheardAfter({ kind: 'lost', why: 'gone' }, { prompt: nudge, breaks: 1 })
    expect(told).toEqual({ ...nudge, again: true })
    expect(spoken({ kind: 'continue', why: 'gone', unheard: told === undefined ? [] : [told] })).toEqual([])
  })

  it('begins with the first prompt where none was given yet, and adds the words to it', () => {
    expect(afterOperator({ kind: 'retry', reason: 'again' }, false)).toEqual({
      kind: 'prepare',
      next: {
        kind: 'turn',
        prompt: { kind: 'first', handoff: null, unheard: [{ kind: 'operator', text: 'again' }] },
      },
    })
  })
})

describe('what an agent did not hear', () => {
  const operator = { kind: 'operator', text: 'use v4' } as const
  const again = { ...operator, again: true } as const
  const first = { kind: 'first', handoff: null } as const
  const error = { code: 'E_AGENT_EXITED', kind: 'agent' as const, message: 'killed', hints: [] }
  const notStarted = { kind: 'failed', code: error.code, message: error.message, error } as const

  it('is said again after a loss, however often it is lost, and counts as said', () => {
    const lost = { kind: 'lost', why: 'gone' } as const
    expect(unheardAfter(lost, { prompt: operator, breaks: 1 })).toEqual([again])
    const next = withUnheard({ kind: 'continue', why: 'gone' }, [again])
    expect(next).toEqual({ kind: 'continue', why: 'gone', unheard: [again] })
    expect(unheardAfter(lost, { prompt: next, breaks: 2 })).toEqual([again])
    expect(spoken(next)).toEqual([])
    expect(isFromOutside(next)).toBe(true)
    // Whoever resumes remembers how it began.
    expect(unheardAfter(lost, { prompt: { ...first, unheard: [operator] }, breaks: 1 })).toEqual([again])
    expect(unheardAfter({ kind: 'unresumable', why: 'gone' }, { prompt: operator, breaks: 1 })).toEqual([
      again,
    ])
  })

  it('is kept whole while no agent was given it, whatever comes between', () => {
    const reset = { kind: 'stopped', reason: 'cancelled', unsent: true } as const
    expect(unheardAfter(reset, { prompt: operator, breaks: 0 })).toEqual([operator])
    const stepped = { kind: 'interrupted', unsent: true } as const
    expect(unheardAfter(stepped, { prompt: { ...first, unheard: [operator] }, breaks: 1 })).toEqual([
      first,
      operator,
    ])
    expect(unheardAfter({ kind: 'interrupted', unsent: false }, { prompt: operator, breaks: 1 })).toEqual([])
    expect(unheardAfter({ kind: 'stopped', reason: 'end_turn' }, { prompt: operator, breaks: 0 })).toEqual([])
  })

  it('waits for the operator when no agent can be started', () => {
    expect(unheardAfter(notStarted, { prompt: first, breaks: 2 })).toEqual([])
    expect(unheardAfter(notStarted, { prompt: first, breaks: 3 })).toEqual([first])
    expect(unheardAfter({ ...notStarted, code: 'E_AGENT_MISSING' }, { prompt: first, breaks: 1 })).toEqual([
      first,
    ])
  })

  it('goes with the next prompt, oldest first; how the piece begins comes before all else', () => {
    const other = { kind: 'operator', text: 'and v5' } as const
    expect(withUnheard(other, [operator])).toEqual({ ...other, unheard: [operator] })
    expect(messagesOf({ ...other, unheard: [operator] })).toEqual([operator, other])
    expect(withUnheard(other, [first, operator])).toEqual({ ...first, unheard: [operator, other] })
    expect(withUnheard({ kind: 'continue', why: 'x' }, [first])).toEqual({ ...first, unheard: [] })
    expect(withUnheard({ kind: 'first', handoff: 'why' }, [first, operator])).toEqual({
      kind: 'first',
      handoff: 'why',
      unheard: [operator],
    })
    expect(withUnheard({ kind: 'news' }, [operator, other])).toEqual({ ...other, unheard: [operator] })
    expect(withUnheard({ kind: 'news' }, [])).toEqual({ kind: 'news' })
  })

  it('stays out of what health asks for in between', () => {
    expect(afterAdvice({ kind: 'abandon', cut: false, auto: false, why: 'no way' })).toEqual({
      kind: 'wait',
      standing: 'waiting',
      reason: 'To abandon it is proposed: no way',
      health: true,
    })
    expect(afterAdvice({ kind: 'reset', cut: true, reason: 'daily', why: 'new' })).toEqual({
      kind: 'attempt',
      why: 'new',
      reason: 'daily',
    })
  })

  it('is from outside only when somebody outside has said it', () => {
    expect(isFromOutside({ kind: 'nudge', text: 'x' })).toBe(false)
    expect(isFromOutside({ kind: 'nudge', text: 'x', by: 'operator' })).toBe(true)
    expect(isFromOutside({ ...first, unheard: [operator] })).toBe(true)
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
  const inside: PermissionRules = { judge: () => ({ outOfScope: [] }), pathless: 'ask' }
  const outside: PermissionRules = {
    judge: (paths) => ({ outOfScope: paths.map((path) => ({ path })) }),
    pathless: 'ask',
  }

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

  it('lets everybody read everything', () => {
    for (const tool of ['read', 'search', 'think', 'fetch'] as const)
      expect(permissionAnswer({ ...question, tool }, outside)).toEqual({ kind: 'option', id: 'once' })
    for (const tool of ['edit', 'delete', 'move', 'execute', 'other'] as const)
      expect(permissionAnswer({ ...question, tool }, outside)).toEqual({ kind: 'option', id: 'no' })
  })

  it.each([
    'mcp__quintet__whose_file',
    'whose_file',
    'whose_file (quintet MCP Server)',
    'quintet-scope_request',
    'quintet_decisions',
  ])('lets tools of our own through by their name: %s', (text) => {
    expect(permissionAnswer({ ...question, text, tool: 'other' }, outside)).toEqual({
      kind: 'option',
      id: 'once',
    })
  })

  it('brings what names no path before the operator, unless the configuration says otherwise', () => {
    const command = { ...question, paths: [], tool: 'execute' as const, text: 'rm -rf ~' }
    expect(permissionAnswer(command, inside)).toBeNull()
    expect(permissionAnswer(command, { ...inside, pathless: 'allow' })).toEqual({
      kind: 'option',
      id: 'once',
    })
  })

  it.each(['mcp__other__whose_file', 'whose_file src/auth/a.ts', 'mcp__quintet__rm', 'echo whose_file'])(
    'takes nothing else for one: %s',
    (text) => {
      expect(permissionAnswer({ ...question, text, tool: 'other' }, outside)).toEqual({
        kind: 'option',
        id: 'no',
      })
    },
  )

  it('does not let a command through that is called like a tool', () => {
    const answer = permissionAnswer({ ...question, text: 'whose_file', tool: 'execute' }, outside)
    expect(answer).toEqual({ kind: 'option', id: 'no' })
  })

  it('leaves real questions to the operator', () => {
    expect(permissionAnswer({ ...question, kind: 'question' }, inside)).toBeNull()
  })
})
