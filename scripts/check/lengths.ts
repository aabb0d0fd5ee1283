// Length of files and functions: the tail is what makes a code base hard to read, so the tail is bounded.
import { visitorKeys, type Node } from 'oxc-parser'
import { EXCEPTIONS } from './exceptions.ts'
import type { SourceFile } from './sources.ts'

const FILE_MAX = 500
const FUNCTION_MAX = 60
const FUNCTION_P95 = 35

interface Named {
  /** `path#name`. */
  readonly id: string
  readonly lines: number
}

/** Files and functions that are too long, and exceptions that are not needed any more, one line each. */
export function lengthProblems(files: readonly SourceFile[]): readonly string[] {
  const functions = files.flatMap(namedFunctions)
  const long = [
    ...files.map((file) => ({ id: file.path, lines: count(file.text, 0, file.text.length), max: FILE_MAX })),
    ...functions.map((found) => ({ ...found, max: FUNCTION_MAX })),
  ].filter(({ lines, max }) => lines > max)
  const p95 = percentile(
    functions.map(({ lines }) => lines).sort((a, b) => a - b),
    0.95,
  )
  return [
    ...long
      .filter(({ id }) => !EXCEPTIONS.includes(id))
      .map(({ id, lines, max }) => `${id}: ${lines} lines, at most ${max}`),
    ...EXCEPTIONS.filter((id) => !long.some((item) => item.id === id)).map(
      (id) => `${id}: the exception is not needed any more; remove it from scripts/check/exceptions.ts`,
    ),
    ...(p95 > FUNCTION_P95
      ? [`the 95th percentile of function length is ${p95} lines, at most ${FUNCTION_P95}`]
      : []),
  ]
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
}

function namedFunctions(file: SourceFile): readonly Named[] {
  const found: Named[] = []
  walk(file.program, null, (node, name) => {
    if (name !== null)
      found.push({ id: `${file.path}#${name}`, lines: count(file.text, node.start, node.end) })
  })
  return found
}

const FUNCTIONS: readonly string[] = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']

/** Calls `visit` for every function with the name it is declared, assigned or defined under. */
function walk(node: Node, name: string | null, visit: (node: Node, name: string | null) => void): void {
  if (FUNCTIONS.includes(node.type)) visit(node, ownName(node) ?? name)
  const inner = nameGiven(node)
  for (const key of visitorKeys[node.type] ?? []) {
    for (const child of children(node, key)) walk(child, inner, visit)
  }
}

function children(node: Node, key: string): readonly Node[] {
  const value: unknown = Reflect.get(node, key)
  return (Array.isArray(value) ? value : [value]).filter(isNode)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function ownName(node: Node): string | null {
  return 'id' in node && isNode(node.id) && node.id.type === 'Identifier' ? node.id.name : null
}

function nameGiven(node: Node): string | null {
  if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier') return node.id.name
  const keyed =
    node.type === 'MethodDefinition' || node.type === 'PropertyDefinition' || node.type === 'Property'
  return keyed && node.key.type === 'Identifier' ? node.key.name : null
}

function count(text: string, start: number, end: number): number {
  return text.slice(start, end).trimEnd().split('\n').length
}
