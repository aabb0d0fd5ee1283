// The part of the suite that depends on how an agent's process is kept: starting, losing, ending.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isAlive, type ProcessIdentity } from '../../../src/process/identity.ts'
import { misfit, NEVER, Stage } from '../stage.ts'
import type { DriverUnderTest } from '../suite.ts'

const ENDED = { kind: 'stopped', reason: 'end_turn' }
/** Starts a process that left its group and its terminal, as agents' tools do. */
const LEAVE_SLEEPER = [
  process.execPath,
  '-e',
  "require('child_process').spawn('sleep', ['600'], { detached: true, stdio: 'ignore' }).unref()",
]
const LONG = 600_000

export function testProcesses({ name, driver, box }: DriverUnderTest): void {
  const set = (): Promise<Stage> => Stage.set({ driver, box })

  describe.concurrent(`processes of the driver ${name}`, () => {
    describe('start', () => {
      test('opens a new conversation in the mode that is wished for', async () => {
        await using stage = await set()
        const started: ProcessIdentity[] = []
        await using conversation = await stage.play([], {
          mode: 'free',
          onStart: (identity) => started.push(identity),
        })
        expect(conversation).toMatchObject({
          how: 'new',
          alive: true,
          usage: null,
          mode: { wanted: 'free', actual: 'free' },
          capabilities: { name: 'quintet-scripted', resume: true, load: true, fork: true },
        })
        expect(conversation.id).toMatch(/\S/)
        expect(started).toHaveLength(1)
        expect(await Promise.all(started.map(isAlive))).toEqual([true])
      })

      test('reports a mode that the agent does not have', async () => {
        await using stage = await set()
        await using conversation = await stage.play([], { mode: 'reckless' })
        expect(conversation.mode).toEqual({ wanted: 'reckless', actual: 'ask' })
      })

      test.each([
        ['a missing program', ['quintet-no-such-agent'], 'E_AGENT_MISSING', 'quintet-no-such-agent'],
        ['a missing path', ['/no/such/agent', '--acp'], 'E_AGENT_MISSING', '/no/such/agent'],
        ['an agent that ends at once', misfit('quit'), 'E_AGENT_EXITED', 'ended with 7'],
        ['an agent that prints garbage', misfit('babble'), 'E_AGENT_PROTOCOL', 'no protocol message'],
        ['an agent that wants a login', misfit('login'), 'E_AGENT_AUTH', 'not logged in'],
        ['an agent of another version', misfit('modern'), 'E_AGENT_PROTOCOL', 'version 2'],
        ['an agent that opens no session', misfit('forgetful'), 'E_AGENT_REFUSED', 'no such session'],
      ])('names %s and leaves no process', async (_what, command, code, words) => {
        await using stage = await set()
        await expect(stage.open(command)).rejects.toMatchObject({
          code,
          message: expect.stringContaining(words),
        })
        expect(await stage.processes()).toEqual([])
      })

      test('puts up with a banner', async () => {
        await using stage = await set()
        await using conversation = await stage.open(misfit('banner'))
        expect(conversation).toMatchObject({ id: 's1', alive: true })
      })

      test('gives up an agent that does not answer in time', async () => {
        await using stage = await set()
        const opening = stage.open(misfit('mute'), { initializeTimeoutMs: 300 })
        await expect(opening).rejects.toMatchObject({ code: 'E_AGENT_PROTOCOL' })
        expect(await stage.processes()).toEqual([])
      })

      test('says what an agent printed that ended at once', async () => {
        await using stage = await set()
        await expect(stage.open(misfit('quit'))).rejects.toMatchObject({
          message: expect.stringContaining('no configuration found'),
          details: { exitCode: 7, said: 'first line\nno configuration found\n' },
        })
      })

      test('an abort during the start rejects with its reason and leaves no process', async () => {
        await using stage = await set()
        const stop = new AbortController()
        const reason = new Error('shut down')
        const opening = stage.open(misfit('mute'), { signal: stop.signal, onStart: () => stop.abort(reason) })
        await expect(opening).rejects.toBe(reason)
        expect(await stage.processes()).toEqual([])
      })
    })

    describe('end of a turn by force', () => {
      test('an answer that was given in the last breath counts', async () => {
        await using stage = await set()
        await using conversation = await stage.open(misfit('hasty'))
        expect(await conversation.prompt('go', NEVER)).toEqual(ENDED)
        await conversation.exited
        expect(conversation.alive).toBe(false)
        expect(await conversation.prompt('go on', NEVER)).toMatchObject({ kind: 'lost', exitCode: 0 })
      })

      test('an agent that goes mad in a turn is ended', async () => {
        await using stage = await set()
        await using conversation = await stage.open(misfit('mad'))
        expect(await conversation.prompt('go', NEVER)).toMatchObject({
          kind: 'failed',
          code: 'E_AGENT_PROTOCOL',
        })
        expect(conversation.alive).toBe(false)
        expect(await stage.processes()).toEqual([])
      })

      test('an agent that cannot be cancelled is ended within the limit', async () => {
        await using stage = await set()
        await using conversation = await stage.open(misfit('deaf'), { cancelTimeoutMs: 200 })
        const stop = new AbortController()
        const turn = conversation.prompt('go', stop.signal)
        await stage.said('deaf')
        stop.abort()
        expect(await turn).toMatchObject({ kind: 'lost' })
        expect(conversation.alive).toBe(false)
        expect(await stage.processes()).toEqual([])
      })
    })

    describe('loss and resumption', () => {
      test('an agent that dies in a turn is lost, with what it said last', async () => {
        await using stage = await set()
        await using conversation = await stage.play([{ run: LEAVE_SLEEPER }, { say: 'dying' }, { die: 3 }])
        expect(await conversation.prompt('go', NEVER)).toMatchObject({
          kind: 'lost',
          exitCode: 3,
          signal: null,
        })
        await conversation.exited
        expect(conversation.alive).toBe(false)
        expect(await conversation.prompt('still there?', NEVER)).toMatchObject({ kind: 'lost', exitCode: 3 })
        expect(await stage.processes()).toEqual([])
      })

      test('after kill -9 nothing of it is alive, and the conversation is resumed where it was', async () => {
        await using stage = await set()
        const command = await stage.script([
          { write: { path: 'b.txt', content: 'two\n' } },
          { commit: 'Add b' },
          { run: LEAVE_SLEEPER },
          { say: 'killed here' },
          { waitFor: 'go.txt' },
          { edit: { path: 'b.txt', old: 'two', new: 'two and three' } },
          { commit: 'Change b' },
        ])
        await using first = await stage.open(command)
        const turn = first.prompt('go', NEVER)
        await stage.said('killed here')
        expect(await stage.processes()).toContain('sleep 600')
        for (const group of stage.groups) process.kill(group, 'SIGKILL')
        expect(await turn).toMatchObject({ kind: 'lost' })
        expect(await stage.processes()).toEqual([])

        await writeFile(join(stage.cwd, 'go.txt'), '')
        await using second = await stage.open(command, { resume: first.id, mode: 'free' })
        expect(second).toMatchObject({ how: 'resumed', id: first.id, mode: { actual: 'free' } })
        expect(await second.prompt('go on', NEVER)).toEqual(ENDED)
        expect(await stage.read('b.txt')).toBe('two and three\n')
        expect(await stage.repository.git('log', '--format=%s')).toBe('Change b\nAdd b\nfirst')
      })

      test('a conversation that the agent does not know cannot be resumed', async () => {
        await using stage = await set()
        const opening = stage.play([], { resume: 'a-conversation-of-old' })
        await expect(opening).rejects.toMatchObject({ code: 'E_RESUME_FAILED', kind: 'agent' })
        expect(await stage.processes()).toEqual([])
      })
    })

    describe('stop', () => {
      test('ends the whole tree, also what left its group, and more than once', async () => {
        await using stage = await set()
        const conversation = await stage.play([{ run: LEAVE_SLEEPER }, { say: 'left' }, { wait: LONG }])
        const turn = conversation.prompt('go', NEVER)
        await stage.said('left')
        expect(await stage.processes()).toContain('sleep 600')
        await Promise.all([conversation.stop(), conversation.stop()])
        expect(await stage.processes()).toEqual([])
        expect(await turn).toMatchObject({ kind: 'lost' })
        await conversation.exited
        await conversation.stop()
        expect(conversation.alive).toBe(false)
      })

      test('an abort of the opening signal ends the process', async () => {
        await using stage = await set()
        const stop = new AbortController()
        await using conversation = await stage.play([{ say: 'on' }, { wait: LONG }], { signal: stop.signal })
        const turn = conversation.prompt('go', NEVER)
        await stage.said('on')
        stop.abort()
        expect(await turn).toMatchObject({ kind: 'lost' })
        await conversation.exited
        expect(await stage.processes()).toEqual([])
      })
    })
  })
}
