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
    for (const [path, text] of texts) {
      const folders = entriesIn(text, names)
      if (folders <= (found.get(path)?.folders ?? 0)) continue
      found.set(path, { folders, pieces: pieces.map(({ id }) => id) })
    }
  }
  return found
}

/** How many of the folders have a line of their own; 0 where the text is about other things. */
function entriesIn(text: string, names: ReadonlySet<string>): number {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const named = lines.map((line) => foldersIn(line, names))
  const folders = new Set(named.flat()).size
  const share = named.filter((some) => some.length > 0).length / Math.max(1, lines.length)
  const least = Math.max(FEWEST_FOLDERS, names.size * LEAST_OF_FOLDERS)
  return folders >= least && share >= LEAST_SHARE ? folders : 0
}

function foldersIn(line: string, names: ReadonlySet<string>): readonly string[] {
  return [...line.matchAll(TOKEN)].flatMap(([token]) => {
    const parts = token.split('/')
    // `@acme/core` is in `core`, or in `acme-core`.
    const scoped = token.startsWith('@') ? [`${parts[0]?.slice(1) ?? ''}-${parts[1] ?? ''}`] : []
    return [...parts, ...scoped].filter((part) => names.has(part))
  })
}
