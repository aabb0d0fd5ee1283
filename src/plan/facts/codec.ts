// What is kept between two looks at a repository, as text: what sources say, what commits changed, and whole facts. Every
// text carries a version and a checksum; one that is torn, of another version or damaged tells nothing. Lists of numbers
// stand flat, columns apart: such a text is read in a tenth of a second. Pure but for the checksum, which is given.
import type { CommitChanges } from './changes.ts'
import type { FileFact, FileKind, HubFact, PackageFact, RepositoryFacts } from './facts.ts'
import type { Reading } from './imports/read.ts'

/** Grows whenever facts come out otherwise for the same repository. */
const FORMAT = 2

export type Checksum = (text: string) => string

const MAGIC = 'quintet-facts'
const KINDS: readonly FileKind[] = ['code', 'test', 'docs', 'config', 'generated', 'lock', 'asset']

/** A value as text; `what` names its shape. */
export function sealed(what: string, value: unknown, checksum: Checksum): string {
  const body = JSON.stringify(value)
  return `${MAGIC} ${FORMAT} ${what} ${checksum(body)}\n${body}`
}

/** The value of a text by `sealed`; undefined where it is not whole. */
export function unsealed(what: string, text: string, checksum: Checksum): unknown {
  const end = text.indexOf('\n')
  const body = text.slice(end + 1)
  if (end === -1 || text.slice(0, end) !== `${MAGIC} ${FORMAT} ${what} ${checksum(body)}`) return undefined
  const value: unknown = JSON.parse(body)
  return value
}

/** Readings by blob, as a value that can be sealed. */
export function readingsValue(readings: Iterable<readonly [string, Reading]>): unknown {
  return Array.from(readings, ([blob, { generated, imports }]) => [blob, generated ? 1 : 0, ...imports])
}

/** Readings by blob. */
export function readingsOf(value: unknown): Map<string, Reading> {
  const found = new Map<string, Reading>()
  for (const row of listOf(value)) {
    const [blob, generated, ...imports] = listOf(row)
    if (typeof blob === 'string') found.set(blob, { generated: generated === 1, imports: textsOf(imports) })
  }
  return found
}

/** What commits changed, as a value that can be sealed. */
export function historyValue(history: Iterable<CommitChanges>): unknown {
  return Array.from(history, ({ commit, time, width, paths, renames }) => [
    commit,
    time,
    width,
    paths,
    renames.flat(),
  ])
}

/** What commits changed, by commit. */
export function historyOf(value: unknown): Map<string, CommitChanges> {
  const found = new Map<string, CommitChanges>()
  for (const row of listOf(value)) {
    const [commit, time, width, paths, renames] = listOf(row)
    if (typeof commit !== 'string') continue
    found.set(commit, {
      commit,
      time: numberOf(time),
      width: numberOf(width),
      paths: textsOf(paths),
      renames: pairsOf(textsOf(renames)),
    })
  }
  return found
}

function pairsOf(texts: readonly string[]): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = []
  for (let at = 0; at + 1 < texts.length; at += 2) pairs.push([texts[at] ?? '', texts[at + 1] ?? ''])
  return pairs
}

/** Facts as a value that can be sealed. */
export function factsValue(facts: RepositoryFacts): unknown {
  const owners = [...new Set(facts.files.map((file) => file.owners.join(' ')))]
  const ownerIndex = new Map(owners.map((one, position) => [one, position]))
  const languages = [...new Set(facts.files.map(({ language }) => language))]
  return {
    commit: facts.commit,
    tree: facts.tree,
    paths: facts.files.map(({ path }) => path),
    kinds: facts.files.map(({ kind }) => KINDS.indexOf(kind)),
    languages,
    language: facts.files.map(({ language }) => languages.indexOf(language)),
    bytes: facts.files.map(({ bytes }) => bytes),
    package: facts.files.map((file) => file.package ?? -1),
    churn: facts.files.map(({ churn }) => churn),
    owners,
    owner: facts.files.map((file) => ownerIndex.get(file.owners.join(' ')) ?? 0),
    packages: facts.packages.map(({ name, folder, manager, dependsOn }) => [
      name,
      folder,
      manager,
      dependsOn,
    ]),
    imports: facts.imports.flat(),
    together: facts.together.flat(),
    covers: facts.covers.flat(),
    hubs: facts.hubs.map(({ file, importers, areas, churn, reason }) => [
      file,
      importers,
      areas,
      churn,
      reason,
    ]),
    history: [
      facts.history.read,
      facts.history.counted,
      facts.history.oldest,
      facts.history.shallow === true ? 1 : 0,
    ],
  }
}

/** Facts from a value by `factsValue`. */
export function factsOf(value: unknown): RepositoryFacts {
  const of = (key: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  const [read, counted, oldest, shallow] = listOf(of('history'))
  return {
    version: 1,
    commit: textOf(of('commit')),
    tree: textOf(of('tree')),
    files: filesOf(of),
    packages: listOf(of('packages')).map(packageOf),
    imports: pairs(numbersOf(of('imports'))),
    together: triples(numbersOf(of('together'))),
    covers: pairs(numbersOf(of('covers'))),
    hubs: listOf(of('hubs')).map(hubOf),
    history: {
      read: numberOf(read),
      counted: numberOf(counted),
      oldest: typeof oldest === 'string' ? oldest : null,
      ...(shallow === 1 ? { shallow: true } : {}),
    },
  }
}

function filesOf(of: (key: string) => unknown): readonly FileFact[] {
  const owners = textsOf(of('owners')).map((one) => one.split(' ').filter((owner) => owner !== ''))
  const languages = listOf(of('languages')).map((one) => (typeof one === 'string' ? one : null))
  const [kinds, language, bytes, inPackage, churn, owner] = [
    'kinds',
    'language',
    'bytes',
    'package',
    'churn',
    'owner',
  ].map((key) => numbersOf(of(key)))
  return textsOf(of('paths')).map((path, at): FileFact => {
    const belongs = inPackage?.[at] ?? -1
    return {
      path,
      kind: KINDS[kinds?.[at] ?? -1] ?? 'asset',
      language: languages[language?.[at] ?? -1] ?? null,
      bytes: bytes?.[at] ?? 0,
      package: belongs === -1 ? null : belongs,
      churn: churn?.[at] ?? 0,
      owners: owners[owner?.[at] ?? -1] ?? [],
    }
  })
}

function packageOf(row: unknown): PackageFact {
  const [name, folder, manager, dependsOn] = listOf(row)
  return {
    name: textOf(name),
    folder: textOf(folder),
    manager: textOf(manager),
    dependsOn: numbersOf(dependsOn),
  }
}

function hubOf(row: unknown): HubFact {
  const [file, importers, areas, churn, reason] = listOf(row)
  return {
    file: numberOf(file),
    importers: numberOf(importers),
    areas: numberOf(areas),
    churn: numberOf(churn),
    reason: textOf(reason),
  }
}

function pairs(flat: readonly number[]): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = []
  for (let at = 0; at + 1 < flat.length; at += 2) found.push([flat[at] ?? 0, flat[at + 1] ?? 0])
  return found
}

function triples(flat: readonly number[]): readonly (readonly [number, number, number])[] {
  const found: (readonly [number, number, number])[] = []
  for (let at = 0; at + 2 < flat.length; at += 3)
    found.push([flat[at] ?? 0, flat[at + 1] ?? 0, flat[at + 2] ?? 0])
  return found
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value).filter((one) => typeof one === 'string')
}

function numbersOf(value: unknown): readonly number[] {
  return listOf(value).filter((one) => typeof one === 'number')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
