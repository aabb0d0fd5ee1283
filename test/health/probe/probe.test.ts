import { describe, expect, it } from 'vitest'
import { buildLedger } from '../../../src/health/ledger/ledger.ts'
import { clozeItem, itemBank, type ProbeFacts } from '../../../src/health/probe/bank.ts'
import type { ProbeItem } from '../../../src/health/probe/item.ts'
import { parseAnswers, probePrompt } from '../../../src/health/probe/prompt.ts'
import { scoreProbe } from '../../../src/health/probe/score.ts'

const facts: ProbeFacts = {
  edited: ['src/auth/form.ts', 'src/auth/token.ts', 'src/auth/user.ts', 'src/auth/mail.ts'],
  others: ['src/auth/role.ts', 'src/auth/log.ts', 'src/auth/key.ts', 'src/db/schema.ts', 'README.md'],
  ledger: buildLedger({
    brief:
      'Never push. Errors must be returned as Result values. Use pnpm instead of npm. Always run `npm run lint`.',
    scope: { include: ['src/auth/**'], exclude: [] },
    forbidden: ['src/db/**'],
  }),
  lastTest: { command: 'npm test -- auth', failed: 3, failing: ['form > rejects', 'token > expires'] },
  port: 4310,
  branch: 'quintet/r1/auth/work',
  decisions: ['Sessions use cookies instead of tokens.'],
  deadEnds: ['raise the timeout of form.test.ts', 'mock the clock'],
  worked: ['npm run lint', 'split token.ts'],
  nextStep: 'make token.ts refuse expired keys',
}

/** An answer that is right in every item. */
function perfect(items: readonly ProbeItem[]): ReadonlyMap<string, unknown> {
  return new Map(
    items.map(({ id, truth }): [string, unknown] => {
      if (truth.kind === 'set') return [id, truth.values]
      if (truth.kind === 'exact') return [id, truth.accepted[0]]
      if (truth.kind === 'keywords') return [id, `it is ${truth.any[0] ?? ''}, I think`]
      return [id, truth.value]
    }),
  )
}

describe('itemBank', () => {
  const items = itemBank(facts)

  it('asks 8 to 12 questions of all classes', () => {
    expect(items).toHaveLength(12)
    expect(new Set(items.map((item) => item.class))).toEqual(
      new Set(['files', 'constraints', 'state', 'decision', 'dead ends', 'next step']),
    )
    expect(items.map(({ id }) => id)).toEqual(Array.from({ length: 12 }, (_, index) => `q${index + 1}`))
  })

  it('is the same every time', () => {
    expect(itemBank(structuredClone(facts))).toEqual(items)
  })

  it('asks for three edited files beside three decoys of the same folder', () => {
    const truth = items[0]?.truth
    if (truth?.kind !== 'set') throw new Error('The first item is not a set.')
    expect(truth.values).toHaveLength(3)
    expect(truth.options).toHaveLength(6)
    const decoys = truth.options.filter((path) => !facts.edited.includes(path))
    expect([...decoys].sort()).toEqual(['src/auth/key.ts', 'src/auth/log.ts', 'src/auth/role.ts'])
  })

  it('asks what may be edited, both ways, and fills gaps', () => {
    const asked = items.filter((item) => item.class === 'constraints')
    expect(asked.flatMap(({ truth }) => (truth.kind === 'boolean' ? [truth.value] : []))).toContain(true)
    expect(asked.flatMap(({ truth }) => (truth.kind === 'boolean' ? [truth.value] : []))).toContain(false)
    expect(asked.map(({ question }) => question)).toContain(
      'Fill the gap in a rule of this session: "Use ____ instead of npm."',
    )
  })

  it('asks little where little is known', () => {
    const nothing: ProbeFacts = {
      edited: [],
      others: [],
      ledger: [],
      lastTest: null,
      port: null,
      branch: null,
      decisions: [],
      deadEnds: [],
      worked: [],
      nextStep: null,
    }
    expect(itemBank(nothing)).toEqual([])
    expect(itemBank({ ...nothing, edited: ['a.ts'] })).toEqual([])
    expect(itemBank({ ...nothing, branch: 'x' })).toHaveLength(1)
  })

  it('never drops a constraint for room, and never shows an answer in its question', () => {
    for (const { question, truth } of items) {
      const answers =
        truth.kind === 'keywords' ? truth.any : truth.kind === 'number' ? [String(truth.value)] : []
      for (const answer of answers) expect(question.toLowerCase()).not.toContain(answer.toLowerCase())
    }
    expect(items.filter((item) => item.class === 'constraints')).toHaveLength(5)
  })

  it('leaves a gap out that the rest would give away', () => {
    expect(clozeItem('Use `zod`, since zod is there.', 'decision')).toEqual([])
    expect(clozeItem('Errors are returned as Result values.', 'constraints')[0]?.truth).toEqual({
      kind: 'keywords',
      any: ['Result'],
    })
  })
})

