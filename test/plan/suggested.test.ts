// What was suggested last: kept, replaced, and no more than a memory.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keepSuggested, lastSuggested } from '../../src/plan/suggested.ts'
import { temporaryFolder } from '../support/repository.ts'

const ONE = { goal: 'g', by: 'feature', commit: 'c', text: 'goal = "g"\n' }

test('the last one is kept as it was, in a folder that is made for it', async () => {
  await using folder = await temporaryFolder()
  const state = join(folder.path, 'state')
  expect(await lastSuggested(state)).toBeNull()
  expect(await keepSuggested(state, ONE)).toBe(true)
  expect(await keepSuggested(state, { ...ONE, goal: 'h' })).toBe(true)
  expect(await lastSuggested(state)).toMatchObject({ ...ONE, goal: 'h' })
})

test('what cannot be read is as good as not there, and what cannot be kept is said', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'suggested.json'), '{"version":1,')
  expect(await lastSuggested(folder.path)).toBeNull()
  await writeFile(join(folder.path, 'file'), '')
  expect(await keepSuggested(join(folder.path, 'file'), ONE)).toBe(false)
})
