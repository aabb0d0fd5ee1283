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
const MARK =
  /[._-](?:test|tests|spec|specs|e2e|cy|unit|integration|bench)$|^(?:test|spec)[._-]|(?:Tests?|Spec|IT|TestCase)$/
const GENERIC: ReadonlySet<string> = new Set([
  'index',
  '__init__',
  'mod',
  'main',
  'setup',
  'utils',
  'helpers',
  'conftest',
])

/** Pairs of a test and the code it covers, each once, in order. */
export function coverage({
  files,
  imports,
}: CoversInput): readonly (readonly [test: number, code: number])[] {
  const found = new Map<number, Set<number>>()
  const add = (test: number, code: number): void => {
    const codes = found.get(test)
    if (codes === undefined) found.set(test, new Set([code]))
    else codes.add(code)
  }
  for (const [from, to] of imports) {
    if (files[from]?.kind === 'test' && files[to]?.kind === 'code') add(from, to)
  }
  const byName = codeByName(files)
  for (const [test, { path, kind }] of files.entries()) {
    if (kind !== 'test') continue
    const name = testedName(path)
    const namesakes = name === null ? undefined : byName.get(name)
    if (namesakes === undefined) continue
    for (const code of nearest(files, test, namesakes)) add(test, code)
  }
  return [...found]
    .sort(([a], [b]) => a - b)
    .flatMap(([test, codes]) => [...codes].sort((a, b) => a - b).map((code) => [test, code] as const))
}

/** The name of what a test is named after; null where it is not named after anything. */
function testedName(path: string): string | null {
  const name = stem(path)
  const plain = name.replace(MARK, '')
  // `auth/__tests__/login.js` and `test/login.js` have the name of the code itself.
  const isTestFile = plain !== name || /(?:^|\/)(?:tests?|__tests__|specs?)\/[^/]*\.\w+$/.test(path)
  if (!isTestFile || plain === '' || GENERIC.has(plain)) return null
  return plain.toLowerCase()
}

function stem(path: string): string {
  return posix.basename(path).replace(/(?:\.d)?\.[a-z]+$/i, '')
}

function codeByName(files: CoversInput['files']): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>()
  for (const [index, { path, kind }] of files.entries()) {
    if (kind !== 'code') continue
    const name = stem(path).toLowerCase()
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
