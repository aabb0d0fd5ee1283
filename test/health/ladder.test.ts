import { describe, expect, it } from 'vitest'
import type { Alarm } from '../../src/contract/health.ts'
import {
  FIRST_RUNG,
  isWatchful,
  ladderAfter,
  type Advice,
  type Ladder,
  type LadderEvent,
  type LadderRules,
} from '../../src/health/ladder.ts'

const alarm = (a: number, family = 'errors', over: Partial<Alarm> = {}): Alarm => ({
  a,
  symptom: 'repetitive errors',
  rule: `${family} rule`,
  family,
  strength: 'strong',
  evidence: { signature: null, count: 4, actions: [a], turns: [1], text: `${family} at ${a}.` },
  ...over,
})
const raised = (a: number, family?: string, over?: Partial<Alarm>): LadderEvent => ({
  kind: 'alarm',
  alarm: alarm(a, family, over),
})

function play(
  events: readonly LadderEvent[],
  rules: LadderRules = {},
): { ladder: Ladder; advices: readonly Advice[] } {
  let ladder = FIRST_RUNG
  const advices: Advice[] = []
  for (const event of events) {
    const step = ladderAfter(ladder, event, rules)
    ladder = step.ladder
    if (step.advice !== null) advices.push(step.advice)
  }
  return { ladder, advices }
}
const kinds = (events: readonly LadderEvent[], rules?: LadderRules) =>
  play(events, rules).advices.map(({ kind }) => kind)

