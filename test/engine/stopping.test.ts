// How workflows are stopped: by a cancellation, by the end of their process, by the loss of their claim.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { QuintetError } from '../../src/contract/errors.ts'
import type { Json } from '../../src/contract/json.ts'
import { openDatabase } from '../../src/store/database.ts'
import { openStore, Store } from '../../src/store/store.ts'
import { aborted, codeOf, gate, localEngines, nothing, type LocalEngines } from './local.ts'

const HOLD_LOCK = join(import.meta.dirname, '../fixtures/store/hold-lock.ts')

let local: LocalEngines

beforeEach(async () => {
  local = await localEngines()
})
afterEach(() => local[Symbol.asyncDispose]())

const open: LocalEngines['open'] = (...args) => local.open(...args)

describe('cancellation', () => {
  test('reaches a workflow that waits', async () => {
    const engine = open(async (context) => (await context.waitSignal('s', ['go'])).data)
    engine.start({ id: 'w', workflow: 'w', input: null })
    await engine.idle()
    engine.cancel('w', 'enough')
    expect(await engine.result('w')).toEqual({ status: 'cancelled', reason: 'enough' })
  })

  test('before the first step lets no effect begin but shielded ones', async () => {
    const effects: string[] = []
    local.store.claims.create({ id: 'w', workflow: 'w', input: null })
    local.store.claims.cancel('w', 'early')
    const result = await open(async (context) => {
      const thrown = await context.step('a', async () => (effects.push('a'), null)).catch(codeOf)
      await context.step('b', async () => (effects.push('b'), null), { shielded: true })
      return [thrown, context.signal.aborted, await context.sleep('c', 1).catch(codeOf)] as Json
    }).result('w')
    expect(result).toEqual({ status: 'done', output: ['E_CANCELLED', true, 'E_CANCELLED'] })
    expect(effects).toEqual(['b'])
  })

  test('leaves the result to an effect that finishes nevertheless', async () => {
    const started = gate()
    const engine = open((context) =>
      context.step('s', async (effect) => {
        started.open()
        return await aborted(effect).catch((error: unknown) => codeOf(error))
      }),
    )
    engine.start({ id: 'w', workflow: 'w', input: null })
    await started.passed
    engine.cancel('w', 'enough')
    expect(await engine.result('w')).toEqual({ status: 'done', output: 'E_CANCELLED' })
  })

  test('does not abort a shielded effect', async () => {
    const started = gate()
    const engine = open(async (context) => {
      const shielded = await context.step(
        's',
        async (effect) => {
          started.open()
          await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }))
          return effect.signal.aborted
        },
        { shielded: true },
      )
      return [shielded, await context.step('t', nothing).catch(codeOf)]
    })
    engine.start({ id: 'w', workflow: 'w', input: null })
    await started.passed
    engine.cancel('w', 'enough')
    expect(await engine.result('w')).toEqual({ status: 'done', output: [false, 'E_CANCELLED'] })
  })

  test('of nobody is an error, of an ended workflow nothing', async () => {
    await local.run(nothing)
    const engine = open(nothing)
    engine.cancel('w', 'late')
    expect(await engine.result('w')).toEqual({ status: 'done', output: null })
    expect(() => engine.cancel('nobody', 'x')).toThrow(
      expect.objectContaining({ code: 'E_WORKFLOW_UNKNOWN' }),
    )
  })
})

describe('shutdown', () => {
  test('aborts effects, marks nothing as failed, and the next engine goes on at once', async () => {
    const started = gate()
    const reasons: string[] = []
    const first = open(async (context) => {
      try {
        return await context.step('s', (effect) => (started.open(), aborted(effect)))
      } catch (error) {
        reasons.push(codeOf(error))
        await context.step('never', nothing)
        reasons.push('not reached')
        throw new QuintetError('E_TEST', 'agent', 'Wrong conclusion.')
      }
    })
    first.start({ id: 'w', workflow: 'w', input: null })
    const waiting = first.result('w')
    await started.passed
    const disposed = first[Symbol.asyncDispose]()
    await expect(waiting).rejects.toMatchObject({ code: 'E_SHUTDOWN' })
    await disposed
    expect(reasons).toEqual(['E_SHUTDOWN'])
    expect(local.store.claims.claim('w')).toMatchObject({ status: 'ready', owner: null })
    expect(local.store.lastSeq()).toBe(0)
    expect(() => first.start({ id: 'x', workflow: 'w', input: null })).toThrow(
      expect.objectContaining({ code: 'E_SHUTDOWN' }),
    )
    expect(await open((context) => context.step('s', async () => 'again')).result('w')).toEqual({
      status: 'done',
      output: 'again',
    })
  })

  test('keeps the claim of an effect that does not end', async () => {
    const started = gate()
    const engine = open(
      (context) => context.step('s', () => (started.open(), new Promise<never>(() => undefined))),
      {
        graceMs: 20,
      },
    )
    engine.start({ id: 'w', workflow: 'w', input: null })
    await started.passed
    await engine[Symbol.asyncDispose]()
    expect(local.store.claims.claim('w')?.owner).not.toBeNull()
  })
})

