// What words stand for in a repository: paths, patterns, packages, and names of folders or files; and what only looks like a
// path of it. Pure.
import { posix } from 'node:path'
import { QuintetError } from '../../contract/errors.ts'
import { nearest } from '../../contract/nearest.ts'
import { patternProblem } from '../../scope/escape.ts'
import { compileScope, foldersOf } from '../../scope/patterns.ts'
import type { FileKind, RepositoryFacts } from '../facts/facts.ts'
import { endingOf, languageOf } from '../facts/languages.ts'
import { OPERATORS } from '../places.ts'
import { folderOf, isBelow, nameOf } from './division.ts'

/** A word of the goal, or a path that was given, and the files it stands for. */
export interface Naming {
  readonly word: string
  /** `new`: a path that is to come; its files are those around it, where the goal names nothing else. */
  readonly by: 'path' | 'pattern' | 'package' | 'folder' | 'file' | 'kind' | 'new'
  /** Where they lie, for a reader. */
  readonly where: readonly string[]
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
/** Shorter than words that count, but at the root nothing but folders. */
const FOLDERS: ReadonlySet<string> = new Set(['src', 'lib', 'pkg', 'cmd'])
/** `JsonpTemplatePlugin`, `read_line`: no word of a language, so a name. */
const SHAPED = /[a-z0-9][A-Z]|[_\d]|[A-Za-z]-[A-Za-z]/
/** A repository as words of a goal meet it, from one of its folders. */
export class Places {
  readonly #facts: RepositoryFacts
  readonly #paths: readonly string[]
  readonly #folders: ReadonlySet<string>
  readonly #from: string

  constructor(facts: RepositoryFacts, from: string) {
    this.#facts = facts
    this.#paths = facts.files.map(({ path }) => path)
    this.#folders = new Set(foldersOf(this.#paths))
    this.#from = from
  }

  /** What a word stands for beyond doubt: a path, a package, files of that name; a full stop behind it is no part of it. */
  named(word: string): Naming | null {
    const bare = bareOf(word)
    const words = bare === word || bare === '' ? [word] : [bare, word]
    for (const one of words) {
      const found = this.path(one) ?? this.package(one) ?? this.#fileNamed(one) ?? this.#module(one)
      if (found !== null) return found
    }
    return null
  }

