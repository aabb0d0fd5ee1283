// Files with an entry for each folder of a kind: compiler settings that name every package, tables of what there is. Whoever
// adds to such a folder, or makes a new one, comes by them, however young they are. Pure.
import type { PlanFile } from '../contract/plan.ts'
import type { PlanFacts } from './facts.ts'

export interface Listed {
  /** Folders like those of the pieces that the file names. */
  readonly folders: number
  /** Pieces that work in folders of this kind. */
  readonly pieces: readonly string[]
}

/** Of the lines; a file that mentions some folders in passing is no list of them. */
const LEAST_SHARE = 0.05
const FEWEST_FOLDERS = 3
/** Of the folders of that kind. */
const LEAST_OF_FOLDERS = 0.05
const MOST_CANDIDATES = 300
/** Things with a slash: paths, and names of packages with a scope. */
const TOKEN = /@?[\w.-]*(?:\/[\w.*-]+)+/g
/** Told by other signs, or no file that anybody writes entries into; what is in `.quintet/` is about the pieces themselves. */
const NOT_READ =
  /\.(?:md|lock|snap|map|svg|png|jpe?g|gif|ico|pdf|zip|t?gz|wasm|min\.js)$|(?:^|\/)(?:test|tests|fixtures|node_modules)\/|^\.quintet\//i

/** Folders whose folders are what the pieces are about, such as `packages/`: another one beside them is its own affair. */
export function siblingFolders({ pieces }: PlanFile): readonly string[] {
  return [...new Set(pieces.flatMap(({ scope }) => parentsOf(scope.include)))]
}

function parentsOf(patterns: readonly string[]): readonly string[] {
  const folders = patterns.map((pattern) => /^\/?((?:[^*?[\\!/]+\/)+)/.exec(pattern)?.[1] ?? '')
  const parents = folders.map((folder) => folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1))
  return parents.filter((parent) => parent !== '')
}

/** Files whose texts are worth reading for it: outside the folders of the pieces and those beside them, those first that
 *  changed most often lately. */
export function listCandidates(
  plan: PlanFile,
  { files, history = [] }: Pick<PlanFacts, 'files' | 'history'>,
): readonly string[] {
  const parents = siblingFolders(plan)
  if (parents.length === 0) return []
  const changed = new Map<string, number>()
  for (const path of history.flat()) changed.set(path, (changed.get(path) ?? 0) + 1)
  return files
    .filter((path) => changed.has(path) || !path.includes('/'))
    .filter((path) => !NOT_READ.test(path) && !parents.some((parent) => isBelow(parent, path)))
    .toSorted((a, b) => (changed.get(b) ?? 0) - (changed.get(a) ?? 0))
    .slice(0, MOST_CANDIDATES)
}

/** In a folder of `parent`; a file in `parent` itself may well be a list of them. */
function isBelow(parent: string, path: string): boolean {
  return path.startsWith(parent) && path.includes('/', parent.length)
}

/** The files that are lists, as far as their texts are known. */
export function foldersListed(
  plan: PlanFile,
  { files, texts = new Map() }: Pick<PlanFacts, 'files' | 'texts'>,
): ReadonlyMap<string, Listed> {
  const found = new Map<string, Listed>()
  if (texts.size === 0) return found
  for (const parent of siblingFolders(plan)) {
    const inside = files.filter((path) => isBelow(parent, path))
    const names = new Set(inside.map((path) => path.slice(parent.length, path.indexOf('/', parent.length))))
    const pieces = plan.pieces.filter(({ scope }) => parentsOf(scope.include).includes(parent))
    if (pieces.length < 2) continue
    for (const [path, lines] of linesOf(texts)) {
      const folders = entriesIn(lines, names)
      if (folders <= (found.get(path)?.folders ?? 0)) continue
      found.set(path, { folders, pieces: pieces.map(({ id }) => id) })
    }
  }
  return found
}

/** Of each text its lines that are not empty, as what could be names of folders in them. The same texts are asked about for
 *  every change of a plan. */
function linesOf(texts: ReadonlyMap<string, string>): ReadonlyMap<string, readonly (readonly string[])[]> {
  const known = LINES.get(texts)
  if (known !== undefined) return known
  // What has a zero in it is no text at all.
  const readable = [...texts].filter(([, text]) => !text.includes('\0'))
  const found = new Map(readable.map(([path, text]) => [path, namesOf(text)]))
  LINES.set(texts, found)
  return found
}

const LINES = new WeakMap<ReadonlyMap<string, string>, ReadonlyMap<string, readonly (readonly string[])[]>>()

function namesOf(text: string): readonly (readonly string[])[] {
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [namesIn(line)]))
}

/** How many of the folders have a line of their own; 0 where the text is about other things. */
function entriesIn(lines: readonly (readonly string[])[], names: ReadonlySet<string>): number {
  const folders = new Set<string>()
  let named = 0
  for (const line of lines) {
    const found = line.filter((name) => names.has(name))
    for (const name of found) folders.add(name)
    if (found.length > 0) named += 1
  }
  const share = named / Math.max(1, lines.length)
  const least = Math.max(FEWEST_FOLDERS, names.size * LEAST_OF_FOLDERS)
  return folders.size >= least && share >= LEAST_SHARE ? folders.size : 0
}

function namesIn(line: string): readonly string[] {
  if (!line.includes('/')) return NO_NAMES
  return [...line.matchAll(TOKEN)].flatMap(([token]) => {
    const parts = token.split('/')
    // `@acme/core` is in `core`, or in `acme-core`.
    const scoped = token.startsWith('@') ? [`${parts[0]?.slice(1) ?? ''}-${parts[1] ?? ''}`] : []
    return [...parts, ...scoped]
  })
}

const NO_NAMES: readonly string[] = []
