import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../../../src/contract/trace.ts'
import { KnownSoFar, rereads } from '../../../src/health/compaction/known.ts'
import { binds, restatement, wholeRestatement } from '../../../src/health/compaction/restate.ts'
import { survival, type Survival } from '../../../src/health/compaction/survival.ts'
import { CompactionWatch } from '../../../src/health/compaction/watch.ts'
import { buildLedger } from '../../../src/health/ledger/ledger.ts'
import { relativeTo } from '../../../src/health/paths.ts'

const call = (a: number, kind: 'read' | 'edit' | 'exec', path: string): TraceEvent => ({
  t: 'call',
  a,
  id: `c${a}`,
  tool: kind,
  kind,
  ...(kind === 'exec' ? { cmd: path } : { path }),
})
const trace: readonly TraceEvent[] = [
  { t: 'session', v: 1, id: 's', agent: 'x', cwd: '/w' },
  { t: 'user', text: 'Add the login form to the settings page. Never push.' },
  { t: 'user', text: 'injected by the agent, never mind: Do not look.', meta: true },
  call(0, 'read', '/w/src/a.ts'),
  call(1, 'edit', '/w/src/a.ts'),
  call(2, 'read', '/w/src/b.ts'),
  call(3, 'edit', '/w/src/c.test.ts'),
  { t: 'user', text: 'ok' },
]

function known() {
  const follow = new KnownSoFar(buildLedger({ decisions: [{ n: 1, text: 'Dates are ISO 8601' }] }), [
    'Dates are ISO 8601',
  ])
  for (const event of trace) follow.note(event)
  return follow.known
}

describe('KnownSoFar', () => {
  it('gathers files, constraints and messages, paths as the repository names them', () => {
    const found = known()
    expect(found).toMatchObject({
      filesEdited: ['src/a.ts', 'src/c.test.ts'],
      filesRead: ['src/b.ts'],
      operatorMessages: ['Add the login form to the settings page. Never push.'],
    })
    expect(found.ledger.map(({ text }) => text)).toEqual(['Dates are ISO 8601', 'Never push.'])
  })

  it('stays bounded', () => {
    const follow = new KnownSoFar()
    for (let a = 0; a < 2_000; a++) {
      follow.note(call(a, 'edit', `src/${a}.ts`))
      follow.note({ t: 'user', text: `please look at the number ${a}` })
    }
    expect(follow.known.filesEdited).toHaveLength(500)
    expect(follow.known.filesEdited.at(-1)).toBe('src/1999.ts')
    expect(follow.known.operatorMessages).toHaveLength(200)
  })

  it('leaves paths outside the worktree as they are', () => {
    expect(relativeTo('/w', '/w2/a')).toBe('/w2/a')
    expect(relativeTo('/w', '/w/a/../b')).toBe('b')
    expect(relativeTo(null, './a')).toBe('a')
  })
})

describe('survival', () => {
  it('says what is kept and what is lost', () => {
    const found = survival(
      known(),
      'Changed a.ts. Operator: "add the login form to the settings page; never push". ISO dates.',
    )
    expect(found.filesEdited).toEqual({ kept: ['src/a.ts'], lost: ['src/c.test.ts'] })
    expect(found.filesRead.lost).toEqual(['src/b.ts'])
    expect(found.constraints.kept.map(({ text }) => text)).toEqual(['Never push.'])
    expect(found.decisions.lost).toEqual(['Dates are ISO 8601'])
    expect(found.operatorMessages.lost).toEqual([])
  })

  it('does not take one file for another that ends in its name', () => {
    const found = survival(known(), 'Changed data.ts and abc.test.ts.')
    expect(found.filesEdited.kept).toEqual([])
  })

  it('asks for nothing when all of weight is kept', () => {
    const whole = survival(
      known(),
      'src/a.ts src/c.test.ts. Add the login form to the settings page. Never push. Dates are ISO 8601.',
    )
    expect(restatement(whole)).toBeNull()
    expect(binds(whole, known())).toBe(false)
  })
})

