import { describe, expect, it } from 'vitest'
import type { Evidence } from '../../src/contract/session.ts'
import { missingEvidence, missingSummary } from '../../src/coordination/evidence.ts'
import {
  answerPrompt,
  contextFile,
  continuePrompt,
  decisionsPrompt,
  firstPrompt,
  missingPrompt,
} from '../../src/coordination/prompt.ts'
import type { PromptInput } from '../../src/coordination/sections.ts'
import { parseStatus } from '../../src/coordination/status.ts'

const input: PromptInput = {
  goal: 'Split the service.',
  piece: {
    id: 'auth',
    title: 'Auth refactor',
    brief: 'Hash passwords with scrypt.',
    scope: { include: ['src/auth/**'], exclude: ['src/auth/generated/**'] },
    reads: ['src/data/types.ts'],
    checks: [{ name: 'unit', run: ['npm', 'test', '--', 'two words', "it's"], timeout_seconds: 60 }],
    depends_on: ['data'],
  },
  others: [
    { id: 'auth', title: 'Auth refactor', scope: { include: ['src/auth/**'], exclude: [] } },
    { id: 'data', title: 'Data layer', scope: { include: ['src/data/**'], exclude: ['src/data/seed.ts'] } },
  ],
  shared: [
    { path: 'package.json', policy: 'operator' },
    { path: 'src/app.ts', policy: 'owner', owner: 'auth' },
    { path: 'src/routes.ts', policy: 'owner', owner: 'data' },
  ],
  ports: { first: 4100, count: 10, names: { PORT: 4100, DB_PORT: 4101 } },
  branch: 'quintet/r-1/auth/work',
  base: '0123456789abcdef',
  decisions: [{ n: 1, at: '2026-05-01T10:00:00Z', text: 'Amounts are cents.' }],
  coordination: { on: true, folder: '.claude/coordination' },
}

const evidence = (more: Partial<Evidence> = {}): Evidence => ({
  tip: 'fedcba',
  commits: 2,
  uncommitted: [],
  inScope: ['src/auth/a.ts'],
  outOfScope: [],
  checks: [],
  ...more,
})
const red = {
  name: 'unit',
  green: false,
  exitCode: 1,
  signal: null,
  durationMs: 2_300,
  output: 'expected 1\n```\n## In the output',
  log: '/logs/unit.log',
}
const attempt = {
  reprompt: 1,
  of: 3,
  base: '0123456789abcdef',
  checks: ['unit'],
  coordination: { on: true, folder: '.quintet/session' },
} as const

