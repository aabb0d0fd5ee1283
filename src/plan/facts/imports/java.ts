// The package of a Java, Kotlin or Scala file and what it imports. Pure.

const PACKAGE = /^\s*package\s+([\w.]+)/m
const IMPORT = /^\s*import\s+(?:static\s+)?([\w.]+(?:\*|\{[^}]*\})?)/gm

/** `=a.b` for the package, then the names that are imported: `a.b.C`, `a.b.*`. */
export function javaImports(text: string): readonly string[] {
  const own = PACKAGE.exec(text)?.[1]
  const found = new Set<string>(own === undefined ? [] : [`=${own}`])
  for (const [, name = ''] of text.matchAll(IMPORT)) for (const one of expand(name)) found.add(one)
  return [...found]
}

/** Scala: `a.{B, C}` and `a._`. */
function expand(name: string): readonly string[] {
  const open = name.indexOf('{')
  if (open === -1) return [name.replace(/\._$/, '.*')]
  const names = name.slice(open + 1, -1).split(',')
  return names.map((one) => name.slice(0, open) + (one.trim().split(/\s/)[0] ?? ''))
}
