// Imports of Go. A package is a folder of many files, so a file tells three things: which packages it imports, what it
// declares, and which names of imported packages it uses; together they tell which files it needs. Pure.

const CLAUSE = /^import\s*(?:\(([\s\S]*?)^\s*\)|([^\n(]+))/gm
const SPEC = /^\s*(?:([\w.]+)\s+)?["`]([^"`\n]+)["`]/
const DECLARED = /^(?:func|type|var|const)\s+([A-Z]\w*)/gm
const GROUP = /^(?:type|var|const)\s*\(([\s\S]*?)^\)/gm
const IN_GROUP = /^\t([A-Z]\w*(?:\s*,\s*[A-Z]\w*)*)/gm
const USED = /\b([a-zA-Z_]\w*)\.([A-Z]\w*)/g

/** `i<path>` or `i<path> <name>` per import, `d<Name>` per exported declaration, `u<package>.<Name>` per use of a name of
 *  an imported package. */
export function goImports(text: string): readonly string[] {
  const specs = [...text.matchAll(CLAUSE)].flatMap(([, group, single]) =>
    (group ?? single ?? '').split('\n').flatMap((line) => {
      const match = SPEC.exec(line)
      return match === null ? [] : [{ name: match[1], path: match[2] ?? '' }]
    }),
  )
  const code = text.replaceAll(/\/\/[^\n]*/g, '')
  const imports = specs.map(({ name, path }) => (name === undefined ? `i${path}` : `i${path} ${name}`))
  const declared = new Set([...code.matchAll(DECLARED)].map(([, name = '']) => name))
  for (const [, group = ''] of code.matchAll(GROUP)) {
    for (const [, names = ''] of group.matchAll(IN_GROUP)) {
      for (const name of names.split(',')) declared.add(name.trim())
    }
  }
  const aliases = new Set(specs.map(({ name, path }) => name ?? packageName(path)))
  const used = new Set<string>()
  for (const [, alias = '', name = ''] of code.matchAll(USED)) {
    if (aliases.has(alias)) used.add(`u${alias}.${name}`)
  }
  return [...imports, ...[...declared].map((name) => `d${name}`), ...used]
}

/** The name that a package most likely has: the last part of its path, without a version. */
export function packageName(path: string): string {
  const parts = path.split('/')
  const last = parts.at(-1) ?? ''
  const name = /^v\d+$/.test(last) ? (parts.at(-2) ?? last) : last
  return name.replace(/\.v\d+$/, '').replace(/^go-|-go$/, '')
}