describe('probePrompt and parseAnswers', () => {
  const items = itemBank(facts)
  it('asks for one JSON object with every key', () => {
    const prompt = probePrompt(items)
    for (const { id, question } of items) {
      expect(prompt).toContain(`${id}: ${question}`)
      expect(prompt).toContain(`"${id}": …`)
    }
  })

  it.each([
    ['{"q1": "a"}'],
    ['Here:\n```json\n{"q1": "a"}\n```\nDone.'],
    ['The set {x} is {"q1": "a"} and {"q1": "b"}'],
  ])('reads %s', (reply) => expect(parseAnswers(reply)?.get('q1')).toBe('a'))

  it('copes with braces in strings, and with none at all', () => {
    expect(parseAnswers('{"q1": "} \\" {"}')?.get('q1')).toBe('} " {')
    expect(parseAnswers('I do not remember.')).toBeNull()
    expect(parseAnswers('{"q1": ')).toBeNull()
    expect(parseAnswers('[1, 2]')).toBeNull()
  })
})

describe('scoreProbe', () => {
  const items = itemBank(facts)

  it('is 1 for all that is right', () => {
    const score = scoreProbe(items, parseAnswers(JSON.stringify(Object.fromEntries(perfect(items)))))
    expect(score).toMatchObject({ total: 1, act: null, lost: [] })
    expect(score.classes).toEqual({
      files: 1,
      constraints: 1,
      state: 1,
      decision: 1,
      'dead ends': 1,
      'next step': 1,
    })
  })

  it('is 0 for nothing known, and acts on it', () => {
    const unknown = new Map(items.map(({ id }) => [id, 'Unknown.']))
    expect(scoreProbe(items, unknown)).toMatchObject({ total: 0, act: 'constraint lost' })
    expect(scoreProbe(items, null).total).toBe(0)
    expect(scoreProbe([], null)).toMatchObject({ total: null, act: null })
  })

  it('is -1 for what is wrong, so that guessing shows', () => {
    const wrong = new Map(
      items.map(({ id, truth }): [string, unknown] => [
        id,
        truth.kind === 'boolean' ? !truth.value : 'zzz 99999',
      ]),
    )
    expect(scoreProbe(items, wrong).total).toBe(-1)
  })

  it('acts when one constraint is lost, or when too much else is', () => {
    const answers = new Map(perfect(items))
    const constraint = items.findLast((item) => item.class === 'constraints')
    answers.set(constraint?.id ?? '', 'unknown')
    const one = scoreProbe(items, answers)
    expect(one.act).toBe('constraint lost')
    expect(one.lost.map(({ item }) => item.fact)).toEqual([constraint?.fact])
    expect(one.total).toBeGreaterThan(0.8)

    const state = new Map(perfect(items))
    for (const { id, ...item } of items) if (item.class === 'state') state.set(id, 'unknown')
    expect(scoreProbe(items, state).act).toBe('too much lost')
  })

  const item = (truth: ProbeItem['truth']): ProbeItem => ({
    id: 'q',
    class: 'state',
    question: '',
    fact: '',
    truth,
  })
  const scored = (truth: ProbeItem['truth'], answer: unknown) =>
    scoreProbe([item(truth)], new Map([['q', answer]])).total
  const paths = {
    kind: 'set',
    values: ['a.ts', 'b.ts', 'c.ts'],
    options: ['a.ts', 'b.ts', 'c.ts', 'd.ts'],
  } as const

  it.each<readonly [ProbeItem['truth'], unknown, number]>([
    [paths, ['./a.ts', 'B.ts', '`c.ts`'], 1],
    [paths, 'a.ts, b.ts, c.ts', 1],
    [paths, ['a.ts', 'b.ts'], 0.8],
    [paths, ['a.ts', 'b.ts', 'c.ts', 'd.ts'], 6 / 7],
    [paths, ['d.ts'], -1],
    [paths, [], 0],
    [paths, null, 0],
    [{ kind: 'set', values: [], options: ['a'] }, [], 1],
    [{ kind: 'exact', accepted: ['npm test'] }, ' `npm  test` ', 1],
    [{ kind: 'exact', accepted: ['npm test'] }, 'npm test -- x', -1],
    [{ kind: 'exact', accepted: ['a', 'b'] }, ['a', 'b'], -1],
    [{ kind: 'number', value: 3 }, '3 tests', 1],
    [{ kind: 'number', value: 3 }, 'between 3 and 4', -1],
    [{ kind: 'number', value: 0 }, 0, 1],
    [{ kind: 'boolean', value: false }, 'No, it belongs to another session', 1],
    [{ kind: 'boolean', value: false }, 'maybe', -1],
    [{ kind: 'keywords', any: ['Result'] }, 'as a result type', 1],
    [{ kind: 'keywords', any: ['Result'] }, 'as results', -1],
    [{ kind: 'keywords', any: ['x'] }, "I don't know", 0],
  ])('%j answered %j is %d', (truth, answer, total) => expect(scored(truth, answer)).toBeCloseTo(total, 10))
})
