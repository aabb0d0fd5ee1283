// What a pattern means as a place: folders with all that is in them, a single file, or something that only path by path
// can be told. A mount can hold a folder; to everything else it can only come near. Pure.
import { foldPath, parseGlob, SLASH, type Glob, type Token } from './glob.ts'
import type { Tree } from './patterns.ts'

export type Shape =
  /** These folders, whatever comes into being in them; `floating`: and every later one of that name. */
  | { readonly kind: 'folders'; readonly folders: readonly string[]; readonly floating: boolean }
  /** A file, or a name that may become one. `why`: what keeps it from being a mount. */
  | { readonly kind: 'file'; readonly path: string; readonly why: string }
  /** Files somewhere below a folder; `deep`: also in the folders below it. */
  | { readonly kind: 'glob'; readonly below: string; readonly deep: boolean }
  /** Takes back what other patterns hold. */
  | { readonly kind: 'negative' }
  /** Can never match. */
  | { readonly kind: 'nothing' }

interface Context {
  readonly tree: Tree
  readonly ignoreCase: boolean
}

/** Why a file is none. */
export const SINGLE_FILE = 'a single file cannot be a mount'
const UNDECIDED = 'it may become a file or a folder; a slash at its end makes it a folder'

/** What may follow a folder when all that is in it is meant, as kinds of tokens: two stars, one, or two and one. */
const EVERYTHING: readonly string[] = ['any', 'star', 'maybe folders star', 'maybe folders any']
const EXTENSION = /[^/]\.[A-Za-z][A-Za-z0-9]{0,9}$/

/** Reads one pattern against the folders and files there are. */
export function shapeOf(pattern: string, context: Context): Shape {
  const glob = parseGlob(pattern, context)
  if (glob === null) return { kind: 'nothing' }
  if (glob.negative) return { kind: 'negative' }
  const { text, rest } = literalBeginning(glob.tokens)
  if (rest.length === 0) return literalShape(text, glob, context)
  const atFolder = text === '' || text.endsWith('/')
  if (atFolder && glob.only === null && EVERYTHING.includes(rest.map(({ kind }) => kind).join(' '))) {
    return { kind: 'folders', folders: [spelled(text.replace(/\/$/, ''), context)], floating: false }
  }
  return floatingFolder(glob, context) ?? globShape({ text, rest }, glob, context)
}

function literalShape(path: string, glob: Glob, context: Context): Shape {
  const { tree } = context
  const known = spelled(path, context)
  if (glob.only === 'folders' || tree.folders.includes(known)) {
    return { kind: 'folders', folders: [known], floating: false }
  }
  const file = tree.files.includes(known) || EXTENSION.test(path)
  return { kind: 'file', path: known, why: file ? SINGLE_FILE : UNDECIDED }
}

/** `docs/`: every folder of that name, and the one at the top while there is none. */
function floatingFolder({ tokens, only }: Glob, { tree, ignoreCase }: Context): Shape | null {
  const [maybe, folders, ...name] = tokens
  if (only !== 'folders' || maybe?.kind !== 'maybe' || folders?.kind !== 'folders') return null
  const { text, rest } = literalBeginning(name)
  if (rest.length > 0) return null
  const same = ignoreCase ? foldPath : (path: string): string => path
  const found = tree.folders.filter((folder) => `/${same(folder)}`.endsWith(`/${text}`))
  return { kind: 'folders', folders: found.length > 0 ? found : [text], floating: true }
}

function globShape({ text, rest }: Beginning, { only }: Glob, context: Context): Shape {
  const below = text.includes('/') ? spelled(text.slice(0, text.lastIndexOf('/')), context) : ''
  const deep = only === 'folders' || rest.some(crossesFolders)
  return { kind: 'glob', below, deep }
}

function crossesFolders(token: Token): boolean {
  return token.kind === 'any' || token.kind === 'folders' || (token.kind === 'bytes' && token.set.has(SLASH))
}

interface Beginning {
  readonly text: string
  readonly rest: readonly Token[]
}

/** The literal text that a pattern begins with, and the tokens after it. */
function literalBeginning(tokens: readonly Token[]): Beginning {
  const bytes: number[] = []
  for (const token of tokens) {
    const [byte] = token.kind === 'bytes' && token.set.size === 1 ? token.set : []
    if (byte === undefined) break
    bytes.push(byte)
  }
  return { text: new TextDecoder().decode(Uint8Array.from(bytes)), rest: tokens.slice(bytes.length) }
}

/** The path as the tree spells it, where case does not count. */
function spelled(path: string, { tree, ignoreCase }: Context): string {
  if (!ignoreCase) return path
  const same = (candidate: string): boolean => foldPath(candidate) === path
  return tree.folders.find(same) ?? tree.files.find(same) ?? path
}
