// What a source file says of itself: what it imports, in the words of its language, and whether a program wrote it. Pure.
import { saysGenerated } from '../kinds.ts'
import type { ImportLanguage } from '../languages.ts'
import { goImports } from './go.ts'
import { javaImports } from './java.ts'
import { pythonImports } from './python.ts'
import { rustImports } from './rust.ts'
import { embeddedScripts, scriptImports } from './script.ts'

/** What was read from one file. */
export interface Reading {
  readonly generated: boolean
  /** As the file of the language says: imports/script.ts, go.ts … */
  readonly imports: readonly string[]
}

const READERS: Readonly<Record<ImportLanguage, (text: string) => readonly string[]>> = {
  script: scriptImports,
  python: pythonImports,
  go: goImports,
  rust: rustImports,
  java: javaImports,
}

/** Languages whose scripts stand in markup. */
const EMBEDDED: ReadonlySet<string> = new Set(['vue', 'svelte', 'astro'])

/** Reads a file. `text`: its bytes, one character each; `embedded`: its scripts stand in markup. */
export function readSource(text: string, language: ImportLanguage, embedded = false): Reading {
  const source = embedded ? embeddedScripts(text) : text
  return { generated: saysGenerated(text), imports: copied(READERS[language](source).map(utf8)) }
}

/** Whether the scripts of files in this language stand in markup. */
export function isEmbedded(language: string | null): boolean {
  return language !== null && EMBEDDED.has(language)
}

/** Texts of their own: a part of a text keeps the whole of it in memory. */
function copied(texts: readonly string[]): readonly string[] {
  if (texts.length === 0) return []
  const copy: unknown = JSON.parse(JSON.stringify(texts))
  return Array.isArray(copy) ? copy.filter((text) => typeof text === 'string') : []
}

const PLAIN = /^[\0-\x7f]*$/
const decoder = new TextDecoder()

function utf8(bytes: string): string {
  if (PLAIN.test(bytes)) return bytes
  return decoder.decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)))
}
