import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Json } from '../../../src/contract/json.ts'
import { mustRestate } from '../../../src/engine/health/restated.ts'
import { openStore } from '../../../src/store/store.ts'
import { temporaryFolder } from '../../support/repository.ts'

const STREAM = 'work-1/a'
const NOTHING = { constraints: [], decisions: [], files: ['src/a.ts'], messages: [] }
const SCOPE = 'Write only these paths: src/a/**.'
type Kind = 'news' | 'missing' | 'first'

async function log() {
  const folder = await temporaryFolder()
  const store = openStore(join(folder.path, 'store.db'))
  let n = 0
  const put = (type: string, data: Record<string, Json>): number => {
    const key = `${type}:${++n}`
    store.append({ stream: STREAM, key, type, data })
    return store.event(STREAM, key)?.seq ?? 0
  }
  let after = 0
  let attempt = 1
  return {
    turn: (prompt: Kind, of = 1) => {
      attempt = of
      after = put('turn.started', { attempt, turn: n, prompt })
    },
    compacted: (more: Record<string, Json>) =>
      put('health.compacted', { attempt, turn: n, a: 1, lost: NOTHING, restated: 'x', ...more }),
    probed: (fact: string) => {
      const item = { class: 'constraints', question: '', answer: '', score: 0, lost: true, fact }
      const probe = { total: 0, classes: {}, items: [item], act: 'constraint lost', reply: '' }
      put('health.probed', { attempt, turn: n, probe, cause: 'compaction' })
    },
    must: () => mustRestate(store, STREAM, { attempt, after }),
    async [Symbol.asyncDispose]() {
      store[Symbol.dispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

test('only what binds keeps a session from finishing', async () => {
  await using it = await log()
  it.turn('first')
  it.compacted({ binding: false })
  it.compacted({ binding: true, restated: null })
  it.probed(SCOPE)
  expect(it.must()).toBe(false)
  it.compacted({ binding: true })
  expect(it.must()).toBe(true)
})

test('a constraint that a copy does not know binds, and so does what an older log does not judge', async () => {
  await using probed = await log()
  probed.turn('first')
  probed.probed('Never push.')
  expect(probed.must()).toBe(true)
  await using older = await log()
  older.turn('first')
  older.compacted({})
  expect(older.must()).toBe(true)
})

test('a turn is forced once an attempt, however often its context is compacted', async () => {
  await using it = await log()
  it.turn('first')
  it.compacted({ binding: true })
  it.turn('missing')
  expect(it.must()).toBe(false)
  it.compacted({ binding: true })
  expect(it.must()).toBe(true)
  it.turn('news')
  for (let n = 0; n < 3; n++) {
    it.compacted({ binding: true })
    expect(it.must()).toBe(false)
    it.turn('missing')
  }
  it.turn('first', 2)
  it.compacted({ binding: true })
  expect(it.must()).toBe(true)
})

test('news of another kind are not the turn that was forced', async () => {
  await using it = await log()
  it.turn('first')
  it.turn('news')
  it.compacted({ binding: true })
  expect(it.must()).toBe(true)
})
