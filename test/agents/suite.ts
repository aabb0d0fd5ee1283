// What every agent driver must do, whatever it drives: the definition of AgentDriver. The agent is the scripted one, so a
// driver is tested together with a real executable in a real process tree.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AgentDriver } from '../../src/agents/driver.ts'
import type { AgentAnswer, AgentQuestion } from '../../src/contract/agent.ts'
import { isAlive, type ProcessIdentity } from '../../src/process/identity.ts'
import { misfit, NEVER, Stage } from './stage.ts'

export interface DriverUnderTest {
  readonly name: string
  readonly driver: AgentDriver
  readonly box: boolean
  /** False leaves out what does not depend on how the process is kept. */
  readonly conversations: boolean
}

const ENDED = { kind: 'stopped', reason: 'end_turn' }
const CANCELLED = { kind: 'stopped', reason: 'cancelled' }
/** Starts a process that left its group and its terminal, as agents' tools do. */
const LEAVE_SLEEPER = [
  process.execPath,
  '-e',
  "require('child_process').spawn('sleep', ['600'], { detached: true, stdio: 'ignore' }).unref()",
]
const LONG = 600_000

export function testAgentDriver({ name, driver, box, conversations }: DriverUnderTest): void {
  const set = (): Promise<Stage> => Stage.set({ driver, box })

  describe.concurrent(`driver ${name}`, () => {
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

    if (conversations)
      describe('turn', () => {
        test('tells what the agent does, in order and completely before the turn ends', async () => {
          await using stage = await set()
          await using conversation = await stage.play([
            { think: 'What is to be done?' },
            { say: 'Writing.' },
            { write: { path: 'src/b.txt', content: 'two\n' } },
            { usage: 20_000 },
            { compact: 'Wrote b.' },
            { say: 'Done.' },
          ])
          expect(await conversation.prompt('go', NEVER)).toEqual(ENDED)
          expect(stage.events).toEqual([
            { kind: 'thought', text: 'What is to be done?' },
            { kind: 'text', text: 'Writing.' },
            expect.objectContaining({ kind: 'tool', tool: 'edit', status: 'running', paths: ['src/b.txt'] }),
            expect.objectContaining({
              kind: 'tool',
              tool: 'edit',
              status: 'completed',
              paths: ['src/b.txt'],
            }),
            { kind: 'usage', usage: { used: 20_000, size: 200_000, source: 'provider' } },
            { kind: 'compaction', phase: 'started' },
            { kind: 'usage', usage: { used: 2_000, size: 200_000, source: 'provider' } },
            { kind: 'compaction', phase: 'completed', summary: 'Wrote b.' },
            { kind: 'text', text: 'Done.' },
          ])
          expect(conversation.usage).toEqual({ used: 2_000, size: 200_000, source: 'provider' })
          expect(await stage.read('src/b.txt')).toBe('two\n')
        })

        test('goes on where it was with the next prompt', async () => {
          await using stage = await set()
          await using conversation = await stage.play([
            { say: 'first' },
            { endTurn: true },
            { say: 'second' },
          ])
          expect(await conversation.prompt('go', NEVER)).toEqual(ENDED)
          expect(stage.words).toBe('first')
          expect(await conversation.prompt('go on', NEVER)).toEqual(ENDED)
          expect(stage.words).toBe('first|second')
        })

        test('an error answer is an outcome, and the conversation lives on', async () => {
          await using stage = await set()
          await using conversation = await stage.play([
            { fail: 'The model is overloaded.' },
            { say: 'better' },
          ])
          expect(await conversation.prompt('go', NEVER)).toEqual({
            kind: 'failed',
            code: 'E_AGENT_ERROR',
            message: 'The model is overloaded.',
          })
          expect(conversation.alive).toBe(true)
          expect(await conversation.prompt('again', NEVER)).toEqual(ENDED)
          expect(stage.words).toBe('better')
        })

        test('takes one prompt at a time', async () => {
          await using stage = await set()
          await using conversation = await stage.play([{ say: 'busy' }, { wait: LONG }])
          const turn = conversation.prompt('go', NEVER)
          await stage.said('busy')
          await expect(conversation.prompt('and', NEVER)).rejects.toMatchObject({ code: 'E_AGENT_BUSY' })
          await conversation.cancel()
          expect(await turn).toEqual(CANCELLED)
        })

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
      })

    if (conversations)
      describe('questions', () => {
        const ask = { ask: { name: 'db', question: 'Which database?', options: ['sqlite', 'postgres'] } }
        const use = { write: { path: 'db.txt', content: '{{answer.db}}\n' } }

        test('a question is put with its options, and its answer used', async () => {
          await using stage = await set()
          stage.answer = () => Promise.resolve({ kind: 'option', id: 'postgres' })
          await using conversation = await stage.play([ask, use])
          expect(await conversation.prompt('go', NEVER)).toEqual(ENDED)
          expect(stage.questions).toEqual([
            {
              kind: 'question',
              text: 'Which database?',
              options: [
                { id: 'sqlite', label: 'sqlite', effect: 'answer' },
                { id: 'postgres', label: 'postgres', effect: 'answer' },
              ],
              paths: [],
            },
          ])
          expect(await stage.read('db.txt')).toBe('postgres\n')
        })

        test.each<[AgentAnswer, string]>([
          [{ kind: 'text', text: 'neither, files' }, 'neither, files\n'],
          [{ kind: 'declined' }, '(no answer)\n'],
        ])('an answer may be %j', async (answer, written) => {
          await using stage = await set()
          stage.answer = () => Promise.resolve(answer)
          await using conversation = await stage.play([ask, use])
          expect(await conversation.prompt('go', NEVER)).toEqual(ENDED)
          expect(await stage.read('db.txt')).toBe(written)
        })

        test.each<['allow_once' | 'reject', string | undefined]>([
          ['allow_once', 'new\n'],
          ['reject', undefined],
        ])('a permission can be answered with %s, and the turn goes on', async (effect, written) => {
          await using stage = await set()
          stage.answer = (question) => Promise.resolve({ kind: 'option', id: optionOf(question, effect) })
          await using conversation = await stage.play([
            { permission: { title: 'Write src/api.ts', path: 'src/api.ts' } },
            { write: { path: 'src/api.ts', content: 'new\n' } },
            { say: 'on' },
          ])
          expect(await conversation.prompt('go', NEVER)).toEqual(ENDED)
          expect(stage.questions).toMatchObject([
            { kind: 'permission', text: 'Write src/api.ts', paths: ['src/api.ts'], tool: 'edit' },
          ])
          expect(stage.questions[0]?.options.map((option) => option.effect).sort()).toEqual([
            'allow_always',
            'allow_once',
            'reject',
          ])
          expect(await stage.read('src/api.ts')).toBe(written)
          expect(stage.words).toBe('on')
        })

        test('an option that was not offered permits nothing', async () => {
          await using stage = await set()
          stage.answer = () => Promise.resolve({ kind: 'option', id: 'yes-to-all' })
          await using conversation = await stage.play([
            { permission: { title: 'Write', path: 'x' } },
            { write: { path: 'x', content: 'x' } },
          ])
          await conversation.prompt('go', NEVER)
          expect(await stage.read('x')).toBeUndefined()
        })

        test('a question is withdrawn when its turn is cancelled, and put again by the next', async () => {
          await using stage = await set()
          const asked = Promise.withResolvers<AbortSignal>()
          stage.answer = (_question, signal) => {
            asked.resolve(signal)
            return new Promise(() => undefined)
          }
          await using conversation = await stage.play([ask, use])
          const stop = new AbortController()
          const turn = conversation.prompt('go', stop.signal)
          const withdrawn = await asked.promise
          expect(withdrawn.aborted).toBe(false)
          stop.abort()
          expect(await turn).toEqual(CANCELLED)
          expect(withdrawn.aborted).toBe(true)
          stage.answer = () => Promise.resolve({ kind: 'option', id: 'sqlite' })
          expect(await conversation.prompt('again', NEVER)).toEqual(ENDED)
          expect(await stage.read('db.txt')).toBe('sqlite\n')
        })

        test('whoever is asked may fail: the agent is told, and the turn ends', async () => {
          await using stage = await set()
          stage.answer = () => Promise.reject(new Error('nobody there'))
          await using conversation = await stage.play([ask, use])
          expect(await conversation.prompt('go', NEVER)).toEqual(CANCELLED)
        })
      })

    describe('cancel', () => {
      test('an abort cancels the turn, and the conversation goes on', async () => {
        await using stage = await set()
        await using conversation = await stage.play([
          { say: 'waiting' },
          { waitFor: 'go.txt' },
          { say: 'seen' },
        ])
        const stop = new AbortController()
        const turn = conversation.prompt('go', stop.signal)
        await stage.said('waiting')
        stop.abort()
        expect(await turn).toEqual(CANCELLED)
        expect(conversation.alive).toBe(true)
        await writeFile(join(stage.cwd, 'go.txt'), '')
        expect(await conversation.prompt('again', NEVER)).toEqual(ENDED)
        expect(stage.words).toBe('waiting|seen')
      })

      test('a signal that is aborted already sends nothing', async () => {
        await using stage = await set()
        await using conversation = await stage.play([{ say: 'never' }])
        expect(await conversation.prompt('go', AbortSignal.abort())).toEqual(CANCELLED)
        expect(stage.events).toEqual([])
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

    if (conversations)
      describe('fork', () => {
        test('remembers, and leaves the conversation alone', async () => {
          await using stage = await set()
          stage.answer = () => Promise.resolve({ kind: 'text', text: 'blue' })
          await using conversation = await stage.play([
            { ask: { name: 'colour', question: 'Which colour?' } },
            { endTurn: true },
            { say: 'still here' },
          ])
          await conversation.prompt('go', NEVER)
          const heard: string[] = []
          const fork = await conversation.fork?.({
            onEvent: (event) => heard.push(event.kind === 'text' ? event.text : event.kind),
            onQuestion: () => Promise.resolve({ kind: 'declined' }),
          })
          expect(fork?.id).not.toBe(conversation.id)
          expect(await fork?.prompt('What was the colour?', NEVER)).toEqual(ENDED)
          expect(heard.join('')).toContain('colour: blue')
          await fork?.stop()
          expect(fork?.alive).toBe(false)
          expect(stage.events).toEqual([])
          expect(conversation.alive).toBe(true)
          expect(await conversation.prompt('go on', NEVER)).toEqual(ENDED)
          expect(stage.words).toBe('still here')
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

function optionOf(question: AgentQuestion, effect: string): string {
  return question.options.find((option) => option.effect === effect)?.id ?? ''
}
