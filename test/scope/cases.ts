// Random cases for the comparison of scopes: two scopes, a tree that is likely to have files in both, and the verdict
// found the long way, path by path.
import { overlapOf, type OverlapOptions, type ScopeOverlap } from '../../src/scope/overlap.ts'
import { compileScope, foldersOf, type ScopeMatcher, type ScopePatterns } from '../../src/scope/patterns.ts'
import { randomPath, randomPattern, seeded, type Random } from './random.ts'

export interface Mistake {
  readonly kind: 'missed' | 'invented'
  readonly left: ScopePatterns
  readonly right: ScopePatterns
  readonly options: OverlapOptions
  readonly found: ScopeOverlap | null
  /** A file that is in both. */
  readonly tried?: string | undefined
}

export interface Checked {
  readonly mistakes: readonly Mistake[]
  readonly cases: number
  /** Cases in which a file of the tree was in both scopes, and cases in which an overlap was found. */
  readonly met: number
  readonly overlapping: number
}

const MOST_MISTAKES = 5
const TREE_SIZE = 120
/** Without a tree, a pattern that could be a file's is not meant for folders of such a name. */
const EXTENSION = /\.[A-Za-z][A-Za-z0-9]{0,9}$/

/** Compares the search with trying every path, in as many cases. */
export function checkOverlaps(seed: number, cases: number): Checked {
  const random = seeded(seed)
  const mistakes: Mistake[] = []
  let [met, overlapping] = [0, 0]
  for (let round = 0; round < cases && mistakes.length < MOST_MISTAKES; round += 1) {
    const { left, right, files, options } = randomCase(random)
    const [one, other] = [compileScope(left, options), compileScope(right, options)]
    const found = overlapOf(one, other, options)
    const tried = files.find((path) => isInBoth(path, [one, other], options))
    if (tried !== undefined) met += 1
    if (found !== null) overlapping += 1
    if (found === null && tried !== undefined)
      mistakes.push({ kind: 'missed', left, right, options, found, tried })
    if (found !== null && isInvented(found, [one, other], options)) {
      mistakes.push({ kind: 'invented', left, right, options, found })
    }
  }
  return { mistakes, cases, met, overlapping }
}

type Pair = readonly [ScopeMatcher, ScopeMatcher]

function isInBoth(
  path: string,
  [one, other]: Pair,
  { except = [], exceptFolders = [] }: OverlapOptions,
): boolean {
  if (except.includes(path) || exceptFolders.some((folder) => `${path}/`.startsWith(`${folder}/`)))
    return false
  return one.matches(path) && other.matches(path)
}

function isInvented(found: ScopeOverlap, pair: Pair, options: OverlapOptions): boolean {
  if (!found.certain) return false
  const [one, other] = pair
  const named = one.patterns.include.includes(found.left) && other.patterns.include.includes(found.right)
  return !named || !isInBoth(found.example, pair, options)
}

interface Case {
  readonly left: ScopePatterns
  readonly right: ScopePatterns
  readonly files: readonly string[]
  readonly options: OverlapOptions
}

function randomCase(random: Random): Case {
  const patterns = (most: number): string[] =>
    Array.from({ length: random.below(most + 1) }, () => randomPattern(random))
  const scope = (): ScopePatterns => ({
    include: [randomPattern(random), ...patterns(2)],
    exclude: patterns(2),
  })
  const [left, right] = [scope(), scope()]
  const ignoreCase = random.below(5) === 0
  const grown = treeFor([...left.include, ...right.include], random)
  const asked = random.below(2) === 0
  const files = asked
    ? grown
    : grown.filter((path) => !foldersOf([path]).some((folder) => EXTENSION.test(folder)))
  // Except for what a rule of its own has, spelled exactly: folding is the business of another test.
  const excepted = !ignoreCase && random.below(4) === 0
  return {
    left,
    right,
    files,
    options: {
      ignoreCase,
      ...(asked ? { tree: { files, folders: foldersOf(files) } } : {}),
      ...(excepted ? { except: files.slice(0, 3), exceptFolders: ['src/a'] } : {}),
    },
  }
}

/** Files with random names, and files that are spelled after the patterns. No file is also a folder. */
function treeFor(patterns: readonly string[], random: Random): readonly string[] {
  const paths = new Set<string>()
  for (let size = 0; size < TREE_SIZE; size += 1) {
    const path = random.below(3) === 0 ? randomPath(random) : spelledAfter(patterns, random)
    if (isPlain(path)) paths.add(path)
  }
  const folders = new Set(foldersOf([...paths]))
  return [...paths].filter((path) => !folders.has(path))
}

function isPlain(path: string): boolean {
  return path
    .split('/')
    .every(
      (segment) =>
        !['', '.', '..'].includes(segment) && segment.toLowerCase() !== '.git' && !segment.includes('\0'),
    )
}

/** A path that fits two patterns more often than not: the wildcards of one are filled with pieces of another. */
function spelledAfter(patterns: readonly string[], random: Random): string {
  const fill = (text: string): string =>
    text
      .replace(/^[!/]+/, '')
      .replaceAll(/\*\*\/?/g, () => random.pick(['', 'a/', 'b/a/', 'src/']))
      .replaceAll('*', () => random.pick(['', 'a', 'ab', 'src', fillers[random.below(fillers.length)] ?? '']))
      .replaceAll('?', () => random.pick(['a', 'b', 'A', '.']))
      .replaceAll(/\[[^\]]*\]/g, () => random.pick(['a', 'b', 'c', '-', ']']))
      .replaceAll(/\\(.)/g, '$1')
  const fillers = patterns.map((pattern) => pattern.replaceAll(/[*?[\]\\/!]/g, ''))
  const one = fill(random.pick(patterns))
  // A folder takes what is below it, so one pattern's path below another's is often in both.
  const path = random.below(2) === 0 ? one : `${one.replace(/\/$/, '')}/${fill(random.pick(patterns))}`
  return path.endsWith('/') ? path + random.pick(['a', 'b', 'a.ts', fill(random.pick(patterns))]) : path
}
