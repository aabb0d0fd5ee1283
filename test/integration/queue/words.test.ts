import { describe, expect, it } from 'vitest'
import type { Back } from '../../../src/integration/queue/port.ts'
import { backMessage, backSentence } from '../../../src/integration/queue/words.ts'

const TEST = { check: 'tests', file: 'a.test.js', id: 'a.test.js > adds' }
const culprit = (verdict: Extract<Back, { kind: 'culprit' }>['verdict']): Back => ({
  kind: 'culprit',
  piece: 'auth',
  verdict,
  tests: [TEST],
  output: 'expected ``` to be 4',
})

describe('what a session is told about its branch', () => {
  it('says with what it is red', () => {
    expect(backSentence(culprit({ kind: 'alone' }), 'main')).toBe(
      'With nothing but the branch of auth on main this is red: a.test.js > adds.',
    )
    expect(backSentence(culprit({ kind: 'interacts', with: ['data', 'api'] }), 'main')).toBe(
      'The branch of auth together with data and api makes this red: a.test.js > adds.',
    )
    expect(
      backSentence(
        { ...culprit({ kind: 'stacked' }), tests: [{ check: 'build', file: null, id: null }] } as Back,
        'main',
      ),
    ).toBe('The branch of auth on top of the branches before it makes this red: the check "build".')
    const conflict: Back = { kind: 'conflict', piece: 'auth', files: ['hub.ts'], against: 'data' }
    expect(backSentence(conflict, 'main')).toBe('The branch of auth conflicts with data in hub.ts.')
  })

  it('brings the evidence, and what the other side has changed', () => {
    const text = backMessage(culprit({ kind: 'interacts', with: ['data'] }), { target: 'main', others: '+x' })
    expect(text).toContain('````text\nexpected ``` to be 4\n````')
    expect(text).toContain('```diff\n+x\n```')
    expect(text).toContain('run `git merge main` in this worktree')
  })
})
