// The names in the braces of an import, an export or a destructured `require`: a set, merged name by name. Pure.
import { mergeOrder } from '../sequence.ts'
import { nodeAt, nodesAt, type Node } from '../../script-tree.ts'
import { requiredBy } from './names.ts'

export interface SpecifierList {
  /** With the opening brace. */
  readonly open: string
  readonly items: readonly string[]
  /** From the closing brace on. */
  readonly close: string
  /** What stands between the brace and the first name, between two names, and before the closing brace. */
  readonly layout: { readonly before: string; readonly between: string; readonly after: string }
}

interface Range {
  readonly start: number
  readonly end: number
}

/** The list of a statement that stands at `range`; null when it has none, or comments in it. */
export function listOf(text: string, node: Node, range: Range): SpecifierList | null {
  const items = itemsOf(node)
  const [first] = items
  const last = items.at(-1)
  if (first === undefined || last === undefined) return null
  const open = text.lastIndexOf('{', first.start)
  const close = text.indexOf('}', last.end)
  const [before, after] = [text.slice(open + 1, first.start), text.slice(last.end, close)]
  const between = items.slice(1).map((item, index) => text.slice(items[index]?.end ?? item.start, item.start))
  const plain = /^\s*$/.test(before) && /^\s*,?\s*$/.test(after)
  if (open < range.start || close === -1 || !plain || between.some((part) => !/^\s*,\s*$/.test(part))) {
    return null
  }
  return {
    open: text.slice(range.start, open + 1),
    items: items.map(({ start, end }) => text.slice(start, end).replaceAll(/\s+/g, ' ')),
    close: text.slice(close, range.end),
    layout: { before, between: between[0] ?? (before.includes('\n') ? `,${before}` : ', '), after },
  }
}

function itemsOf(node: Node): readonly Node[] {
  if (node.type === 'ImportDeclaration')
    return nodesAt(node, 'specifiers').filter(({ type }) => type === 'ImportSpecifier')
  if (node.type === 'ExportNamedDeclaration')
    return nodesAt(node, 'specifiers').filter(({ type }) => type === 'ExportSpecifier')
  const [only, another] = nodesAt(node, 'declarations')
  const pattern = nodeAt(only ?? null, 'id')
  if (another !== undefined || requiredBy(nodeAt(only ?? null, 'init')) === null) return []
  const properties = pattern?.type === 'ObjectPattern' ? nodesAt(pattern, 'properties') : []
  // What is left over depends on what is taken out.
  return properties.some(({ type }) => type === 'RestElement') ? [] : properties
}

interface Three {
  readonly base: SpecifierList | null
  readonly ours: SpecifierList
  readonly theirs: SpecifierList
}

/** The statement with both sides' names; null when they disagree on anything else. */
export function mergeLists({ base, ours, theirs }: Three): string | null {
  const open = one(base?.open, ours.open, theirs.open)
  const close = one(base?.close, ours.close, theirs.close)
  const items = mergeOrder(base?.items ?? [], ours.items, theirs.items)
  if (open === null || close === null || items === null || items.length === 0) return null
  const sorted = [ours.items, theirs.items].every((list) => list.length > 1 && isSorted(list))
  const { before, between, after } = theirs.layout.before.includes('\n') ? theirs.layout : ours.layout
  const names = sorted ? items.toSorted(byName) : items
  return [open, before, names.join(between), after, close].join('')
}

function one(base: string | undefined, ours: string, theirs: string): string | null {
  if (ours === theirs || theirs === base) return ours
  return ours === base ? theirs : null
}

function isSorted(list: readonly string[]): boolean {
  return list.every((item, index) => index === 0 || byName(list[index - 1] ?? '', item) <= 0)
}

function byName(a: string, b: string): number {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()]
  return left < right ? -1 : left > right ? 1 : 0
}
