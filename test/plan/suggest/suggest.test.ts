import { describe, expect, test } from 'vitest'
import { checkPlan } from '../../../src/plan/check.ts'
import type { RepositoryFacts } from '../../../src/plan/facts/facts.ts'
import { parsePlan } from '../../../src/plan/load.ts'
import { capOf } from '../../../src/plan/suggest/coupling.ts'
import { draftOf } from '../../../src/plan/suggest/draft.ts'
import { mend } from '../../../src/plan/suggest/mend.ts'
import { renderPlan } from '../../../src/plan/suggest/render.ts'
import { BOUNDARIES, suggest, type Suggestion } from '../../../src/plan/suggest/suggest.ts'
import { ownerName, ownershipInForce } from '../../../src/scope/ownership.ts'
import { FACTS } from '../fixture.ts'
import { factsOf, project } from './facts.ts'

const GOAL = 'Give every error a code'
const TESTS = [{ name: 'test', run: ['npm', 'test'] }]

/** The plans of a suggestion as they would be written, each proven to pass the check, with who owns what by it. */
function written(suggestion: Suggestion, facts: RepositoryFacts, more: Partial<typeof FACTS> = {}) {
  return suggestion.candidates.map((candidate) => {
    const planFacts = { ...FACTS, files: facts.files.map(({ path }) => path), ...more }
    const draft = draftOf(suggestion, candidate, { tests: TESTS })
    const mended = mend('p', draft, planFacts).draft
    const text = renderPlan(suggestion, mended)
    const plan = parsePlan(text, 'p.toml')
    const report = checkPlan({ name: 'p', plan }, planFacts)
    const map = ownershipInForce(plan, [])
    return { candidate, text, plan, report, ownerOf: (path: string) => ownerName(map.ownerOf(path)) }
  })
}

const grave = (report: ReturnType<typeof checkPlan>): readonly string[] =>
  report.findings.filter(({ severity }) => severity !== 'info').map(({ message }) => message)

