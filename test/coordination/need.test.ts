import { describe, expect, it } from 'vitest'
import { coordinationNeeded } from '../../src/coordination/need.ts'

const piece = (id: string, more: { reads?: string[]; depends_on?: string[] } = {}) => ({
  id,
  scope: { include: [`src/${id}/**`], exclude: [] },
  reads: more.reads ?? [],
  depends_on: more.depends_on ?? [],
})

describe('coordinationNeeded', () => {
  it('is off where nothing is shared, and says so', () => {
    const need = coordinationNeeded({ pieces: [piece('a'), piece('b')], shared: [] })
    expect(need.needed).toBe(false)
    expect(need.why).toMatch(/left out\.$/)
  })

  it('is on for a dependency', () => {
    expect(
      coordinationNeeded({ pieces: [piece('a'), piece('b', { depends_on: ['a'] })], shared: [] }),
    ).toEqual({
      needed: true,
      why: 'Piece b depends on a.',
    })
  })

  it('is on for a shared file', () => {
    const shared = [{ path: 'package.json', policy: 'operator' as const }]
    expect(coordinationNeeded({ pieces: [piece('a')], shared })).toEqual({
      needed: true,
      why: 'The plan names package.json as a shared file.',
    })
  })

  it('is on when a piece reads what another owns, not when it reads its own', () => {
    const own = coordinationNeeded({
      pieces: [piece('a', { reads: ['src/a/types.ts'] }), piece('b')],
      shared: [],
    })
    expect(own.needed).toBe(false)
    const foreign = coordinationNeeded({
      pieces: [piece('a', { reads: ['src/b/types.ts'] }), piece('b')],
      shared: [],
    })
    expect(foreign).toEqual({ needed: true, why: 'Piece a reads src/b/types.ts, which b owns.' })
  })

  it('obeys the plan', () => {
    const pieces = [piece('a'), piece('b', { depends_on: ['a'] })]
    expect(coordinationNeeded({ coordination: 'off', pieces, shared: [] }).needed).toBe(false)
    expect(coordinationNeeded({ coordination: 'on', pieces: [piece('a')], shared: [] }).needed).toBe(true)
    expect(coordinationNeeded({ coordination: 'auto', pieces, shared: [] }).needed).toBe(true)
  })
})