/** Headings outside code blocks. */
function headings(text: string): string[] {
  let fence = ''
  return text.split('\n').filter((line) => {
    const mark = /^(`{3,})/.exec(line)?.[1]
    if (fence === '' && mark !== undefined) fence = mark
    else if (fence !== '' && line === fence) fence = ''
    return fence === '' && /^#+ /.test(line)
  })
}

describe('firstPrompt', () => {
  it('has its sections in order', () => {
    expect(headings(firstPrompt({ ...input, handoff: '# Earlier\n\n```\nx\n```\n' }))).toEqual([
      '# Piece auth: Auth refactor',
      '## Goal of the whole plan',
      '## Task',
      '## Handoff from the previous attempt',
      '## Builds on',
      '## Scope: what this session may write',
      '## Who owns the rest',
      '## Branch and commits',
      '## Ports',
      '## Checks',
      '## Decisions of the operator',
      '## Status and questions',
      '## Done means',
    ])
  })

  it('states every fact of the session', () => {
    const prompt = firstPrompt(input)
    for (const fact of [
      'one of 2 that work',
      'Hash passwords with scrypt.',
      'only: `src/auth/**`',
      'Except: `src/auth/generated/**`',
      'Shared files that belong to it: `src/app.ts`',
      '`src/data/types.ts`',
      '- `data` (Data layer): `src/data/**` except `src/data/seed.ts`',
      '`package.json`: changed by the operator alone',
      '`src/routes.ts`: changed by `data` alone',
      '`quintet/r-1/auth/work`',
      '`git diff --name-only 0123456789abcdef HEAD`',
      'ports 4100 to 4109',
      '`PORT=4100`, `DB_PORT=4101`',
      "`npm test -- 'two words' 'it'\\''s'`",
      '1. (2026-05-01T10:00:00Z) Amounts are cents.',
      '`.claude/coordination/status.md`',
      '`.claude/coordination/status/`',
      'Never push, merge, rebase',
    ]) {
      expect(prompt).toContain(fact)
    }
    expect(prompt).not.toContain('- `auth` (Auth refactor)')
  })

  it('shows a status form that is read as an empty block list', () => {
    const form = /```markdown\n([\s\S]*?)\n```/.exec(firstPrompt(input))?.[1] ?? ''
    expect(parseStatus(form)).toMatchObject({
      completed: ['what is done and committed'],
      inProgress: ['what is being worked on now'],
      blockedOn: [],
    })
  })

  it('leaves out what does not apply', () => {
    const prompt = firstPrompt({
      ...input,
      piece: { ...input.piece, checks: [], depends_on: [], reads: [] },
      others: [],
      shared: [],
      ports: { first: 0, count: 0, names: {} },
      decisions: [],
      coordination: { on: false, why: 'No piece depends on another.' },
    })
    expect(headings(prompt)).not.toContain('## Ports')
    expect(headings(prompt)).not.toContain('## Checks')
    expect(headings(prompt)).not.toContain('## Builds on')
    expect(prompt).toContain('works alone')
    expect(prompt).toContain('None yet.')
    expect(prompt).toContain(
      'No piece depends on another. The last message of every turn is the status report',
    )
    expect(prompt).not.toContain('status.md')
    expect(prompt).not.toMatch(/undefined|null|\n\n\n/)
  })

  it('is the same for the same input', () => {
    expect(firstPrompt(input)).toBe(firstPrompt(structuredClone(input)))
  })
})

describe('contextFile', () => {
  it('holds the rules without the task', () => {
    const text = contextFile(input)
    expect(text).not.toContain('Hash passwords')
    expect(headings(text)).toContain('## Scope: what this session may write')
    expect(headings(text)).toContain('## Done means')
  })
})

describe('missingEvidence', () => {
  it('is empty for a finished session', () => {
    expect(missingEvidence(evidence({ checks: [{ ...red, green: true }] }), ['unit'])).toEqual([])
    expect(missingSummary([])).toBe('')
  })

  it('names each thing once, in the order of mending', () => {
    const missing = missingEvidence(
      evidence({
        commits: 0,
        uncommitted: ['a'],
        outOfScope: [
          { path: 'x', owner: null },
          { path: 'y', owner: 'data' },
        ],
        checks: [red],
      }),
      ['unit', 'lint'],
    )
    expect(missing.map(({ kind }) => kind)).toEqual([
      'uncommitted',
      'out-of-scope',
      'red-check',
      'check-not-run',
    ])
    expect(missingSummary(missing)).toBe(
      '1 uncommitted file; 2 paths out of scope; check unit is red; check lint has not run',
    )
    expect(missingSummary(missingEvidence(evidence({ commits: 0 })))).toBe('no commits')
  })
})

describe('missingPrompt', () => {
  it('names files, owners and what to do about them', () => {
    const prompt = missingPrompt(
      evidence({
        uncommitted: Array.from({ length: 25 }, (_, n) => `f${n}`),
        outOfScope: [
          { path: 'src/data/x.ts', owner: 'data' },
          { path: 'zz\nzz', owner: null },
        ],
      }),
      attempt,
    )
    expect(headings(prompt)).toEqual([
      '# Not done yet',
      '## 25 uncommitted files',
      '## 2 paths outside the scope',
      '## Checks not run yet',
      '## Next',
    ])
    expect(prompt).toContain('2 things are missing')
    expect(prompt).toContain('- `f19`\n- and 5 more')
    expect(prompt).toContain('- `src/data/x.ts`: owned by `data`')
    expect(prompt).toContain('- `zz\\nzz`: owned by no session')
    expect(prompt).toContain('git restore --source 0123456789abcdef')
    expect(prompt).toContain('After 2 more reminders')
  })

  it('shows the end of a red check without letting it out of its block', () => {
    const long = `${'x'.repeat(10_000)}\nthe last line`
    const prompt = missingPrompt(
      evidence({ checks: [red, { ...red, name: 'e2e', output: long, exitCode: null, signal: 'SIGKILL' }] }),
      { ...attempt, reprompt: 3 },
    )
    expect(headings(prompt)).toEqual([
      '# Not done yet',
      '## Check `unit` is red',
      '## Check `e2e` is red',
      '## Next',
    ])
    expect(prompt).toContain('ended with exit code 1 after 2 s')
    expect(prompt).toContain('was ended by SIGKILL')
    expect(prompt).toContain('…\nthe last line')
    expect(prompt.length).toBeLessThan(8_000)
    expect(prompt).toContain('This is the last reminder')
  })

  it('says what to do about a branch without commits', () => {
    const prompt = missingPrompt(evidence({ commits: 0 }), {
      ...attempt,
      coordination: { on: false, why: 'Alone.' },
    })
    expect(headings(prompt)).toContain('## No commits')
    expect(prompt).toContain('1 thing is missing')
    expect(prompt).toContain('"Blocked On" in the last message of the turn')
  })
})

describe('the shorter prompts', () => {
  it('go on after a crash', () => {
    expect(continuePrompt({ kind: 'agent-lost', stderr: 'out of memory\n' })).toContain(
      '```text\nout of memory\n```',
    )
    expect(continuePrompt({ kind: 'interrupted' })).toContain('git status')
    expect(continuePrompt({ kind: 'turn-failed', message: 'overloaded' })).toContain('overloaded')
    expect(continuePrompt({ kind: 'operator', text: 'Use B.' })).toContain('Use B.')
  })

  it('carry an answer', () => {
    expect(headings(answerPrompt({ question: 'A or B?', answer: 'B' }))).toEqual([
      '# Answer of the operator',
      '## Question',
      '## Answer',
      '## Next',
    ])
    expect(headings(answerPrompt({ question: null, answer: 'B' }))).not.toContain('## Question')
  })

  it('carry decisions', () => {
    const prompt = decisionsPrompt(input.decisions, '.quintet/session')
    expect(prompt).toContain('1. (2026-05-01T10:00:00Z) Amounts are cents.')
    expect(prompt).toContain('`.quintet/session/decisions.md`')
    expect(decisionsPrompt(input.decisions)).not.toContain('decisions.md')
  })
})
