// Import statements of Python, line by line; strings that span lines and brackets that go on are known. Pure.

const IMPORT = /^\s*(?:import|from)\b/
const FROM = /^\s*from\s+(\.*)\s*([\w.]*)\s+import\s+(.*)$/s
const PLAIN = /^\s*import\s+(.*)$/s
const TRIPLE = /"""|'''/g

/** What a module imports: `a.b` for a module, `a.b:c` for a name of it, dots in front for packages around it. */
export function pythonImports(text: string): readonly string[] {
  if (!text.includes('import')) return []
  const found = new Set<string>()
  const lines = text.split(/\r?\n/)
  let open: string | null = null
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    if (open === null && IMPORT.test(line)) {
      const { statement, last } = logicalLine(lines, at)
      at = last
      for (const one of statement.split(';')) for (const name of namesIn(one)) found.add(name)
      continue
    }
    if (line.includes('"""') || line.includes("'''")) open = openAfter(line, open)
  }
  return [...found]
}

/** The quotation marks of a string that goes on behind this line; null when none does. */
function openAfter(line: string, before: string | null): string | null {
  let open = before
  for (const [mark] of line.matchAll(TRIPLE)) {
    if (open === null) open = mark
    else if (open === mark) open = null
  }
  return open
}

function logicalLine(
  lines: readonly string[],
  from: number,
): { readonly statement: string; readonly last: number } {
  const parts: string[] = []
  let depth = 0
  for (let at = from; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').replace(/#.*$/, '').trimEnd()
    const goesOn = line.endsWith('\\')
    parts.push(goesOn ? line.slice(0, -1) : line)
    depth += count(line, '(') - count(line, ')')
    if (depth <= 0 && !goesOn) return { statement: parts.join(' '), last: at }
  }
  return { statement: parts.join(' '), last: lines.length }
}

function count(text: string, character: string): number {
  return text.split(character).length - 1
}

function namesIn(statement: string): readonly string[] {
  const from = FROM.exec(statement)
  if (from !== null) {
    const module = `${from[1] ?? ''}${from[2] ?? ''}`
    return listed(from[3] ?? '').map((name) => `${module}:${name}`)
  }
  return listed(PLAIN.exec(statement)?.[1] ?? '').filter((name) => /^[\w.]+$/.test(name))
}

function listed(names: string): readonly string[] {
  return names
    .replaceAll(/[()]/g, '')
    .split(',')
    .map((name) => name.trim().split(/\s+/)[0] ?? '')
    .filter((name) => name !== '')
}
