import { describe, expect, it } from 'vitest'
import { constraintSentences } from '../../../src/health/ledger/extract.ts'
import { isCorrection } from '../../../src/health/ledger/corrections.ts'

describe('constraintSentences', () => {
  it.each([
    'Do not change the public API.',
    'Never push.',
    "Don't edit anything under src/db.",
    'Always run `npm test` before a commit.',
    'Use pnpm instead of npm.',
    'Use `logger`, not `console`.',
    'Only edit files under `src/auth/`.',
    'Errors must be returned as Result values.',
    'Both types must stay in sync.',
    'If there is an error, always exit with 1.',
    'Please do not add new dependencies.',
    'No new dependencies.',
    'do not stash anything, read the files you need',
    'The schema may not change.',
    'Stay on this branch.',
  ])('takes %s', (sentence) => {
    expect(constraintSentences(sentence)).toEqual([sentence])
  })

  it.each([
    'The function is never called in the code base.',
    'It only works with the manual strategy.',
    "I don't think that is right.",
    "We don't have a user entity.",
    "Don't worry about the tests.",
    'Why must it be blue?',
    'It must have been deleted.',
    'There must be a bug in the parser.',
    'Instead of lines 235-236:',
    'It collapses everything — always the first one.',
    'ok',
    '2026-02-12T10:29:15 must retry: never mind',
    'const x = must(); // never',
  ])('leaves %s', (sentence) => {
    expect(constraintSentences(sentence)).toEqual([])
  })

  it('takes sentences one by one from a brief, without its code and twice-said ones', () => {
    const brief = [
      '# Task',
      'Add a login form. Never push. It is never called elsewhere.',
      '- [ ] Do not touch `src/db/a.ts`. Thanks!',
      '1. Never push.',
      '```sh',
      'Do not read this.',
      '```',
    ].join('\n')
    expect(constraintSentences(brief)).toEqual(['Never push.', 'Do not touch `src/db/a.ts`.'])
  })
})

describe('corrections', () => {
  it.each([
    'No, use the other file.',
    "that's wrong",
    'I told you to use pnpm',
    'Stop editing the tests',
    'again, this is not correct',
    'you forgot the header',
    'revert that',
  ])('%s is one', (text) => expect(isCorrection(text)).toBe(true))

  it.each([
    'Now add the tests.',
    'no problem, go on',
    'Actually, could we also add a flag?',
    'Instead of a map a list would do',
    'nothing else',
    'The stop hook fires twice',
    'Is that not wrong?',
  ])('%s is none', (text) => expect(isCorrection(text)).toBe(false))
})

describe('long and hostile texts', () => {
  it.each([
    ['a log', 'error: never mind\n'.repeat(50_000)],
    ['tags that are never closed', '<a>'.repeat(50_000)],
    ['one endless sentence', `use ${'a '.repeat(100_000)}instead of b`],
    ['dots', `${'.'.repeat(50_000)}a must not ${'`'.repeat(50_000)}`],
  ])('%s are read in no time', (_name, text) => {
    const before = performance.now()
    expect(constraintSentences(text).length).toBeLessThan(3)
    expect(performance.now() - before).toBeLessThan(2_000)
  })
})
