import { expect, test } from 'vitest'
import { landTarget } from '../../../src/engine/integration/landing.ts'
import { commitOn } from '../../support/branches.ts'
import { piece, stage } from '../../support/services.ts'

async function scene() {
  const it = await stage({ 'a.txt': 'one\n' })
  await it.run({ pieces: [piece('a')] })
  const base = await it.repository.git('rev-parse', 'main')
  const tip = await commitOn(it.repository, 'a', [{ 'b.txt': 'b\n' }, { 'c.txt': 'c\n' }])
  it.fact('work-1/session/a', 'session.finished', { tip })
  const input = { run: 'work-1', n: 1, leftOut: [], branches: [{ piece: 'a', title: 'A', tip, base }] }
  const land = (commit: string) =>
    landTarget(it.services, it.effect('work-1/integration/1'), input, {
      from: base,
      commit,
      pieces: ['a'],
      more: false,
    })
  const landed = () => [...it.services.store.events({ types: ['session.landed'] })].map(({ data }) => data)
  return { ...it, tip, land, landed, [Symbol.asyncDispose]: () => it[Symbol.asyncDispose]() }
}

test('a branch is called landed only where all of it is proven to be in the union', async () => {
  await using it = await scene()
  const part = await commitOn(it.repository, 'part', [{ 'b.txt': 'b\n' }])
  expect(await it.land(part)).toMatchObject({
    kind: 'refused',
    reason: 'Not everything of a would be in main: nothing has landed.',
  })
  expect(await it.repository.git('rev-parse', 'main')).not.toBe(part)
  expect(it.landed()).toEqual([])
  expect(await it.land(it.tip)).toEqual({ kind: 'landed' })
  expect(await it.repository.git('rev-parse', 'main')).toBe(it.tip)
  expect(it.landed()).toEqual([{ commit: it.tip, how: 'ancestor' }])
})

test('as one commit it is proven by its patch', async () => {
  await using it = await scene()
  const squashed = await commitOn(it.repository, 'squashed', [{ 'b.txt': 'b\n', 'c.txt': 'c\n' }])
  expect(await it.land(squashed)).toEqual({ kind: 'landed' })
  expect(it.landed()).toEqual([{ commit: it.tip, how: 'squash' }])
})
