// Path aliases of TypeScript and JavaScript projects: `paths` and `baseUrl` of the nearest tsconfig.json or jsconfig.json,
// with what it extends. Pure.
import { member, parseJson, strings } from '../manifests.ts'
import { folderOf, joined, upward } from './paths.ts'

export interface Aliases {
  /** Folder that bare names are looked for in; null: none. */
  readonly baseUrl: string | null
  readonly paths: readonly {
    readonly before: string
    readonly after: string
    readonly exact: boolean
    /** Full paths, with `*` where the rest goes. */
    readonly targets: readonly string[]
  }[]
}

const MOST_EXTENDED = 10
const CONFIG = /(?:^|\/)[tj]sconfig[\w.-]*\.json$/

/** Whether the text of the file at this path is needed to know the aliases. */
export function isAliasConfig(path: string): boolean {
  return CONFIG.test(path)
}

/** Settings by folder, asked for the folder of a file. */
export class AliasMap {
  readonly #texts: ReadonlyMap<string, string>
  readonly #byFolder = new Map<string, Aliases | null>()
  readonly #byFile = new Map<string, Aliases | null>()

  /** `texts`: of all files that `isAliasConfig` names. */
  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts
  }

  /** The aliases in force in a folder; null where there are none. */
  in(folder: string): Aliases | null {
    const known = this.#byFolder.get(folder)
    if (known !== undefined) return known
    const found = this.#nearest(folder)
    this.#byFolder.set(folder, found)
    return found
  }

  #nearest(folder: string): Aliases | null {
    for (const at of upward(folder)) {
      for (const name of ['tsconfig.json', 'jsconfig.json', 'tsconfig.base.json', 'tsconfig.app.json']) {
        const aliases = this.#read(at === '' ? name : `${at}/${name}`, 0)
        if (aliases !== null && (aliases.paths.length > 0 || aliases.baseUrl !== null)) return aliases
      }
    }
    return null
  }

  #read(path: string, depth: number): Aliases | null {
    const known = this.#byFile.get(path)
    if (known !== undefined) return known
    const text = this.#texts.get(path)
    if (text === undefined || depth > MOST_EXTENDED) return null
    const found = this.#parse(path, text, depth)
    this.#byFile.set(path, found)
    return found
  }

  #parse(path: string, text: string, depth: number): Aliases {
    const json = parseJson(text)
    const own = aliasesIn(json, folderOf(path))
    const parents = member(json, 'extends')
    let { baseUrl, paths } = own
    for (const parent of (typeof parents === 'string' ? [parents] : strings(parents)).toReversed()) {
      const inherited = this.#extended(folderOf(path), parent, depth + 1)
      baseUrl ??= inherited?.baseUrl ?? null
      if (paths.length === 0) paths = inherited?.paths ?? []
    }
    return { baseUrl, paths }
  }

  #extended(folder: string, parent: string, depth: number): Aliases | null {
    if (!parent.startsWith('.')) return null
    const path = joined(folder, parent)
    if (path === null) return null
    return (
      this.#read(path, depth) ??
      this.#read(`${path}.json`, depth) ??
      this.#read(`${path}/tsconfig.json`, depth)
    )
  }
}

function aliasesIn(json: unknown, folder: string): Aliases {
  const base = member(json, 'compilerOptions', 'baseUrl')
  const baseUrl = typeof base === 'string' ? joined(folder, base) : null
  const table = member(json, 'compilerOptions', 'paths')
  if (typeof table !== 'object' || table === null) return { baseUrl, paths: [] }
  const paths = Object.entries(table).map(([pattern, targets]) => {
    const star = pattern.indexOf('*')
    return {
      before: star === -1 ? pattern : pattern.slice(0, star),
      after: star === -1 ? '' : pattern.slice(star + 1),
      exact: star === -1,
      targets: strings(targets).flatMap((target) => joined(baseUrl ?? folder, target) ?? []),
    }
  })
  // The longest beginning wins.
  return {
    baseUrl,
    paths: paths.sort((a, b) => Number(b.exact) - Number(a.exact) || b.before.length - a.before.length),
  }
}

/** The paths that an alias makes of a name, in the order in which they are looked for. */
export function aliased({ paths, baseUrl }: Aliases, name: string): readonly string[] {
  for (const { before, after, exact, targets } of paths) {
    if (exact ? name !== before : !name.startsWith(before) || !name.endsWith(after)) continue
    const rest = name.slice(before.length, name.length - after.length)
    return targets.map((target) => target.replace('*', () => rest))
  }
  return baseUrl === null ? [] : [baseUrl === '' ? name : `${baseUrl}/${name}`]
}
