import { expect, test } from 'vitest'
import { landedTips } from '../../../src/engine/integration/landed-tips.ts'
import { commitOn } from '../../support/branches.ts'
import { piece, stage } from '../../support/services.ts'

test.each(['squash', 'merge'] as const)(
  'tips that have landed without their commits, as long as the target has them, %s',
  async (style) => {
    await using it = await stage({ 'a.txt': 'one\n' })
    const run = await it.run({ pieces: [piece('a'), piece('b')], integration: { style } })
    const from = await it.repository.git('rev-parse', 'main')
    const tip = await commitOn(it.repository, 'a', [{ 'a.txt': 'a\n' }])
    const to = await commitOn(it.repository, 'main', [{ 'a.txt': 'a\n' }])
    it.fact('work-1/session/a', 'session.landed', { commit: tip })
    it.fact('work-1/integration/1', 'integration.landed', { from, to, pieces: ['a'] })
    const later = await commitOn(it.repository, 'main', [{ 'b.txt': 'later\n' }])
    expect(await landedTips(it.services, run, later)).toEqual(style === 'squash' ? [tip] : [])
    expect(await landedTips(it.services, run, from)).toEqual([])
  },
)
