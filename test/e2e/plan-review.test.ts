// A run held against its plan from the command line: what it says, and that it is kept.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Review } from '../../src/plan/reality/review.ts'
import { Machine } from '../support/cli.ts'
import { expectRefusal } from '../support/refusal.ts'
import { planFiles, work } from '../support/scenario.ts'

const ask = {
  mcp: { tool: 'scope_request', arguments: { paths: ['src/free.txt'], reason: 'It is needed.' } },
}

test('a review tells what was asked for and what the next plan should change, and its command can be run', async () => {
  await using machine = await Machine.make()
  const files = planFiles({
    pieces: {
      a: {
        steps: [
          ...work('a'),
          ask,
          { endTurn: true },
          { write: { path: 'src/free.txt', content: 'by a\n' } },
          { commit: 'Change what was free' },
        ],
      },
      b: { steps: work('b') },
    },
  })
  const home = await machine.repository({ ...files, 'src/free.txt': 'free\n' })
  await expectRefusal(home, ['plan', 'review'], { code: 'E_NO_RUN', kind: 'precondition' })
  expect(await home.quintet('run', 'work')).toMatchObject({ code: 0 })

  const review = await home.json<Review>('plan', 'review')
  expect(review).toMatchObject({
    run: 'work-1',
    ended: true,
    pieces: [
      {
        piece: 'a',
        touched: ['src/a/main.txt'],
        moved: [{ path: 'src/free.txt', owner: null }],
        requests: [{ paths: ['src/free.txt'], owner: null, state: 'granted' }],
        outcome: 'landed',
      },
      { piece: 'b', touched: ['src/b/main.txt'], moved: [], outcome: 'landed' },
    ],
    conflicts: [],
  })
  const command = 'quintet plan move work src/free.txt --to a'
  expect(review.advice).toEqual([{ text: 'The piece a needed src/free.txt, which nobody owned.', command }])
  expect(await home.quintet(...command.split(' ').slice(1))).toMatchObject({ code: 0 })
  expect(await home.json('plan', 'explain', 'src/free.txt')).toMatchObject([{ owner: { piece: 'a' } }])
  expect(JSON.parse(await home.read('.git/quintet/learned.json'))).toMatchObject({
    version: 1,
    runs: [{ run: 'work-1', wanted: [{ path: 'src/free.txt', piece: 'a', owner: null }] }],
  })

  await writeFile(join(home.path, '.git/quintet/learned.json'), 'not json')
  expect(await home.json('plan', 'suggest', 'Change src', '--paths', 'src')).toMatchObject({ written: null })
  expect(JSON.parse(await home.read('.git/quintet/learned.json'))).toMatchObject({
    runs: [{ run: 'work-1' }],
  })
  await writeFile(join(home.path, '.git/quintet/learned.json'), 'not json')
  const told = await home.quintet('plan', 'review', 'work')
  expect(told).toMatchObject({ code: 0, stderr: '' })
  expect(told.stdout).toContain('→ run: quintet plan move work src/free.txt --to a')
  expect(JSON.parse(await home.read('.git/quintet/learned.json'))).toMatchObject({ version: 1 })
  await expectRefusal(home, ['plan', 'review', 'work-7'], { code: 'E_NO_RUN', kind: 'usage' })
})

test('a forecast stands below the report, and in it', async () => {
  await using machine = await Machine.make()
  const files = planFiles({ pieces: { a: { steps: work('a') }, b: { steps: work('b'), depends_on: ['a'] } } })
  const home = await machine.repository({ ...files, 'lib.txt': '0\n' })
  for (let n = 1; n <= 6; n++) {
    await home.commit({ 'src/a/main.txt': `a ${n}\n`, 'lib.txt': `${n}\n` })
    await home.commit({ 'src/b/main.txt': `b ${n}\n`, 'lib.txt': `b ${n}\n` })
  }
  const chained = await home.quintet('plan', 'check', 'work', '--forecast')
  expect(chained).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Longest chain: a, then b, with 2 of 2 files.'),
  })
  expect(chained.stdout).toContain('One starts from the branch of the other')
  const text = (await home.read('.quintet/plans/work.toml')).replace(
    'depends_on = [ "a" ]',
    'depends_on = []',
  )
  await writeFile(join(home.path, '.quintet/plans/work.toml'), text)
  const { forecast } = await home.json<{ forecast: { pairs: object[] } }>(
    'plan',
    'check',
    'work',
    '--forecast',
  )
  expect(forecast).toMatchObject({
    pairs: [
      {
        pieces: ['a', 'b'],
        why: null,
        files: [{ path: 'lib.txt', owner: null, commits: [6, 6] }],
        imports: [0, 0],
      },
    ],
    integration: { merges: 2, unknownPairs: 0 },
  })
  expect(await home.json('plan', 'check', 'work')).not.toHaveProperty('forecast')
})

test('a rehearsal is told as one, and nothing is learned from it', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(
    planFiles({ pieces: { a: { agent: 'claude' }, b: { agent: 'claude' } } }),
  )
  expect(await home.quintet('run', 'work', '--rehearse')).toMatchObject({ code: 0 })
  expect(await home.json<Review>('plan', 'review')).toMatchObject({ rehearsal: true, advice: [] })
  const told = await home.quintet('plan', 'review', 'work-1')
  expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining('It was a rehearsal') })
  await expect(home.read('.git/quintet/learned.json')).rejects.toThrow('ENOENT')
})
