// Other languages: definitions by the look of a line, uses by the word. Pure. It cannot tell a name from a word in a
// comment, and what comes of it says so.
import type { FileFacts, SymbolFact, UseFact } from './facts.ts'

const DEFINITION =
  /^(\s*)(?:export\s+|pub(?:\([^)]*\))?\s+|public\s+|static\s+|async\s+|abstract\s+|final\s+)*(?:def|func|fn|function|class|struct|enum|interface|trait|type|module)\s+(?:\([^)]*\)\s*)?([A-Za-z_]\w+)(.*)$/
const WORD = /[A-Za-z_]\w+/g
const IMPORT = /^\s*(?:from\s+\S+\s+import|import|use|using|require|require_relative|#\s*include)\b/
const SOURCES = /\.(?:py|rb|go|rs|java|kt|kts|cs|php|swift|c|h|cc|cpp|hpp|scala|ex|exs|dart|lua|sh)$/

/** Whether a file is read this way. */
export function isSource(path: string): boolean {
  return SOURCES.test(path)
}

/** The facts of a text. */
export function readByLines(text: string): FileFacts {
  const symbols: SymbolFact[] = []
  const uses: UseFact[] = []
  const lines = text.split('\n')
  for (const [index, line] of lines.entries()) {
    const [, indent = '', name, rest = ''] = DEFINITION.exec(line) ?? []
    if (name !== undefined) {
      const body = [line, ...bodyOf(lines.slice(index + 1), indent)].join(' ').replaceAll(/\s+/g, ' ')
      const signature = rest
        .replace(/[{:]\s*$/, '')
        .replaceAll(/\s+/g, ' ')
        .trim()
      const base = {
        exported: !name.startsWith('_'),
        member: indent !== '',
        parameters: null,
        line: index + 1,
      }
      symbols.push({ name, signature, body, ...base })
    }
    const isImport = IMPORT.test(line)
    for (const [word] of line.matchAll(WORD)) {
      if (word === name) continue
      if (isImport) uses.push({ name: word, how: 'import', from: line, line: index + 1 })
      else uses.push({ name: word, how: 'name', line: index + 1 })
    }
  }
  return { basis: 'grep', symbols, uses, again: [] }
}

/** The lines after a definition that are indented deeper. */
function bodyOf(lines: readonly string[], indent: string): readonly string[] {
  const end = lines.findIndex((line) => line.trim() !== '' && !/^\s/.test(line.slice(indent.length)))
  return end === -1 ? lines : lines.slice(0, end)
}
