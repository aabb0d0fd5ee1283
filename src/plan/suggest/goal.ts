// What a goal names: paths and patterns as they stand in it, packages, and words that are names of folders or files. A path
// that is not there is refused, unless the goal says that it is to come. Where it names nothing, it is about the docs or
// the tests if it begins with these, and else about the whole code. Pure.
import { QuintetError } from '../../contract/errors.ts'
import type { RepositoryFacts } from '../facts/facts.ts'
import { newNaming, Places, type Naming } from './places.ts'

/** The files a plan is about, as sorted indices. `whole`: the goal names nothing in particular. */
export interface Target {
  readonly whole: boolean
  readonly namings: readonly Naming[]
  readonly files: readonly number[]
  /** Paths that are to come; those of folders end with a slash. */
  readonly coming: readonly string[]
}

export interface TargetOptions {
  /** These alone count, whatever the goal says. */
  readonly paths?: readonly string[]
  /** Folder that paths may be relative to, without a trailing slash; '' is the root, which they may be relative to anyway. */
  readonly from?: string
}

const TOKEN =
  /`([^`\n]+)`|"([^"\n]+)"|(@?[\w.*?[\]{}-]*(?:\/[\w.*?[\]{}@-]+)+\/?|\.?[\w-][\w.-]*\/(?![\w.*?[\]{}@/-])|\.?[\w-]+(?:\.[\w-]+)*\.[A-Za-z]\w{0,9}|[\w@-]+)/g
const ADDRESS = /\b[a-z][a-z+.-]*:\/\/\S+/gi
/** What stands right before a path that is to come: `add`, or `move … to`. */
const COMES =
  /(?:\b(?:add|create|introduce|write|new|generate|called|named)(?:\s+(?:an?|the|new|files?|modules?|tests?|pages?|scripts?|folders?|packages?))*|\b(?:move|rename|convert|copy|extract|split|port|turn|merge)\b(?:(?![.;]\s).)*\s(?:to|into|as))\s+[`"]?$/i
const AND = /^[`"]?\s*(?:,|and|, and|or)\s*[`"]?$/

/**
 * What `goal` is about; with `paths`, these alone. Throws `E_REPOSITORY_EMPTY`, `E_PATTERN`, `E_PATH_OPERATORS`, and
 * `E_PATH_UNKNOWN` for a path that holds no tracked file and is not said to be to come.
 */
export function targetOf(facts: RepositoryFacts, goal: string, options: TargetOptions = {}): Target {
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
  const { paths = [], from = '' } = options
  const places = new Places(facts, from)
  const { namings, coming } =
    paths.length > 0
      ? { namings: paths.map((path) => places.required(path)), coming: [] }
      : namedIn(goal.replaceAll(ADDRESS, ' '), places)
  const files = [...new Set(namings.flatMap((naming) => naming.files))].toSorted((a, b) => a - b)
  if (files.length > 0) return { whole: files.length === facts.files.length, namings, files, coming }
  return { whole: true, namings: [], files: facts.files.map((_, index) => index), coming }
}

/** `Docs overhaul`, `Rewrite all of the tests`: what a goal begins with is what it is about, unless that is to be written first. */
const ABOUT =
  /^\W*(?:(?!(?:add|write|create|without|with|no)\b)[\w-]+\s+(?:up\s+)?)?(?:(?:all|of|the|our|its|existing|whole|user)\s+)*(docs|documentation|tests)(?:(?:\s+and|,|\s*&)\s+(?:the\s+)?(docs|documentation|tests))?\b(?!\s+(?:and|&)\s|[-/]|\s+for\b)/i

/** Files of the kinds that a goal is about. */
function kindsIn(goal: string, places: Places): readonly Naming[] {
  const [, first, second] = ABOUT.exec(goal) ?? []
  return [first, second].flatMap((word) => (word === undefined ? [] : (places.kind(word) ?? [])))
}

interface Named {
  readonly namings: readonly Naming[]
  readonly coming: readonly string[]
}

function namedIn(goal: string, places: Places): Named {
  const found: Naming[] = []
  const said: Naming[] = []
  const listed: string[] = []
  const coming: string[] = []
  let last = -1
  for (const [index, match] of [...goal.matchAll(TOKEN)].entries()) {
    const [, ticked, quoted, plain] = match
    const word = (ticked ?? quoted ?? plain ?? '').trim()
    const sure = places.named(word)
    if (sure !== null) found.push(sure)
    else if (places.isPath(word)) {
      const before = goal.slice(0, match.index)
      if (!COMES.test(before) && (last < 0 || !AND.test(goal.slice(last, match.index))))
        throw places.unknown(word, `The goal names ${word}, and there is no tracked file.`)
      coming.push(places.toCome(word))
      last = match.index + match[0].length
    }
    // A goal begins with what is to be done.
    else if (plain !== undefined && index > 0 && !isVersioned(goal, plain)) {
      const known = places.word(plain)
      said.push(...(known ?? []))
      if (known === null && isListed(goal, match.index, plain)) listed.push(plain)
    }
  }
  const more = listed.flatMap((word) => places.beside(word, said))
  const told = found.length > 0 ? found : [...said, ...more]
  const named = told.length > 0 || coming.length > 0 ? told : kindsIn(goal, places)
  const around = coming.map((path) => (named.length > 0 ? newNaming(path) : places.around(path)))
  const all = [...named, ...around]
  return {
    namings: all.filter(({ word }, index) => all.findIndex((other) => other.word === word) === index),
    coming,
  }
}

/** `Postgres 17`: a product, whatever folder has its name. */
function isVersioned(goal: string, word: string): boolean {
  const after = goal.slice(goal.indexOf(word) + word.length)
  return /^\s+v?\d/.test(after)
}

/** `pr` in `issue, pr and release`, and in `gh release and gh pr`. */
function isListed(goal: string, at: number, word: string): boolean {
  if (/^\s*(?:,|&|and\b|or\b)/.test(goal.slice(at + word.length))) return true
  const before = /(?:,|&|\band|\bor)\s+(?:([\w-]+)\s+)?$/.exec(goal.slice(0, at))
  if (before === null) return false
  const [, between] = before
  return between === undefined || goal.split(/[^\w-]+/).filter((one) => one === between).length > 1
}
