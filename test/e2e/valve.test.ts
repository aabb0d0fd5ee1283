// What the operator's commands say and do about paths and questions once a session has ended, failed or lost a folder, on
// the built command line.
import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { Need, RunView } from '../../src/contract/view.ts'
import { answerOf, Machine } from '../support/cli.ts'
import { killNow } from '../support/processes.ts'
import { ask, planFiles, work } from '../support/scenario.ts'

const of =
  (piece: string) =>
  (_data: unknown, stream: string): boolean =>
    stream === `work-1/session/${piece}`

test('an abandoned session owns nothing any more, also for other runs', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository({
    ...planFiles({
      pieces: {
        a: { steps: [ask('Go on?', 'yes'), ...work('a')] },
        b: { steps: [ask('Go on?', 'yes'), ...work('b')] },
      },
    }),
    '.quintet/scripts/z.json': JSON.stringify({ schema: 1, name: 'z', steps: work('a') }),
    '.quintet/plans/other.toml':
      planFiles({ pieces: { z: { include: ['src/a/**'], steps: [] } } }, { name: 'other' })[
        '.quintet/plans/other.toml'
      ] ?? '',
  })
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked', of('a'))
  await run.until('question.asked', of('b'))
  expect(answerOf(await home.quintet('run', 'other', '--json'))).toMatchObject({
    error: { code: 'E_OVERLAP_RUN', message: expect.stringContaining('overlaps work-1/a') },
  })
  await home.quintet('session', 'abandon', 'work-1/a', 'Not needed.')
  await run.until('session.abandoned', of('a'))
  expect(await home.quintet('run', 'other', '--json')).toMatchObject({ code: 0 })
  await home.quintet('answer', 'work-1/b', 'yes')
  await run.ended
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 2')
  expect(await home.git('show', 'main:src/b/main.txt')).toBe('b 2')
})

test('a session that fails with a question open asks nothing any more; a retry lets it go on', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(
    planFiles({ pieces: { a: { steps: [ask('Go on?', 'yes'), ...work('a')] } } }),
  )
  const run = home.call(['run', 'work', '--json'])
  const { path } = await run.until('workspace.ready', of('a'))
  await run.until('question.asked')
  killNow(await home.daemon())
  await rm(path, { recursive: true })
  await home.quintet('clean')
  await run.until('session.failed', of('a'))
  const retry = 'quintet session retry work-1/a "<what to do>"'
  const { needs } = await home.json<{ needs: Need[] }>('blocked')
  expect(needs).toMatchObject([{ session: 'work-1/a', kind: 'failed' }])
  expect(answerOf(await home.quintet('answer', 'a', 'yes', '--json'))).toMatchObject({
    error: { code: 'E_NO_QUESTION', hints: [{ command: retry }] },
  })
  expect((await home.json<RunView>('status')).sessions[0]).toMatchObject({ state: 'failed', question: null })
  await home.quintet('session', 'retry', 'a')
  await run.until('question.asked', ({ question }) => !question.startsWith('1.'))
  await home.quintet('answer', 'a', 'yes')
  expect((await run.ended).code).toBe(0)
  expect(await home.git('show', 'main:src/a/main.txt')).toBe('a 2')
})

test('a grant of a folder says what its owner loses; a shell answers with how its command ended', async () => {
  await using machine = await Machine.make()
  const home = await machine.repository(
    planFiles({
      pieces: {
        a: { steps: [ask('Go on?', 'yes'), ...work('a')] },
        b: { steps: [ask('Go on?', 'yes'), ...work('b')] },
      },
    }),
  )
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked', of('a'))
  await run.until('question.asked', of('b'))
  const shell = await home.quintet('--json', 'shell', 'a', '--', 'sh', '-c', 'printf out; exit 3')
  expect([shell.code, answerOf(shell)]).toMatchObject([
    3,
    { ok: true, data: { session: 'work-1/a', exit: 3 } },
  ])
  expect(shell.stderr).toContain('out')
  expect((await home.quintet('shell', 'a', 'ls', '-la')).stderr).toContain('quintet shell a -- ls -la')
  expect((await home.quintet('scope', 'grant', 'b', 'src/a/')).stdout).toBe(
    'Request 1, src/a/: granted to b, before it was of a.\n' +
      'With it a, which is at work, loses its whole scope, 1 file: src/a/main.txt.\n',
  )
  await home.quintet('stop', '--run', 'work-1')
  await run.ended
})
