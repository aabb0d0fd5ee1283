// JavaScript and TypeScript in all their dialects as a syntax tree. Pure.
import { extname } from 'node:path'
import { parse, type ParserPlugin } from '@babel/parser'

type SourceType = 'script' | 'module' | 'unambiguous'

/** A node of a syntax tree, of which only the place is known for certain. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly loc: { readonly start: { readonly line: number } }
  readonly [key: string]: unknown
}

/** Whether `text` can be parsed as a file at `path`, whose ending is one of a script. */
export function parsesAsScript(path: string, text: string): boolean {
  return parseScript(path, text) !== null
}

/** The tree of a file at `path`, whose ending is one of a script: a `File` with its comments; null when it has mistakes. */
export function parseScript(path: string, text: string): Node | null {
  const ending = extname(path)
  if (ending.includes('t')) {
    return parsed(text, 'unambiguous', ['typescript', 'decorators', ...(ending === '.tsx' ? JSX : [])])
  }
  const type = ending === '.mjs' ? 'module' : ending === '.cjs' ? 'script' : 'unambiguous'
  // JSX and decorators stand in files of every name; Flow's types count only where nothing else explains the text.
  return parsed(text, type, ['jsx', 'decorators']) ?? parsed(text, type, ['jsx', 'flow'])
}

const JSX: readonly ParserPlugin[] = ['jsx']

function parsed(text: string, sourceType: SourceType, plugins: ParserPlugin[]): Node | null {
  try {
    const file: unknown = parse(text, {
      sourceType,
      plugins,
      allowReturnOutsideFunction: sourceType !== 'module',
    })
    return isNode(file) ? file : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    'start' in value &&
    typeof value.start === 'number' &&
    'loc' in value
  )
}

/** The node under a key; null when there is none. */
export function nodeAt(node: Node | null, key: string): Node | null {
  const value = node?.[key]
  return isNode(value) ? value : null
}

/** The nodes of the list under a key. */
export function nodesAt(node: Node | null, key: string): readonly Node[] {
  const value = node?.[key]
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** The nodes right below, comments apart. */
export function childrenOf(node: Node): readonly Node[] {
  const keys = Object.keys(node).filter((key) => !key.endsWith('Comments'))
  return keys.flatMap((key) => (Array.isArray(node[key]) ? nodesAt(node, key) : (nodeAt(node, key) ?? [])))
}

/** What an identifier, a string or a private name says; null for any other node. */
export function nameOf(node: Node | null): string | null {
  switch (node?.type) {
    case 'Identifier':
      return String(node['name'])
    case 'PrivateName':
      return `#${nameOf(nodeAt(node, 'id')) ?? ''}`
    case 'StringLiteral':
    case 'NumericLiteral':
      return String(node['value'])
    case undefined:
    default:
      return null
  }
}
