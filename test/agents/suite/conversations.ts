// The part of the suite that is the same however an agent's process is kept: turns, questions, cancelling, forks.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AgentAnswer, AgentQuestion } from '../../../src/contract/agent.ts'
import { NEVER, Stage } from '../stage.ts'
import type { DriverUnderTest } from '../suite.ts'

const ENDED = { kind: 'stopped', reason: 'end_turn' }
const CANCELLED = { kind: 'stopped', reason: 'cancelled' }
const LONG = 600_000

export function testConversations({ name, driver, box }: DriverUnderTest): void {
  const set = (): Promise<Stage> => Stage.set({ driver, box })

  describe.concurrent(`conversations of the driver ${name}`, () => {
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
          expect.objectContaining({ kind: 'thought', text: 'What is to be done?' }),
          expect.objectContaining({ kind: 'text', text: 'Writing.' }),
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
          expect.objectContaining({ kind: 'text', text: 'Done.' }),
        ])
        expect(conversation.usage).toEqual({ used: 2_000, size: 200_000, source: 'provider' })
        expect(await stage.read('src/b.txt')).toBe('two\n')
      })

      test('goes on where it was with the next prompt', async () => {
        await using stage = await set()
        await using conversation = await stage.play([{ say: 'first' }, { endTurn: true }, { say: 'second' }])
        expect(await conversation.prompt('go', NEVER)).toEqual(ENDED)
        expect(stage.words).toBe('first')
        expect(await conversation.prompt('go on', NEVER)).toEqual(ENDED)
        expect(stage.words).toBe('first|second')
      })

      test('an error answer is an outcome, and the conversation lives on', async () => {
        await using stage = await set()
        await using conversation = await stage.play([{ fail: 'The model is overloaded.' }, { say: 'better' }])
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
    })

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
    })

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
  })
}

function optionOf(question: AgentQuestion, effect: string): string {
  return question.options.find((option) => option.effect === effect)?.id ?? ''
}
