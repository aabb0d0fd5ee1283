// Facts made up for tests: files by their paths, and the ties between them by name.
import { kindOf } from '../../../src/plan/facts/kinds.ts'
import type { PackageFact, RepositoryFacts } from '../../../src/plan/facts/facts.ts'

export interface Made {
  readonly files: readonly string[]
  readonly packages?: readonly Pick<PackageFact, 'name' | 'folder'>[]
  readonly imports?: readonly (readonly [from: string, to: string])[]
  readonly together?: readonly (readonly [a: string, b: string, weight: number])[]
  readonly covers?: readonly (readonly [test: string, code: string])[]
  readonly churn?: Readonly<Record<string, number>>
  readonly commits?: number
}

export function factsOf(made: Made): RepositoryFacts {
  const paths = made.files.toSorted()
  const at = (path: string): number => {
    const index = paths.indexOf(path)
    if (index === -1) throw new Error(`There is no ${path}.`)
    return index
  }
  return {
    version: 1,
    commit: 'c',
    tree: 't',
    files: paths.map((path) => ({
      path,
      kind: kindOf(path),
      language: null,
      bytes: 100,
      package: null,
      churn: made.churn?.[path] ?? 1,
      owners: [],
    })),
    packages: (made.packages ?? []).map((one) => ({ ...one, manager: 'npm', dependsOn: [] })),
    imports: (made.imports ?? []).map(([from, to]) => [at(from), at(to)]),
    together: (made.together ?? []).map(([a, b, weight]) => [
      Math.min(at(a), at(b)),
      Math.max(at(a), at(b)),
      weight,
    ]),
    covers: (made.covers ?? []).map(([test, code]) => [at(test), at(code)]),
    hubs: [],
    history: { read: made.commits ?? 400, counted: made.commits ?? 400, oldest: null },
  }
}

const AREAS = ['parser', 'printer', 'server', 'store', 'view', 'wire']

/** A project of six areas of code, each changed together with its tests and its page of documentation, and importing the area before it. */
export function project(): RepositoryFacts {
  const code = (area: string): readonly string[] =>
    ['main', 'rules', 'types', 'errors'].map((name) => `src/${area}/${name}.ts`)
  const test = (area: string): string => `test/${area}/main.test.ts`
  const page = (area: string): string => `docs/${area}.md`
  const files = AREAS.flatMap((area) => [...code(area), test(area), page(area)])
  const together = AREAS.flatMap((area) =>
    [...code(area).slice(1), test(area), page(area)].map(
      (other) => [`src/${area}/main.ts`, other, 5] as const,
    ),
  )
  const imports = AREAS.flatMap((area, index) => [
    ...code(area)
      .slice(1)
      .map((other) => [`src/${area}/main.ts`, other] as const),
    ...(index === 0 ? [] : [[`src/${area}/main.ts`, `src/${AREAS[index - 1] ?? ''}/types.ts`] as const]),
  ])
  return factsOf({
    files: [...files, 'package.json', 'package-lock.json', 'README.md'],
    together,
    imports,
    covers: AREAS.map((area) => [test(area), `src/${area}/main.ts`]),
  })
}
