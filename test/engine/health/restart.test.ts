import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import type { Piece } from '../../../src/contract/plan.ts'
import { failedBefore, requireChange } from '../../../src/engine/health/predecessor.ts'
import { restartKey, sameTries, type EarlierTry } from '../../../src/engine/health/restart.ts'
import { createdFact } from '../../../src/engine/run/created.ts'
import { RunInput } from '../../../src/engine/run/input.ts'
import { runWorkflowId, sessionWorkflowId } from '../../../src/engine/names.ts'
import { tellSession } from '../../../src/engine/operator.ts'
import { toJson } from '../../../src/engine/record.ts'
import { sessionSpec } from '../../../src/engine/session/spec.ts'
import { piece, stage, type Stage } from '../../support/services.ts'

const tried = (key: string, more: Partial<EarlierTry> = {}): EarlierTry => ({
  run: 'r',
  key,
  abandoned: 'no way',
  told: false,
  notes: [],
  ...more,
})

describe('the same try again', () => {
  test('counts back to the last thing that was different', () => {
    expect(sameTries([], 'k')).toBe(0)
    expect(sameTries([tried('k'), tried('k')], 'k')).toBe(2)
    expect(sameTries([tried('k'), tried('other'), tried('k')], 'k')).toBe(1)
    expect(sameTries([tried('k'), tried('k')], 'other')).toBe(0)
    expect(sameTries([tried('k'), tried('k', { abandoned: null }), tried('k')], 'k')).toBe(1)
    expect(sameTries([tried('k'), tried('k', { told: true })], 'k')).toBe(1)
    expect(sameTries([tried('k'), tried('k', { notes: ['use v5'] })], 'k')).toBe(0)
  })

  test('another brief, scope, agent or check is another try; a title is not', () => {
    const one = parsed(piece('a'))
    const key = restartKey(one)
    expect(restartKey({ ...one, title: 'Else' })).toBe(key)
    for (const change of [
      { brief: 'Do half of it.' },
      { scope: { include: ['src/a/b/**'], exclude: [] } },
      { agent: 'codex' },
      { checks: [{ name: 'x', run: ['true'] }] },
    ]) {
      expect(restartKey(parsed({ ...piece('a'), ...change }))).not.toBe(key)
    }
  })
})

/** A run of the plan `work` whose session `a` came to its end. */
function ran(on: Stage, n: number, brief: string, end: readonly [string, unknown][]): string {
  const run = `work-${n}`
  const input = v.parse(RunInput, {
    version: 1,
    run,
    name: 'work',
    plan: { goal: 'Do it.', pieces: [piece('a', { brief })] },
    order: ['a'],
    base: { ref: 'main', commit: 'c' },
    target: 'main',
    coordination: { on: false, why: 'one piece' },
    rehearsal: false,
  })
  const { store } = on.services
  const id = runWorkflowId(run)
  store.claims.create({ id, workflow: 'run', input: toJson(input) })
  store.append({ stream: id, type: 'run.created', key: 'c', data: toJson(createdFact(input)) })
  const stream = sessionWorkflowId({ run, piece: 'a' })
  for (const [index, [type, data]] of end.entries()) {
    const place = type.startsWith('run.') ? id : stream
    store.append({ stream: place, type, key: `${type}:${index}`, data: toJson(data) })
  }
  return run
}
function end({ services: { store } }: Stage, id: string): void {
  const seen = store.claims.claim(id)
  const claim = seen && store.claims.take(seen, { owner: 'o', host: 'h', leaseMs: 60_000 })
  if (claim === undefined) throw new Error('The claim is gone.')
  store.claims.end({ workflow: id, owner: 'o', epoch: claim.epoch }, 'done', null)
}
const parsed = (input: object): Piece => {
  const plan = { goal: 'g', pieces: [input] }
  const [first] = v.parse(RunInput.entries.plan, plan).pieces
  if (first === undefined) throw new Error('No piece.')
  return first
}
const BEGAN = ['turn.started', { attempt: 1, turn: 1, prompt: 'first' }] as [string, unknown]
const gaveUp = (reason: string) => ['session.abandoned', { reason }] as [string, unknown]

describe('a piece that is begun again', () => {
  const again =
    (on: Stage, brief = 'Do it.') =>
    (): void =>
      requireChange(on.services.store, 'work', [parsed(piece('a', { brief }))])

  test('is refused the third time, unless something is different; the note is told', async () => {
    await using on = await stage()
    ran(on, 1, 'Do it.', [BEGAN, gaveUp('Too slow.')])
    expect(again(on)).not.toThrow()
    const run = ran(on, 2, 'Do it.', [BEGAN, gaveUp('Still too slow.')])
    expect(again(on)).toThrow(/The piece a was abandoned twice with this brief, scope and agent/)
    expect(again(on, 'Do half of it.')).not.toThrow()
    expect(() =>
      requireChange(on.services.store, 'other', [parsed(piece('a', { brief: 'Do it.' }))]),
    ).not.toThrow()
    const { store } = on.services
    const id = sessionWorkflowId({ run, piece: 'a' })
    store.claims.create({ id, workflow: 'session', input: {} })
    end(on, id)
    await expect(
      tellSession(
        on.services,
        { run, piece: 'a' },
        { kind: 'retry', reason: 'The operator gave no reason.' },
      ),
    ).rejects.toThrow(/has ended/)
    expect(
      await tellSession(on.services, { run, piece: 'a' }, { kind: 'retry', reason: 'v5 is out.' }),
    ).toEqual({
      told: 'work-2/a',
      noted: true,
    })
    expect(again(on)).not.toThrow()
    ran(on, 3, 'Do it.', [])
    const told = failedBefore(store, sessionSpec(on.services, { run: 'work-3', piece: 'a' }))
    expect(told).toContain('An earlier session on this piece was abandoned: Still too slow.')
    expect(told).toContain('What the operator says is different this time:\n- v5 is out.')
  })

  test('what never began, or was only stopped with its run, was no try', async () => {
    await using on = await stage()
    ran(on, 1, 'Do it.', [BEGAN, gaveUp('Enough.'), ['run.stopped', { reason: 'Enough.' }]])
    ran(on, 2, 'Do it.', [gaveUp('It depends on b, which was abandoned.')])
    ran(on, 3, 'Do it.', [BEGAN, gaveUp('No.')])
    expect(again(on)).not.toThrow()
    ran(on, 4, 'Do it.', [BEGAN, gaveUp('No.')])
    expect(again(on)).toThrow(/abandoned twice/)
  })

  test('that landed begins anew', async () => {
    await using on = await stage()
    ran(on, 1, 'Do it.', [BEGAN, gaveUp('No.')])
    ran(on, 2, 'Do it.', [BEGAN, ['session.landed', { commit: 'c' }]])
    ran(on, 3, 'Do it.', [])
    expect(again(on)).not.toThrow()
    expect(
      failedBefore(on.services.store, sessionSpec(on.services, { run: 'work-3', piece: 'a' })),
    ).toBeNull()
  })
})
