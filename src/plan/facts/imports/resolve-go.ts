// From Go imports to files: a package is a folder, and of its files those are needed that declare what is used. Pure.
import type { PackageFact } from '../facts.ts'
import { packageName } from './go.ts'
import { folderOf } from './paths.ts'

/** Files of a package whose declarations are not known are no more than this. */
const MOST_UNKNOWN = 1

interface GoPackage {
  readonly files: number[]
  readonly declared: Map<string, number>
}

export class GoResolver {
  readonly #modules: readonly { readonly name: string; readonly folder: string }[]
  readonly #folders = new Map<string, GoPackage>()

  /** `files`: readings of Go files by their index, in the order of their paths. */
  constructor(
    packages: readonly PackageFact[],
    files: readonly { readonly file: number; readonly path: string; readonly reading: readonly string[] }[],
  ) {
    this.#modules = packages
      .filter(({ manager }) => manager === 'go')
      .toSorted((a, b) => b.name.length - a.name.length)
    for (const { file, path, reading } of files) {
      if (path.endsWith('_test.go')) continue
      const folder = folderOf(path)
      const found = this.#folders.get(folder) ?? { files: [], declared: new Map<string, number>() }
      found.files.push(file)
      for (const entry of reading) {
        if (entry.startsWith('d') && !found.declared.has(entry.slice(1)))
          found.declared.set(entry.slice(1), file)
      }
      this.#folders.set(folder, found)
    }
  }

  /** Files that a file with this reading needs, see go.ts. */
  resolve(reading: readonly string[]): readonly number[] {
    const packages = new Map<string, GoPackage>()
    for (const entry of reading) {
      if (!entry.startsWith('i')) continue
      const [path = '', name] = entry.slice(1).split(' ')
      const found = this.#package(path)
      if (found !== undefined) packages.set(name ?? packageName(path), found)
    }
    if (packages.size === 0) return []
    const needed = new Set<number>()
    const used = new Set<GoPackage>()
    for (const entry of reading) {
      if (!entry.startsWith('u')) continue
      const dot = entry.indexOf('.')
      const from = packages.get(entry.slice(1, dot))
      const file = from?.declared.get(entry.slice(dot + 1))
      if (from === undefined || file === undefined) continue
      used.add(from)
      needed.add(file)
    }
    for (const one of packages.values()) {
      if (!used.has(one)) for (const file of one.files.slice(0, MOST_UNKNOWN)) needed.add(file)
    }
    return [...needed]
  }

  #package(path: string): GoPackage | undefined {
    for (const { name, folder } of this.#modules) {
      if (path !== name && !path.startsWith(`${name}/`)) continue
      const below = path.slice(name.length + 1)
      return this.#folders.get([folder, below].filter((part) => part !== '').join('/'))
    }
    return undefined
  }
}
