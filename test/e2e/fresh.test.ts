// A fresh look at a session, and the probe that nobody asks for, from outside.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FreshResult } from '../../src/contract/health.ts'
import type { SessionView } from '../../src/contract/view.ts'
import { answerOf, type Home, Machine } from '../support/cli.ts'
import { ask, planFiles, prompts, work } from '../support/scenario.ts'

const END = { endTurn: true } as const
const CHECK = { name: 'good', run: ['grep', '-q', 'good', 'src/a/main.txt'] }

/** What a look could leave behind. */
async function remains(home: Home): Promise<string> {
  const [branches, worktrees, saved] = await Promise.all([
    home.git('for-each-ref', 'refs/heads/'),
    home.git('worktree', 'list'),
    home.quintet('recover'),
  ])
  return `${branches}\n${worktrees}\n${saved.stdout}`
}

test('fresh: a piece that is named like a double keeps its commits, and both go on and land', async () => {
  await using machine = await Machine.make()
  const steps = (id: string) => [...work(id), ask('Go on?', 'yes')]
  const pieces = { a: { steps: steps('a') }, 'a-fresh': { steps: steps('a-fresh') } }
  const home = await machine.repository(planFiles({ pieces }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked', (_data, stream) => stream.endsWith('/a'))
  await run.until('question.asked', (_data, stream) => stream.endsWith('/a-fresh'))
  const precious = await home.git('rev-parse', 'quintet/work-1/a-fresh/work')
  expect(await home.quintet('diagnose', 'a', '--fresh')).toMatchObject({ code: 0, stderr: '' })
  expect(await home.git('rev-parse', 'quintet/work-1/a-fresh/work')).toBe(precious)
  expect(await remains(home)).not.toContain('_fresh')
  for (const id of ['a', 'a-fresh']) await home.quintet('answer', id, 'yes')
  expect(answerOf(await run.ended)).toMatchObject({ data: { landed: ['a', 'a-fresh'] } })
})

test('fresh: the verdict stays in view, with what differs in the first actions by name', async () => {
  await using machine = await Machine.make()
  const edit = { write: { path: 'src/a/main.txt', content: 'good\n' } }
  const steps = [{ run: ['git', 'test'] }, edit, { commit: 'Good' }, ask('Go on?', 'yes')]
  const home = await machine.repository(planFiles({ pieces: { a: { checks: [CHECK], steps } } }))
  const run = home.call(['run', 'work', '--json'])
  await run.until('question.asked')
  const found = await home.quintet('diagnose', 'a', '--fresh')
  expect(found.stdout).toContain('state reached: checks green | fresh: checks green')
  expect(found.stdout).toContain('first files: src/a/main.txt | fresh: src/a/main.txt')
  expect(found.stdout).toContain('first commands: git test, git commit')
  expect(found.stdout).toContain('Verdict: undecided. The checks are green on what the session has')
  const { fresh } = await home.json<{ fresh: FreshResult }>('diagnose', 'a')
  expect(fresh).toMatchObject({
    verdict: 'undecided',
    state: { old: { green: true }, fresh: { green: true } },
    first: { files: { both: ['src/a/main.txt'], old: [], fresh: [] } },
  })
  expect((await home.quintet('session', 'show', 'a')).stdout).toContain('undecided. The checks are green')
  expect((await home.quintet('diagnose', 'a')).stdout).toContain('(attempt 1, ')
  await home.quintet('answer', 'a', 'yes')
  expect((await run.ended).code).toBe(0)
})

test('fresh: what a daemon that was killed in the middle of a look has left goes when the next one starts', async () => {
  await using machine = await Machine.make()
  const steps = [{ usage: 5_000 }, { waitFor: 'src/a/go' }, ...work('a')]
  const home = await machine.repository(planFiles({ pieces: { a: { steps } } }))
  expect(await home.quintet('run', 'work', '--detach')).toMatchObject({ code: 0 })
  const log = home.call(['log', '--follow', '--json'])
  await log.until('usage.reported')
  const look = home.call(['diagnose', 'a', '--fresh'])
  await expect.poll(() => home.git('worktree', 'list')).toContain('_fresh')
  process.kill(await home.daemon(), 'SIGKILL')
  expect((await look.ended).code).not.toBe(0)
  await log.said('The daemon went away.')
  expect(await remains(home)).toContain('_fresh')
  const run = home.call(['run', 'work', '--json'])
  await run.until('turn.started')
  expect(await remains(home)).not.toContain('_fresh')
  const { path } = await home.json<SessionView>('session', 'show', 'a')
  await writeFile(join(path ?? '', 'src/a/go'), '')
  expect((await run.ended).code).toBe(0)
})

test('after a compaction a copy of the conversation is asked, and a constraint it does not know is stated again', async () => {
  await using machine = await Machine.make()
  const rule = 'Never call the payment service from a test.'
  const [change, commit] = work('a')
  // The summary holds every word of it: only who is asked can be found not to know it.
  const summary = `The agent changed src/a/main.txt and has to commit it. ${rule}`
  const steps = [change, { usage: 120_000 }, { compact: summary }, END, commit].filter(
    (step) => step !== undefined,
  )
  const recalls = [{ about: 'Which of these files were modified', answer: ['src/a/main.txt'] }]
  const brief = `Do the a part. ${rule}`
  const home = await machine.repository(planFiles({ pieces: { a: { noted: true, brief, recalls, steps } } }))
  const run = home.call(['run', 'work', '--json'])
  expect(await run.until('health.probed')).toMatchObject({
    cause: 'compaction',
    probe: { act: 'constraint lost' },
  })
  expect((await run.ended).code).toBe(0)
  const [, second = ''] = await prompts(home, 'a')
  expect(second).toContain('A copy of this conversation did not know the following, which is still true.')
  expect(second).toContain(`- ${rule}`)
})
