// What a session waits for before it may finish.
import { expect, test } from 'vitest'
import { fileRequest } from '../../../src/engine/scope/file.ts'
import { requestsOf } from '../../../src/engine/scope/log.ts'
import { awaited } from '../../../src/engine/scope/news.ts'
import { piece, stage } from '../../support/services.ts'

const B = { run: 'work-1', piece: 'b' }

test('a write that was merely tried is not waited for, until it is asked for', async () => {
  await using it = await stage({ 'src/a/main.txt': 'a\n', 'src/b/main.txt': 'b\n' })
  await it.run({ pieces: [piece('a'), piece('b')] })
  const { services } = it
  const ask = (via: 'permission' | 'mcp', reason: string) =>
    fileRequest(services, B, { paths: ['src/a/main.txt'], reason, via })
  const standing = () => requestsOf(services.store, 'work-1').map(({ n, via, reason }) => [n, via, reason])

  expect(await ask('permission', 'The agent tried: Edit')).toMatchObject([{ n: 1, outcome: 'open' }])
  expect(awaited(services.store, B)).toEqual([])

  for (const _again of [1, 2]) {
    expect(await ask('mcp', 'Its type lacks a field.')).toMatchObject([{ n: 1, outcome: 'open', owner: 'a' }])
    expect(awaited(services.store, B)).toMatchObject([{ n: 1 }])
  }
  expect(await ask('permission', 'The agent tried: Edit')).toMatchObject([{ n: 1, outcome: 'open' }])
  expect(standing()).toEqual([[1, 'mcp', 'Its type lacks a field.']])
  expect([...services.store.events({ types: ['scope.requested'] })]).toHaveLength(2)
})
