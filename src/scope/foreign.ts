// What belongs to others inside of writable folders, as few places as possible: a whole folder where nothing in it is the
// piece's or ever could be, single files elsewhere. Pure.
import { MATCHED, START } from './automaton.ts'
import { bytesOf, foldPath } from './glob.ts'
import type { ScopeInForce } from './ownership.ts'
import { foldersOf, PatternList, type Tree } from './patterns.ts'
import { isAtOrBelow, parentOf } from './place.ts'

interface ForeignInput {
  readonly scope: ScopeInForce
  readonly owns: (path: string) => boolean
  readonly ignoreCase: boolean
}

export interface OpenFolders {
  /** Open with all that is below. */
  readonly deep: readonly string[]
  /** Open but for the folders in them. */
  readonly shallow: readonly string[]
}

/** Tracked places in the open folders that the piece may not write. */
export function foreignPlaces(input: ForeignInput, tree: Tree, { deep, shallow }: OpenFolders): string[] {
  if (deep.length + shallow.length === 0) return []
  const reach = new Reach(input)
  const foreign = tree.files.filter((file) => !input.owns(file))
  const owned = new Set(foldersOf(tree.files.filter((file) => input.owns(file))))
  const isForeign = (folder: string): boolean => !owned.has(folder) && !reach.mayOwn(folder)
  const found = new Set<string>()
  for (const file of foreign) {
    const parent = parentOf(file)
    if (shallow.includes(parent)) found.add(file)
    const top = deep.find((folder) => isAtOrBelow(file, folder))
    if (top !== undefined) found.add(highest(file, top, isForeign))
  }
  for (const folder of tree.folders) if (shallow.includes(parentOf(folder))) found.add(folder)
  return [...found]
}

/** The highest folder above a file, but below `top`, for which the test holds; else the file itself. */
function highest(file: string, top: string, test: (folder: string) => boolean): string {
  const segments = file.split('/')
  for (let count = top === '' ? 1 : top.split('/').length + 1; count < segments.length; count++) {
    const folder = segments.slice(0, count).join('/')
    if (test(folder)) return folder
  }
  return file
}

/** How far a scope can reach, for paths that do not exist yet too. */
class Reach {
  readonly #scope: ScopeInForce
  readonly #include: PatternList
  readonly #exclude: PatternList
  readonly #spelling: (path: string) => string
  readonly #answers = new Map<string, boolean>()

  constructor({ scope, ignoreCase }: ForeignInput) {
    this.#scope = scope
    this.#include = new PatternList(scope.include, { ignoreCase })
    this.#exclude = new PatternList(scope.exclude, { ignoreCase })
    this.#spelling = ignoreCase ? foldPath : (path) => path
  }

  /** Whether some path below the folder could be the piece's; true when in doubt. */
  mayOwn(folder: string): boolean {
    const known = this.#answers.get(folder)
    if (known !== undefined) return known
    const answer = this.#judge(folder)
    this.#answers.set(folder, answer)
    return answer
  }

  #judge(folder: string): boolean {
    const { exceptions } = this.#scope
    if (exceptions.some(({ path, mine }) => mine && isAtOrBelow(path, folder))) return true
    const ruled = exceptions.findLast(
      ({ path }) => path.endsWith('/') && isAtOrBelow(folder, path.slice(0, -1)),
    )
    if (ruled !== undefined) return ruled.mine
    return this.#below(this.#include, folder) !== 'nothing' && this.#below(this.#exclude, folder) !== 'all'
  }

  #below({ automaton }: PatternList, folder: string): 'nothing' | 'some' | 'all' {
    let state = START
    for (const byte of bytesOf(`${this.#spelling(folder)}/`)) state = automaton.step(state, byte)
    if (state === MATCHED) return 'all'
    return automaton.isDead(state) ? 'nothing' : 'some'
  }
}