describe('a project of six areas', () => {
  const facts = project()

  test.each([1, 2, 3, 4, 5])(
    'every plan of %i pieces passes the check and owns every file once',
    (sessions) => {
      for (const { plan, report, ownerOf } of written(suggest({ facts, goal: GOAL, sessions }), facts)) {
        expect(grave(report)).toEqual([])
        expect(report.checked).not.toBeNull()
        expect(plan.goal).toBe(GOAL)
        const unowned = facts.files.filter(({ path }) => ownerOf(path) === null)
        expect(unowned).toEqual([])
        expect(report.unowned.count).toBe(0)
        expect(report.overlaps).toEqual([])
      }
    },
  )

  test('by feature code goes with its tests and its documentation', () => {
    const [best] = written(suggest({ facts, goal: GOAL, by: 'feature', sessions: 3 }), facts)
    for (const area of ['parser', 'server', 'wire']) {
      const owner = best?.ownerOf(`src/${area}/main.ts`)
      expect(owner).not.toBeNull()
      expect([best?.ownerOf(`test/${area}/main.test.ts`), best?.ownerOf(`docs/${area}.md`)]).toEqual([
        owner,
        owner,
      ])
      expect(best?.ownerOf(`src/${area}/new/file.ts`)).toBe(owner)
    }
    expect(best?.candidate.score.overlap).toBe(0)
  })

  test('by file type tests, documentation and code are apart', () => {
    const [best] = written(suggest({ facts, goal: GOAL, by: 'filetype', sessions: 3 }), facts)
    const owners = ['src/parser/main.ts', 'test/parser/main.test.ts', 'docs/parser.md'].map((path) =>
      best?.ownerOf(path),
    )
    expect(new Set(owners).size).toBe(3)
  })

  test('by layer no piece is built on by one below it', () => {
    const [best] = written(suggest({ facts, goal: GOAL, by: 'layer', sessions: 3 }), facts)
    const owners = ['parser', 'printer', 'server', 'store', 'view', 'wire'].map((area) =>
      best?.ownerOf(`src/${area}/main.ts`),
    )
    const runs = owners.filter((owner, index) => owner !== owners[index - 1])
    expect(runs).toHaveLength(new Set(owners).size)
  })

  test('the best is told first, none is above its cap, and the same facts give the same', () => {
    const found = suggest({ facts, goal: GOAL, sessions: 3 })
    expect(found.candidates.length).toBeGreaterThan(1)
    expect(found.candidates[0]?.boundary).toBe('feature')
    expect(Math.max(...(found.candidates[0]?.score.shares ?? [1]))).toBeLessThanOrEqual(capOf(3))
    expect(suggest({ facts, goal: GOAL, sessions: 3 }).candidates).toEqual(found.candidates)
  })

  test('a number of sessions is recommended, and its reason is in the plan', () => {
    const found = suggest({ facts, goal: GOAL })
    expect(found.sessions.asked).toBe(false)
    expect(found.sessions.sessions).toBeGreaterThanOrEqual(2)
    const [best] = written(found, facts)
    expect(best?.text.replaceAll(/\n# ?/g, ' ')).toContain(found.sessions.why)
    expect(best?.plan.pieces).toHaveLength(found.sessions.sessions)
  })

  test('files between the pieces have a policy, and each says why', () => {
    const [best] = written(suggest({ facts, goal: GOAL, sessions: 3 }), facts)
    expect(best?.plan.shared).toContainEqual({ path: 'package.json', policy: 'operator' })
    expect(best?.plan.shared).toContainEqual({ path: 'package-lock.json', policy: 'operator' })
    expect(best?.text).toContain(
      '# A lock file, made anew when branches land.\n[[shared]]\npath = "package-lock.json"',
    )
  })

  test('what the goal names alone is owned, with its tests', () => {
    const found = suggest({ facts, goal: `${GOAL} in src/parser/ and src/store/`, sessions: 2 })
    for (const { plan, report, ownerOf } of written(found, facts)) {
      expect(grave(report)).toEqual([])
      expect(plan.pieces).toHaveLength(2)
      for (const area of ['parser', 'store']) {
        expect(ownerOf(`src/${area}/types.ts`)).not.toBeNull()
        expect(ownerOf(`test/${area}/main.test.ts`)).not.toBeNull()
      }
      expect(ownerOf('src/view/main.ts')).toBeNull()
      expect(ownerOf('src/later.ts')).toBeNull()
    }
  })

  test('more pieces than there is to divide are refused with the number that can be had', () => {
    const ask = (): unknown =>
      suggest({ facts, goal: 'Rewrite src/parser/types.ts and src/parser/rules.ts', sessions: 7 })
    expect(ask).toThrow(expect.objectContaining({ kind: expect.stringMatching(/usage|precondition/) }))
  })
})

test('without any history imports and folders decide', () => {
  const facts = { ...project(), together: [], history: { read: 0, counted: 0, oldest: null } }
  for (const by of BOUNDARIES) {
    const [best] = written(suggest({ facts, goal: GOAL, by, sessions: 3 }), facts)
    expect(grave(best?.report ?? checkPlan({ name: 'p', plan: parsePlan('', 'p') }, FACTS))).toEqual([])
    expect(best?.candidate.score.overlap).toBeNull()
    expect(best?.text.replaceAll(/\n# ?/g, ' ')).toContain('There is no history to go by')
  }
})

test('a file that everything is changed with is shared, and code stays where it lies unless most of it is done elsewhere', () => {
  const base = project()
  const areas = ['parser', 'printer', 'server', 'store', 'view', 'wire']
  const facts = factsOf({
    files: [...base.files.map(({ path }) => path), 'src/index.ts', 'schema.json'],
    together: [
      ...base.together.map(
        ([a, b, weight]) => [base.files[a]?.path ?? '', base.files[b]?.path ?? '', weight] as const,
      ),
      ...areas.map((area) => ['schema.json', `src/${area}/main.ts`, 6] as const),
      ...areas.map((area) => ['src/index.ts', `src/${area}/main.ts`, area === 'wire' ? 16 : 5] as const),
    ],
    imports: base.imports.map(([a, b]) => [base.files[a]?.path ?? '', base.files[b]?.path ?? ''] as const),
    churn: { 'schema.json': 9, 'src/index.ts': 9 },
  })
  const found = suggest({ facts, goal: GOAL, by: 'feature', sessions: 3 })
  expect(found.contended.map(({ file }) => facts.files[file]?.path)).toEqual(['src/index.ts', 'schema.json'])
  const [best] = written(found, facts)
  expect(best?.plan.shared).toContainEqual({ path: 'schema.json', policy: 'operator' })
  expect(best?.plan.shared.map(({ path }) => path)).not.toContain('src/index.ts')
  expect(best?.ownerOf('src/index.ts')).not.toBeNull()
})

test('notes that every change adds are given to the pieces by their names', () => {
  const base = project()
  const facts = { ...base, files: [...base.files] }
  const more = factsOf({ files: ['.changeset/README.md'] }).files
  const all = { ...facts, files: [...facts.files, ...more] }
  for (const { plan, report, ownerOf } of written(suggest({ facts: all, goal: GOAL, sessions: 3 }), all)) {
    expect(grave(report)).toEqual([])
    for (const { id } of plan.pieces) expect(ownerOf(`.changeset/${id}.note.md`)).toBe(id)
  }
})

test('submodules, and links that lead elsewhere, belong to no piece', () => {
  const facts = project()
  const more = { submodules: ['vendor/lib'], links: [{ path: 'src/link', target: '/etc' }] }
  for (const { report, ownerOf } of written(suggest({ facts, goal: GOAL, sessions: 3 }), facts, more)) {
    expect(grave(report)).toEqual([])
    expect([ownerOf('vendor/lib/a.ts'), ownerOf('src/link')]).toEqual([null, null])
  }
})

test('a goal of several lines, quotation marks and backticks does not break the plan', () => {
  const facts = project()
  const goal = 'Say "no".\n\nAnd mean it: """ and `x/y` \\ too.'
  for (const { plan, report } of written(suggest({ facts, goal, sessions: 2 }), facts)) {
    expect(plan.goal).toBe(goal)
    expect(grave(report)).toEqual([])
  }
})
