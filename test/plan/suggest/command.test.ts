import { expect, test } from 'vitest'
import { suggestCommand } from '../../../src/plan/suggest/command.ts'

test('the whole command comes back, quoted for a shell', () => {
  const all = {
    goal: "Don't use $HOME or `x`",
    paths: ['src/a b', 'docs'],
    by: 'layer',
    sessions: 3,
    agent: 'own',
  }
  expect(suggestCommand(all)).toBe(
    String.raw`quintet plan suggest 'Don'\''t use $HOME or ` +
      "`x`' --paths 'src/a b' docs --by layer --sessions 3 --agent own",
  )
})

test('what is left open is left out', () => {
  expect(suggestCommand({ goal: 'Tidy', by: 'auto' })).toBe('quintet plan suggest Tidy')
})

test('a goal that begins with a dash is no option', () => {
  expect(suggestCommand({ goal: '-O2 everywhere', sessions: 2 })).toBe(
    "quintet plan suggest --sessions 2 -- '-O2 everywhere'",
  )
})
