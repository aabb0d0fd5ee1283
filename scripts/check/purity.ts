// A file that says of itself `Pure.` in its header keeps the word: nothing of Node, no clock, no randomness.
import type { SourceFile } from './sources.ts'

const IMPURE = /\b(?:Date\.now|new Date\(\)|Math\.random|performance\.now|process\.(?:env|cwd|platform))\b/

/** What makes a file impure that calls itself pure, one line each. */
export function purityProblems(files: readonly SourceFile[]): readonly string[] {
  return files.filter(claimsPurity).flatMap((file) => {
    const imports = file.imports.filter(
      (specifier) => specifier.startsWith('node:') && specifier !== 'node:path',
    )
    const uses = IMPURE.exec(withoutComments(file.text))
    return [
      ...imports.map((specifier) => `${file.path}: says it is pure and imports ${specifier}`),
      ...(uses === null ? [] : [`${file.path}: says it is pure and uses ${uses[0]}`]),
    ]
  })
}

function claimsPurity({ text }: SourceFile): boolean {
  const header = /^(?:\/\/.*\n)+/.exec(text)?.[0] ?? ''
  return /\bPure[.;,]/.test(header)
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
}
