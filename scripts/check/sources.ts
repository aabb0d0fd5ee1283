// The source files as the checks see them: path, lines, syntax tree and imports.
import { globSync, readFileSync } from 'node:fs'
import { parseSync, type Program } from 'oxc-parser'

export interface SourceFile {
  /** Relative to the repository root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly program: Program
  /** Specifiers of static and dynamic imports and of re-exports. */
  readonly imports: readonly string[]
}

/** All TypeScript files below a folder, sorted by path. */
export function sourceFiles(folder: string): readonly SourceFile[] {
  return globSync(`${folder}/**/*.ts`)
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map(parse)
}

function parse(path: string): SourceFile {
  const text = readFileSync(path, 'utf8')
  const { program, module } = parseSync(path, text)
  const imports = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
    ...module.dynamicImports.map(({ moduleRequest }) =>
      text.slice(moduleRequest.start, moduleRequest.end).replaceAll(/^['"`]|['"`]$/g, ''),
    ),
  ]
  return { path, text, program, imports }
}
