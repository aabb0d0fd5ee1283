import { join } from 'node:path'
import { expect, test } from 'vitest'
import { playStress } from '../support/stress.ts'
import { temporaryFolder } from '../support/repository.ts'

const CLEAN = { failures: [], orphanBranches: [], portCollisions: [], left: [], lost: [] }

test('three processes prepare, claim and release at once: nothing fails and nothing is left', async () => {
  await using folder = await temporaryFolder()
  const result = await playStress({
    folder: join(folder.path, 'stress'),
    seed: 1,
    rounds: 1,
    processes: 3,
    sessions: 18,
    kills: 0,
  })
  expect(result).toMatchObject({ ...CLEAN, prepared: 18 })
  expect(result.claimed).toBeGreaterThan(0)
})

test('under kill -9 everything is recovered and no word is lost', async () => {
  await using folder = await temporaryFolder()
  const result = await playStress({
    folder: join(folder.path, 'stress'),
    seed: 7,
    rounds: 2,
    processes: 3,
    sessions: 12,
    kills: 1,
  })
  expect(result).toMatchObject(CLEAN)
  expect(result.kills).toBeGreaterThan(0)
})
