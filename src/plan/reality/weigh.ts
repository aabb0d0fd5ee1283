// What runs have shown, put into the facts of a repository: a suggestion weighs it like what its history says. Pure.
import type { HubFact, RepositoryFacts, TogetherEdge } from '../facts/facts.ts'
import type { Learned } from './learned.ts'

/** A file that a session needed besides its own says more than a commit that changed both. */
const COMMITS_OF_TIE = 3
/** Wanting the same file once may be chance, unless it came to a conflict. */
const FEWEST_RUNS = 2

/** The facts with ties and contested files of earlier runs; files that are gone are left out. */
export function withLearned(facts: RepositoryFacts, { ties, contested }: Learned): RepositoryFacts {
  if (ties.length === 0 && contested.length === 0) return facts
  const at = new Map(facts.files.map(({ path }, index) => [path, index]))
  return {
    ...facts,
    together: tied(facts.together, ties, at),
    hubs: [...facts.hubs, ...newHubs(facts, contested, at)],
  }
}

function tied(
  together: readonly TogetherEdge[],
  ties: Learned['ties'],
  at: ReadonlyMap<string, number>,
): readonly TogetherEdge[] {
  const weights = new Map(together.map(([a, b, weight]) => [`${a} ${b}`, { a, b, weight }]))
  for (const tie of ties) {
    const [left, right] = [at.get(tie.a), at.get(tie.b)]
    if (left === undefined || right === undefined) continue
    const [a, b] = [Math.min(left, right), Math.max(left, right)]
    const weight = (weights.get(`${a} ${b}`)?.weight ?? 0) + tie.weight * COMMITS_OF_TIE
    weights.set(`${a} ${b}`, { a, b, weight })
  }
  return [...weights.values()].map(({ a, b, weight }) => [a, b, weight] as const)
}

function newHubs(
  { files, hubs }: RepositoryFacts,
  contested: Learned['contested'],
  at: ReadonlyMap<string, number>,
): readonly HubFact[] {
  const known = new Set(hubs.map(({ file }) => file))
  return contested.flatMap(({ path, runs, conflicts }): readonly HubFact[] => {
    const file = at.get(path)
    if (file === undefined || known.has(file) || (conflicts === 0 && runs < FEWEST_RUNS)) return []
    const churn = files[file]?.churn ?? 0
    const reason = `In ${runs === 1 ? 'one run' : `${runs} runs`} several pieces wanted it.`
    return [{ file, importers: 0, areas: 2, churn, reason }]
  })
}
