// The watch over branches, on a real repository; the session is an engine that remembers its signals.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BRANCH } from '../../../../src/engine/session/external/signals.ts'
import { BranchWatch } from '../../../../src/engine/session/external/watch.ts'
import { sessionWorkflowId } from '../../../../src/engine/names.ts'
import type { Services } from '../../../../src/engine/services.ts'
import { piece, stage, type Stage } from '../../../support/services.ts'

const NAME = { run: 'work-1', piece: 'a' }
const STREAM = sessionWorkflowId(NAME)
let it: Stage
let told: unknown[]
let services: Pick<Services, 'repo' | 'store' | 'engine'>

beforeEach(async () => {
  it = await stage({ 'src/a/one.txt': 'one\n' })
  await it.run({ pieces: [piece('a', { agent: 'external', branch: 'feature-x' })] })
  told = []
  const engine = it.services.engine()
  services = {
    ...it.services,
    engine: () => ({
      start: (start) => engine.start(start),
      cancel: () => undefined,
      result: (id) => engine.result(id),
      idle: () => engine.idle(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
      signal: (id, { name, data }) => void told.push([id, name, data]),
    }),
  }
})
afterEach(() => it[Symbol.asyncDispose]())

const awaited = (): void => it.fact(STREAM, 'external.awaited', { branch: 'feature-x', done: 'manual' })

test('tells a session once how its branch is, and again when it has moved', async () => {
  await using watch = new BranchWatch(services)
  awaited()
  expect(await watch.look(NAME)).toEqual({ branch: 'feature-x', reading: { kind: 'absent' } })
  await watch.look(NAME)
  await it.repository.git('branch', 'feature-x')
  const commit = await it.repository.git('rev-parse', 'main')
  await watch.look(NAME)
  expect(told).toEqual([
    [STREAM, BRANCH, { kind: 'absent' }],
    [STREAM, BRANCH, { kind: 'at', commit }],
  ])
})

test('a watch that comes later looks anew', async () => {
  awaited()
  for (let n = 0; n < 2; n++) {
    await using watch = new BranchWatch(services)
    await watch.look(NAME)
  }
  expect(told).toHaveLength(2)
})

test('nothing is watched before a session waits for it, nor when it has landed', async () => {
  await using watch = new BranchWatch(services)
  await expect(watch.look(NAME)).rejects.toMatchObject({ code: 'E_NOT_EXTERNAL' })
  awaited()
  await watch.look(NAME)
  it.fact(STREAM, 'session.landed', { commit: 'c1' })
  await expect(watch.look(NAME)).rejects.toMatchObject({ code: 'E_NOT_EXTERNAL' })
})
