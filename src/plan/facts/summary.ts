// Facts in a few lines for a reader: how many files of what, which folders go together, who owns most. Pure.
import { areaIn } from '../hubs.ts'
import type { FileKind, RepositoryFacts } from './facts.ts'
import { isTestData } from './kinds.ts'

/** Two folders that change together or import each other. */
export interface Coupling {
  readonly left: string
  readonly right: string
  /** Damped count of commits that changed files of both. */
  readonly together: number
  /** Imports from one to the other. */
  readonly imports: number
}

export interface FactsSummary {
  readonly kinds: readonly (readonly [kind: FileKind, files: number])[]
  readonly languages: readonly {
    readonly language: string
    readonly code: number
    readonly tests: number
    readonly other: number
  }[]
  /** By number of files, their own alone. */
  readonly packages: readonly {
    readonly name: string
    readonly folder: string
    readonly manager: string
    readonly files: number
    readonly dependsOn: number
    readonly usedBy: number
  }[]
  readonly coupled: readonly Coupling[]
  readonly owners: readonly (readonly [owner: string, files: number])[]
  readonly coverage: {
    /** Without what tests only read. */
    readonly tests: number
    readonly mapped: number
    readonly code: number
    readonly covered: number
    /** What tests read: their packages are told by their folders. */
    readonly fixtures: number
  }
}

/** Sums facts up, the largest first. */
export function summaryOf(facts: RepositoryFacts): FactsSummary {
  const { files } = facts
  const all = files.filter(({ kind }) => kind === 'test').length
  const tests = new Set(
    files.flatMap(({ kind, path }, file) => (kind === 'test' && !isTestData(path) ? [file] : [])),
  )
  return {
    kinds: sorted(counts(files.map(({ kind }) => kind))),
    languages: languagesOf(facts),
    packages: packagesOf(facts),
    coupled: couplingsOf(facts),
    owners: sorted(counts(files.flatMap(({ owners }) => owners))),
    coverage: {
      tests: tests.size,
      mapped: new Set(facts.covers.map(([test]) => test).filter((test) => tests.has(test))).size,
      code: files.filter(({ kind }) => kind === 'code').length,
      covered: new Set(facts.covers.map(([, code]) => code)).size,
      fixtures: all - tests.size,
    },
  }
}

function counts<T>(values: readonly T[]): ReadonlyMap<T, number> {
  const found = new Map<T, number>()
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1)
  return found
}

function sorted<T>(found: ReadonlyMap<T, number>): readonly (readonly [T, number])[] {
  return [...found].sort(([, a], [, b]) => b - a)
}

function languagesOf({ files }: RepositoryFacts): FactsSummary['languages'] {
  const code = counts(files.map(({ language, kind }) => (kind === 'code' ? language : null)))
  const tests = counts(files.map(({ language, kind }) => (kind === 'test' ? language : null)))
  const all = counts(files.map(({ language }) => language))
  return [...all]
    .flatMap(([language, count]) => {
      if (language === null) return []
      const own = { code: code.get(language) ?? 0, tests: tests.get(language) ?? 0 }
      return [{ language, ...own, other: count - own.code - own.tests }]
    })
    .sort((a, b) => b.code - a.code || b.tests + b.other - (a.tests + a.other))
}

function packagesOf({ files, packages }: RepositoryFacts): FactsSummary['packages'] {
  const own = counts(files.map((file) => file.package))
  const users = counts(packages.flatMap(({ dependsOn }) => dependsOn))
  return packages
    .map(({ name, folder, manager, dependsOn }, index) => ({
      name,
      folder,
      manager,
      files: own.get(index) ?? 0,
      dependsOn: dependsOn.length,
      usedBy: users.get(index) ?? 0,
    }))
    .sort((a, b) => b.files - a.files)
}

/** Tests change with what they test, and the others are nobody's work. */
const APART: ReadonlySet<FileKind> = new Set(['test', 'lock', 'generated'])

function couplingsOf({ files, together, imports }: RepositoryFacts): readonly Coupling[] {
  const areas = files.map(({ path, kind }) => (APART.has(kind) ? null : areaIn(path)))
  const commits = new Map<string, number>()
  const uses = new Map<string, number>()
  const add = (to: Map<string, number>, from: number, other: number, weight: number): void => {
    const pair = pairOf(areas[from], areas[other])
    if (pair !== null) to.set(pair, (to.get(pair) ?? 0) + weight)
  }
  for (const [a, b, weight] of together) add(commits, a, b, weight)
  for (const [from, to] of imports) add(uses, from, to, 1)
  return [...commits]
    .map(([pair, weight]) => {
      const [left = '', right = ''] = pair.split('\0')
      return { left, right, together: Math.round(weight * 10) / 10, imports: uses.get(pair) ?? 0 }
    })
    .sort((a, b) => b.together - a.together)
}

/** A folder changes with those around it whatever the work is: only folders beside each other are told. */
function pairOf(a: string | null | undefined, b: string | null | undefined): string | null {
  if (a === null || a === undefined || b === null || b === undefined) return null
  const [left, right] = a < b ? [a, b] : [b, a]
  return left === '' || right.startsWith(`${left}/`) || left === right ? null : `${left}\0${right}`
}
