// What is told to an agent however its session is opened: the mode, which no agent keeps over a resume, and what its
// guards need.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { readOnlyMode } from '../../../src/agents/acp/session.ts'
import { acpDriver } from '../../../src/agents/acp/driver.ts'
import { Stage } from '../stage.ts'

const KEEPER = fileURLToPath(new URL('../../fixtures/agents/keeper.mjs', import.meta.url))
const META = { claudeCode: { options: { settings: { permissions: { deny: ['Edit(src/api/**)'] } } } } }
const Request = v.object({ method: v.string(), params: v.record(v.string(), v.unknown()) })

async function requests(file: string): Promise<readonly v.InferOutput<typeof Request>[]> {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  return lines.map((line) => v.parse(v.pipe(v.string(), v.parseJson(), Request), line))
}

describe.each([
  ['new', 'session/new', 'resume'],
  ['resumed', 'session/resume', 'resume'],
  ['loaded', 'session/load', 'load'],
])('a session that is %s', (how, method, way) => {
  const resume = how === 'new' ? {} : { resume: 's1' }

  test('is put into the mode that is wished for, and is told what the guards need', async () => {
    await using stage = await Stage.set({ driver: acpDriver(), box: false })
    const file = join(stage.home, 'requests')
    const command = [process.execPath, KEEPER, file, way]
    await using conversation = await stage.open(command, { mode: 'default', meta: META, ...resume })
    expect(conversation).toMatchObject({ how, mode: { wanted: 'default', actual: 'default' } })
    const made = await requests(file)
    expect(made.map((request) => request.method)).toEqual(['initialize', method, 'session/set_mode'])
    expect(made[1]?.params).toMatchObject({ cwd: stage.cwd, _meta: META })
    expect(made[2]?.params).toMatchObject({ sessionId: 's1', modeId: 'default' })
  })

  test('is not believed to be in a mode that the agent did not take', async () => {
    await using stage = await Stage.set({ driver: acpDriver(), box: false })
    const command = [process.execPath, KEEPER, join(stage.home, 'requests'), way, 'stubborn']
    await using conversation = await stage.open(command, { mode: 'default', ...resume })
    expect(conversation.mode).toEqual({ wanted: 'default', actual: 'auto' })
  })
})

test('an agent that refuses to resume is asked to load, and is put into its mode again', async () => {
  await using stage = await Stage.set({ driver: acpDriver(), box: false })
  const file = join(stage.home, 'requests')
  const command = [process.execPath, KEEPER, file, 'fallback']
  await using conversation = await stage.open(command, { mode: 'default', resume: 's1' })
  expect(conversation).toMatchObject({
    id: 's1',
    how: 'loaded',
    mode: { wanted: 'default', actual: 'default' },
  })
  const made = await requests(file)
  expect(made.map(({ method }) => method)).toEqual([
    'initialize',
    'session/resume',
    'session/load',
    'session/set_mode',
  ])
})

test('a loaded conversation of which nothing is repeated is not continued: its agent remembers nothing of it', async () => {
  await using stage = await Stage.set({ driver: acpDriver(), box: false })
  const command = [process.execPath, KEEPER, join(stage.home, 'requests'), 'forgets']
  await expect(stage.open(command, { resume: 's1' })).rejects.toMatchObject({
    code: 'E_RESUME_FAILED',
    message: expect.stringContaining('remembers nothing'),
  })
})

test('without guards nothing is told', async () => {
  await using stage = await Stage.set({ driver: acpDriver(), box: false })
  const file = join(stage.home, 'requests')
  await using _conversation = await stage.open([process.execPath, KEEPER, file, 'resume'])
  expect((await requests(file))[1]?.params).not.toHaveProperty('_meta')
})

test('a session that is only asked something is put into the most cautious mode that its agent offers', () => {
  const address = 'https://agentclientprotocol.com/protocol/session-modes'
  const offered = (modes: readonly string[], option: readonly string[] = []) =>
    readOnlyMode({
      modes,
      mode: { current: 'x', option: option.length === 0 ? null : 'mode', offered: option },
    })
  expect(offered(['default', 'acceptEdits', 'plan', 'bypassPermissions'])).toBe('plan')
  expect(offered(['workspace-write', 'read-only', 'agent-full-access'])).toBe('read-only')
  expect(offered([`${address}#agent`, `${address}#plan`])).toBe(`${address}#plan`)
  expect(offered([], ['build', 'plan'])).toBe('plan')
  expect(offered(['turbo'])).toBeNull()
  expect(readOnlyMode({ modes: [], mode: null })).toBeNull()
})
