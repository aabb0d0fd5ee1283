// Agents that draft plans: what they may do, what becomes of what they say, and that nothing of them is left.
import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { acpDriver } from '../../../src/agents/acp/driver.ts'
import { draftPlan, type Draft, type DraftInput } from '../../../src/engine/planner/planner.ts'
import { openRepository, stateFolder } from '../../../src/git/repository.ts'
import { parseConfig } from '../../../src/plan/config.ts'
import { holdFileLock } from '../../../src/process/lock.ts'
import { survivors } from '../../../src/process/marker.ts'
import { misfit, type Step } from '../../agents/stage.ts'
import { temporaryRepository, type TemporaryRepository } from '../../support/repository.ts'

const PLAN = 'goal = "G"\n\n[[pieces]]\nid = "a"\n'
const ANSWER: Step = { say: `\`\`\`toml\n${PLAN}\`\`\`` }
const NEVER = new AbortController().signal

interface Ground {
  readonly repository: TemporaryRepository
  plan(steps: readonly Step[], more?: Partial<DraftInput>): Promise<Draft>
}

async function ground(config = ''): Promise<Ground & AsyncDisposable> {
  const repository = await temporaryRepository({ files: { 'src/a.txt': 'one\n', 'src/b.txt': 'two\n' } })
  const repo = await openRepository(repository.path)
  const state = stateFolder(repo)
  return {
    repository,
    plan: async (steps, more = {}) => {
      const script = join(repository.path, '..', 'script.json')
      await writeFile(script, JSON.stringify({ schema: 1, name: 'planner', steps }))
      return await draftPlan(
        { repo, state, config: parseConfig(config, 'config.toml'), driver: acpDriver() },
        {
          goal: 'Goal',
          commit: 'HEAD',
          facts: '{}',
          candidates: '[]',
          agent: 'scripted',
          script,
          signal: NEVER,
          ...more,
        },
      )
    },
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  }
}

const copies = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('quintet-planner-'))

/** Nothing of a planner is left, and the repository is as it was. */
async function expectNoTrace({ repository }: Ground, before: readonly string[]): Promise<void> {
  expect(await survivors('planner/draft')).toEqual([])
  expect((await copies()).filter((name) => !before.includes(name))).toEqual([])
  expect(await repository.git('status', '--porcelain')).toBe('')
  expect(await repository.git('worktree', 'list')).not.toContain('\n')
  expect(existsSync(join(repository.path, '.git/quintet/planner-copy'))).toBe(false)
}

test('the plan of an agent that has read the files is its answer', async () => {
  await using here = await ground()
  const before = await copies()
  const told: string[] = []
  await writeFile(join(here.repository.path, 'src/a.txt'), 'not committed\n')
  const draft = await here.plan(
    [{ run: ['grep', '-q', 'one', 'src/a.txt'], expect: 0 }, { say: 'Thinking.\n' }, ANSWER],
    { onProgress: (text) => told.push(text) },
  )
  expect(draft).toEqual({ text: PLAN })
  expect(told).toContain('scripted plans')
  await here.repository.git('checkout', '--', '.')
  await expectNoTrace(here, before)
})

test('nothing can be written: neither the copy nor the repository', async () => {
  await using here = await ground()
  const before = await copies()
  const file = join(here.repository.path, 'src/a.txt')
  const refused = (path: string): Step => ({
    run: ['sh', '-c', `! echo x > '${path}' 2>/dev/null`],
    expect: 0,
  })
  const draft = await here.plan([
    refused('src/a.txt'),
    refused('new.txt'),
    refused(file),
    refused(join(here.repository.path, '.git/config')),
    ANSWER,
  ])
  expect(draft).toEqual({ text: PLAN })
  await expectNoTrace(here, before)
})

test.each<[string, readonly Step[], string | RegExp]>([
  ['says no plan', [{ say: 'No.' }], 'There is no plan in what the planner has said.'],
  ['fails', [{ fail: 'out of credits' }], /^The planner failed: .*out of credits\.$/],
  ['dies', [{ die: 3 }], /^The planner ended before it had answered/],
  ['asks', [{ ask: { name: 'x', question: 'Which?', options: [] } }, ANSWER], ''],
])('an agent that %s', async (_, steps, expected) => {
  await using here = await ground()
  const before = await copies()
  const draft = await here.plan(steps)
  expect('failed' in draft ? draft.failed : '').toMatch(expected)
  await expectNoTrace(here, before)
})

test('an agent that hangs is ended by the limit or by the operator', async () => {
  await using here = await ground()
  const before = await copies()
  expect(await here.plan([{ hang: true }], { timeoutMs: 1_500 })).toEqual({
    failed: 'The planner took too long.',
  })
  await expectNoTrace(here, before)
  const stop = new AbortController()
  const planning = here.plan([{ hang: true }], {
    signal: stop.signal,
    onProgress: () => {
      stop.abort(new Error('enough'))
    },
  })
  await expect(planning).rejects.toThrow('enough')
  await expectNoTrace(here, before)
})

test('any agent can be asked; one that cannot be started is a failure, one that is not known an error', async () => {
  const config = `[agents.odd]\ncommand = ${JSON.stringify(misfit('quit'))}\n[agents.gone]\ncommand = ["/no/such/program"]\n`
  await using here = await ground(config)
  const before = await copies()
  expect(await here.plan([], { agent: 'odd' })).toEqual({
    failed: expect.stringContaining('ended'),
  })
  expect(await here.plan([], { agent: 'gone' })).toEqual({
    failed: 'The agent program /no/such/program was not found.',
  })
  await expect(here.plan([], { agent: 'nobody' })).rejects.toMatchObject({ code: 'E_AGENT_UNKNOWN' })
  await expectNoTrace(here, before)
})

test('one planner at a time, and what a killed one has left is cleared', async () => {
  await using here = await ground()
  const state = join(here.repository.path, '.git/quintet')
  await mkdir(state, { recursive: true })
  const lock = await holdFileLock(join(state, 'planner.lock'))
  expect(await here.plan([ANSWER])).toEqual({ failed: 'Another planner is at work in this repository.' })
  await lock?.[Symbol.asyncDispose]()
  const before = await copies()
  const left = join(tmpdir(), 'quintet-planner-left')
  const kept = join(here.repository.path, '..', 'kept')
  await mkdir(join(left, 'tree'), { recursive: true })
  await mkdir(kept)
  await writeFile(join(state, 'planner-copy'), left)
  expect(await here.plan([ANSWER])).toEqual({ text: PLAN })
  expect(existsSync(left)).toBe(false)
  await writeFile(join(state, 'planner-copy'), kept)
  expect(await here.plan([ANSWER])).toEqual({ text: PLAN })
  expect(existsSync(kept)).toBe(true)
  await expectNoTrace(here, before)
})