  /** A tracked file, a folder, or a pattern that matches something; null when it is none of these. */
  path(word: string): Naming | null {
    for (const plain of this.#meant(word)) {
      if (this.#folders.has(plain) && (word.includes('/') || word !== plain))
        return this.#folder(word, plain, 'path')
      const file = this.#paths.indexOf(plain)
      if (file !== -1 && /[./]/.test(plain)) return { word, by: 'path', where: [plain], files: [file] }
    }
    return /[*?[]/.test(word) ? this.#pattern(word) : null
  }

  /** As `path`, and folders without a slash. Throws `E_PATH_UNKNOWN`, `E_PATH_OPERATORS`, `E_PATTERN`. */
  required(path: string): Naming {
    const meant = this.#meant(path)
    const last = meant.at(-1)
    const problem = last === '' ? null : patternProblem(last ?? path)
    if (problem !== null) {
      throw new QuintetError(
        'E_PATTERN',
        'usage',
        `The path ${JSON.stringify(path)} cannot be used. ${problem.why}`,
        { hints: [{ text: 'See what is tracked.', command: 'git ls-files' }] },
      )
    }
    for (const plain of meant) {
      if (plain === '')
        return { word: path, by: 'path', where: ['.'], files: this.#paths.map((_, index) => index) }
      if (this.#folders.has(plain)) return this.#folder(path, plain, 'path')
      const file = this.#paths.indexOf(plain)
      if (file !== -1) return { word: path, by: 'path', where: [plain], files: [file] }
    }
    const found = this.path(path)
    if (found !== null) return found
    throw this.unknown(path, `There is no tracked file at ${JSON.stringify(path)}.`)
  }

  /** The refusal of a path, with the nearest one. */
  unknown(word: string, message: string): QuintetError {
    if (this.#isOperators(word)) return operatorsPath(word)
    const plain = bareOf(word)
      .replace(/^\.?\//, '')
      .replace(/\/$/, '')
    const meant = this.#nearest(plain)
    return new QuintetError('E_PATH_UNKNOWN', 'usage', message, {
      hints: [
        ...(meant === null
          ? [{ text: 'See what is tracked.', command: 'git ls-files' }]
          : [{ text: `Perhaps ${meant} was meant.` }]),
        { text: 'For a file that is to come, write "add" before its path, or give its folder by --paths.' },
      ],
    })
  }

  /** What was meant by a path that is not there: a like name beside it, a like path, or the same name elsewhere. */
  #nearest(plain: string): string | null {
    const home = this.#meant(folderOf(plain)).find((folder) => this.#folders.has(folder)) ?? ''
    const all = [...this.#folders, ...this.#paths]
    const beside = all.filter((path) => folderOf(path) === home && path !== '')
    const name = nearest(nameOf(plain), beside.map(nameOf))
    const found = beside.find((path) => nameOf(path) === name)
    if (found !== undefined) return found
    const elsewhere = all.find((path) => nameOf(path) === nameOf(plain))
    return elsewhere ?? (home === '' ? nearest(plain, all) : null)
  }

  /** Whether a word that names nothing has the form of a path of this repository: `src/none`, `none.py`; not `and/or`. */
  isPath(word: string): boolean {
    if (this.#isOperators(word)) return true
    const plain = bareOf(word).replace(/^\.\//, '').replace(/\/$/, '')
    if (/[\s{}]/.test(plain) || /^[@/]/.test(plain) || plain === '') return false
    if (!plain.includes('/')) return !/[*?[]/.test(plain) && (isFolderName(word) || this.#isFileName(plain))
    const segments = plain.split('/')
    const [first = ''] = segments
    // `docs/tests`: both of them.
    if (segments.every((segment) => this.#folders.has(segment))) return false
    if (this.#meant(first).some((folder) => this.#folders.has(folder))) return true
    if (/[*?[]/.test(plain)) return false
    if (isSource(plain)) return true
    return this.#isKnownEnding(plain) || nearest(plain, [...this.#folders].filter(isNested)) !== null
  }

  #isOperators(word: string): boolean {
    return `${this.#meant(bareOf(word)).at(-1) ?? ''}/`.startsWith(OPERATORS)
  }

  #isFileName(word: string): boolean {
    if (endingOf(word) === '' || this.#paths.some((path) => nameOf(path) === word)) return false
    const isLike = word.length > SHORTEST && nearest(word, this.#paths.map(nameOf)) !== null
    const stem = word.slice(0, word.indexOf('.'))
    // `flask.json` may be a module, and `Node.js` is none of ours.
    if ([...this.#folders].some((folder) => nameOf(folder) === stem)) return false
    return isLike || (this.#isKnownEnding(word) && !/^\w+\.js$/i.test(word))
  }

  #isKnownEnding(path: string): boolean {
    const ending = endingOf(path)
    return (
      ending !== '' &&
      this.#facts.files.some((file) => file.kind !== 'asset' && endingOf(file.path) === ending)
    )
  }

  /** A path that is to come, relative to the root; a folder with a slash behind it. Throws `E_PATH_OPERATORS`. */
  toCome(word: string): string {
    const bare = bareOf(word)
    const [first = '', second = first] = this.#meant(bare)
    const isHere = this.#folders.has(folderOf(first)) || !this.#folders.has(folderOf(second))
    const plain = isHere ? first : second
    if (`${plain}/`.startsWith(OPERATORS)) throw operatorsPath(word)
    return bare.endsWith('/') || endingOf(plain) === '' ? `${plain}/` : plain
  }

  /** A path that is to come, with the files of the innermost folder around it that there is. */
  around(path: string): Naming {
    let folder = folderOf(path.replace(/\/$/, ''))
    while (folder !== '' && !this.#folders.has(folder)) folder = folderOf(folder)
    return newNaming(path, folder === '' ? [] : this.#folder(path, folder, 'new').files)
  }

  /** Paths that a word may mean, relative to the root, the likeliest first. */
  #meant(word: string): readonly string[] {
    const plain = posix.normalize(word.replace(/^\//, '')).replace(/\/$/, '')
    const relative = posix.join(this.#from, plain).replace(/\/$/, '')
    const all = word.startsWith('/') ? [plain] : [relative, plain]
    return [...new Set(all.map((path) => (path === '.' ? '' : path)))].filter(
      (path) => !path.startsWith('..'),
    )
  }

  /** Files of that name, wherever they are, unless files everywhere have it. */
  #fileNamed(word: string): Naming | null {
    if (word.includes('/') || endingOf(word) === '') return null
    const files = this.#paths.flatMap((path, index) => (nameOf(path) === word ? [index] : []))
    if (files.length === 0 || files.length > 2 * MOST_PLACES) return null
    return { word, by: 'file', where: files.map((file) => this.#paths[file] ?? ''), files }
  }

  /** `flask.json`: a module as languages with dots name it, by the end of its path. */
  #module(word: string): Naming | null {
    if (!/^[a-z_]\w*(?:\.\w+)+$/i.test(word)) return null
    const end = `/${word.replaceAll('.', '/')}`
    const isIt = (path: string): boolean => `/${path}`.endsWith(end)
    const folder = [...this.#folders].filter(isIt)
    if (folder.length === 1 && folder[0] !== undefined) return this.#folder(word, folder[0], 'folder')
    const files = this.#paths.flatMap((path, index) => (isIt(path.replace(/\.[^./]+$/, '')) ? [index] : []))
    if (folder.length > 0 || files.length === 0 || files.length > MOST_PLACES) return null
    return { word, by: 'file', where: files.map((file) => this.#paths[file] ?? ''), files }
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
    if (FOLDERS.has(word) && this.#folders.has(word)) return this.#specific(plain, [word])
    if (word.length < SHORTEST || COMMON.has(word) || COMMON.has(singular(word))) return null
    const same = (name: string): boolean =>
      name.toLowerCase() === word || singular(name.toLowerCase()) === singular(word)
    const packages = this.#facts.packages.filter(
      ({ name, folder }) => folder !== '' && same(name.slice(name.lastIndexOf('/') + 1)),
    )
    const folders = [
      ...packages.map(({ folder }) => folder),
      ...[...this.#folders].filter((folder) => same(nameOf(folder))),
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

  /** Files of the kind that a word stands for; null where it stands for none, or there are none. */
  kind(word: string): Naming | null {
    const kind = KINDS[word.toLowerCase()]
    if (kind === undefined) return null
    const files = this.#facts.files.flatMap((file, index) => (file.kind === kind ? [index] : []))
    return files.length === 0 ? null : { word, by: 'kind', where: [`all ${word.toLowerCase()}`], files }
  }

  /** A folder of that name beside one that another word stands for; also a word that says little by itself. */
  beside(word: string, others: readonly Naming[]): readonly Naming[] {
    const homes = others
      .filter(({ by }) => by === 'folder')
      .flatMap(({ where }) => where.map((folder) => folderOf(folder.replace(/\/$/, ''))))
    const folders = [...new Set(homes)]
      .filter((home) => home !== '')
      .map((home) => `${home}/${word.toLowerCase()}`)
      .filter((folder) => this.#folders.has(folder))
    return folders.length === 0 ? [] : (this.#specific(word, folders) ?? [])
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
    if (patternProblem(word) !== null || word.includes('{')) return null
    const plain = word.replace(/^\.\//, '')
    const rooted = plain.includes('/') && !plain.startsWith('/') ? `/${plain}` : plain
    const below = plain.includes('/') ? plain : `**/${plain}`
    const patterns =
      this.#from === '' || plain.startsWith('/') ? [rooted] : [`/${this.#from}/${below}`, rooted]
    for (const pattern of patterns) {
      const scope = compileScope({ include: [pattern] })
      const files = this.#paths.flatMap((path, index) => (scope.matches(path) ? [index] : []))
      if (files.length > 0) return { word, by: 'pattern', where: [word], files }
    }
    return null
  }
}

/** Words of a goal that stand for files of a kind, wherever they lie. */
const KINDS: Readonly<Record<string, FileKind>> = {
  docs: 'docs',
  documentation: 'docs',
  tests: 'test',
}

/** A word without the full stop or the question mark behind it. */
function bareOf(word: string): string {
  return word.replace(/[.?]+$/, '')
}

/** `src/login.ts`, whether or not there is any such folder, or any file of that language: nothing else is written like it. */
function isSource(path: string): boolean {
  return /^(?:\.?[\w-]+\/)+[\w.-]+$/.test(path) && languageOf(path) !== null
}

/** `src/`, but not `w/`. */
function isFolderName(word: string): boolean {
  return /^\.?[\w-][\w.-]+\/$/.test(word)
}

function isNested(folder: string): boolean {
  return folder.includes('/')
}

function singular(word: string): string {
  return word.length > SHORTEST && word.endsWith('s') ? word.slice(0, -1) : word
}

/** The refusal of a path that is given to no session. */
function operatorsPath(word: string): QuintetError {
  return new QuintetError(
    'E_PATH_OPERATORS',
    'usage',
    `What is in ${OPERATORS} is given to no session, and ${JSON.stringify(word)} is there.`,
    {
      hints: [
        { text: 'Change it yourself; where a goal only mentions it, say by --paths what the goal is about.' },
      ],
    },
  )
}

/** A path that is to come. */
export function newNaming(path: string, files: readonly number[] = []): Naming {
  return { word: path, by: 'new', where: [path], files }
}
