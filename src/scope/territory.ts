// A scope as mounts: which folders of a worktree are writable for a piece, and what in them stays read-only. A mount holds
// whole folders, so a scope of folders comes out exactly; where it does not, the gaps say what mounts cannot tell. Pure.
import { foreignPlaces } from './foreign.ts'
import { parseGlob } from './glob.ts'
import type { ScopeInForce } from './ownership.ts'
import { foldersOf, type Tree } from './patterns.ts'
import { isAtOrBelow, parentOf } from './place.ts'
import { shapeOf, SINGLE_FILE, type Shape } from './shape.ts'

export interface TerritoryInput {
  readonly scope: ScopeInForce
  /** Whether the piece may write this path, by the ownership map. */
  readonly owns: (path: string) => boolean
  /** Tracked at the base; not what the session's own index says. */
  readonly files: readonly string[]
  /** Ignored by git and there, a folder with a slash at its end. */
  readonly ignored: readonly string[]
  /** Lines of the .gitignore at the top of the worktree. */
  readonly ignoreLines: readonly string[]
  /** Whether files that git ignores may come into being at the top of the worktree. */
  readonly topOpen?: boolean
  readonly ignoreCase: boolean
}

/** Paths are relative to the worktree, which itself is ''. A deeper path overrules those above it. */
export interface Territory {
  /** Why the mounts are not exactly the scope, one sentence each; none: they are. */
  readonly gaps: readonly string[]
  readonly writable: readonly string[]
  readonly readOnly: readonly string[]
  /** Folders that may not exist yet and must, before they can be mounted. */
  readonly make: readonly string[]
}

/** More mounts than this are not worth their time: what they would protect is left to the hooks and the gate. */
const PROTECTED_LIMIT = 400
const TOO_MANY = 'Too many files of others stand between its own for each of them to be protected.'
/** Folders that builds, tests and package managers make at the top of a worktree, and nobody takes amiss when empty. */
const MADE: ReadonlySet<string> = new Set(
  (
    'node_modules dist build out coverage target tmp temp logs reports test-results playwright-report ' +
    '.cache .parcel-cache .next .nuxt .output .turbo .vite .svelte-kit .angular .nyc_output .gradle ' +
    '__pycache__ .pytest_cache .mypy_cache .ruff_cache .tox .venv venv'
  ).split(' '),
)

/** The mounts of a scope. */
export function territory(input: TerritoryInput): Territory {
  const tree: Tree = { files: input.files, folders: foldersOf(input.files) }
  const named = namedPlaces(input, tree)
  const opened = openedBy(named)
  const barred = barredBy(named, tree, opened)
  const inDeep = (folder: string): boolean => opened.deep.some((deep) => isAtOrBelow(folder, deep))
  const top = openTop(input, opened.shallow.includes('') || inDeep(''))
  const made = madeFolders(input, tree).filter((folder) => !inDeep(folder))
  const shallow = [...new Set([...top.folders, ...opened.shallow])].filter((folder) => !inDeep(folder))
  const places = foreignPlaces(input, tree, { shallow, deep: opened.deep })
  const tooMany = places.length > PROTECTED_LIMIT
  const kept = tooMany ? foreignPlaces(input, tree, { shallow: [], deep: opened.exact }) : places
  return {
    gaps: [...opened.gaps, ...barred.gaps, ...top.gaps, ...(tooMany ? [TOO_MANY] : [])],
    ...settled(
      [...shallow, ...opened.deep, ...made, ...ignoredPlaces(input, tree)],
      [...kept, ...barred.folders],
    ),
    make: newFolders([...opened.deep, ...barred.folders, ...shallow, ...made], tree),
  }
}

interface Named {
  readonly name: string
  readonly shape: Shape
}

/** What the scope names, by what it says of it. */
interface NamedPlaces {
  readonly own: readonly Named[]
  /** Given to the piece whatever its patterns say. */
  readonly given: readonly Named[]
  readonly excluded: readonly Named[]
  readonly taken: readonly Named[]
}

function namedPlaces({ scope, ignoreCase }: TerritoryInput, tree: Tree): NamedPlaces {
  const patterns = (list: readonly string[]): Named[] =>
    list.map((name) => ({ name, shape: shapeOf(name, { tree, ignoreCase }) }))
  const fits = (path: string, rule: string): boolean =>
    rule.endsWith('/') ? isAtOrBelow(path.replace(/\/$/, ''), rule.slice(0, -1)) : path === rule
  // The last exception that fits a path decides.
  const exceptions = (mine: boolean): Named[] =>
    scope.exceptions
      .filter(({ path }) => scope.exceptions.findLast((rule) => fits(path, rule.path))?.mine === mine)
      .map(({ path }) => ({ name: path, shape: literal(path) }))
  return {
    own: patterns(scope.include),
    excluded: patterns(scope.exclude),
    given: exceptions(true),
    taken: exceptions(false),
  }
}

function literal(path: string): Shape {
  if (path.endsWith('/')) return { kind: 'folders', folders: [path.slice(0, -1)], floating: false }
  return { kind: 'file', path, why: SINGLE_FILE }
}

const foldersIn = (named: readonly Named[]): string[] =>
  named.flatMap(({ shape }) => (shape.kind === 'folders' ? shape.folders : []))

interface Opened {
  readonly gaps: readonly string[]
  /** Writable with all that is below; of these `exact`: all of it is the scope's. */
  readonly deep: readonly string[]
  readonly exact: readonly string[]
  /** Writable but for the folders in them. */
  readonly shallow: readonly string[]
}

