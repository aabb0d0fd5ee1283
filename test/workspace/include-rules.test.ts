import { expect, it } from 'vitest'
import { parseIncludeRules } from '../../src/workspace/include-rules.ts'

const judge = (text: string, path: string) => parseIncludeRules(text)?.judge(path)

it('knows when nothing is named', () => {
  expect(parseIncludeRules('')).toBeNull()
  expect(parseIncludeRules('# only a comment\n\n  \n')).toBeNull()
})

it('follows gitignore semantics', () => {
  const text = '.env*\n!.env.production\n/config/local/\nkeys/*.pem\n'
  expect(judge(text, '.env.local')).toBe('copy')
  expect(judge(text, 'apps/web/.env')).toBe('copy')
  expect(judge(text, '.env.production')).toBe('skip')
  expect(judge(text, 'config/local/deep/a.json')).toBe('copy')
  expect(judge(text, 'other/config/local/a.json')).toBe('skip')
  expect(judge(text, 'keys/a.pem')).toBe('copy')
  expect(judge(text, '.ENV')).toBe('skip')
})

it('looks into ignored folders, but never into dependencies', () => {
  expect(judge('*.pem', 'secret/')).toBe('descend')
  expect(judge('*', 'node_modules/')).toBe('skip')
  expect(judge('*', 'packages/a/node_modules/')).toBe('skip')
  expect(judge('*', 'packages/a/node_modules/x/y.js')).toBe('skip')
  expect(judge('*', '.venv/')).toBe('skip')
})
