import * as v from 'valibot'
import { expect, test } from 'vitest'
import { handBack } from '../../../src/engine/integration/handback.ts'
import type { Back } from '../../../src/integration/queue/port.ts'
import { commitOn } from '../../support/branches.ts'
import { piece, stage } from '../../support/services.ts'

const BACK: Back = {
  kind: 'culprit',
  piece: 'b',
  verdict: { kind: 'interacts', with: ['a'] },
  tests: [{ check: 'tests', file: null, id: 'adds up' }],
  output: 'expected 2',
}

async function scene(limits: object = {}) {
  const it = await stage({ 'a.txt': 'one\n' })
  await it.run({ pieces: [piece('a'), piece('b')], limits })
  const base = await it.repository.git('rev-parse', 'main')
  const tip = await commitOn(it.repository, 'a', [{ 'a.txt': 'two\n' }])
  const back = (n: number) =>
    handBack(
      it.services,
      it.effect(`work-1/integration/${n}`),
      { run: 'work-1', n, leftOut: [], branches: [{ piece: 'a', title: 'A', tip, base }] },
      [BACK],
    )
  const signals = () => it.services.store.outbox.oldest('work-1/session/b', ['operator'])?.data
  return { ...it, back, signals, [Symbol.asyncDispose]: () => it[Symbol.asyncDispose]() }
}

test('the session is told what is red, with what, and what the other side has changed', async () => {
  await using it = await scene()
  expect(await it.back(1)).toEqual({ back: ['b'], held: [] })
  expect(it.signals()).toMatchObject({
    kind: 'handback',
    reason: 'The branch of b together with a makes this red: adds up.',
    text: expect.stringContaining('+two'),
  })
  const facts = [...it.services.store.events({ types: ['integration.handed-back'] })]
  expect(facts.map(({ data }) => data)).toMatchObject([{ piece: 'b', round: 1, of: 2 }])
})

test('after a crash the same branch is sent back once', async () => {
  await using it = await scene()
  await it.back(1)
  expect(await it.back(1)).toEqual({ back: ['b'], held: [] })
  expect([...it.services.store.events({ types: ['integration.handed-back'] })]).toHaveLength(1)
})

test('the rounds of a run are counted, and then the branch is held', async () => {
  await using it = await scene({ handbacks: 1 })
  expect(await it.back(1)).toEqual({ back: ['b'], held: [] })
  expect(await it.back(2)).toEqual({ back: [], held: ['b'] })
})

/** The branch of b meets, in one file, what is on the target. */
async function meeting() {
  const it = await stage({ 'hub.txt': 'top\none\nbottom\n' })
  await it.run({ pieces: [piece('a'), piece('b', { brief: 'Make the b part.\nIn detail.' })] })
  const base = await it.repository.git('rev-parse', 'main')
  const tip = await commitOn(it.repository, 'b', [{ 'hub.txt': 'top\nby b\nbottom\n' }])
  await commitOn(it.repository, 'main', [{ 'hub.txt': 'top\nby a\nbottom\n' }])
  const back = (): Promise<unknown> =>
    handBack(
      it.services,
      it.effect('work-1/integration/2'),
      { run: 'work-1', n: 2, leftOut: [], branches: [{ piece: 'b', title: 'B', tip, base }] },
      [{ kind: 'conflict', piece: 'b', files: ['hub.txt'], against: null }],
    )
  const text = (): string => {
    const word = it.services.store.outbox.oldest('work-1/session/b', ['operator'])
    return v.parse(v.object({ text: v.string() }), word?.data).text
  }
  return { ...it, back, text, [Symbol.asyncDispose]: () => it[Symbol.asyncDispose]() }
}

test('a conflict comes with both sides, with what both are for, and with what was decided', async () => {
  await using it = await meeting()
  it.fact('work-1/session/a', 'session.landed', { commit: await it.repository.git('rev-parse', 'main') })
  it.fact('work-1/run', 'decision.made', { n: 1, text: 'The part of a goes first.' })
  await it.back()
  expect(it.text()).toContain('The branch of b conflicts with main in hub.txt.')
  expect(it.text()).toContain('This branch: `b`, The b part: Make the b part.\n')
  expect(it.text()).toContain('The other side:\n\n- `a`, The a part: Do the a part.\n')
  expect(it.text()).toContain('<<<<<<< main\nby a\n||||||| before both\none\n=======\nby b\n>>>>>>> b')
  expect(it.text()).toMatch(/1\. \(.+\) The part of a goes first\./)
  expect(it.text()).toMatch(/run `git merge main` in this worktree.+commit the merge\.$/)
})

test('where no session has made the other side, the commits of the target say what it is for', async () => {
  await using it = await meeting()
  const elsewhere = await commitOn(it.repository, 'elsewhere', [{ 'other.txt': '1\n' }], 'main~1')
  it.fact('work-1/session/a', 'session.landed', { commit: elsewhere })
  await it.back()
  expect(it.text()).toContain('The other side, commits on `main`:\n\n- `main 1`\n')
  expect(it.text()).not.toContain('Do the a part.')
})
