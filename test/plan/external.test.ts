import { describe, expect, it } from 'vitest'
import { codes, report } from './fixture.ts'

const external = (branch: string, id = 'auth'): { id: string; include: string[]; more: string } => ({
  id,
  include: [`/src/${id}/`],
  more: `agent = "external"\nbranch = ${JSON.stringify(branch)}`,
})
const FACTS = { remotes: ['origin'], defaultAgent: null }

describe('an external piece', () => {
  it.each(['origin/feature-x', 'feature-x', 'ann/x'])('passes with the branch %s and no agent', (branch) => {
    expect(codes(report([external(branch)], FACTS))).toEqual([])
  })

  it.each([
    ['main', 'E_BRANCH_TARGET'],
    ['origin/main', 'E_BRANCH_TARGET'],
    ['refs/heads/main', 'E_BRANCH_TARGET'],
    ['origin/-x', 'E_BRANCH_NAME'],
    ['a..b', 'E_BRANCH_NAME'],
    ['a b', 'E_BRANCH_NAME'],
    ['origin/', 'E_BRANCH_NAME'],
    ['quintet/work-1/a/work', 'E_BRANCH_NAME'],
  ])('is refused with the branch %s: %s', (branch, code) => {
    expect(codes(report([external(branch)], FACTS))).toEqual([code])
  })

  it('needs a branch of its own', () => {
    const both = [external('origin/x'), external('refs/remotes/origin/x', 'api')]
    expect(codes(report(both, FACTS))).toEqual(['E_BRANCH_TWICE'])
    expect(codes(report([external('x'), external('origin/x', 'api')], FACTS))).toEqual([])
    const none = { id: 'auth', include: ['/src/auth/'], more: 'agent = "external"' }
    expect(codes(report([none], FACTS))).toEqual(['E_BRANCH_MISSING'])
  })

  it('plays no script, and nobody else has a branch', () => {
    const scripted = external('x')
    expect(codes(report([{ ...scripted, more: `${scripted.more}\nscript = "s.json"` }], FACTS))).toEqual([
      'E_SCRIPT_UNUSED',
    ])
    const agent = { id: 'auth', include: ['/src/auth/'], more: 'branch = "x"' }
    expect(codes(report([agent]))).toEqual(['E_BRANCH_UNUSED'])
    expect(codes(report([{ ...agent, more: 'done = "commit"' }]))).toEqual(['E_BRANCH_UNUSED'])
  })
})
