// Configuration and plans are the operator's: no suggestion gives them to a session, or counts them.
import { expect, test } from 'vitest'
import { ownerName, ownershipInForce } from '../../../src/scope/ownership.ts'
import { draftOf } from '../../../src/plan/suggest/draft.ts'
import { mend } from '../../../src/plan/suggest/mend.ts'
import { BOUNDARIES, suggest } from '../../../src/plan/suggest/suggest.ts'
import { FACTS } from '../fixture.ts'
import { factsOf, project } from './facts.ts'

const GOAL = 'Give every error a code'
const THEIRS = ['.quintet/config.toml', '.quintet/plans/example.toml', '.quintet/prepare.ts']

/** The project of six areas after `init`, with a script of the operator's that everything is changed with. */
function afterInit() {
  const base = project()
  const path = (index: number): string => base.files[index]?.path ?? ''
  const code = base.files.map((file) => file.path).filter((file) => file.endsWith('/main.ts'))
  return factsOf({
    files: [...base.files.map((file) => file.path), ...THEIRS],
    together: [
      ...base.together.map(([a, b, weight]) => [path(a), path(b), weight] as const),
      ...code.map((file) => [file, '.quintet/prepare.ts', 9] as const),
    ],
    imports: [
      ...base.imports.map(([a, b]) => [path(a), path(b)] as const),
      ...code.map((file) => ['.quintet/prepare.ts', file] as const),
    ],
    covers: base.covers.map(([a, b]) => [path(a), path(b)] as const),
  })
}

test.each(BOUNDARIES)('a division by %s is the same as without them', (by) => {
  const facts = afterInit()
  for (const sessions of [1, 3]) {
    const found = suggest({ facts, goal: GOAL, by, sessions })
    const before = suggest({ facts: project(), goal: GOAL, by, sessions })
    expect(found.candidates).toEqual(before.candidates)
    expect(found.sessions).toEqual(before.sessions)
    expect(found.contended).toEqual(before.contended)
    for (const candidate of found.candidates) {
      const planFacts = { ...FACTS, files: facts.files.map(({ path }) => path) }
      const { draft, report } = mend(
        'p',
        draftOf(found, candidate, { tests: [{ name: 'test', run: ['npm', 'test'] }] }),
        planFacts,
      )
      const map = ownershipInForce(draft.plan, [])
      expect(THEIRS.map((path) => ownerName(map.ownerOf(path)))).toEqual(THEIRS.map(() => null))
      expect(draft.plan.pieces.flatMap(({ scope }) => scope.include).join(' ')).not.toContain('.quintet')
      expect(draft.pieces.map(({ files }) => files)).toEqual(report.owners.map(({ files }) => files))
      expect(report.unowned).toEqual({ count: THEIRS.length, first: THEIRS })
      expect(report.findings.filter(({ severity }) => severity !== 'info')).toEqual([])
    }
  }
})

test.each([
  'Rewrite .quintet/config.toml',
  'Rewrite `.quintet/`',
  'Add .quintet/agents/mine.json',
  'Move src/parser to .quintet/parser/',
])('a goal that names one is refused: %s', (goal) => {
  const facts = afterInit()
  expect(() => suggest({ facts, goal })).toThrow(expect.objectContaining({ code: 'E_PATH_OPERATORS' }))
  expect(suggest({ facts, goal, paths: ['src'] }).target.whole).toBe(false)
})

test('so is a path, and from their folder other paths are what they were', () => {
  const facts = afterInit()
  const code = 'E_PATH_OPERATORS'
  for (const path of ['.quintet', './.quintet/plans/', '/.quintet/*', '../.quintet/none.toml'])
    expect(() => suggest({ facts, goal: GOAL, paths: [path], from: 'src' })).toThrow(
      expect.objectContaining({ code }),
    )
  expect(() => suggest({ facts, goal: 'Add none.ts', from: '.quintet' })).toThrow(
    expect.objectContaining({ code }),
  )
  const found = suggest({ facts, goal: 'Tidy src/parser', from: '.quintet/plans' })
  expect(found.target.namings.map(({ where }) => where)).toEqual([['src/parser/']])
})

test('a pattern for everything leaves them out before they are tracked', () => {
  const found = suggest({ facts: project(), goal: GOAL, by: 'directory', sessions: 3 })
  const plans = found.candidates.map(
    (one) => mend('p', draftOf(found, one), { ...FACTS, files: found.ground.paths }).draft.plan,
  )
  expect(plans.flatMap(({ pieces }) => pieces).some(({ scope }) => scope.include.includes('/**'))).toBe(true)
  for (const plan of plans) expect(ownershipInForce(plan, []).ownerOf(THEIRS[0] ?? '').kind).toBe('free')
})
