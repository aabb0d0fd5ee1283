// From the imports of Java, Kotlin and Scala to files, by the packages that files say they are in. Pure.

/** A package with more files is not imported whole: which of them are meant is not told. */
const LARGEST_PACKAGE = 8

export class JavaResolver {
  readonly #classes = new Map<string, number>()
  readonly #packages = new Map<string, number[]>()

  /** `files`: readings by index, in the order of their paths. */
  constructor(
    files: readonly { readonly file: number; readonly path: string; readonly reading: readonly string[] }[],
  ) {
    for (const { file, path, reading } of files) {
      const own = reading.find((entry) => entry.startsWith('='))?.slice(1)
      if (own === undefined) continue
      const name = path.slice(path.lastIndexOf('/') + 1).replace(/(?:Kt)?\.\w+$/, '')
      if (!this.#classes.has(`${own}.${name}`)) this.#classes.set(`${own}.${name}`, file)
      const inside = this.#packages.get(own)
      if (inside === undefined) this.#packages.set(own, [file])
      else inside.push(file)
    }
  }

  /** Files that `specifier` names, see java.ts. */
  resolve(specifier: string): readonly number[] {
    if (specifier.startsWith('=')) return []
    if (specifier.endsWith('.*')) {
      const name = specifier.slice(0, -2)
      const found = this.#class(name)
      if (found !== null) return [found]
      const all = this.#packages.get(name) ?? []
      return all.length <= LARGEST_PACKAGE ? all : []
    }
    const found = this.#class(specifier)
    return found === null ? [] : [found]
  }

  /** A class, or the class that this is a member of. */
  #class(name: string): number | null {
    for (let at = name; at.includes('.'); at = at.slice(0, at.lastIndexOf('.'))) {
      const found = this.#classes.get(at)
      if (found !== undefined) return found
    }
    return null
  }
}
