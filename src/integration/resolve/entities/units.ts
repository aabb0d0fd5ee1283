// Takes a script apart into what a merge by names can move as a whole: declarations, imports, members of classes, tests of a
// suite. Nothing is lost: the parts one after the other are the text again. Comments and blank lines stand with what follows.
// Pure.
import { boundNames, keyOf } from './names.ts'
import { nodeAt, nodesAt, parseScript, type Node } from '../../script-tree.ts'
import { listOf, type SpecifierList } from './specifiers.ts'

export interface Unit {
  /** What it is called; equal in all versions of the file. */
  readonly key: string
  /** It is called by its own text: changed, it is another one. */
  readonly anonymous: boolean
  /** The blank lines before it. */
  readonly gap: string
  readonly text: string
  /** What is in its braces, where that has names too. */
  readonly inner: Parts | null
  /** What it imports. */
  readonly list: SpecifierList | null
}

export interface Parts {
  /** What no unit owns, before and after them: licences, a class's first and last line. */
  readonly head: string
  readonly units: readonly Unit[]
  readonly tail: string
  /** Its units are kept with a comma each; whether the last has one in the text. Null where there are none. */
  readonly lastComma: boolean | null
}

export interface Script extends Parts {
  /** Names that the file binds at its top, as often as it does. */
  readonly names: readonly string[]
}

/** The parts of a file at `path`; null when it cannot be parsed. */
export function scriptOf(path: string, text: string): Script | null {
  const file = parseScript(path, text)
  const program = nodeAt(file, 'program')
  if (file === null || program === null) return null
  const nodes = [...nodesAt(program, 'directives'), ...nodesAt(program, 'body')]
  const start = headerEnd(text, file, nodes[0]?.start ?? text.length)
  const { units, at } = unitsOf(text, nodes, { start, end: text.length })
  const names = nodesAt(program, 'body').flatMap(boundNames)
  return { head: text.slice(0, start), units, tail: text.slice(at), lastComma: null, names }
}

/** A comment with a blank line after it belongs to the file, not to what comes next. */
function headerEnd(text: string, file: Node, first: number): number {
  const interpreter = nodeAt(nodeAt(file, 'program'), 'interpreter')
  let end = interpreter === null ? 0 : lineEnd(text, interpreter.end, text.length)
  for (const comment of nodesAt(file, 'comments')) {
    if (comment.end > first) break
    if (/^[ \t]*\r?\n[ \t]*\r?\n/.test(text.slice(comment.end, first)))
      end = lineEnd(text, comment.end, text.length)
  }
  return Math.min(end, first)
}

interface Range {
  readonly start: number
  readonly end: number
  /** Between units there are commas. */
  readonly commas?: boolean
}

/** Units with the rest of their last line; what shares a line, or a name with its neighbour, is one unit. */
function unitsOf(
  text: string,
  nodes: readonly Node[],
  { start, end, commas = false }: Range,
): { units: Unit[]; at: number } {
  const units: Unit[] = []
  let at = start
  let index = 0
  while (index < nodes.length) {
    const first = nodes[index]
    if (first === undefined) break
    let stop = lineEnd(text, first.end, end)
    let next = index + 1
    for (; (nodes[next]?.start ?? Infinity) < stop; next++)
      stop = lineEnd(text, nodes[next]?.end ?? stop, end)
    const unit = unitOf(text, nodes.slice(index, next), { start: at, end: stop, commas })
    const last = units.at(-1)
    if (last?.key === unit.key) units[units.length - 1] = joined(last, unit)
    else units.push(unit)
    at = stop
    index = next
  }
  return { units, at }
}

function joined(first: Unit, second: Unit): Unit {
  return { ...first, text: first.text + second.gap + second.text, inner: null, list: null }
}

