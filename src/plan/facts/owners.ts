// Who owns a path by CODEOWNERS. GitHub's rules: patterns as in .gitignore, the last one that matches wins, one without
// owners takes them away; no `!`, no `[ ]`, and `docs/*` holds the files of that folder alone. Pure.
import { parseGlob, type Glob } from '../../scope/glob.ts'
import { PatternList } from '../../scope/patterns.ts'

/** Where the file may stand; the first there is counts. */
export const CODEOWNERS_PLACES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'] as const

interface Rule {
  readonly glob: Glob
  readonly owners: readonly string[]
}

const NOBODY: readonly string[] = []

/** The owners of each path, by the text of CODEOWNERS. Sorted paths are fast. */
export function ownersOfEach(paths: readonly string[], text: string): readonly (readonly string[])[] {
  const rules = parseOwners(text)
  if (rules.length === 0) return paths.map(() => NOBODY)
  const lists = rules
    .map(({ glob, owners }) => ({ list: new PatternList([], {}, [glob]), owners }))
    .toReversed()
  const near = new NearRules(lists)
  return paths.map((path) => near.at(path).find(({ list }) => list.matches(path))?.owners ?? NOBODY)
}

interface Listed {
  readonly list: PatternList
  readonly owners: readonly string[]
}

/** Of many rules only few can match anything in a folder. */
class NearRules {
  readonly #all: readonly Listed[]
  readonly #byFolder = new Map<string, readonly Listed[]>()

  constructor(all: readonly Listed[]) {
    this.#all = all
  }

  at(path: string): readonly Listed[] {
    return this.#in(path.slice(0, path.lastIndexOf('/') + 1))
  }

  #in(folder: string): readonly Listed[] {
    if (folder === '') return this.#all
    const known = this.#byFolder.get(folder)
    if (known !== undefined) return known
    const above = this.#in(folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1))
    const found = above.filter(({ list }) => list.reaches(folder))
    this.#byFolder.set(folder, found)
    return found
  }
}

function parseOwners(text: string): readonly Rule[] {
  return text.split(/\r?\n/).flatMap((line): Rule[] => {
    const words = line.replace(/(^|\s)#.*$/, '').match(/(?:\\.|\S)+/g) ?? []
    const [pattern, ...owners] = words
    // GitLab has sections in brackets; neither these nor negations are patterns.
    if (pattern === undefined || pattern.startsWith('!') || /^\^?\[/.test(pattern)) return []
    const glob = parseGlob(pattern.replaceAll(/[[\]]/g, String.raw`\$&`))
    if (glob === null) return []
    const shallow = /(?:^|[^*])\/\*$/.test(pattern)
    return [{ glob: shallow ? { ...glob, only: 'files' } : glob, owners }]
  })
}
