import { describe, expect, test } from 'vitest'
import type { ScopeRequest } from '../../src/contract/scope.ts'
import type { Evidence } from '../../src/contract/session.ts'
import { missingPrompt, refusedPrompt } from '../../src/coordination/prompt.ts'
import type { Refusal } from '../../src/coordination/refusals.ts'
import { reportedRequests } from '../../src/coordination/scope-lines.ts'
import { movedSection, scopeNewsPrompt } from '../../src/coordination/scope-news.ts'
import { parseStatus, statusReport } from '../../src/coordination/status.ts'

function request(n: number, changes: Partial<ScopeRequest> = {}): ScopeRequest {
  const common = { n, piece: 'api', paths: [`src/auth/f${n}.ts`], owner: 'auth', reason: 'It needs a field.' }
  return { ...common, via: 'mcp', since: 0, state: 'open', ...changes }
}

const granted = (n: number, changes: Partial<ScopeRequest> = {}): ScopeRequest =>
  request(n, {
    state: 'granted',
    settled: { at: 1, by: 'operator', reason: 'Go on.', to: 'api' },
    ...changes,
  })

describe('a request in a report', () => {
  test.each([
    ['scope: src/a.ts — needs the type', ['src/a.ts'], 'needs the type'],
    ['Scope request: `src/a.ts`, `src/b c.ts` - because of x', ['src/a.ts', 'src/b c.ts'], 'because of x'],
    ['**scope**: src/a.ts, src/b.ts and docs/ -- both', ['src/a.ts', 'src/b.ts', 'docs/'], 'both'],
    ['scope: src/a.ts (needs the type)', ['src/a.ts'], 'needs the type'],
    ['scope: src/a.ts because the type is private', ['src/a.ts'], 'the type is private'],
    ['scope_request: README — a line', ['README'], 'a line'],
    ['scope: src/my-file.ts', ['src/my-file.ts'], ''],
    ['scope: `src/a.ts` needs the type', ['src/a.ts'], 'needs the type'],
    ['scope: src/a.ts – für später', ['src/a.ts'], 'für später'],
  ])('%j asks for %j', (item, paths, reason) => {
    expect(reportedRequests([item])).toEqual([{ paths, reason }])
  })

  test.each([
    'The scope of this is unclear.',
    'scope',
    'waiting for the schema',
    'scope:',
    'scope: — nothing',
    '',
  ])('%j asks for nothing', (item) => {
    expect(reportedRequests([item])).toEqual([])
  })

  test('stands where status reports are read', () => {
    const { blockedOn } = parseStatus(
      '## Blocked On\n\n- scope: `src/a.ts` — it is\n  needed for b\n- a question\n',
    )
    expect(reportedRequests(blockedOn)).toEqual([{ paths: ['src/a.ts'], reason: 'it is needed for b' }])
  })
})

test('a report that was given by a tool reads like one that was written', () => {
  const lists = { completed: ['a', 'b\nc'], inProgress: [], blockedOn: ['scope: x/y — z'] }
  const text = statusReport({ id: 'api', title: 'The  API' }, lists)
  expect(text).toContain('# Status: api (The API)\n')
  expect(parseStatus(text)).toMatchObject({
    completed: ['a', 'b c'],
    inProgress: [],
    blockedOn: ['scope: x/y — z'],
  })
})

