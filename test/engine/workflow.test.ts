// What a workflow sees, on the embedded engine.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { QuintetError } from '../../src/contract/errors.ts'
import type { Json } from '../../src/contract/json.ts'
import type { EffectContext, Workflow } from '../../src/engine/port.ts'
import { openStore } from '../../src/store/store.ts'
import { aborted, gate, localEngines, nothing, type LocalEngines } from './local.ts'

const WAITING_ONLY = join(import.meta.dirname, '../fixtures/engine/waiting-only.ts')

let local: LocalEngines

beforeEach(async () => {
  local = await localEngines()
})
afterEach(() => local[Symbol.asyncDispose]())

const open: LocalEngines['open'] = (...args) => local.open(...args)
const run: LocalEngines['run'] = (...args) => local.run(...args)
const steps = (): string[] =>
  [...local.store.events({ stream: 'w', types: ['step.completed', 'step.failed'] })].map(({ key }) => key)

describe('results', () => {
  test('the output of a workflow and of its steps is what JSON keeps of it', async () => {
    const result = await run(
      async (context, input) => {
        const step = await context.step('s', async () => ({ a: undefined, b: [1, undefined as never] }))
        return { input, keys: Object.keys(step), step }
      },
      { n: 1 },
    )
    expect(result).toEqual({
      status: 'done',
      output: { input: { n: 1 }, keys: ['b'], step: { b: [1, null] } },
    })
  })

  test('a workflow that throws has failed, with the error', async () => {
    const result = await run(() => {
      throw new QuintetError('E_TEST', 'agent', 'No.', { details: { n: 1 } })
    })
    expect(result).toEqual({
      status: 'failed',
      error: { code: 'E_TEST', kind: 'agent', message: 'No.', hints: [], details: { n: 1 } },
    })
  })

  test('an effect that throws something else fails as internal, with its stack', async () => {
    const result = await run((context) =>
      context.step('s', () => Promise.reject(new TypeError('x is not y'))),
    )
    expect(result).toMatchObject({ status: 'failed', error: { code: 'E_INTERNAL', message: 'x is not y' } })
    expect(local.store.event('w', 'step:s')?.data).toMatchObject({
      error: { details: { stack: expect.stringContaining('.ts:') } },
    })
  })

  test('an output that JSON cannot hold fails its step', async () => {
    const result = await run((context) => context.step('s', async () => 10n as never))
    expect(result).toMatchObject({ status: 'failed', error: { code: 'E_INTERNAL' } })
  })

  test('the result of an ended workflow is answered at once, and waiting for one can be given up', async () => {
    await run(nothing)
    const engine = open(nothing)
    expect(await engine.result('w')).toEqual({ status: 'done', output: null })
    const giveUp = new AbortController()
    const waiting = engine.result('never', giveUp.signal)
    giveUp.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})

describe('facts', () => {
  test('count once per key and belong to the workflow', async () => {
    const result = await run((context) =>
      context.step('s', async (effect) => [1, 2].map((n) => effect.record({ type: 't', key: 'k', data: n }))),
    )
    expect(result).toEqual({ status: 'done', output: [true, false] })
    expect(local.store.event('w', 'k')?.data).toBe(1)
  })

  test('cannot pass for what the engine writes', async () => {
    const result = await run((context) =>
      context.step('s', async (effect) => effect.record({ type: 't', key: 'step:other', data: null })),
    )
    expect(result).toMatchObject({ status: 'failed', error: { code: 'E_FACT_KEY' } })
  })
})

describe('replay', () => {
  /** Runs `w` until it has reached `hold`, then again in a new engine, or `next` instead, and is let through. */
  async function restart(w: (hold: (effect: EffectContext) => Promise<null>) => Workflow, next = w) {
    const reached = gate()
    const first = open(w((effect) => (reached.open(), aborted(effect))))
    first.start({ id: 'w', workflow: 'w', input: null })
    await reached.passed
    await first[Symbol.asyncDispose]()
    const before = steps()
    return { before, result: await open(next(nothing)).result('w') }
  }

  test('completed steps answer from the log, whatever their order of completion was', async () => {
    const effects: string[] = []
    const { before, result } = await restart((hold) => async (context) => {
      const order: string[] = []
      const timed = async (key: string, ms: number): Promise<void> => {
        await context.step(key, async () => (effects.push(key), await delay(ms), null))
        order.push(key)
      }
      await Promise.all([timed('slow', 40), timed('fast', 1), timed('middle', 20)])
      await context.step('hold', hold)
      return order
    })
    expect(before).toEqual(['step:fast', 'step:middle', 'step:slow'])
    expect(result).toEqual({ status: 'done', output: ['fast', 'middle', 'slow'] })
    expect(effects).toEqual(['slow', 'fast', 'middle'])
  })

  test('a race is won by the same side again', async () => {
    const { result } = await restart((hold) => async (context) => {
      const winner = await Promise.race([
        context.step('slow', async () => (await delay(30), 'slow')),
        context.sleep('nap', 5).then(() => 'nap'),
      ])
      const second = await context.step('slow?', async () => (await delay(40), winner))
      await context.step('hold', hold)
      return second
    })
    expect(result).toEqual({ status: 'done', output: 'nap' })
  })

  test('a signal that was taken stays taken, by the same step', async () => {
    local.store.send({ target: 'w', name: 'go', data: 1 })
    local.store.send({ target: 'w', name: 'go', data: 2 })
    const { result } = await restart((hold) => async (context) => {
      const first = await context.waitSignal('one', ['go'])
      await context.step('hold', hold)
      return [first.data, (await context.waitSignal('two', ['go'])).data]
    })
    expect(result).toEqual({ status: 'done', output: [1, 2] })
  })

  test('code that asks for other steps than before is refused', async () => {
    const { result } = await restart(
      (hold) => async (context) => {
        await context.step('a', nothing)
        return await context.step('b', hold)
      },
      () => (context) => context.step('b', nothing),
    )
    expect(result).toMatchObject({
      status: 'failed',
      error: { code: 'E_WORKFLOW_NONDETERMINISTIC', message: expect.stringContaining('step a') },
    })
  })

  test('code that asks for something else under the same key is refused', async () => {
    const { result } = await restart(
      (hold) => async (context) => {
        await context.step('a', nothing)
        return await context.step('b', hold)
      },
      () => async (context) => (await context.sleep('a', 1), null),
    )
    expect(result).toMatchObject({ status: 'failed', error: { code: 'E_WORKFLOW_NONDETERMINISTIC' } })
  })

  test('code that takes its time between steps is waited for', async () => {
    const { result } = await restart((hold) => async (context) => {
      await context.step('a', nothing)
      await delay(30)
      await context.step('b', nothing)
      await context.step('hold', hold)
      return 'through'
    })
    expect(result).toEqual({ status: 'done', output: 'through' })
  })
})

test('a key that is used twice is refused', async () => {
  const result = await run(async (context) => {
    await context.step('a', nothing)
    return await context.step('a', nothing)
  })
  expect(result).toMatchObject({ status: 'failed', error: { code: 'E_WORKFLOW_NONDETERMINISTIC' } })
})

describe('waiting', () => {
  test('needs no claim, and goes on in memory when it is over', async () => {
    let calls = 0
    const engine = open(async (context) => {
      calls++
      return (await context.waitSignal('s', ['go'])).data
    })
    engine.start({ id: 'w', workflow: 'w', input: null })
    await engine.idle()
    expect(local.store.claims.claim('w')).toMatchObject({ status: 'waiting', owner: null })
    engine.signal('w', { name: 'other', data: 1 })
    await engine.idle()
    engine.signal('w', { name: 'go', data: 2 })
    expect(await engine.result('w')).toEqual({ status: 'done', output: 2 })
    expect(calls).toBe(1)
  })

  test('ends when the earliest of several things happens', async () => {
    const result = await run(async (context) =>
      Promise.race([
        context.waitSignal('s', ['go']).then(() => 'signal'),
        context.result('r', 'nobody').then(() => 'result'),
        context.sleep('long', 3_600_000).then(() => 'long'),
        context.sleep('short', 20).then(() => 'short'),
      ]),
    )
    expect(result).toEqual({ status: 'done', output: 'short' })
  })

  test('does not keep the process alive, which loses nothing', async () => {
    const { path } = local.store
    const { stdout } = await promisify(execFile)(process.execPath, [WAITING_ONLY, path])
    expect(stdout).toBe('idle\n')
    expect(local.store.claims.claim('w')).toMatchObject({ status: 'waiting', owner: null })
  })

  test('goes on where another process has brought the workflow meanwhile', async () => {
    const w: Workflow = async (context) => {
      const first = await context.waitSignal('a', ['go'])
      const second = await context.waitSignal('b', ['go'])
      return [first.data, second.data]
    }
    using otherStore = openStore(local.store.path)
    const one = open(w)
    one.start({ id: 'w', workflow: 'w', input: null })
    await one.idle()
    const two = open(w, { store: otherStore })
    two.signal('w', { name: 'go', data: 1 })
    await two.idle()
    one.signal('w', { name: 'go', data: 2 })
    expect(await one.result('w')).toEqual({ status: 'done', output: [1, 2] })
    await two[Symbol.asyncDispose]()
  })
})

describe('watching signals', () => {
  test('tells of earlier and later ones, once each, and takes none', async () => {
    const told: Json[] = []
    local.store.send({ target: 'w', name: 'a', data: 1 })
    const started = gate()
    const engine = open(async (context) => {
      await context.step('watch', (effect) => {
        const { promise, resolve } = Promise.withResolvers<null>()
        effect.watchSignals((signal) => {
          told.push(signal.data)
          if (signal.name === 'end') resolve(null)
        }, effect.signal)
        started.open()
        return promise
      })
      return [(await context.waitSignal('1', ['a'])).data, (await context.waitSignal('2', ['a'])).data]
    })
    engine.start({ id: 'w', workflow: 'w', input: null })
    await started.passed
    engine.signal('w', { name: 'a', data: 2 })
    engine.signal('w', { name: 'end', data: 3 })
    expect(await engine.result('w')).toEqual({ status: 'done', output: [1, 2] })
    expect(told).toEqual([1, 2, 3])
  })

  test('is over when its own signal aborts', async () => {
    const told: string[] = []
    local.store.send({ target: 'w', name: 'a', data: null })
    local.store.send({ target: 'w', name: 'b', data: null })
    await run((context) =>
      context.step('watch', async (effect) => {
        const until = new AbortController()
        const first = gate()
        effect.watchSignals(({ name }) => {
          told.push(name)
          until.abort()
          first.open()
        }, until.signal)
        return await first.passed
      }),
    )
    expect(told).toEqual(['a'])
  })

  test('a listener that throws aborts its effect with that error', async () => {
    local.store.send({ target: 'w', name: 'a', data: null })
    const result = await run((context) =>
      context.step('watch', (effect) => {
        effect.watchSignals(() => {
          throw new QuintetError('E_TEST', 'agent', 'Not this.')
        }, effect.signal)
        return aborted(effect)
      }),
    )
    expect(result).toMatchObject({ status: 'failed', error: { code: 'E_TEST' } })
  })
})
