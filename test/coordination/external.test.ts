import { describe, expect, it } from 'vitest'
import { externalMissing, externalPrompt } from '../../src/coordination/external.ts'
import type { PromptInput } from '../../src/coordination/sections.ts'

const INPUT: PromptInput = {
  goal: 'Accounts.',
  piece: {
    id: 'auth',
    title: 'Log in',
    brief: 'Add a login.',
    scope: { include: ['/src/auth/'], exclude: [] },
    reads: [],
    checks: [{ name: 'unit', run: ['npm', 'test'], timeout_seconds: 60 }],
    depends_on: [],
  },
  others: [{ id: 'api', title: 'The API', scope: { include: ['/src/api/'], exclude: [] } }],
  shared: [],
  ports: { first: 0, count: 0, names: {} },
  branch: 'quintet/work-1/auth/work',
  base: 'c0',
  decisions: [{ n: 1, text: 'Sessions last a day.', at: '2026-11-01T00:00:00Z' }],
  coordination: { on: true, folder: '.quintet/session' },
}
const DELIVERY = { branch: 'origin/login', target: 'main', done: 'manual' as const, told: [] }

describe('externalPrompt', () => {
  it('holds the task, the rules and the decisions, and nothing of worktrees and status files', () => {
    const text = externalPrompt(INPUT, DELIVERY)
    for (const part of [
      'Add a login.',
      '`/src/auth/`',
      '`api`',
      '`npm test`',
      'Sessions last a day.',
      'origin/login',
    ])
      expect(text).toContain(part)
    expect(text).toContain('tell the operator of the plan that it is complete')
    expect(text).not.toMatch(/worktree|status\.md|quintet\/work-1|to be mended/)
  })

  it('says what is to be mended, and that every commit counts', () => {
    const text = externalPrompt(INPUT, { ...DELIVERY, done: 'commit', told: ['The check is red.'] })
    expect(text).toContain('## What is to be mended now\n\nThe check is red.')
    expect(text).toContain('Every commit that arrives counts as complete work')
  })
})

it('externalMissing names every thing that is wrong, and nothing where all is well', () => {
  const evidence = {
    tip: 'c'.repeat(40),
    commits: 1,
    uncommitted: [],
    inScope: [],
    outOfScope: [],
    checks: [],
  }
  const about = { piece: 'auth', branch: 'origin/login', required: [] }
  expect(externalMissing(evidence, about)).toBe('')
  const red = {
    name: 'unit',
    green: false,
    exitCode: 1,
    signal: null,
    durationMs: 1,
    output: 'boom',
    log: '',
  }
  const text = externalMissing(
    { ...evidence, outOfScope: [{ path: 'src/api/x', owner: 'api' }], checks: [red] },
    about,
  )
  expect(text).toContain('`src/api/x`: owned by `api`')
  expect(text).toContain('boom')
})
