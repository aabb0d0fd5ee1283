import { describe, expect, it } from 'vitest'
import { placement } from '../../src/coordination/placement.ts'

describe('placement', () => {
  it.each([
    ['.quintet/session', '.quintet/session', '/.quintet/session/'],
    ['.claude/coordination/', '.claude/coordination', '/.claude/coordination/'],
    ['./a//b', 'a/b', '/a/b/'],
    ['we[ir]d *?', 'we[ir]d *?', String.raw`/we\[ir\]d\ \*\?/`],
  ])('accepts %s', (given, folder, pattern) => {
    expect(placement(given)).toEqual({ kind: 'inside', folder, pattern })
  })

  it.each(['', '.', '/', '/tmp/x', '..', 'a/../..', '.git', 'a/.GIT/b', 'C:/x', 'a\nb'])(
    'refuses %j',
    (folder) => {
      expect(placement(folder).kind).toBe('refused')
    },
  )
})
