// What the check would say of a draft is settled before anybody reads it.
import { expect, test } from 'vitest'
import { checkPlan } from '../../../src/plan/check.ts'
import type { PlanFacts } from '../../../src/plan/facts.ts'
import { draftOf } from '../../../src/plan/suggest/draft.ts'
import { mend } from '../../../src/plan/suggest/mend.ts'
import { suggest } from '../../../src/plan/suggest/suggest.ts'
import { FACTS } from '../fixture.ts'
import { factsOf, project } from './facts.ts'

function mended(more: readonly string[], of: Partial<PlanFacts> = {}, paths: readonly string[] = []) {
  const base = project()
  const path = (index: number): string => base.files[index]?.path ?? ''
  const facts = factsOf({
    files: [...base.files.map((file) => file.path), ...more],
    together: base.together.map(([a, b, weight]) => [path(a), path(b), weight] as const),
    imports: base.imports.map(([a, b]) => [path(a), path(b)] as const),
  })
  const found = suggest({ facts, goal: 'Give every error a code', by: 'feature', sessions: 3, paths })
  const [best] = found.candidates
  if (best === undefined) throw new Error('Nothing was suggested.')
  const planFacts = { ...FACTS, files: facts.files.map((file) => file.path), ...of }
  return { ...mend('p', draftOf(found, best), planFacts), facts: planFacts }
}

test('a piece has as many files as the check counts', () => {
  const { draft, facts } = mended(['Makefile', 'schema.json', 'vendor/lib.js'])
  const { owners } = checkPlan({ name: 'p', plan: draft.plan }, facts)
  expect(draft.pieces.map(({ files }) => files)).toEqual(owners.map(({ files }) => files))
  expect(draft.plan.pieces.map(({ brief }) => brief).join()).not.toMatch(/\d+ files/)
})

test('a file that is a hub by its name stays with the piece that has it, and the check has nothing to add', () => {
  const { draft, report } = mended(['Makefile'])
  const policy = draft.plan.shared.find(({ path }) => path === 'Makefile')
  expect(policy).toMatchObject({ policy: 'owner' })
  expect(report.findings.map(({ code }) => code)).not.toContain('I_HUB_FILES')
})

test('one that no piece has is left to the operator', () => {
  const { draft, report } = mended(['Makefile'], {}, ['src'])
  expect(draft.plan.pieces.some(({ scope }) => scope.include.includes('/**'))).toBe(false)
  expect(draft.plan.shared).toContainEqual({ path: 'Makefile', policy: 'operator' })
  expect(report.findings.map(({ message }) => message).join()).not.toContain('Makefile')
})

test('what lies in a scope and belongs elsewhere is told by its path, whatever the words around it', () => {
  const odd = ['vendor/a, b', 'vendor/a']
  const { draft, report } = mended([], { submodules: odd, links: [{ path: 'src/link', target: '/etc' }] })
  expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([])
  const excluded = draft.plan.pieces.flatMap(({ scope }) => scope.exclude)
  expect(excluded).toEqual(expect.arrayContaining(['/vendor/a', '/src/link']))
  expect(excluded.filter((pattern) => pattern.startsWith('/vendor/a'))).toHaveLength(2)
})

test('findings about one file name it in a field of its own', () => {
  const facts = { ...FACTS, submodules: ['vendor/lib'], links: [{ path: 'out', target: '/etc' }] }
  const plan = mended([]).draft.plan
  const all = {
    ...plan,
    pieces: plan.pieces.map((piece) => ({ ...piece, scope: { include: ['/**'], exclude: [] } })),
  }
  const found = checkPlan({ name: 'p', plan: all }, facts).findings
  const pathOf = (code: string): string | undefined => found.find((one) => one.code === code)?.path
  expect([pathOf('E_SCOPE_SUBMODULE'), pathOf('E_SCOPE_SYMLINK')]).toEqual(['vendor/lib', 'out'])
})
