// From what every file says it imports to the files that it means: the import graph. Pure.
import type { ImportEdge } from '../facts.ts'
import { importLanguage, type ImportLanguage } from '../languages.ts'
import type { KnownPackage } from '../packages.ts'
import { folderOf, type FileIndex } from './paths.ts'
import { GoResolver } from './resolve-go.ts'
import { JavaResolver } from './resolve-java.ts'
import { PythonResolver } from './resolve-python.ts'
import { RustResolver } from './resolve-rust.ts'
import { ScriptResolver } from './resolve-script.ts'

export interface ImportsInput {
  readonly files: readonly { readonly path: string; readonly language: string | null }[]
  readonly index: FileIndex
  /** What each file says, by position; null where it was not read. */
  readonly readings: readonly (readonly string[] | null)[]
  readonly packages: readonly KnownPackage[]
  /** Texts of compiler settings that name aliases. */
  readonly texts: ReadonlyMap<string, string>
}

interface ReadFile {
  readonly file: number
  readonly path: string
  readonly reading: readonly string[]
}

/** Edges between files, each once, sorted by the importing file; a file does not import itself. */
export function importEdges(input: ImportsInput): readonly ImportEdge[] {
  const byLanguage = readFiles(input)
  const edges: ImportEdge[] = []
  for (const [language, files] of byLanguage) {
    const resolve = resolverOf(language, files, input)
    for (const one of files) {
      const targets = new Set(resolve(one))
      targets.delete(one.file)
      for (const target of [...targets].sort((a, b) => a - b)) edges.push([one.file, target])
    }
  }
  return edges.sort(([a, b], [c, d]) => a - c || b - d)
}

function readFiles({ files, readings }: ImportsInput): ReadonlyMap<ImportLanguage, readonly ReadFile[]> {
  const found = new Map<ImportLanguage, ReadFile[]>()
  for (const [file, { path, language }] of files.entries()) {
    const spoken = importLanguage(language)
    const reading = readings[file]
    if (spoken === null || reading === null || reading === undefined) continue
    const list = found.get(spoken) ?? []
    list.push({ file, path, reading })
    found.set(spoken, list)
  }
  return found
}

function resolverOf(
  language: ImportLanguage,
  files: readonly ReadFile[],
  { index, packages, texts }: ImportsInput,
): (one: ReadFile) => readonly number[] {
  switch (language) {
    case 'script': {
      const resolver = new ScriptResolver({ index, packages, texts })
      return ({ path, reading }) =>
        reading.flatMap((specifier) => resolver.resolve(folderOf(path), specifier) ?? [])
    }
    case 'python': {
      const resolver = new PythonResolver(
        index,
        files.map(({ path }) => path),
      )
      return ({ path, reading }) =>
        reading.flatMap((specifier) => resolver.resolve(folderOf(path), specifier))
    }
    case 'go': {
      const resolver = new GoResolver(packages, files)
      return ({ reading }) => resolver.resolve(reading)
    }
    case 'rust': {
      const resolver = new RustResolver(index, packages)
      return ({ path, reading }) => reading.flatMap((specifier) => resolver.resolve(path, specifier))
    }
    case 'java': {
      const resolver = new JavaResolver(files)
      return ({ reading }) => reading.flatMap((specifier) => resolver.resolve(specifier))
    }
  }
}
