// Paths that briefs name in backticks: an agent that is told to change a file must be told whose it is. Pure.
import type { Piece, PlanFile } from '../contract/plan.ts'
import { pathProblem } from '../scope/escape.ts'
import { literalPattern } from '../scope/glob.ts'
import { overlapOf } from '../scope/overlap.ts'
import { compileScope } from '../scope/patterns.ts'
import type { PlanFacts } from './facts.ts'
import { finding, quote, type Finding } from './findings.ts'
import type { Survey } from './survey.ts'

const FENCED = /^```[\s\S]*?^```/gm
const INLINE = /`([^`\n]+)`/g
const PATH_LIKE = /^[\p{L}\p{N}_.@+~()[\]-]+(?:\/[\p{L}\p{N}_.@+~()[\]-]+)*\/?$/u
const EXTENSION = /\.([A-Za-z][A-Za-z0-9]{0,9})$/

/** What stands in backticks in a brief and could be a path; a leading `./` and a trailing line number are dropped. */
export function pathsNamedIn(brief: string): readonly string[] {
  const spans = [...brief.replaceAll(FENCED, '').matchAll(INLINE)].map((match) => (match[1] ?? '').trim())
  const paths = spans
    .map((span) => span.replace(/^\.\//, '').replace(/(?::\d+)+$/, ''))
    .filter((span) => PATH_LIKE.test(span) && pathProblem(span.replace(/\/$/, '')) === null)
  return [...new Set(paths)]
}

/** Paths that a brief names and that nobody may write or is said to read. */
export function briefFindings(plan: PlanFile, facts: PlanFacts, survey: Survey): readonly Finding[] {
  const known = {
    files: new Set(facts.files),
    folders: new Set(survey.options.tree?.folders ?? []),
    extensions: new Set(facts.files.map(extension)),
    ignored: new Set(facts.ignored),
    shared: new Set(plan.shared.map(({ path }) => path)),
  }
  return plan.pieces.flatMap((piece) =>
    pathsNamedIn(piece.brief)
      .filter((path) => isPath(path, known) && !known.ignored.has(path) && !known.shared.has(path))
      .filter((path) => !isCovered(path, piece, survey))
      .map((path) => unownedFinding(piece.id, path)),
  )
}

interface Known {
  readonly files: ReadonlySet<string>
  readonly folders: ReadonlySet<string>
  readonly extensions: ReadonlySet<string>
}

/** A tracked file or folder, or a path for a new file of a kind that the repository has. `text/html` is neither. */
function isPath(word: string, { files, folders, extensions }: Known): boolean {
  const plain = word.replace(/\/$/, '')
  if (files.has(plain)) return true
  if (folders.has(plain)) return word.includes('/')
  return word.includes('/') && !word.endsWith('/') && !word.startsWith('@') && extensions.has(extension(word))
}

/** `.ts` of `a/b.ts`; of a path without one a word that is no extension of a tracked file. */
function extension(path: string): string {
  return EXTENSION.exec(path)?.[0] ?? '/'
}

function isCovered(path: string, piece: Piece, { scopes, options }: Survey): boolean {
  const plain = path.replace(/\/$/, '')
  const named = compileScope({ include: [literalPattern(plain)] }, options)
  const reads = compileScope({ include: piece.reads }, options)
  // A folder counts as owned when anything in it is.
  const touches = { ...options, except: [] }
  return (
    overlapOf(reads, named, touches) !== null ||
    scopes.some(({ matcher }) => overlapOf(matcher, named, touches) !== null)
  )
}

function unownedFinding(piece: string, path: string): Finding {
  return finding('E_UNOWNED_PATH', `The brief of ${piece} names ${path}, which nobody owns.`, {
    piece,
    hints: [
      {
        text: `Add ${quote(path)} to a scope, to the shared files, or, if ${piece} only reads it, to its reads.`,
      },
    ],
  })
}