function openedBy({ own, given, excluded, taken }: NamedPlaces): Opened {
  const lost = foldersIn([...excluded, ...taken])
  const planned = foldersIn(own).filter((folder) => !lost.some((bar) => isAtOrBelow(folder, bar)))
  const exact = [...new Set([...planned, ...foldersIn(given)])]
  const covered = (path: string): boolean => exact.some((folder) => isAtOrBelow(path, folder))
  const loose = [...own, ...given].filter(({ shape }) => {
    if (shape.kind === 'file') return !covered(shape.path)
    return shape.kind === 'glob' ? !covered(shape.below) : shape.kind === 'negative'
  })
  const deep = loose.flatMap(({ shape }) => (shape.kind === 'glob' && shape.deep ? [shape.below] : []))
  const shallow = loose.flatMap(({ shape }) => {
    if (shape.kind === 'file') return [parentOf(shape.path)]
    return shape.kind === 'glob' && !shape.deep ? [shape.below] : []
  })
  return {
    gaps: loose.map(gapOf),
    deep: [...new Set([...exact, ...deep])],
    exact,
    shallow: [...new Set(shallow)],
  }
}

function gapOf({ name, shape }: Named): string {
  switch (shape.kind) {
    case 'file':
      return `${name}: ${shape.why}.`
    case 'negative':
      return `${name}: a pattern that takes back what others hold cannot be a mount.`
    default:
      return `${name}: it tells files by their spelling, and a mount holds whole folders.`
  }
}

/** Folders inside of the opened ones that are not the piece's, and what of that mounts cannot hold. */
function barredBy(
  { excluded, taken }: NamedPlaces,
  tree: Tree,
  { exact }: Opened,
): { readonly folders: readonly string[]; readonly gaps: readonly string[] } {
  const matters = (path: string): boolean => exact.some((folder) => isAtOrBelow(path, folder))
  const folders = foldersIn([...excluded, ...taken]).filter((path) => matters(path) && !exact.includes(path))
  const gaps = [...excluded, ...taken].flatMap(({ name, shape }) => {
    if (shape.kind === 'file' && matters(shape.path) && !tree.files.includes(shape.path)) {
      return [`${name}: a file that does not exist yet cannot be kept from being made.`]
    }
    const floating = shape.kind === 'folders' && shape.floating
    const meets =
      shape.kind === 'glob' && (matters(shape.below) || exact.some((own) => isAtOrBelow(own, shape.below)))
    return meets || (floating && exact.length > 0)
      ? [`${name}: an exclusion by spelling cannot be a mount.`]
      : []
  })
  return { folders, gaps }
}

/** What git ignores and is there may be written; never a folder in which the base has files. */
function ignoredPlaces({ ignored, files }: TerritoryInput, tree: Tree): string[] {
  const tracked = new Set([...tree.folders, ...files])
  return ignored
    .map((path) => path.replace(/\/$/, ''))
    .filter((path) => path !== '' && path !== '.git' && !tracked.has(path))
}

/** Folders at the top that git ignores and that are commonly made there: they are made before, so that they can be
 *  mounted. */
function madeFolders({ ignoreLines, ignoreCase }: TerritoryInput, tree: Tree): string[] {
  const names = ignoreLines.flatMap((line) => {
    const glob = parseGlob(line, { ignoreCase })
    if (glob === null || glob.negative) return []
    const name = line
      .trimEnd()
      .replace(/^\*\*\//, '')
      .replace(/^\//, '')
      .replace(/\/$/, '')
    return MADE.has(name) ? [name] : []
  })
  const takenBack = ignoreLines.some((line) => line.startsWith('!'))
  return takenBack ? [] : [...new Set(names)].filter((name) => !isKnown(name, tree))
}

const isKnown = (path: string, { files, folders }: Tree): boolean =>
  files.includes(path) || folders.includes(path)

/**
 * Room for files that do not exist yet at the top of the worktree: a mount cannot be made for what is not there, so the
 * top itself is opened, and everything in it that is tracked is not.
 */
function openTop(
  { topOpen = false }: TerritoryInput,
  open: boolean,
): { readonly folders: readonly string[]; readonly gaps: readonly string[] } {
  if (open || !topOpen) return { folders: [], gaps: [] }
  return {
    folders: [''],
    gaps: ['The top folder: open_top in the configuration lets any new file be made there.'],
  }
}

function newFolders(folders: readonly string[], tree: Tree): string[] {
  const known = new Set(tree.folders)
  return [...new Set(folders)].filter((path) => path !== '' && !known.has(path))
}

/** Each place once, what opens it counting more; none that lies in one of the same kind anyway: every mount is a border
 *  across which a file cannot be renamed. */
function settled(
  write: readonly string[],
  read: readonly string[],
): Pick<Territory, 'writable' | 'readOnly'> {
  const kinds = new Map<string, 'write' | 'read'>([
    ...read.map((path) => [path, 'read'] as const),
    ...write.map((path) => [path, 'write'] as const),
  ])
  const needed = [...kinds].filter(([path, kind]) => kind !== kindAbove(path, kinds))
  const of = (wanted: 'write' | 'read'): string[] =>
    needed.flatMap(([path, kind]) => (kind === wanted ? [path] : [])).sort()
  return { writable: of('write'), readOnly: of('read') }
}

/** What holds for a place that nothing is said of: what holds above it, and at the top read-only. */
function kindAbove(path: string, kinds: ReadonlyMap<string, 'write' | 'read'>): 'write' | 'read' {
  for (let at = path; at !== '';) {
    at = parentOf(at)
    const kind = kinds.get(at)
    if (kind !== undefined) return kind
  }
  return 'read'
}