describe('leases', () => {
  test('an owner that cannot renew aborts its effects while its lease still holds', async () => {
    const leaseMs = 900
    const path = join(local.folder, 'locked.db')
    using impatient = openStore(path, { busyMs: 20 })
    const started = gate()
    const end = gate()
    let reason = ''
    let endedAt = 0
    const engine = open(
      (context) =>
        context.step('s', async (effect) => {
          started.open()
          reason = await aborted(effect).catch(codeOf)
          endedAt = Date.now()
          end.open()
          throw effect.signal.reason
        }),
      { store: impatient, leaseMs },
    )
    engine.start({ id: 'w', workflow: 'w', input: null })
    await started.passed
    const holder = spawn(process.execPath, [HOLD_LOCK, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(holder.stdout, 'data')
    const leaseUntil = impatient.claims.claim('w')?.leaseUntil ?? 0
    await end.passed
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    await engine[Symbol.asyncDispose]()
    expect(reason).toBe('E_CLAIM_LOST')
    expect(endedAt).toBeLessThan(leaseUntil)
    expect(impatient.claims.claim('w')?.status).toBe('ready')
  })

  test('a claim that could not be given back is taken again by the same process', async () => {
    const path = join(local.folder, 'kept.db')
    using impatient = openStore(path, { busyMs: 20 })
    const { claims } = impatient
    const refused = gate()
    const codes: string[] = []
    const release = claims.release.bind(claims)
    claims.release = (fence) => {
      try {
        release(fence)
      } catch (error) {
        codes.push(codeOf(error))
        refused.open()
        throw error
      }
    }
    const started = gate()
    let effects = 0
    const engine = open(
      (context) =>
        context.step('s', async (effect) => {
          effects++
          if (effects > 1) return 'again'
          started.open()
          return await aborted(effect)
        }),
      { store: impatient, leaseMs: 900 },
    )
    engine.start({ id: 'w', workflow: 'w', input: null })
    await started.passed
    const holder = spawn(process.execPath, [HOLD_LOCK, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(holder.stdout, 'data')
    await refused.passed
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    expect(await engine.result('w')).toEqual({ status: 'done', output: 'again' })
    expect([codes, effects, claims.claim('w')?.epoch]).toEqual([['E_STATE_BUSY'], 2, 2])
    await engine[Symbol.asyncDispose]()
  })

  test('a clock that jumps, as after a sleep of the machine, costs no claim', async () => {
    const clock = { jump: 0 }
    const now = (): number => Date.now() + clock.jump
    using jumping = openStore(join(local.folder, 'jump.db'), { clock: now })
    const result = await (async () => {
      const engine = open(
        async (context) => {
          const recorded = await context.step('s', async (effect) => {
            clock.jump = 3_600_000
            return effect.record({ type: 't', key: 'k', data: null })
          })
          return [recorded, context.signal.aborted]
        },
        { store: jumping, clock: now },
      )
      engine.start({ id: 'w', workflow: 'w', input: null })
      const ended = await engine.result('w')
      await engine[Symbol.asyncDispose]()
      return ended
    })()
    expect(result).toEqual({ status: 'done', output: [true, false] })
    expect(jumping.claims.claim('w')?.epoch).toBe(1)
  })

  test('a fact that finds the disk full aborts its effect, which begins again until it is written', async () => {
    const database = openDatabase(join(local.folder, 'full.db'))
    using full = new Store(database, Date.now)
    const problems: string[] = []
    const seen: string[] = []
    const engine = open(
      (context) =>
        context.step('s', async (effect) => {
          if (seen.length === 0) {
            const pages = Number(database.get('PRAGMA page_count')?.['page_count'])
            database.get(`PRAGMA max_page_count = ${pages}`)
          } else database.get('PRAGMA max_page_count = 10000')
          try {
            effect.record({ type: 't', key: 'k', data: 'x'.repeat(20_000) })
            seen.push('written')
          } catch (error) {
            // An effect may well take every failure for its result.
            seen.push(`${codeOf(error)} ${effect.signal.aborted}`)
          }
          return seen.length
        }),
      { store: full, leaseMs: 3_000, onProblem: (error) => problems.push(codeOf(error)) },
    )
    engine.start({ id: 'w', workflow: 'w', input: null })
    expect(await engine.result('w')).toEqual({ status: 'done', output: 2 })
    expect(seen).toEqual(['E_DISK_FULL true', 'written'])
    expect(problems).toEqual(['E_DISK_FULL'])
    await engine[Symbol.asyncDispose]()
  })

  test('an effect that waits for space can be cancelled', async () => {
    const waiting = gate()
    const engine = open(
      (context) =>
        context.step('s', () => Promise.reject(new QuintetError('E_DISK_FULL', 'environment', 'Full.'))),
      { onProblem: () => waiting.open() },
    )
    engine.start({ id: 'w', workflow: 'w', input: null })
    await waiting.passed
    engine.cancel('w', 'enough')
    expect(await engine.result('w')).toEqual({ status: 'cancelled', reason: 'enough' })
  })

  test('a full disk is waited out while the claim lasts, without a second effect', async () => {
    const database = openDatabase(join(local.folder, 'full.db'))
    using full = new Store(database, Date.now)
    let effects = 0
    const engine = open(
      (context) =>
        context.step('s', async () => {
          effects++
          const pages = Number(database.get('PRAGMA page_count')?.['page_count'])
          database.get(`PRAGMA max_page_count = ${pages}`)
          setTimeout(() => database.get('PRAGMA max_page_count = 10000'), 60)
          return 'x'.repeat(20_000)
        }),
      { store: full, leaseMs: 3_000 },
    )
    engine.start({ id: 'w', workflow: 'w', input: null })
    expect(await engine.result('w')).toMatchObject({ status: 'done' })
    expect(effects).toBe(1)
    await engine[Symbol.asyncDispose]()
  })
})
