// 147 real pull requests on one base of webpack, by how many of them cross the pieces that are suggested for that base. A plan is
// drafted and asked, as the gate would: a pull request stays inside when one piece owns all of its files.
import { gatherFacts } from '../../src/plan/facts/gather.ts'
import { draftOf } from '../../src/plan/suggest/draft.ts'
import { suggest, type Boundary } from '../../src/plan/suggest/suggest.ts'
import { ownerName, ownershipInForce } from '../../src/scope/ownership.ts'
import { loadCase } from '../webpack/case.ts'

export interface Crossing {
  readonly boundary: Boundary
  readonly count: number
  /** Share of the pull requests that are mostly in one piece. */
  readonly largest: number
}

export interface Crossings {
  readonly total: number
  /** The first candidate that is even enough; the most even one where none is. */
  readonly best: Crossing
  /** The best candidate first. */
  readonly byBoundary: readonly Crossing[]
}

/** With nearly all in one piece little crosses, and nothing is divided. */
const EVEN = 0.4
const PIECES = 5
const OPERATOR = 'operator'

/** Suggests five pieces for the base of the case and counts. Only history before the base is read. */
export async function webpackCrossings(
  file: string,
  mirror: string,
  signal?: AbortSignal,
): Promise<Crossings> {
  const spec = await loadCase(file)
  const input = { root: mirror, commit: spec.base.commit }
  const facts = await gatherFacts(signal === undefined ? input : { ...input, signal })
  const suggestion = suggest({ facts, goal: 'Move everything to classes.', sessions: PIECES })
  const byBoundary = suggestion.candidates.map((candidate) => {
    const map = ownershipInForce(draftOf(suggestion, candidate).plan, [])
    const owners = spec.branches.map(({ files }) => files.map((path) => ownerName(map.ownerOf(path))))
    const inside = owners.filter((all) => new Set(all).size === 1 && all[0] !== null && all[0] !== OPERATOR)
    return {
      boundary: candidate.boundary,
      count: spec.branches.length - inside.length,
      largest: mostFrequent(owners.map(mostFrequentOf)) / spec.branches.length,
    }
  })
  return { total: spec.branches.length, best: evenOf(byBoundary), byBoundary }
}

/** The first that is even enough; the most even one where none is. Throws when there is none at all. */
export function evenOf(all: readonly Crossing[]): Crossing {
  const best = all.find(({ largest }) => largest <= EVEN) ?? all.toSorted((a, b) => a.largest - b.largest)[0]
  if (best === undefined) throw new Error('Nothing was suggested.')
  return best
}

function mostFrequentOf(owners: readonly (string | null)[]): string {
  return countsOf(owners.map((owner) => owner ?? ''))[0]?.[0] ?? ''
}

function mostFrequent(words: readonly string[]): number {
  return countsOf(words)[0]?.[1] ?? 0
}

function countsOf(words: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].toSorted(([, a], [, b]) => b - a)
}
