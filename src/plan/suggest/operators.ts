// What is the operator's is nobody's work: facts without it, before anything is divided. Pure.
import type { RepositoryFacts } from '../facts/facts.ts'
import { OPERATORS } from '../places.ts'

/** The facts as if these files were not there; the same where there are none. */
export function withoutOperators(facts: RepositoryFacts): RepositoryFacts {
  const files = facts.files.filter(({ path }) => !path.startsWith(OPERATORS))
  if (files.length === facts.files.length) return facts
  const positions = new Map(files.map(({ path }, position) => [path, position]))
  const at = facts.files.map(({ path }) => positions.get(path))
  const between = ([a, b]: readonly [number, number, ...number[]]): readonly (readonly [
    number,
    number,
  ])[] => {
    const [from, to] = [at[a], at[b]]
    return from === undefined || to === undefined ? [] : [[from, to]]
  }
  return {
    ...facts,
    files,
    imports: facts.imports.flatMap(between),
    together: facts.together.flatMap((edge) => between(edge).map(([a, b]) => [a, b, edge[2]] as const)),
    covers: facts.covers.flatMap(between),
    hubs: facts.hubs.flatMap((hub) => {
      const file = at[hub.file]
      return file === undefined ? [] : [{ ...hub, file }]
    }),
  }
}
