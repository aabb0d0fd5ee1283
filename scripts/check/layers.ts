// The house: who may import whom, and no cycles. The floors are those of ARCHITECTURE.md.
import { posix } from 'node:path'
import type { SourceFile } from './sources.ts'

const FLOORS: readonly (readonly string[])[] = [
  ['contract'],
  ['git', 'process', 'store', 'scope'],
  ['plan', 'workspace', 'agents', 'coordination', 'health', 'integration'],
  ['engine'],
  ['daemon'],
  ['cli', 'tui'],
]
/** On floor 2 the rooms do not know each other; the engine ties them. */
const NO_SIDEWAYS = 2

/** Every import that goes up, sideways on floor 2 or in a circle, as one line each. */
export function layerProblems(files: readonly SourceFile[]): readonly string[] {
  const graph = new Map(files.map((file) => [file.path, targets(file)]))
  return [
    ...files.flatMap(fileProblems),
    ...cycles(graph).map((cycle) => `import cycle: ${cycle.join(' -> ')}`),
  ]
}

function targets(file: SourceFile): readonly string[] {
  return file.imports
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.normalize(posix.join(posix.dirname(file.path), specifier)))
}

function room(path: string): string {
  return path.split('/')[1] ?? ''
}

function fileProblems(file: SourceFile): readonly string[] {
  const from = room(file.path)
  const floor = FLOORS.findIndex((rooms) => rooms.includes(from))
  if (floor < 0) return [`${file.path}: the folder ${from} is on no floor`]
  const outside = file.imports.filter((specifier) => !specifier.startsWith('.'))
  const foreign = floor === 0 ? outside.filter((specifier) => specifier !== 'valibot') : []
  return [
    ...foreign.map(
      (specifier) => `${file.path}: contract/ imports ${specifier}; it may import the schema library alone`,
    ),
    ...targets(file)
      .filter((target) => room(target) !== from)
      .filter(
        (target) =>
          !allowed(
            floor,
            FLOORS.findIndex((rooms) => rooms.includes(room(target))),
          ),
      )
      .map((target) => `${file.path}: ${from} may not import ${target}`),
  ]
}

function allowed(from: number, to: number): boolean {
  return to >= 0 && (to < from || (to === from && from !== NO_SIDEWAYS))
}

/** Strongly connected components of more than one file (Tarjan, 1972). */
function cycles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []
  const visit = (node: string): void => {
    const order = index.size
    index.set(node, order)
    low.set(node, order)
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) {
        visit(next)
        low.set(node, Math.min(low.get(node) ?? order, low.get(next) ?? order))
      } else if (stack.includes(next)) {
        low.set(node, Math.min(low.get(node) ?? order, index.get(next) ?? order))
      }
    }
    if (low.get(node) !== order) return
    const component = stack.splice(stack.indexOf(node))
    if (component.length > 1) found.push(component)
  }
  for (const node of graph.keys()) if (!index.has(node)) visit(node)
  return found
}