describe('ladder', () => {
  it('only marks what is weak, however often it comes', () => {
    const events = Array.from({ length: 50 }, (_, a) => raised(a, `family ${a}`, { strength: 'weak' }))
    const { ladder, advices } = play([
      { kind: 'utilisation', a: 0, over: true },
      { kind: 'compaction', a: 0 },
      ...events,
    ])
    expect(advices).toEqual([])
    expect(ladder.rung).toBe('watch')
    expect(isWatchful(ladder, 60)).toBe(true)
  })

  it('lets the rules look closer after a mark, over the limit, and shortly after a compaction', () => {
    const watchful = (a: number, ...events: LadderEvent[]) => isWatchful(play(events).ladder, a)
    expect(watchful(5)).toBe(false)
    expect(watchful(5, raised(5, 'generic', { strength: 'weak' }))).toBe(true)
    expect(watchful(5, { kind: 'utilisation', a: 5, over: true })).toBe(true)
    expect(watchful(25, { kind: 'compaction', a: 10 })).toBe(true)
    expect(watchful(26, { kind: 'compaction', a: 10 })).toBe(false)
    expect(watchful(5, { kind: 'over budget', a: 5 })).toBe(true)
  })

  it('nudges at the first strong alarm, again after it had time, and not a third time', () => {
    expect(kinds([raised(1), { kind: 'nudged', a: 2 }, raised(5)])).toEqual(['nudge'])
    const often: LadderEvent[] = [1, 20, 40, 60].flatMap((a) => [raised(a), { kind: 'nudged', a } as const])
    expect(kinds(often)).toEqual(['nudge', 'nudge'])
  })

  it('never goes beyond a nudge for one family, whatever its rules', () => {
    const events = Array.from({ length: 60 }, (_, a) => raised(a * 3, 'errors', { rule: `rule ${a % 4}` }))
    expect(new Set(kinds(events))).toEqual(new Set(['nudge']))
  })

  it('takes two rules that read the same actions for one', () => {
    const read = (...actions: number[]) => ({
      evidence: { signature: null, count: 3, actions, turns: [1], text: 'Three runs, one failure.' },
    })
    const first = raised(12, 'failure', read(10, 11, 12))
    expect(kinds([first, raised(12, 'repetition', read(10, 11, 12))])).not.toContain('reset')
    expect(kinds([first, raised(13, 'repetition', read(11, 12, 13))])).not.toContain('reset')
    expect(kinds([first, raised(15, 'repetition', read(12, 13, 14, 15))])).toEqual(['nudge', 'reset'])
  })

  const spoke = (rule: string, family: string, ...actions: number[]): LadderEvent => {
    const evidence = { signature: null, count: actions.length, actions, turns: [1], text: `${rule}.` }
    return raised(actions.at(-1) ?? 0, family, { rule, evidence })
  }

  it.each([
    [
      'a missing file',
      spoke('repeat', 'repetition', 0, 1, 2),
      spoke('errorRecurs', 'failure', 0, 1, 2, 3, 4),
    ],
    ['a forbidden call', spoke('constraint', 'constraints', 0), spoke('repeat', 'repetition', 0, 1, 2)],
    [
      'a forbidden call, told of again',
      spoke('repeat', 'repetition', 0, 1, 2),
      spoke('constraint', 'constraints', 0, 1, 2, 3),
    ],
    [
      'searches in turn',
      spoke('searchChurn', 'search', 0, 1, 2, 3, 4),
      spoke('repeat', 'repetition', 0, 3, 6),
    ],
    [
      'one more than half left, and too few',
      spoke('repeat', 'repetition', 0, 1, 2, 3, 4),
      spoke('failDensity', 'density', 3, 4, 5, 6, 7, 8),
    ],
  ])('does not count what is left of %s for a second family', (_name, first, second) => {
    expect(kinds([first, second])).not.toContain('reset')
    expect(kinds([first, { kind: 'nudged', a: 0 }, second])).not.toContain('reset')
  })

  it('counts a second family that has enough of its own', () => {
    const [first, second] = [
      spoke('repeat', 'repetition', 0, 1, 2),
      spoke('errorRecurs', 'failure', 2, 3, 4, 5),
    ]
    expect(kinds([first, second])).toEqual(['nudge', 'reset'])
  })

  it('takes two families that have told of the same actions for one, also when they go on', () => {
    const both = (...actions: number[]): LadderEvent[] => [
      spoke('errorRecurs', 'failure', ...actions),
      spoke('repeat', 'repetition', ...actions),
    ]
    const [first, ...rest] = both(0, 1, 2)
    if (first === undefined) throw new Error('There is one.')
    expect(kinds([first, { kind: 'nudged', a: 2 }, ...rest, ...both(3, 4, 5)])).toEqual(['nudge'])
  })

  it('gives a nudge time: what was done before it is no evidence against it', () => {
    const first = spoke('repeat', 'repetition', 0, 2, 4)
    const nudged: LadderEvent = { kind: 'nudged', a: 8 }
    expect(kinds([first, nudged, spoke('errorRecurs', 'failure', 5, 6, 7, 8, 10)])).not.toContain('reset')
    expect(kinds([first, nudged, spoke('errorRecurs', 'failure', 8, 9, 10, 11)])).toContain('reset')
  })

  it('resets for a second family', () => {
    const { ladder, advices } = play([raised(1), { kind: 'nudged', a: 1 }, raised(8, 'circles')])
    expect(advices.map(({ kind }) => kind)).toEqual(['nudge', 'reset'])
    expect(advices[1]?.reasons).toEqual(['errors at 1. And independently of that: circles at 8.'])
    expect(ladder).toMatchObject({ rung: 'reset', pending: 'reset' })
  })

  it('goes on nudging while a reset waits for the operator', () => {
    expect(kinds([raised(1), raised(8, 'circles'), raised(60), raised(160)])).toEqual([
      'nudge',
      'reset',
      'nudge',
      'nudge',
    ])
    expect(kinds([raised(1), { kind: 'nudged', a: 1 }, raised(8, 'circles'), raised(60)])).toEqual([
      'nudge',
      'reset',
      'nudge',
    ])
  })

  it('nudges where no way leads to a reset, and is never muted by one', () => {
    const events = [raised(1), raised(8, 'circles'), raised(60), raised(160, 'circles'), raised(400)]
    const { ladder, advices } = play(events, { resets: false })
    expect(advices.map(({ kind }) => kind)).toEqual(['nudge', 'nudge', 'nudge', 'nudge', 'nudge'])
    expect(ladder.pending).toBeNull()
  })

  it('does not take a family for another one that spoke long ago', () => {
    expect(kinds([raised(1), { kind: 'nudged', a: 1 }, raised(150, 'circles')])).toEqual(['nudge', 'nudge'])
  })

  it('does not reset for one family, be the context over its limit or just compacted', () => {
    expect(kinds([{ kind: 'utilisation', a: 1, over: true }, raised(2)])).toEqual(['nudge'])
    expect(kinds([raised(2), { kind: 'utilisation', a: 3, over: true }])).toEqual(['nudge'])
    expect(kinds([{ kind: 'compaction', a: 10 }, raised(11)])).toEqual(['nudge'])
  })

  it('does not reset for a full context alone', () => {
    const { ladder, advices } = play([{ kind: 'utilisation', a: 1, over: true }])
    expect(advices).toEqual([])
    expect(ladder.rung).toBe('watch')
  })

  it('forgets all on progress', () => {
    const { ladder } = play([
      raised(1),
      { kind: 'nudged', a: 1 },
      raised(5, 'circles'),
      { kind: 'progress', a: 6 },
    ])
    expect(ladder).toEqual({ ...FIRST_RUNG })
    expect(kinds([raised(1), { kind: 'progress', a: 3 }, raised(5, 'circles')])).toEqual(['nudge', 'nudge'])
  })

  it('calms down by itself', () => {
    const events: LadderEvent[] = [raised(1), { kind: 'nudged', a: 1 }, { kind: 'turn ended', a: 200 }]
    expect(play(events).ladder.rung).toBe('ok')
    expect(play([...events.slice(0, 2), { kind: 'turn ended', a: 50 }]).ladder.rung).toBe('nudge')
  })

  const reset: LadderEvent = { kind: 'reset', a: 10, changed: true }
  const fix = (a: number): LadderEvent => ({ kind: 'fix iteration', a })

  it('proposes to abandon after three fixes in vain that follow a reset, not before', () => {
    expect(kinds([fix(1), fix(2), fix(3), fix(4)])).toEqual([])
    expect(kinds([fix(1), fix(2), reset, fix(11), fix(12)])).toEqual([])
    expect(kinds([reset, fix(11), fix(12), { kind: 'progress', a: 13 }, fix(14), fix(15)])).toEqual([])
    const { ladder, advices } = play([reset, fix(11), fix(12), fix(13), fix(14)])
    expect(advices).toHaveLength(1)
    expect(advices[0]).toMatchObject({ kind: 'abandon', proposed: true })
    expect(ladder.rung).toBe('abandon')
    expect(play([reset, fix(11), fix(12), fix(13), { kind: 'progress', a: 14 }]).ladder.rung).toBe('ok')
  })

  it('takes a repeated correction never for a reset, and in the end for the end', () => {
    const again = (a: number): LadderEvent => ({ kind: 'misunderstanding', a })
    expect(kinds([again(1), again(2)])).toEqual([])
    expect(kinds([again(1), again(2), again(3)])).toEqual(['abandon'])
    expect(kinds([again(1), again(2), reset, again(11)])).toEqual([])
    expect(kinds([again(1), again(2), reset, again(11), again(12)])).toEqual(['abandon'])
    expect(play([again(1)]).ladder.rung).toBe('watch')
  })

  it('allows for one unchanged restart', () => {
    const unchanged: LadderEvent = { kind: 'reset', a: 10, changed: false }
    const nothing: LadderEvent = { kind: 'nothing to change', a: 22 }
    expect(kinds([nothing])).toEqual([])
    expect(kinds([reset, nothing])).toEqual([])
    expect(kinds([unchanged, nothing])).toEqual(['abandon'])
    expect(kinds([unchanged, reset, nothing])).toEqual(['abandon'])
  })

  const answer = (
    a: number,
    value: 'nudge' | 'reset' | 'abandon' | 'not stuck',
    rule: string | null = null,
  ): LadderEvent => ({
    kind: 'answer',
    a,
    rule,
    answer: value,
  })

  it('does what the operator says', () => {
    expect(kinds([answer(1, 'nudge'), answer(2, 'reset')])).toEqual(['nudge', 'reset'])
    expect(play([raised(1), raised(2, 'circles'), answer(3, 'nudge')]).ladder).toMatchObject({
      rung: 'nudge',
      pending: null,
      nudges: 1,
      nudgedAt: 3,
    })
    expect(play([answer(1, 'abandon')]).advices).toEqual([
      { kind: 'abandon', reasons: ['The operator said so.'], alarms: [], proposed: false },
    ])
  })

  it('takes "not stuck" back to the alarms that are left', () => {
    const events = [raised(1), raised(2, 'circles')]
    expect(play([...events, answer(3, 'not stuck')]).ladder).toMatchObject({
      rung: 'ok',
      alarms: [],
      pending: null,
    })
    const left = play([...events, answer(3, 'not stuck', 'errors rule')]).ladder
    expect(left).toMatchObject({ rung: 'nudge', pending: null })
    expect(left.alarms.map(({ family }) => family)).toEqual(['circles'])
  })

  it('believes a rule that is tolerated from a higher count on, and every other one as before', () => {
    const tolerances = { 'errors rule': 5 }
    const more = { evidence: { ...alarm(1).evidence, count: 5 } }
    expect(kinds([raised(1)], { tolerances })).toEqual([])
    expect(play([raised(1)], { tolerances }).ladder.rung).toBe('watch')
    expect(kinds([raised(1, 'errors', more)], { tolerances })).toEqual(['nudge'])
    expect(kinds([raised(1, 'circles')], { tolerances })).toEqual(['nudge'])
  })
})