describe('what a session is told about paths', () => {
  test('nothing where there is no news', () => {
    expect(scopeNewsPrompt('api', [])).toBe('')
  })

  test('what became of its requests, and what else has moved', () => {
    const text = scopeNewsPrompt('api', [
      granted(1),
      request(2, { state: 'refused', settled: { at: 1, by: 'operator', reason: 'Use the exported one.' } }),
      request(3, {
        state: 'handed',
        settled: { at: 1, by: 'operator', reason: '', to: 'auth', patch: '/p' },
      }),
      granted(4, { piece: 'docs', owner: null, settled: { at: 1, by: 'policy', reason: '', to: 'docs' } }),
    ])
    expect(text).toBe(`# Paths and owners

## Requests of this session

- Request 1, \`src/auth/f1.ts\`: granted. The session may write it from now on, and nobody else. Go on.
- Request 2, \`src/auth/f2.ts\`: refused. Use the exported one. Do without it, and do not work around it.
- Request 3, \`src/auth/f3.ts\`: handed to \`auth\`. What this branch changed there was taken off it by a commit and given to \`auth\`.

## Other paths that moved

- \`src/auth/f4.ts\`: now of \`docs\`
`)
  })

  test('the work that is handed to it, with its patch where it is short', () => {
    const handed = request(5, {
      state: 'handed',
      settled: { at: 1, by: 'operator', reason: 'Please.', to: 'auth', patch: '/state/5.patch' },
    })
    const short = scopeNewsPrompt(
      'auth',
      [handed],
      new Map([[5, { path: '.quintet/session/handed/5.patch', text: '+x\n' }]]),
    )
    expect(short).toContain('Request 5: `api` needs a change in `src/auth/f5.ts`, which this session owns.')
    expect(short).toContain('> It needs a field.')
    expect(short).toContain('The operator says: Please.')
    expect(short).toContain('in `.quintet/session/handed/5.patch` and below')
    expect(short).toContain('```diff\n+x\n```')
    expect(scopeNewsPrompt('auth', [handed])).toContain('in `/state/5.patch`: read it')
    const plain = request(6, { state: 'handed', settled: { at: 1, by: 'operator', reason: '', to: 'auth' } })
    expect(scopeNewsPrompt('auth', [plain])).toContain('Make the change that it asks for')
  })

  test('where every path is now, in its context file', () => {
    expect(movedSection([granted(1), request(2)]).lines[0]).toBe(
      '- `src/auth/f1.ts`: now of `api`, before of `auth`',
    )
    expect(movedSection([request(2)]).lines).toEqual([])
  })
})

describe('a refused write', () => {
  const refusals: readonly Refusal[] = [
    { path: 'src/auth/a.ts', owner: 'auth', mine: false, request: request(1) },
    { path: 'README.md', owner: null, mine: true, request: granted(2) },
    { path: 'package.json', owner: 'operator', mine: false, request: null },
    {
      path: 'x',
      owner: null,
      mine: false,
      request: request(3, { state: 'refused', settled: { at: 1, by: 'operator', reason: 'No.' } }),
    },
  ]

  test('is told with the owner, what became of it, and how to ask', () => {
    const text = refusedPrompt(refusals)
    expect(text).toContain('- `src/auth/a.ts`: owned by `auth`. Request 1 for it is before the operator.')
    expect(text).toContain('- `README.md`: granted since; this session may write it now.')
    expect(text).toContain('- `package.json`: a shared file of the operator.')
    expect(text).toContain('- `x`: outside the scope, owned by no session. Request 3 for it was refused: No.')
    expect(text).toContain('call the tool `scope_request`')
    expect(text).toContain('`scope: <path> — <reason>`')
  })

  test('is part of what is missing, and so is every finding that blocks', () => {
    const evidence: Evidence = {
      tip: 'a',
      commits: 1,
      uncommitted: [],
      inScope: [],
      outOfScope: [{ path: 'src/auth/a.ts', owner: 'auth' }],
      findings: [
        { kind: 'link-outside', path: 'src/l', owner: null, text: 'The link leads out.', blocks: true },
        { kind: 'mode', path: 'src/m', owner: 'api', text: 'It became executable.', blocks: false },
      ],
      checks: [],
    }
    const text = missingPrompt(evidence, {
      reprompt: 1,
      of: 3,
      base: 'base',
      checks: [],
      coordination: { on: false, why: '' },
      refused: refusals,
    })
    expect(text).toContain('2 things are missing')
    expect(text).toContain('## `src/l` cannot stay\n\nThe link leads out.')
    expect(text).not.toContain('src/m')
    expect(text).toContain('## Writes that were refused')
    expect(text).toContain('If the piece cannot work without one of these changes: call the tool')
  })
})
