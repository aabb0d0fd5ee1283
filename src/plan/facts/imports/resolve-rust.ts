// From Rust modules and use paths to files. Pure.
import type { PackageFact } from '../facts.ts'
import { folderOf, upward, type FileIndex } from './paths.ts'

interface Crate {
  readonly name: string
  readonly source: string
}

const ROOTS: ReadonlySet<string> = new Set(['lib.rs', 'main.rs', 'mod.rs'])

export class RustResolver {
  readonly #index: FileIndex
  readonly #byName = new Map<string, Crate>()
  readonly #byFolder = new Map<string, Crate>()

  constructor(index: FileIndex, packages: readonly PackageFact[]) {
    this.#index = index
    for (const { name, folder, manager } of packages) {
      if (manager !== 'cargo') continue
      const crate = { name: name.replaceAll('-', '_'), source: folder === '' ? 'src' : `${folder}/src` }
      this.#byName.set(crate.name, crate)
      this.#byFolder.set(folder, crate)
    }
  }

  /** Files that the file at `path` needs by `specifier`, see rust.ts. */
  resolve(path: string, specifier: string): readonly number[] {
    const own = moduleFolder(path)
    if (specifier.startsWith('+')) {
      const found = this.#module(own, specifier.slice(1)) ?? this.#module(folderOf(path), specifier.slice(1))
      return found === null ? [] : [found]
    }
    const [first = '', ...rest] = specifier.split('::')
    const found = this.#from(path, own, first, rest)
    return found === null ? [] : [found]
  }

  #from(path: string, own: string, first: string, rest: readonly string[]): number | null {
    if (first === 'crate') {
      const crate = this.#crateOf(path)
      return crate === null ? null : this.#longest(crate.source, rest)
    }
    if (first === 'self') return this.#longest(own, rest)
    if (first === 'super') {
      let folder = folderOf(own)
      let left = rest
      while (left[0] === 'super') {
        folder = folderOf(folder)
        left = left.slice(1)
      }
      return this.#longest(folder, left)
    }
    const other = this.#byName.get(first)
    if (other !== undefined) return this.#longest(other.source, rest)
    return this.#module(own, first) === null ? null : this.#longest(own, [first, ...rest])
  }

  /** The innermost module on the way that has a file of its own; the outermost one where there is none. */
  #longest(folder: string, path: readonly string[]): number | null {
    for (let length = path.length; length > 0; length -= 1) {
      const inside = path.slice(0, length - 1)
      const found = this.#module([folder, ...inside].join('/'), path[length - 1] ?? '')
      if (found !== null) return found
    }
    return (
      this.#index.get(`${folder}/lib.rs`) ??
      this.#index.get(`${folder}/mod.rs`) ??
      this.#index.get(`${folder}.rs`) ??
      this.#index.get(`${folder}/main.rs`) ??
      null
    )
  }

  #module(folder: string, name: string): number | null {
    const path = folder === '' ? name : `${folder}/${name}`
    return this.#index.get(`${path}.rs`) ?? this.#index.get(`${path}/mod.rs`) ?? null
  }

  #crateOf(path: string): Crate | null {
    for (const folder of upward(folderOf(path))) {
      const crate = this.#byFolder.get(folder)
      if (crate !== undefined) return crate
    }
    return null
  }
}

/** The folder that the modules inside of a file stand in. */
function moduleFolder(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return ROOTS.has(name) ? folderOf(path) : path.replace(/\.rs$/, '')
}