function unitOf(text: string, nodes: readonly Node[], { start, end, commas = false }: Range): Unit {
  const [gap = ''] = /^(?:[ \t]*\r?\n)*/.exec(text.slice(start, end)) ?? []
  const range = { start: start + gap.length, end }
  const keys = nodes.map((node) => keyOf(node, text))
  const [only] = nodes.length === 1 ? nodes : []
  return {
    key: keys.map(({ key }) => key).join(' | '),
    anonymous: keys.some(({ anonymous }) => anonymous),
    gap,
    text: commas ? withComma(text, nodes.at(-1), range) : text.slice(range.start, range.end),
    inner: only === undefined ? null : innerOf(text, only, { ...range, commas }),
    list: only === undefined ? null : listOf(text, only, range),
  }
}

function withComma(text: string, last: Node | undefined, { start, end }: Range): string {
  const code = last?.end ?? end
  const comma = hasComma(text.slice(code, end)) ? '' : ','
  return text.slice(start, code) + comma + text.slice(code, end)
}

function hasComma(after: string): boolean {
  return /^\s*,/.test(after)
}

function innerOf(text: string, node: Node, range: Range): Parts | null {
  const body = bodyOf(node)
  if (body === null) return null
  const isList = body.type === 'ObjectExpression'
  const nodes = isList
    ? nodesAt(body, 'properties')
    : [...nodesAt(body, 'directives'), ...nodesAt(body, 'body')]
  const start = lineEnd(text, body.start + 1, body.end - 1)
  const first = nodes[0]
  // Everything on one line is one thing.
  if (first === undefined || first.start < start) return null
  const { units, at } = unitsOf(text, nodes, { start, end: body.end - 1, commas: isList })
  const lastComma = isList ? hasComma(text.slice(nodes.at(-1)?.end ?? 0, body.end)) : null
  const end = { start: at, end: range.end }
  const tail = range.commas === true ? withComma(text, node, end) : text.slice(at, range.end)
  return { head: text.slice(range.start, start), units, tail, lastComma }
}

/** The block whose statements or members are units of their own. */
function bodyOf(node: Node | null): Node | null {
  switch (node?.type) {
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
      return bodyOf(nodeAt(node, 'declaration'))
    case 'VariableDeclaration': {
      const [only, another] = nodesAt(node, 'declarations')
      return another === undefined ? bodyOf(nodeAt(only ?? null, 'init')) : null
    }
    case 'ExpressionStatement':
      return bodyOf(nodeAt(node, 'expression'))
    case 'AssignmentExpression':
      return bodyOf(nodeAt(node, 'right'))
    case 'ObjectProperty':
    case 'ClassProperty':
      return bodyOf(nodeAt(node, 'value'))
    case 'CallExpression':
      return suiteOf(node) ?? bodyOf(nodesAt(node, 'arguments').findLast(isObject) ?? null)
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
      return bodyOf(nodeAt(node, 'expression'))
    case 'ObjectExpression':
      return node
    case 'ClassDeclaration':
    case 'ClassExpression':
    case 'TSInterfaceDeclaration':
    case 'TSModuleDeclaration':
      return nodeAt(node, 'body')
    case undefined:
    default:
      return null
  }
}

function isObject({ type }: Node): boolean {
  return type === 'ObjectExpression'
}

/** `describe('name', () => { … })` */
function suiteOf(call: Node): Node | null {
  const [title] = nodesAt(call, 'arguments')
  const work = nodesAt(call, 'arguments').at(-1) ?? null
  if (title?.type !== 'StringLiteral' && title?.type !== 'TemplateLiteral') return null
  const callee = nodeAt(call, 'callee')
  const name = callee?.type === 'MemberExpression' ? nodeAt(callee, 'object') : callee
  if (!/^(?:describe|suite|context)/.test(String(name?.['name']))) return null
  const body = nodeAt(work, 'body')
  return body?.type === 'BlockStatement' ? body : null
}

function lineEnd(text: string, from: number, end: number): number {
  const at = text.indexOf('\n', from)
  return at === -1 || at >= end ? end : at + 1
}
