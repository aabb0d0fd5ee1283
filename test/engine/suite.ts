// The contract of an engine, as tests: whatever passes is one. Real worker processes are killed, stopped and interrupted.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ignoring } from '../../src/contract/errors.ts'
import { identify } from '../../src/process/identity.ts'
import type { EngineHarness, LoggedFact, WorkerProcess } from './harness.ts'

/** How soon an abort has to reach an effect, wherever it runs. */
const ABORT_LIMIT_MS = 2_000
/** Beyond the lease. The promise is 500 ms; a busy machine gets more. */
const TAKEOVER_LIMIT_MS = 1_500

/** Defines the suite for the engine that `setup` prepares. */
export function testEngine(setup: () => Promise<EngineHarness>): void {
  let harness: EngineHarness
  let workers: WorkerProcess[]

  beforeEach(async () => {
    harness = await setup()
    workers = []
  })
  afterEach(async () => {
    for (const worker of workers) await worker[Symbol.asyncDispose]()
    await harness[Symbol.asyncDispose]()
  })

  const worker = async (): Promise<WorkerProcess> => {
    const started = await harness.startWorker()
    workers.push(started)
    return started
  }
  const start = (workflow: string, input: Record<string, string | number> = {}): string => {
    const id = `${workflow}-1`
    harness.client.start({ id, workflow, input: { folder: harness.folder, ...input } })
    return id
  }
  /** Effects that began, as `<workflow> <step> <pid>`. */
  const effects = async (): Promise<string[]> => {
    const text = (await ignoring(['ENOENT'], readFile(join(harness.folder, 'effects'), 'utf8'))) ?? ''
    return text.split('\n').filter((line) => line !== '')
  }
  const by = (name: string, process: WorkerProcess) => (fact: LoggedFact) =>
    fact.key === `${name}:${process.pid}`
  const named = (name: string) => (fact: LoggedFact) => fact.type === `test.${name}`
  /** Stops a process by SIGSTOP while it holds no lock. */
  const freeze = (process: WorkerProcess): void => {
    for (;;) {
      process.signal('SIGSTOP')
      if (!harness.isWriting()) return
      process.signal('SIGCONT')
    }
  }

  describe('crashes', () => {
    test.each([1, 2])(
      'kill -9 at random points loses nothing and repeats only what was in flight (seed %i)',
      async (seed) => {
        const random = generator(seed)
        const ids = ['a', 'b', 'c']
        const steps = 30
        for (const id of ids) {
          harness.client.start({ id, workflow: 'count', input: { steps, folder: harness.folder } })
        }
        let kills = 0
        while (kills < 5) {
          const victim = await worker()
          await delay(random() * 120)
          await victim.kill()
          kills++
        }
        await worker()
        for (const id of ids) {
          expect(await harness.client.result(id)).toEqual({
            status: 'done',
            output: { sum: (steps * (steps + 1)) / 2 },
          })
          expect(harness.facts(id).map(({ key }) => key)).toEqual(
            Array.from({ length: steps }, (_, n) => `counted:${n + 1}`),
          )
          const began = (await effects())
            .filter((line) => line.startsWith(`${id} `))
            .map((line) => line.split(' ')[1])
          expect(new Set(began).size).toBe(steps)
          expect(began.length).toBeLessThanOrEqual(steps + kills)
        }
      },
    )

    test('the claims of a worker that was killed go to another', async () => {
      const first = await worker()
      const id = start('hold')
      await harness.fact(id, by('held', first))
      const second = await worker()
      await first.kill()
      const killed = Date.now()
      const taken = await harness.fact(id, by('held', second))
      expect(taken.at - killed).toBeLessThan(harness.leaseMs + TAKEOVER_LIMIT_MS)
      harness.client.signal(id, { name: 'release', data: null })
      expect(await harness.client.result(id)).toEqual({ status: 'done', output: null })
    })

    test('a worker that was stopped does nothing when it wakes but the step in flight, in vain', async () => {
      const first = await worker()
      const id = start('hold')
      await harness.fact(id, by('held', first))
      freeze(first)
      const second = await worker()
      const stopped = Date.now()
      const taken = await harness.fact(id, by('held', second))
      expect(taken.at - stopped).toBeLessThan(harness.leaseMs + TAKEOVER_LIMIT_MS)
      first.signal('SIGCONT')
      await first.said('refused E_CLAIM_LOST')
      harness.client.signal(id, { name: 'release', data: null })
      expect(await harness.client.result(id)).toEqual({ status: 'done', output: null })
      expect(await effects()).toEqual([
        `${id} hold ${first.pid}`,
        `${id} hold ${second.pid}`,
        `${id} after ${second.pid}`,
      ])
      expect(harness.facts(id).some(named('late'))).toBe(false)
    })

    test('a step that failed fails again with the same error, without its effect', async () => {
      const first = await worker()
      const id = start('failing')
      await harness.fact(id, by('gate', first))
      await first.kill()
      const second = await worker()
      await harness.fact(id, by('gate', second))
      harness.client.signal(id, { name: 'release', data: null })
      expect(await harness.client.result(id)).toEqual({
        status: 'done',
        output: {
          code: 'E_TEST',
          kind: 'conflict',
          message: 'This fails.',
          hints: [{ text: 'Look.', command: 'quintet status' }],
          details: { pid: first.pid },
        },
      })
      expect(await effects()).toEqual([`${id} bad ${first.pid}`])
    })

    test('a sleep goes on while nobody runs, and is neither shortened nor begun anew', async () => {
      const ms = 700
      const first = await worker()
      const id = start('napper', { ms })
      const before = await harness.fact(id, named('before'))
      await first.kill()
      await worker()
      expect(await harness.client.result(id)).toEqual({ status: 'done', output: null })
      const woke = await harness.fact(id, named('woke'))
      expect(woke.at - before.at).toBeGreaterThanOrEqual(ms)
    })
  })

  describe('several processes', () => {
    test('run each step of each workflow once', async () => {
      await Promise.all([worker(), worker()])
      const ids = Array.from({ length: 10 }, (_, n) => `w${n}`)
      for (const id of ids)
        harness.client.start({ id, workflow: 'count', input: { steps: 5, folder: harness.folder } })
      for (const id of ids)
        expect(await harness.client.result(id)).toEqual({ status: 'done', output: { sum: 15 } })
      const began = (await effects()).map((line) => line.split(' ').slice(0, 2).join(' '))
      expect(began.toSorted()).toEqual(
        ids.flatMap((id) => [1, 2, 3, 4, 5].map((n) => `${id} s${n}`)).toSorted(),
      )
    })

    test('a workflow starts others, and gets their results and failures', async () => {
      await worker()
      const id = start('family')
      const sum = { status: 'done', output: { sum: 6 } }
      const failed = {
        status: 'failed',
        error: { code: 'E_TEST', kind: 'conflict', message: 'This fails.', hints: [] },
      }
      expect(await harness.client.result(id)).toEqual({ status: 'done', output: [sum, sum, sum, failed] })
    })

    test('a child that fails or is cancelled tells its parent, once, also when its code has changed', async () => {
      const first = await worker()
      const id = start('guardian')
      await harness.fact(`${id}/changed`, by('held', first))
      await first.kill()
      const second = await worker()
      await harness.fact(`${id}/idle`, by('working', second))
      harness.client.cancel(`${id}/idle`, 'enough')
      const result = await harness.client.result(id)
      if (result.status !== 'done') throw new Error(JSON.stringify(result))
      expect(result.output).toHaveLength(3)
      expect(result.output).toEqual(
        expect.arrayContaining([
          { id: `${id}/broken`, status: 'failed' },
          { id: `${id}/changed`, status: 'failed' },
          { id: `${id}/idle`, status: 'cancelled' },
        ]),
      )
      expect(await harness.client.result(`${id}/changed`)).toMatchObject({
        error: { code: 'E_WORKFLOW_NONDETERMINISTIC' },
      })
    })

    test('a second start with the same id does nothing', async () => {
      expect(
        harness.client.start({ id: 'x', workflow: 'count', input: { steps: 1, folder: harness.folder } }),
      ).toBe(true)
      expect(
        harness.client.start({ id: 'x', workflow: 'count', input: { steps: 9, folder: harness.folder } }),
      ).toBe(false)
      await worker()
      expect(await harness.client.result('x')).toEqual({ status: 'done', output: { sum: 1 } })
    })
  })

  describe('signals', () => {
    test('one that comes before anybody waits, or even before the workflow exists, is kept', async () => {
      harness.client.signal('taker-1', { name: 'early', data: 1 })
      const id = start('taker', { takes: 2 })
      harness.client.signal(id, { name: 'early', data: 2 })
      await worker()
      expect(await harness.client.result(id)).toEqual({ status: 'done', output: [1, 2] })
    })

    test('a repeated one counts once', async () => {
      const id = start('taker', { takes: 2 })
      for (const data of [1, 2]) harness.client.signal(id, { name: 'early', data, dedupe: 'same' })
      await worker()
      harness.client.signal(id, { name: 'late', data: 3, dedupe: 'other' })
      expect(await harness.client.result(id)).toEqual({ status: 'done', output: [1, 3] })
    })
  })

  describe('stopping', () => {
    test('a cancellation from another process aborts the effect in flight, and what is shielded still runs', async () => {
      const first = await worker()
      const id = start('cancellable')
      await harness.fact(id, by('working', first))
      harness.client.cancel(id, 'enough')
      const asked = Date.now()
      expect(await harness.client.result(id)).toEqual({ status: 'cancelled', reason: 'enough' })
      const cleaned = await harness.fact(id, named('cleaned'))
      expect(cleaned.data).toEqual({ code: 'E_CANCELLED' })
      expect(cleaned.at - asked).toBeLessThan(ABORT_LIMIT_MS)
    })

    test('a cancellation outlives the worker that never saw it', async () => {
      const first = await worker()
      const id = start('cancellable')
      await harness.fact(id, by('working', first))
      freeze(first)
      harness.client.cancel(id, 'enough')
      await first.kill()
      const second = await worker()
      expect(await harness.client.result(id)).toEqual({ status: 'cancelled', reason: 'enough' })
      expect(await effects()).toEqual([`${id} work ${first.pid}`, `${id} clean ${second.pid}`])
    })

    test('after an interrupt the next process goes on at once, and nothing has failed', async () => {
      const first = await worker()
      const id = start('hold')
      await harness.fact(id, by('held', first))
      first.signal('SIGINT')
      await first.exited
      expect(first.exitCode).toBe(0)
      const second = await worker()
      await harness.fact(id, by('held', second))
      harness.client.signal(id, { name: 'release', data: null })
      expect(await harness.client.result(id)).toEqual({ status: 'done', output: null })
    })

    test('a double interrupt leaves no process behind, and the work goes on later', async () => {
      const first = await worker()
      const id = start('spawner')
      const spawned = await harness.fact(id, named('spawned'))
      first.signal('SIGINT')
      await first.said('interrupt 1')
      first.signal('SIGINT')
      await first.exited
      expect(first.exitCode).toBe(130)
      await expect.poll(() => identify(pidOf(spawned))).toBeNull()
      const second = await worker()
      const again = await harness.fact(id, (fact) => named('spawned')(fact) && fact.key !== spawned.key)
      second.signal('SIGINT')
      await second.said('interrupt 1')
      second.signal('SIGINT')
      await second.exited
      await expect.poll(() => identify(pidOf(again))).toBeNull()
    })
  })
}

/** A small generator of numbers in [0, 1), the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed * 2_654_435_761
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

function pidOf(fact: LoggedFact): number {
  return (fact.data as { pid: number }).pid
}
