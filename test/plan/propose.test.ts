import { expect, test } from 'vitest'
import { parseConfig } from '../../src/plan/config.ts'
import { propose } from '../../src/plan/propose.ts'
import { temporaryRepository } from '../support/repository.ts'
import { factsOf } from './suggest/facts.ts'

/** What is told on the way to suggestions for so many files. */
async function told(count: number): Promise<readonly string[]> {
  await using repo = await temporaryRepository({ files: { 'README.md': '' } })
  const files = Array.from({ length: count }, (_, index) => `packages/pkg-${index % 90}/f${index}.ts`)
  const lines: string[] = []
  await propose(repo.path, {
    facts: factsOf({ files }),
    goal: 'Give every error a code',
    sessions: 3,
    config: parseConfig('', 'c.toml'),
    presets: {},
    name: 'p',
    onProgress: (text) => lines.push(text),
  })
  return lines
}

test('what takes a while is told where there are many files, and only there', async () => {
  const [first, ...others] = await told(5_000)
  expect(first).toBe('Looking for ways to divide 5,000 files.')
  expect(others).toContain('Checking the plan by directory.')
  expect(await told(100)).toEqual([])
})
