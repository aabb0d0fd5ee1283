// What a file defines and what it uses, as far as a look at its text tells. Pure.
import type { Links, ReExport } from './links.ts'

/** A thing with a name that other code may use. */
export interface SymbolFact {
  /** `parse`, `Command.parse`. */
  readonly name: string
  readonly exported: boolean
  /** Of a class, an interface, an object: used through a dot. */
  readonly member: boolean
  /** What it is, or is a member of, where that makes a difference. */
  readonly of?: 'interface' | 'enum'
  /** What a caller must agree with: parameters and types; empty where there are none. */
  readonly signature: string
  /** Parameters one by one, where they could be told apart. */
  readonly parameters: readonly Parameter[] | null
  /** Its whole text without comments and white space. */
  readonly body: string
  /** 1-based, in its file. */
  readonly line: number
}

export interface Parameter {
  readonly text: string
  /** May be left out. */
  readonly optional: boolean
}

export interface UseFact {
  readonly name: string
  /** `import`: the name in an import of `from`, which is the whole line where it was found by its look. `member`: behind a dot. `name`: a plain name. */
  readonly how: 'import' | 'member' | 'name'
  readonly from?: string
  readonly line: number
}

export interface FileFacts {
  /** `grep`: found by the look of lines; names in texts and comments count too. */
  readonly basis: 'parsed' | 'grep'
  readonly symbols: readonly SymbolFact[]
  readonly uses: readonly UseFact[]
  /** What it exports that others define. */
  readonly again: readonly ReExport[]
}

/** Lines, 1-based and inclusive. */
export interface LineRange {
  readonly first: number
  readonly last: number
}

export interface FileSide {
  readonly path: string
  /** As it was when both began; null when it was not there, or tells nothing. */
  readonly before: FileFacts | null
  readonly after: FileFacts | null
  /** Lines of `after` that are new or changed. */
  readonly changed: readonly LineRange[]
}

/** What one session has changed. */
export interface SemanticSide {
  readonly session: string
  readonly files: readonly FileSide[]
  /** Where the imports of these files lead. */
  readonly links: Links
  /** How many more it has changed that could not be read, or were too many. */
  readonly left: number
}
