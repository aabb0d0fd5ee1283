// Which tests cover which code: those that import it, and those that are named after it. Pure.
import { posix } from 'node:path'
import type { FileKind, ImportEdge } from './facts.ts'
import { folderOf } from './imports/paths.ts'

export interface CoversInput {
  readonly files: readonly {
    readonly path: string
    readonly kind: FileKind
    readonly package: number | null
  }[]
  readonly imports: readonly ImportEdge[]
}

/** A name shared by more files than these says nothing. */
const MOST_NAMESAKES = 3
/** What gathers more than these says nothing of a test that imports it. */
const MOST_BEHIND = 8
/** Names begin with shorter words by chance. */
const SHORTEST_BEGINNING = 4
/** Where a word of a name ends: `help.style`, `json_tag`, `helpGroup`. */
const WORD_END = /[._-]|(?<=[a-z\d])(?=[A-Z])/g
/** Files that gather what is in their folder. */
const ENTRY = /(?:^|\/)(?:index\.[cm]?[jt]sx?|__init__\.py|mod\.(?:rs|ts))$/
const MARK =
  /[._-](?:test|tests|spec|specs|e2e|cy|unit|integration|bench)$|^(?:test|spec)[._-]|(?:Tests?|Spec|IT|TestCase)$/
const GENERIC: ReadonlySet<string> = new Set([
  'index',
  '__init__',
  'mod',
  'main',
  'setup',
  'test',
  'tests',
  'utils',
  'helpers',
  'conftest',
])

/** Pairs of a test and the code it covers, each once, in order. A test that imports nothing but what gathers others, and is
 *  named after nothing, covers what is behind that. */
export function coverage(input: CoversInput): readonly (readonly [test: number, code: number])[] {
  const { files, imports } = input
  const found = new Map<number, Set<number>>()
  const add = (test: number, code: number): void => {
    const codes = found.get(test)
    if (codes === undefined) found.set(test, new Set([code]))
    else codes.add(code)
  }
  for (const [from, to] of imports) {
    if (files[from]?.kind === 'test' && files[to]?.kind === 'code') add(from, to)
  }
  const named = namesakes(files)
  const behind = behindEntries(input)
  for (const [test, codes] of found) {
    if (named.has(test)) continue
    for (const code of [...codes].flatMap((entry) => behind.get(entry) ?? [])) add(test, code)
  }
  for (const [test, codes] of named) for (const code of codes) add(test, code)
  return [...found]
    .sort(([a], [b]) => a - b)
    .flatMap(([test, codes]) => [...codes].sort((a, b) => a - b).map((code) => [test, code] as const))
}

/** The code that each test is named after: `help.test.js`, and `help.style.test.js` where nothing else has that name, after
 *  `help.js`. Tests that are named after nothing are left out. */
export function namesakes(files: CoversInput['files']): ReadonlyMap<number, readonly number[]> {
  const byName = codeByName(files)
  const found = new Map<number, readonly number[]>()
  for (const [test, { path, kind }] of files.entries()) {
    if (kind !== 'test') continue
    for (const name of testedNames(path)) {
      const codes = nearest(files, test, byName.get(name) ?? [])
      if (codes.length === 0) continue
      found.set(test, codes)
      break
    }
  }
  return found
}

/** What files that gather others import of their own package, one step away. */
function behindEntries({ files, imports }: CoversInput): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>()
  for (const [from, to] of imports) {
    const [entry, code] = [files[from], files[to]]
    if (entry?.kind !== 'code' || code?.kind !== 'code' || entry.package !== code.package) continue
    if (!ENTRY.test(entry.path)) continue
    found.set(from, [...(found.get(from) ?? []), to])
  }
  return new Map([...found].filter(([, codes]) => codes.length <= MOST_BEHIND))
}

/** Names of what a test may be named after, the likeliest first: its own without what marks a test, then what that begins
 *  with; none where it is not named after anything. */
function testedNames(path: string): readonly string[] {
  const name = stem(path)
  const plain = name.replace(MARK, '')
  // `auth/__tests__/login.js` and `test/login.js` have the name of the code itself.
  const isTestFile = plain !== name || /(?:^|\/)(?:tests?|__tests__|specs?)\/[^/]*\.\w+$/.test(path)
  if (!isTestFile) return []
  const beginnings = [...plain.matchAll(WORD_END)]
    .map(({ index }) => plain.slice(0, index))
    .filter(({ length }) => length >= SHORTEST_BEGINNING)
  const names = [plain, ...beginnings.toReversed()].map((one) => one.toLowerCase())
  return names.flatMap((one) => (one === '' || GENERIC.has(one) ? [] : [one, otherNumber(one)]))
}

/** `option` of `options`, and the other way round. */
function otherNumber(name: string): string {
  return name.endsWith('s') ? name.slice(0, -1) : `${name}s`
}

function stem(path: string): string {
  return posix.basename(path).replace(/(?:\.d)?\.[a-z]+$/i, '')
}

/** Code by its name; what gathers a folder has the name of that folder. */
function codeByName(files: CoversInput['files']): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>()
  for (const [index, { path, kind }] of files.entries()) {
    if (kind !== 'code') continue
    const name = (ENTRY.test(path) ? posix.basename(folderOf(path)) : stem(path)).toLowerCase()
    const list = found.get(name)
    if (list === undefined) found.set(name, [index])
    else list.push(index)
  }
  return found
}

/** Of files with one name those that stand where the test belongs: beside it, below its mirror, else in its package. */
function nearest(files: CoversInput['files'], test: number, namesakes: readonly number[]): readonly number[] {
  const own = files[test]
  if (own === undefined) return []
  const home = mirror(folderOf(own.path))
  const beside = namesakes.filter((code) => mirror(folderOf(files[code]?.path ?? '')) === home)
  if (beside.length > 0) return beside.slice(0, MOST_NAMESAKES)
  const inPackage = namesakes.filter((code) => files[code]?.package === own.package)
  return inPackage.length <= MOST_NAMESAKES ? inPackage : []
}

const SIDES =
  /(?:^|\/)(?:src|lib|source|tests?|__tests__|specs?|main|java|kotlin|scala|unit|integration|e2e)(?=\/|$)/g

/** A folder without the parts by which code and tests are kept apart. */
function mirror(folder: string): string {
  return folder.replaceAll(SIDES, '').replace(/^\//, '')
}
