import { expect, test } from 'vitest'
import {
  hasAdditions,
  statusLineIn,
  withAdditions,
  withoutAdditions,
  type Additions,
} from '../../../src/agents/attached/settings.ts'
import { parseStatusLine, statusLineCommand } from '../../../src/agents/attached/status-line.ts'

const added: Additions = {
  deny: ['Edit(src/api/**)'],
  hooks: [{ matcher: 'Write', hooks: [{ type: 'command', command: 'guard || exit 2', timeout: 60 }] }],
  statusLine: 'ours',
}

const during = (before: string | null): string => {
  const after = withAdditions(before, added)
  if (after === null) throw new Error('They were refused.')
  return after
}

test('what nobody touched comes back to the byte', () => {
  for (const before of [null, '{ "model":"x" }', '{"permissions":{"deny":["Edit(src/api/**)"]}}\n']) {
    const after = during(before)
    expect(JSON.parse(after)).toMatchObject({
      permissions: { deny: added.deny },
      hooks: { PreToolUse: added.hooks },
    })
    expect(withoutAdditions(after, { before, after, added })).toBe(before)
  }
})

test('what was added meanwhile stays, and only ours goes', () => {
  const before = JSON.stringify({
    permissions: { deny: ['Read(.env)'] },
    statusLine: { type: 'command', command: 'theirs' },
  })
  const after = during(before)
  const changed: { permissions: object } = JSON.parse(after)
  const now = JSON.stringify({ ...changed, permissions: { ...changed.permissions, allow: ['Bash(ls)'] } })
  const left = withoutAdditions(now, { before, after, added })
  expect(JSON.parse(left ?? '')).toEqual({
    permissions: { allow: ['Bash(ls)'], deny: ['Read(.env)'] },
    statusLine: { type: 'command', command: 'theirs' },
  })
})

test('a file of ours alone goes, unless something was added to it', () => {
  const after = during(null)
  const formatted = JSON.stringify(JSON.parse(after))
  expect(withoutAdditions(formatted, { before: null, after, added })).toBeNull()
  const more = JSON.stringify({ ...JSON.parse(after), model: 'x' })
  expect(JSON.parse(withoutAdditions(more, { before: null, after, added }) ?? '')).toEqual({ model: 'x' })
})

test('settings of another form are left alone', () => {
  expect(withAdditions('{"permissions":{"deny":"all"}}', added)).toBeNull()
  expect(withAdditions('[]', added)).toBeNull()
  expect(withAdditions('// a comment\n{}', added)).toBeNull()
  expect(withoutAdditions('// x', { before: null, after: during(null), added })).toBeUndefined()
})

test('of a write that was broken off nothing stays', () => {
  const before = '{ "model":"x" }'
  const after = during(before)
  for (const now of ['', after.slice(0, 1), after.slice(0, -5), before])
    expect(withoutAdditions(now, { before, after, added })).toBe(before)
})

test('additions are there when all of them are', () => {
  expect(hasAdditions(during('{"model":"x"}'), added)).toBe(true)
  expect(hasAdditions(during(null), { ...added, deny: ['Edit(src/ui/**)'] })).toBe(false)
  expect(hasAdditions(during(null), { ...added, statusLine: 'another' })).toBe(false)
  expect(hasAdditions('{}', added)).toBe(false)
  expect(hasAdditions('', added)).toBe(false)
})

test('a status line that was there goes on being shown', () => {
  const theirs = statusLineIn('{"statusLine":{"type":"command","command":"~/line.sh"}}')
  expect(statusLineCommand(['node', 'our program'], '/f', theirs)).toBe(
    "node 'our program' /f pass | { ~/line.sh\n}",
  )
  expect(statusLineCommand(['node', 'main.js'], '/f', null)).toBe('node main.js /f')
  expect(statusLineIn('{}')).toBeNull()
})

test('the percentage is unknown before the first answer, and the window is not', () => {
  const told = { session_id: 'abc', context_window: { context_window_size: 200_000, used_percentage: null } }
  expect(parseStatusLine(JSON.stringify(told))).toEqual({
    conversation: 'abc',
    window: 200_000,
    percent: null,
  })
  expect(parseStatusLine('{"session_id":"../x"}')).toBeNull()
})

test('a window that cannot be is not known', () => {
  const told = (size: unknown): string =>
    JSON.stringify({ session_id: 'abc', context_window: { context_window_size: size } })
  for (const size of [-1, 1.5, 1e300, '200000']) expect(parseStatusLine(told(size))?.window).toBeNull()
})
