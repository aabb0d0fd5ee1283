// From Python imports to files: relative ones by folders, absolute ones from the roots of the packages that there are. Pure.
import { folderOf, joined, type FileIndex } from './paths.ts'

export class PythonResolver {
  readonly #index: FileIndex
  /** Folders that hold a top-level module or package of this name, the likeliest first. */
  readonly #roots = new Map<string, string[]>()

  /** `paths`: of Python files. */
  constructor(index: FileIndex, paths: readonly string[]) {
    this.#index = index
    for (const path of paths) {
      const root = this.#rootOf(path)
      const name =
        path
          .slice(root === '' ? 0 : root.length + 1)
          .split('/')[0]
          ?.replace(/\.pyi?$/, '') ?? ''
      const roots = this.#roots.get(name)
      if (roots === undefined) this.#roots.set(name, [root])
      else if (!roots.includes(root)) roots.push(root)
    }
    for (const roots of this.#roots.values()) roots.sort((a, b) => a.length - b.length)
  }

  /** Files that a module of this folder imports by `specifier`, see python.ts. */
  resolve(folder: string, specifier: string): readonly number[] {
    const colon = specifier.indexOf(':')
    const module = colon === -1 ? specifier : specifier.slice(0, colon)
    const name = colon === -1 ? null : specifier.slice(colon + 1)
    const dots = /^\.*/.exec(module)?.[0].length ?? 0
    const below = module.slice(dots).replaceAll('.', '/')
    for (const root of this.#starts(folder, dots, below)) {
      if (root === null) continue
      const found = this.#module(root, below, name)
      if (found !== null) return [found]
    }
    return []
  }

  #starts(folder: string, dots: number, below: string): readonly (string | null)[] {
    if (dots > 0) return [joined(folder, '../'.repeat(dots - 1) || '.')]
    const first = below.split('/')[0] ?? ''
    const roots = this.#roots.get(first) ?? []
    // Of several the one nearest to the file.
    const near = roots.filter((root) => root === '' || folder === root || folder.startsWith(`${root}/`))
    return [...new Set([...near.toReversed(), ...roots, '', 'src', folder])]
  }

  #module(root: string, below: string, name: string | null): number | null {
    const path = joined(root, below === '' ? '.' : below)
    if (path === null) return null
    if (name !== null && name !== '*') {
      const inner = this.#file(path === '' ? name : `${path}/${name}`)
      if (inner !== null) return inner
    }
    const found = this.#file(path)
    // `import a.b.C` where C is no module; only below a package that there is.
    if (found !== null || name !== null || !below.includes('/')) return found
    return this.#module(root, folderOf(below), null)
  }

  #file(path: string): number | null {
    if (path === '') return this.#index.get('__init__.py') ?? null
    return (
      this.#index.get(`${path}.py`) ??
      this.#index.get(`${path}/__init__.py`) ??
      this.#index.get(`${path}.pyi`) ??
      this.#index.get(`${path}/__init__.pyi`) ??
      this.#index.get(`${path}.pyx`) ??
      null
    )
  }

  /** The folder that the outermost package of a file stands in. */
  #rootOf(path: string): string {
    let folder = folderOf(path)
    while (folder !== '' && this.#index.has(`${folder}/__init__.py`)) folder = folderOf(folder)
    return folder
  }
}
