// What a goal names: paths and patterns as they stand in it, packages, and words that are names of folders or files. Where
// it names nothing, it is about the whole code. Pure.
import { QuintetError } from '../../contract/errors.ts'
import { nearest } from '../../contract/nearest.ts'
import { compileScope, foldersOf } from '../../scope/patterns.ts'
import { patternProblem } from '../../scope/escape.ts'
import type { RepositoryFacts } from '../facts/facts.ts'
import { isBelow, nameOf } from './division.ts'

/** A word of the goal, or a path that was given, and the files it stands for. */
export interface Naming {
  readonly word: string
  readonly by: 'path' | 'pattern' | 'package' | 'folder' | 'file'
  /** Where they lie, for a reader. */
  readonly where: readonly string[]
  readonly files: readonly number[]
}

/** The files a plan is about, as sorted indices. `whole`: the goal names nothing in particular. */
export interface Target {
  readonly whole: boolean
  readonly namings: readonly Naming[]
  readonly files: readonly number[]
}

/** A word that stands for more of the repository than this is no name of a part of it. */
const MOST_OF_ALL = 0.6
const MOST_PLACES = 4
const SHORTEST = 4
/** Words of goals, and names that folders everywhere have. */
const COMMON: ReadonlySet<string> = new Set(
  'about after again also another because before being better both change changes class classes clean cleanup code command commands component components config configuration convert could create default delete node java rust golang dist docs documentation each error errors every example examples feature features file files first fix fixes from function functions generated have help implement improve index into internal issue issues library main make migrate module modules move name names needs never only option options other over package packages part parts path paths plan plans project public refactor remove rename replace repository return rewrite script scripts should some source split support system test tests than that their them then there these they this those tool tools type types typescript javascript python unit update upgrade used user users util utils version were what when where which whole will with work would write'.split(
    ' ',
  ),
)
/** `JsonpTemplatePlugin`, `read_line`: no word of a language, so a name. */
const SHAPED = /[a-z0-9][A-Z]|[_\d]|[A-Za-z]-[A-Za-z]/
const TOKEN =
  /`([^`\n]+)`|"([^"\n]+)"|(@?[\w.*?[\]{}-]*(?:\/[\w.*?[\]{}@-]+)+\/?|[\w-]+(?:\.[\w-]+)*\.[A-Za-z]\w{0,5}|[\w@-]+)/g

/**
 * What `goal` is about; with `paths`, these alone. Throws `E_REPOSITORY_EMPTY`, `E_PATH_UNKNOWN` for a path that holds no
 * tracked file.
 */
export function targetOf(facts: RepositoryFacts, goal: string, paths: readonly string[] = []): Target {
  if (facts.files.length === 0) {
    throw new QuintetError(
      'E_REPOSITORY_EMPTY',
      'precondition',
      'The repository has no tracked file to divide.',
      {
        hints: [{ text: 'Commit something first.', command: 'git add --all && git commit' }],
      },
    )
  }
  const places = new Places(facts)
  const namings = paths.length > 0 ? paths.map((path) => places.required(path)) : namedIn(goal, places)
  const files = [...new Set(namings.flatMap((naming) => naming.files))].toSorted((a, b) => a - b)
  if (files.length > 0) return { whole: files.length === facts.files.length, namings, files }
  return { whole: true, namings: [], files: facts.files.map((_, index) => index) }
}

function namedIn(goal: string, places: Places): readonly Naming[] {
  const found: Naming[] = []
  const said: Naming[] = []
  for (const [index, [, ticked, quoted, plain]] of [...goal.matchAll(TOKEN)].entries()) {
    const word = (ticked ?? quoted ?? plain ?? '').trim()
    const sure = places.path(word) ?? places.package(word)
    if (sure !== null) found.push(sure)
    // A goal begins with what is to be done.
    else if (plain !== undefined && index > 0 && !isVersioned(goal, plain))
      said.push(...(places.word(plain) ?? []))
  }
  const all = found.length > 0 ? found : said
  return all.filter(({ word }, index) => all.findIndex((other) => other.word === word) === index)
}

class Places {
  readonly #facts: RepositoryFacts
  readonly #paths: readonly string[]
  readonly #folders: readonly string[]

  constructor(facts: RepositoryFacts) {
    this.#facts = facts
    this.#paths = facts.files.map(({ path }) => path)
    this.#folders = foldersOf(this.#paths)
  }

  /** A tracked file, a folder, or a pattern that matches something; null when it is none of these. */
  path(word: string): Naming | null {
    const plain = word.replace(/^\.?\//, '').replace(/\/$/, '')
    if (plain === '' || plain === '.') return null
    if (this.#folders.includes(plain) && (word.includes('/') || word !== plain))
      return this.#folder(word, plain, 'path')
    const file = this.#paths.indexOf(plain)
    if (file !== -1 && /[./]/.test(plain)) return { word, by: 'path', where: [plain], files: [file] }
    return /[*?[]/.test(word) ? this.#pattern(word) : null
  }

  /** As `path`, and folders without a slash. Throws `E_PATH_UNKNOWN`, `E_PATTERN`. */
  required(path: string): Naming {
    const plain = path.replace(/^\.?\//, '').replace(/\/$/, '')
    if (plain === '' || plain === '.')
      return { word: path, by: 'path', where: ['.'], files: this.#paths.map((_, index) => index) }
    const problem = patternProblem(path)
    if (problem !== null) {
      throw new QuintetError(
        'E_PATTERN',
        'usage',
        `The path ${JSON.stringify(path)} cannot be used. ${problem.why}`,
      )
    }
    const found =
      this.path(path) ?? (this.#folders.includes(plain) ? this.#folder(path, plain, 'path') : null)
    if (found !== null) return found
    const file = this.#paths.indexOf(plain)
    if (file !== -1) return { word: path, by: 'path', where: [plain], files: [file] }
    const meant = nearest(plain, [...this.#folders, ...this.#paths])
    throw new QuintetError(
      'E_PATH_UNKNOWN',
      'usage',
      `There is no tracked file at ${JSON.stringify(path)}.`,
      {
        hints: [
          meant === null
            ? { text: 'See what is tracked.', command: 'git ls-files' }
            : { text: `Perhaps ${meant} was meant.` },
        ],
      },
    )
  }

  /** A package of the repository by its full name. */
  package(word: string): Naming | null {
    if (word.length < SHORTEST || COMMON.has(word.toLowerCase())) return null
    const found = this.#facts.packages.find(({ name, folder }) => name === word && folder !== '')
    return found === undefined ? null : this.#folder(word, found.folder, 'package')
  }

  /** Folders, packages, else files of that name; null where the word says too little, or stands for too much. */
  word(plain: string): readonly Naming[] | null {
    const word = plain.toLowerCase()
    if (word.length < SHORTEST || COMMON.has(word) || COMMON.has(singular(word))) return null
    const same = (name: string): boolean =>
      name.toLowerCase() === word || singular(name.toLowerCase()) === singular(word)
    const packages = this.#facts.packages.filter(
      ({ name, folder }) => folder !== '' && same(name.slice(name.lastIndexOf('/') + 1)),
    )
    const folders = [
      ...packages.map(({ folder }) => folder),
      ...this.#folders.filter((folder) => same(nameOf(folder))),
    ]
    const outer = [...new Set(folders)].filter(
      (folder) => !folders.some((other) => other !== folder && isBelow(folder, other)),
    )
    if (outer.length > 0 && outer.length <= MOST_PLACES) return this.#specific(plain, outer)
    if (!SHAPED.test(plain)) return null
    const files = this.#paths.flatMap((path, index) =>
      same(nameOf(path).replace(/\..*$/, '')) ? [index] : [],
    )
    if (outer.length > 0 || files.length === 0 || files.length > 2 * MOST_PLACES) return null
    return [{ word: plain, by: 'file', where: files.map((file) => this.#paths[file] ?? ''), files }]
  }

  #specific(word: string, folders: readonly string[]): readonly Naming[] | null {
    const files = this.#paths.flatMap((path, index) =>
      folders.some((folder) => isBelow(path, folder)) ? [index] : [],
    )
    if (files.length > this.#paths.length * MOST_OF_ALL) return null
    return [{ word, by: 'folder', where: folders.map((folder) => `${folder}/`), files }]
  }

  #folder(word: string, folder: string, by: Naming['by']): Naming {
    const files = this.#paths.flatMap((path, index) => (isBelow(path, folder) ? [index] : []))
    return { word, by, where: [`${folder}/`], files }
  }

  #pattern(word: string): Naming | null {
    if (patternProblem(word) !== null) return null
    const pattern = word.includes('{')
      ? null
      : word.includes('/') && !word.startsWith('/')
        ? `/${word.replace(/^\.\//, '')}`
        : word
    if (pattern === null) return null
    const scope = compileScope({ include: [pattern] })
    const files = this.#paths.flatMap((path, index) => (scope.matches(path) ? [index] : []))
    return files.length === 0 ? null : { word, by: 'pattern', where: [word], files }
  }
}

/** `Postgres 17`: a product, whatever folder has its name. */
function isVersioned(goal: string, word: string): boolean {
  const after = goal.slice(goal.indexOf(word) + word.length)
  return /^\s+v?\d/.test(after)
}

function singular(word: string): string {
  return word.length > SHORTEST && word.endsWith('s') ? word.slice(0, -1) : word
}

/** Files and the tests that cover them. */
export function withTests(facts: RepositoryFacts, files: readonly number[]): readonly number[] {
  const named = new Set(files)
  const codeOf = new Map<number, number[]>()
  for (const [test, code] of facts.covers) codeOf.set(test, [...(codeOf.get(test) ?? []), code])
  const tests = [...codeOf].filter(
    ([, codes]) => codes.filter((code) => named.has(code)).length * 2 > codes.length,
  )
  return [...new Set([...files, ...tests.map(([test]) => test)])].toSorted((a, b) => a - b)
}
