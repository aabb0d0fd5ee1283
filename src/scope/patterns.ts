// Include and exclude patterns of a scope, compiled once and asked often. The rules are gitignore's, to the byte;
// test/scope compares them with `git check-ignore`. Pure.
import { Automaton, MATCHED, START } from './automaton.ts'
import { bytesOf, foldPath, parseGlob, type Glob, type GlobOptions } from './glob.ts'

/** Patterns of a scope as the plan writes them; include minus exclude. */
export interface ScopePatterns {
  readonly include: readonly string[]
  readonly exclude?: readonly string[]
}

/** States kept per list between two questions; far above what real patterns need. */
const STATE_LIMIT = 4_000

/** A list of gitignore patterns; keeps its place in the last folder, so sorted paths are fast. */
export class PatternList {
  readonly globs: readonly Glob[]
  readonly #options: GlobOptions
  #automaton: Automaton | null = null
  #folder = ''
  #folderState = START

  constructor(patterns: readonly string[], options: GlobOptions = {}, more: readonly Glob[] = []) {
    this.#options = options
    const globs = patterns.map((pattern) => parseGlob(pattern, options)).filter((glob) => glob !== null)
    this.globs = [...globs, ...more]
  }

  /** Made when it is first needed: of the lists of a large plan few are ever asked. */
  get automaton(): Automaton {
    this.#automaton ??= new Automaton(this.globs)
    return this.#automaton
  }

  /** Whether the file at this path, relative to the repository root, is matched. */
  matches(path: string): boolean {
    const text = this.#spelling(path)
    const split = text.lastIndexOf('/') + 1
    const { automaton } = this
    return automaton.accepts(walk(automaton, this.#enter(text.slice(0, split)), text.slice(split)))
  }

  /** Whether anything in this folder, with a slash at its end, can be matched. */
  reaches(folder: string): boolean {
    return !this.automaton.isDead(this.#enter(this.#spelling(folder)))
  }

  #enter(folder: string): number {
    const { automaton } = this
    if (automaton.size > STATE_LIMIT) {
      automaton.forget()
      this.#folder = ''
      this.#folderState = START
    }
    if (folder !== this.#folder) {
      this.#folderState = walk(automaton, START, folder)
      this.#folder = folder
    }
    return this.#folderState
  }

  /** The pattern that makes this path matched, as written; null when it is not. */
  deciding(path: string): string | null {
    return this.automaton.deciding(bytesOf(this.#spelling(path)))?.source ?? null
  }

  #spelling(path: string): string {
    return this.#options.ignoreCase === true ? foldPath(path) : path
  }
}

function walk(automaton: Automaton, from: number, text: string): number {
  let state = from
  for (let index = 0; index < text.length; index++) {
    if (state === MATCHED || automaton.isDead(state)) return state
    const unit = text.charCodeAt(index)
    if (unit > 127) return walkBytes(automaton, state, bytesOf(text.slice(index)))
    state = automaton.step(state, unit)
  }
  return state
}

function walkBytes(automaton: Automaton, from: number, bytes: Uint8Array): number {
  let state = from
  for (const byte of bytes) state = automaton.step(state, byte)
  return state
}

/** The folders and files of a repository, as far as they tell what a pattern means. */
export interface Tree {
  readonly files: readonly string[]
  readonly folders: readonly string[]
}

export interface ScopeOptions extends GlobOptions {
  /** Consulted for patterns that could mean a file or a folder. */
  readonly tree?: Tree
}

/** A compiled scope. */
export interface ScopeMatcher {
  readonly patterns: ScopePatterns
  /** Include patterns as they are meant, for comparing scopes: `*.ts` stands for files alone. */
  readonly meant: PatternList
  readonly include: PatternList
  readonly exclude: PatternList
  /** Whether the scope holds the file at this path, relative to the repository root, with forward slashes. */
  matches(path: string): boolean
}

/** Compiles a scope; patterns that git could never match own nothing. */
export function compileScope(patterns: ScopePatterns, options: ScopeOptions = {}): ScopeMatcher {
  const include = new PatternList(patterns.include, options)
  const exclude = new PatternList(patterns.exclude ?? [], options)
  const meant = include.globs.map((glob) => (meansFiles(glob, options) ? filesOnly(glob) : glob))
  return {
    patterns,
    meant: new PatternList([], options, meant),
    include,
    exclude,
    matches: (path) => include.matches(path) && !exclude.matches(path),
  }
}

/** The folders above these files, each once. */
export function foldersOf(files: readonly string[]): readonly string[] {
  const folders = new Set<string>()
  for (const file of files) {
    let end = file.lastIndexOf('/')
    while (end > 0 && !folders.has(file.slice(0, end))) {
      folders.add(file.slice(0, end))
      end = file.lastIndexOf('/', end - 1)
    }
  }
  return [...folders]
}

/**
 * Whether a pattern without a trailing slash is meant for files. To git `*.ts` also matches a folder `x.ts/` with all
 * that is in it; taken at its word every `*.ts` would overlap every `*.css`. The tree decides, and where it is silent
 * the file extension.
 */
function meansFiles(glob: Glob, { tree, ...options }: ScopeOptions): boolean {
  if (glob.negative || glob.only !== null) return false
  const list = new PatternList([glob.source], options)
  if (tree?.folders.some((folder) => list.matches(folder)) === true) return false
  return EXTENSION.test(glob.source.trimEnd()) || tree?.files.some((file) => list.matches(file)) === true
}

const EXTENSION = /[^/]\.[A-Za-z][A-Za-z0-9]{0,9}$/

function filesOnly(glob: Glob): Glob {
  return { ...glob, only: 'files' }
}
