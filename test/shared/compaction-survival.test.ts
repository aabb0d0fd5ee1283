// What 30 real compactions kept, measured without a model. The recordings cut a summary at about 6,000 characters and its
// median is 11,600, so over all of them these shares are lower bounds. Published figures over 76 whole summaries: edited
// files 0.96, operator messages 0.86, constraints 0.79, read files 0.70, re-reads 0.19.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../../src/contract/trace.ts'
import { KnownSoFar, rereads, type Known } from '../../src/health/compaction/known.ts'
import { restatement } from '../../src/health/compaction/restate.ts'
import { survival, type Survival } from '../../src/health/compaction/survival.ts'
import { isCorrection } from '../../src/health/ledger/corrections.ts'
import { buildLedger, checkers } from '../../src/health/ledger/ledger.ts'
import { parseTraceEvent } from '../../src/health/trace/format.ts'

const FOLDER = join(import.meta.dirname, '../../../shared/data/trajectories/entireio-cli')

interface Seen {
  readonly known: Known
  readonly summary: string
  /** Share of the summary that the recording holds. */
  readonly whole: number
  readonly after: readonly TraceEvent[]
  readonly root: string | null
}

const traces = readdirSync(FOLDER).map((name) =>
  readFileSync(join(FOLDER, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => parseTraceEvent(JSON.parse(line)) ?? []),
)

function compactions(events: readonly TraceEvent[]): readonly Seen[] {
  const follow = new KnownSoFar()
  const root = events[0]?.t === 'session' ? (events[0].cwd ?? null) : null
  return events.flatMap((event, index) => {
    follow.note(event)
    if (event.t !== 'summary') return []
    const whole = event.text.length / (event.chars ?? event.text.length)
    return [{ known: follow.known, summary: event.text, whole, after: events.slice(index + 1), root }]
  })
}

/** Share of what was kept over all of these compactions together. */
function share(seen: readonly Seen[], kind: keyof Survival): number {
  const fates = seen.map(({ known, summary }) => survival(known, summary)[kind])
  const kept = fates.reduce((sum, fate) => sum + fate.kept.length, 0)
  return kept / (kept + fates.reduce((sum, fate) => sum + fate.lost.length, 0))
}

describe('survival through real compactions', () => {
  const seen = traces.flatMap(compactions)

  it('finds all thirty', () => {
    expect(seen).toHaveLength(30)
  })

  it('keeps most edited files, more of them than read ones', () => {
    const nearlyWhole = seen.filter(({ whole }) => whole > 0.8)
    const figures = (of: readonly Seen[]) => ({
      edited: share(of, 'filesEdited'),
      read: share(of, 'filesRead'),
      messages: share(of, 'operatorMessages'),
      constraints: share(of, 'constraints'),
    })
    console.log(
      `all ${seen.length}`,
      figures(seen),
      `nearly whole ${nearlyWhole.length}`,
      figures(nearlyWhole),
    )
    expect(figures(seen).edited).toBeGreaterThan(0.7)
    expect(figures(seen).edited).toBeGreaterThan(figures(seen).read)
    // The second was made by hand at the end of a conversation of one question, and speaks of nothing before it.
    expect(nearlyWhole.map((one) => share([one], 'filesEdited'))).toEqual([1, 0, 1])
  })

  it('sees the re-reads that follow', () => {
    const found = seen.map(({ known, after, root }) =>
      rereads(after, { paths: [...known.filesEdited, ...known.filesRead], root }),
    )
    const actions = found.reduce((sum, entry) => sum + entry.actions, 0)
    const reads = found.reduce((sum, entry) => sum + entry.reads.length, 0)
    console.log('re-reads', reads / actions)
    expect(reads / actions).toBeGreaterThan(0.1)
    expect(reads / actions).toBeLessThan(0.25)
  })

  it('gives back every lost constraint word for word, in at most 2,000 characters', () => {
    for (const { known, summary } of seen) {
      const found = survival(known, summary)
      const text = restatement(found) ?? ''
      expect(text.length).toBeLessThanOrEqual(2_000)
      for (const constraint of found.constraints.lost) expect(text).toContain(constraint.text)
    }
  })
})

describe('constraints of real sessions', () => {
  it('are few, and hardly ever seen broken by a call', () => {
    const messages = traces.map((events) =>
      events.flatMap((event) =>
        event.t === 'user' && event.meta !== true ? [{ a: 0, text: event.text }] : [],
      ),
    )
    const all = messages.flat()
    const corrected = all.filter(({ text }) => isCorrection(text)).length
    let broken = 0
    for (const [index, own] of messages.entries()) {
      const list = checkers(buildLedger({ messages: own }))
      for (const event of traces[index] ?? []) {
        if (event.t === 'call') broken += list.filter((checker) => checker.violatedBy(event)).length
      }
    }
    console.log({ messages: all.length, corrected, broken })
    expect(corrected / all.length).toBeLessThan(0.05)
    expect(broken).toBeLessThanOrEqual(1)
  })
})
