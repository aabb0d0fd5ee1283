// Which paths can be told to be a piece's by looking at their spelling: a folder at the beginning, a whole path, an
// ending. Less than its scope, never more; coordination files, which belong to nobody, have to be told apart before. It
// is for those who cannot ask the map path by path: a shell script, the rules of an agent. Pure.
import { pathProblem } from './escape.ts'
import { foldPath, literalPattern } from './glob.ts'
import { overlapOf } from './overlap.ts'
import { compileScope, type ScopeMatcher } from './patterns.ts'
import { recordedMap } from './recorded.ts'

export interface Spelling {
  readonly kind: 'below' | 'exactly' | 'ending'
  /** A folder with a slash at its end, a path, or the end of a name. */
  readonly text: string
}

type Input = Parameters<typeof recordedMap>[0]

/** Spellings by which a path is certainly the piece's, whatever else is in it. */
export function certainSpellings(record: Input, piece: string): readonly Spelling[] {
  const { include, exclude, exceptions } = recordedMap(record).scopeOf(piece)
  const others = exceptions.filter(({ mine }) => !mine).map(({ path }) => path)
  const free = (spelling: Spelling): boolean =>
    pathProblem(spelling.text.replace(/\/$/, '')) === null &&
    !others.some((path) => mayMean(spelling, path, record)) &&
    (spelling.kind === 'ending' || !mayMean(spelling, `${record.coordinationFolder}/`, record))
  // What a later pattern takes back cannot be seen in a single one.
  const planned = include.some((pattern) => pattern.startsWith('!')) ? [] : include.flatMap(spellingsOf)
  const granted = exceptions.filter(({ mine }) => mine).map(({ path }) => spelledOut(path))
  return [...planned.filter((spelling) => !isExcluded(spelling, exclude, record)), ...granted].filter(free)
}

function spellingsOf(pattern: string): readonly Spelling[] {
  const ending = /^(?:\*\*\/)?\*(\.[\w.-]+)$/.exec(pattern)?.[1]
  if (ending !== undefined) return [{ kind: 'ending', text: ending }]
  const [, path = '', rest = ''] = /^\/?([^/].*?)(\/|\/\*\*)?$/.exec(pattern) ?? []
  if (path === '' || /[*?[\]\\#!\s]|\p{Cc}/u.test(path)) return []
  const below: Spelling = { kind: 'below', text: `${path}/` }
  return rest === '' ? [{ kind: 'exactly', text: path }, below] : [below]
}

const spelledOut = (path: string): Spelling => ({
  kind: path.endsWith('/') ? 'below' : 'exactly',
  text: path,
})

/** Whether a path of this spelling can be this one; with a slash at its end it is a folder and all that is below. */
function mayMean({ kind, text }: Spelling, path: string, { ignoreCase }: Input): boolean {
  const [mine, other] = ignoreCase ? [foldPath(text), foldPath(path)] : [text, path]
  if (other.endsWith('/')) return kind === 'ending' || mine.startsWith(other) || other.startsWith(mine)
  if (kind === 'ending') return other.endsWith(mine)
  return kind === 'below' ? other.startsWith(mine) : other === mine
}

function isExcluded({ kind, text }: Spelling, exclude: readonly string[], { ignoreCase }: Input): boolean {
  if (exclude.length === 0) return false
  const pattern = kind === 'ending' ? `*${text}` : literalPattern(text.replace(/\/$/, ''))
  const options = { ignoreCase }
  return overlapOf(atItsWord([pattern], options), atItsWord(exclude, options), options) !== null
}

/** A list in which `*.ts` also means a folder of that name. */
function atItsWord(include: readonly string[], options: { readonly ignoreCase: boolean }): ScopeMatcher {
  const compiled = compileScope({ include }, options)
  return { ...compiled, meant: compiled.include }
}
