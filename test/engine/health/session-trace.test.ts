import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AgentEvent } from '../../../src/contract/agent.ts'
import { recordTurn, tracePath } from '../../../src/engine/health/session-trace.ts'
import { sessionSpec } from '../../../src/engine/session/spec.ts'
import type { TurnInput } from '../../../src/engine/session/turn/input.ts'
import { piece, stage, type Stage } from '../../support/services.ts'

const EDITED: AgentEvent = {
  kind: 'tool',
  id: '1',
  title: 'Edit a.txt',
  tool: 'edit',
  status: 'completed',
  paths: ['a.txt'],
  edits: [{ path: 'a.txt', old: 'one', new: 'two' }],
}

async function turnInput(set: Stage): Promise<TurnInput> {
  const { services, repository } = set
  await set.run({ pieces: [piece('auth')] })
  return {
    session: sessionSpec(services, { run: 'work-1', piece: 'auth' }),
    workspace: {
      path: repository.path,
      branch: 'main',
      base: await repository.git('rev-parse', 'HEAD'),
      ports: { first: 0, count: 0 },
    },
    attempt: 1,
    turn: 1,
    reprompt: 0,
    prompt: { kind: 'first', handoff: null },
  }
}

test('the states of a worktree are told by the trees that git would make of them', async () => {
  await using set = await stage({ 'a.txt': 'one' })
  const { services, repository } = set
  const input = await turnInput(set)
  const path = tracePath(services.state, input.session.name, 1)
  const objects = await repository.git('count-objects')

  const play = async (content: string): Promise<void> => {
    await using trace = await recordTurn(services, input, { agent: 'scripted', version: '1' })
    await writeFile(join(repository.path, 'a.txt'), content)
    trace.recorder.note(EDITED)
  }
  await play('two')
  await play('one')
  await play('two')

  const events = (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events[0]).toMatchObject({
    t: 'session',
    id: 'work-1/auth/1',
    agent: 'scripted',
    cwd: repository.path,
  })
  const trees = events.flatMap((event) => (event.t === 'tree' ? [event] : []))
  expect(trees.map(({ a }) => a)).toEqual([0, 1, 2])
  expect(trees[1].hash).toBe(await repository.git('rev-parse', 'HEAD^{tree}'))
  expect(trees[0].hash).toBe(trees[2].hash)
  expect(trees[0].hash).not.toBe(trees[1].hash)
  // Neither the repository nor the worktree keeps anything of it.
  expect(await repository.git('count-objects')).toBe(objects)
  expect(await repository.git('diff', '--cached', '--name-only')).toBe('')
})

test('who follows the files is asked first, and what it does not know is read', async () => {
  await using set = await stage({ 'a.txt': 'one' })
  const input = await turnInput(set)
  const path = tracePath(set.services.state, input.session.name, 1)
  const answers = ['1'.repeat(40), null]
  const services = { ...set.services, treeOf: () => Promise.resolve(answers.shift() ?? null) }
  for (let turn = 0; turn < 2; turn += 1) {
    await using trace = await recordTurn(services, input, { agent: 'scripted', version: '1' })
    trace.recorder.note(EDITED)
  }
  const hashes = (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ t }) => t === 'tree')
    .map(({ hash }) => hash)
  expect(hashes).toEqual(['1'.repeat(40), await set.repository.git('rev-parse', 'HEAD^{tree}')])
})
