import { expect, test } from 'vitest'
import { forgetTolerance, storedTolerances, toleratedRules } from '../../../src/engine/health/log.ts'
import { openStore } from '../../../src/store/store.ts'
import { temporaryFolder } from '../../support/repository.ts'

test('"not stuck" is remembered over runs, shown, and taken back', async () => {
  await using folder = await temporaryFolder()
  using store = openStore(`${folder.path}/log.db`)
  const say = (key: string, answer: string, rules: Record<string, number>): void => {
    store.append({
      stream: `run-${key}/session/a`,
      key: `health.answered:${key}`,
      type: 'health.answered',
      data: { answer, rules, reason: '' },
    })
  }
  say('1', 'not-stuck', { repeat: 3 })
  say('2', 'nudge', { errorRecurs: 9 })
  say('3', 'not-stuck', { errorRecurs: 90, repeat: 3 })
  expect(storedTolerances(store)).toEqual({ errorRecurs: 24, repeat: 5 })
  expect(toleratedRules(store, Date.now())[1]).toMatchObject({ rule: 'repeat', said: 2 })
  expect(storedTolerances(store, Date.now() + 31 * 24 * 60 * 60 * 1000)).toEqual({})

  expect(forgetTolerance(store, 'verifyStall')).toEqual({ forgotten: [] })
  expect(forgetTolerance(store, 'repeat')).toEqual({ forgotten: ['repeat'] })
  expect(storedTolerances(store)).toEqual({ errorRecurs: 24 })
  expect(forgetTolerance(store, null)).toEqual({ forgotten: ['errorRecurs'] })
  expect(storedTolerances(store)).toEqual({})
})
