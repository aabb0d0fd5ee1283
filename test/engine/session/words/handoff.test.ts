import { describe, expect, it } from 'vitest'
import { handoffText } from '../../../../src/engine/session/words/handoff.ts'

const NOTHING = { why: 'it went in circles', commits: [], committed: [], uncommitted: [], status: null }

describe('handoffText', () => {
  it('says why, and nothing of what is not there', () => {
    expect(handoffText(NOTHING)).toBe(
      'An earlier conversation worked on this piece and was replaced: it went in circles',
    )
  })

  it('lists commits, files and the last status', () => {
    const text = handoffText({
      ...NOTHING,
      commits: ['Add a table'],
      committed: ['src/a.ts'],
      uncommitted: ['src/b.ts'],
      status: '## Completed\n\n- a table\n',
    })
    expect(text).toMatchInlineSnapshot(`
      "An earlier conversation worked on this piece and was replaced: it went in circles

      Commits it made on the branch:
      - Add a table

      Files they change:
      - src/a.ts

      Files left uncommitted in the worktree:
      - src/b.ts

      Its own last status report:

      ## Completed

      - a table"
    `)
  })

  it('is bounded', () => {
    const committed = Array.from({ length: 100 }, (_, index) => `f${index}`)
    const text = handoffText({ ...NOTHING, committed })
    expect(text).toContain('- f39\n- and 60 more')
    expect(text).not.toContain('f40')
  })
})