/** A small generator with a seed, so that a failure can be played again. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe('ladder, any sequence', () => {
  const anyAlarm = (pick: (below: number) => number, a: number): LadderEvent =>
    raised(a, `family ${pick(5)}`, {
      rule: `rule ${pick(9)}`,
      strength: pick(3) === 0 ? 'weak' : 'strong',
      evidence: { ...alarm(a).evidence, count: pick(12) },
    })

  it('never reaches the end by alarms, fullness, compactions and nudges alone', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const pick = generator(seed)
      let a = 0
      const events = Array.from({ length: 200 }, (): LadderEvent => {
        a += pick(12)
        const kind = pick(10)
        if (kind === 0) return { kind: 'utilisation', a, over: pick(2) === 0 }
        if (kind === 1) return { kind: 'compaction', a }
        if (kind === 2) return { kind: 'nudged', a }
        if (kind === 3) return { kind: 'turn ended', a }
        if (kind === 4) return { kind: 'fix iteration', a }
        return anyAlarm(pick, a)
      })
      const { ladder, advices } = play(events)
      expect(
        advices.some(({ kind }) => kind === 'abandon'),
        `seed ${seed}`,
      ).toBe(false)
      expect(ladder.rung, `seed ${seed}`).not.toBe('abandon')
    }
  })

  it('never reaches the end by alarms and resets without evidence that follows a reset', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const pick = generator(seed)
      const events = Array.from({ length: 200 }, (_, a): LadderEvent => {
        return pick(8) === 0 ? { kind: 'reset', a, changed: pick(2) === 0 } : anyAlarm(pick, a)
      })
      expect(kinds(events), `seed ${seed}`).not.toContain('abandon')
    }
  })

  it('stays bounded, and never advises a reset on the word of one family, whatever the context', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const pick = generator(seed)
      const events = Array.from({ length: 300 }, (_, a): LadderEvent => {
        const kind = pick(6)
        if (kind === 0) return { kind: 'utilisation', a, over: pick(2) === 0 }
        if (kind === 1) return { kind: 'compaction', a }
        if (kind === 2) return { kind: 'misunderstanding', a }
        return raised(a, 'one', { rule: `rule ${pick(500)}` })
      })
      const { ladder, advices } = play(events)
      expect(ladder.alarms.length).toBeLessThanOrEqual(20)
      expect(advices.map(({ kind }) => kind)).not.toContain('reset')
    }
  })
})