describe('restatement', () => {
  it('is word for word', () => {
    const text = restatement(survival(known(), 'Nothing of it.'))
    expect(text).toContain('Constraints that hold:\n- Dates are ISO 8601\n- Never push.')
    expect(text).toContain('- src/c.test.ts')
    expect(text).toContain('- Add the login form')
  })

  it('gives back what the operator wrote, also when nothing else was lost', () => {
    const found = survival(known(), 'src/a.ts src/c.test.ts. Never push. Dates are ISO 8601.')
    expect(restatement(found)).toContain('What the operator wrote:\n- Add the login form')
    expect(binds(found, known())).toBe(true)
  })

  it('binds by demands, decisions and words, not by the scope and files', () => {
    const scope = { include: ['src/**'], exclude: [] }
    const follow = new KnownSoFar(buildLedger({ scope }))
    follow.note(call(0, 'edit', 'src/a.ts'))
    const found = survival(follow.known, 'Nothing of it.')
    expect(restatement(found)).toContain(
      '- Write only these paths: src/**.\nFiles changed so far:\n- src/a.ts',
    )
    expect([binds(found, follow.known), binds(null, follow.known)]).toEqual([false, false])
    const bound = new KnownSoFar(buildLedger({ scope, brief: 'Never push.' })).known
    expect([binds(survival(bound, ''), bound), binds(null, bound)]).toEqual([true, true])
    expect(binds(survival(bound, 'Never push.'), bound)).toBe(false)
    expect(binds(null, new KnownSoFar([], ['Dates are ISO 8601']).known)).toBe(true)
  })

  it('is short and says how much it leaves out', () => {
    const lost = Array.from({ length: 200 }, (_, index) => `The decision with the number ${index} holds`)
    const found: Survival = { ...survival(known(), ''), decisions: { kept: [], lost } }
    const text = restatement(found) ?? ''
    expect(text.length).toBeLessThanOrEqual(2_000)
    expect(text).toMatch(/- and \d+ more not shown here$/)
    expect(text).toContain('- Never push.')
  })
})

describe('a compaction without a summary', () => {
  const watch = () => {
    const follow = new CompactionWatch(buildLedger({ brief: 'Never push.' }), ['Dates are ISO 8601'])
    for (const event of trace) follow.note(event)
    return follow
  }
  const compact: TraceEvent = { t: 'compact', trigger: null }
  const usage: TraceEvent = { t: 'usage', ctx: 5_000 }

  it('has the whole ledger stated again, once', () => {
    const follow = watch()
    follow.compacted()
    expect(follow.note(compact)).toBeNull()
    expect(follow.note(usage)).toBeNull()
    const found = follow.note({ t: 'meta', text: 'The turn ended: end_turn.' })
    expect(found?.lost).toBeNull()
    for (const part of ['- Never push.', '- Dates are ISO 8601', '- src/a.ts', '- Add the login form'])
      expect(found?.restated).toContain(part)
    expect(follow.note(call(4, 'exec', 'ls'))).toBeNull()
  })

  it('waits for the summary that follows, and states only what that has lost', () => {
    const follow = watch()
    follow.compacted()
    follow.note(compact)
    const found = follow.note({ t: 'summary', text: 'Never push. src/a.ts and src/c.test.ts were changed.' })
    expect(found?.lost?.constraints.lost).toEqual([])
    expect(found?.restated).toContain('- Dates are ISO 8601')
    expect(found?.restated).not.toContain('Constraints that hold')
    expect(follow.note(call(4, 'exec', 'ls'))).toBeNull()
  })

  it('says nothing where there is nothing to say, and stays short where there is much', () => {
    expect(wholeRestatement(new KnownSoFar().known)).toBeNull()
    const brief = Array.from({ length: 300 }, (_, n) => `Never touch the file number${n}.ts again.`).join(
      '\n',
    )
    const text = wholeRestatement(new KnownSoFar(buildLedger({ brief })).known) ?? ''
    expect(text.length).toBeLessThanOrEqual(2_000)
    expect(text).toMatch(/- and \d+ more not shown here$/)
  })
})

describe('decisions that are made meanwhile', () => {
  it('are on the ledger, once', () => {
    const follow = new KnownSoFar(buildLedger({ decisions: [{ n: 1, text: 'Dates are ISO 8601' }] }), [
      'Dates are ISO 8601',
    ])
    const decisions = [
      { n: 1, text: 'Dates are ISO 8601' },
      { n: 2, text: 'Never use sudo.' },
    ]
    follow.decide(decisions)
    follow.decide(decisions)
    expect(follow.known.ledger.map(({ ref }) => ref)).toEqual(['decision 1', 'decision 2'])
    expect(follow.known.decisions).toEqual(['Dates are ISO 8601', 'Never use sudo.'])
  })
})

describe('rereads', () => {
  it('counts reads of known files among the first ten actions, not of ones changed since', () => {
    const events = [
      call(0, 'read', '/w/src/a.ts'),
      call(1, 'edit', '/w/src/b.ts'),
      call(2, 'read', '/w/src/b.ts'),
      call(3, 'read', '/w/src/new.ts'),
      ...Array.from({ length: 6 }, (_, index) => call(4 + index, 'exec', 'ls')),
      call(10, 'read', '/w/src/a.ts'),
    ]
    expect(rereads(events, { paths: ['src/a.ts', 'src/b.ts'], root: '/w' })).toEqual({
      actions: 10,
      reads: ['src/a.ts'],
    })
  })
})
