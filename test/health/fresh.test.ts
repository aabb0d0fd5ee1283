import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../../src/contract/trace.ts'
import { compareRuns, type RunSide, type RunState } from '../../src/health/fresh.ts'
import { buildLedger, checkers } from '../../src/health/ledger/ledger.ts'

const exec = (a: number, cmd: string): TraceEvent => ({
  t: 'call',
  a,
  id: `${a}`,
  tool: 'x',
  kind: 'exec',
  cmd,
})
const edit = (a: number, path: string): TraceEvent => ({
  t: 'call',
  a,
  id: `${a}`,
  tool: 'x',
  kind: 'edit',
  path,
})
const state = (green: boolean | null, failing: Readonly<Record<string, number>> = {}): RunState => ({
  green,
  failing: new Map(Object.entries(failing)),
})
const side = (over: Partial<RunSide>): RunSide => ({
  events: [],
  root: null,
  signatures: [],
  state: state(false, { '$ npm test': 3 }),
  ...over,
})
const ledger = buildLedger({ brief: 'Never push.', scope: { include: ['src/a/**'], exclude: [] } })
const STUCK = ['4 runs, same failure: E.']
const compare = (old: Partial<RunSide>, fresh: Partial<RunSide>, stuck: readonly string[] = STUCK) =>
  compareRuns({
    old: side(old),
    fresh: side(fresh),
    stuck,
    checkers: (root) => checkers(ledger, root === null ? {} : { root }),
  })

describe('compareRuns', () => {
  it('finds the context polluted when the fresh run comes further and the old one is stuck', () => {
    const fewer = state(false, { '$ npm test': 1 })
    const found = compare({ signatures: ['E'] }, { signatures: ['E'], state: fewer })
    expect(found).toMatchObject({ verdict: 'context', further: true, stuck: STUCK })
    expect(found.because).toContain('4 runs, same failure: E.')
    expect(found.rows[0]).toEqual({
      measure: 'state reached',
      old: 'checks red, 3 failing',
      fresh: 'checks red, 1 failing',
    })
    expect(compare({}, { state: state(true) }).verdict).toBe('context')
  })

  it('never says so of a session that nothing shows to be stuck', () => {
    const found = compare({}, { state: state(true) }, [])
    expect(found).toMatchObject({ verdict: 'undecided', further: true })
    expect(found.because).toContain('nothing says that the session is stuck')
  })

  it('says of a session whose checks are green that nothing is wrong, whatever error both met on the way', () => {
    const green = state(true, { '$ npm test': 0 })
    const found = compare({ signatures: ['E'], state: green }, { signatures: ['E'], state: green })
    expect(found).toMatchObject({ verdict: 'undecided', further: false })
    expect(found.because).toBe('The checks are green on what the session has: nothing is wrong.')
  })

  it('decides nothing between what is known and what is not, and says which is not', () => {
    const unknown = { verdict: 'undecided', further: false }
    const old = compare({ state: state(null) }, { state: state(true) })
    expect(old).toMatchObject({
      ...unknown,
      because: 'How far the session came is not known, so the two cannot be compared.',
    })
    const fresh = compare({ signatures: ['E'] }, { signatures: ['E'], state: state(null) })
    expect(fresh).toMatchObject({
      ...unknown,
      because: 'How far the fresh run came is not known, so the two cannot be compared.',
    })
    const counts = compare({ state: state(null) }, { state: state(null, { '$ npm test': 0 }) })
    expect(counts).toMatchObject(unknown)
  })

  it('compares counts of the same command only', () => {
    const other = { state: state(null, { '$ tsc': 0 }) }
    const tests = { state: state(null, { '$ npm test': 3 }) }
    expect(compare(tests, other)).toMatchObject({ verdict: 'undecided', further: false })
    expect(compare(tests, { state: state(null, { '$ npm test': 2, '$ tsc': 0 }) }).verdict).toBe('context')
    const mixed = state(null, { '$ npm test': 2, '$ tsc': 9 })
    expect(compare({ state: state(null, { '$ npm test': 3, '$ tsc': 8 }) }, { state: mixed }).further).toBe(
      false,
    )
  })

  it('finds the task or the environment at fault when both meet the same error', () => {
    const found = compare({ signatures: ['A', 'E', 'E'] }, { signatures: ['E', 'B'] })
    expect(found).toMatchObject({ verdict: 'task or environment', shared: ['E'] })
    expect(found.because).toContain('(E)')
  })

  it('finds the handoff incomplete when the fresh run breaks what the old one kept, whatever it reached', () => {
    const found = compare({}, { events: [exec(0, 'git push')], state: state(true) })
    expect(found).toMatchObject({ verdict: 'handoff', missing: ['Never push.'] })
    const both = compare({ events: [exec(0, 'git push')] }, { events: [exec(0, 'git push')] })
    expect(both).toMatchObject({ verdict: 'undecided', missing: [] })
  })

  it('judges each side by the paths of its own worktree', () => {
    const inside = (root: string) => ({ root, events: [edit(0, `${root}/src/a/one.ts`)] })
    expect(compare(inside('/w'), inside('/x')).missing).toEqual([])
  })

  it('names the files and the commands by which the first five actions differ', () => {
    const old = { events: [edit(0, '/w/a.ts'), exec(1, 'npm  test'), edit(2, '/w/c.ts')], root: '/w' }
    const same = compare(old, {
      events: [edit(0, '/x/a.ts'), exec(1, 'npm test'), edit(2, '/x/c.ts')],
      root: '/x',
    })
    expect(same).toMatchObject({ divergence: 0, first: { files: { both: ['a.ts', 'c.ts'], old: [] } } })
    const found = compare(old, { events: [edit(0, 'b.ts'), exec(1, 'npm test'), exec(2, 'ls')] })
    expect(found.first).toEqual({
      files: { both: [], old: ['a.ts', 'c.ts'], fresh: ['b.ts'] },
      commands: { both: ['npm test'], old: [], fresh: ['ls'] },
    })
    expect(found.divergence).toBeCloseTo(4 / 5)
    expect(found.rows).toContainEqual({ measure: 'first files', old: 'a.ts, c.ts', fresh: 'b.ts' })
    expect(found.actions).toEqual({ old: 3, fresh: 3 })
    expect(compare({}, {}).divergence).toBeNull()
    const late = [...Array.from({ length: 5 }, (_, a) => exec(a, 'ls')), edit(5, 'a.ts')]
    expect(compare({ events: late }, { events: [exec(0, 'ls')] }).divergence).toBe(0)
  })
})
