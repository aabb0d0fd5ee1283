// What a statement, an import or a member of a class is called, so that it is found again in another version. Pure.
import { nameOf, nodeAt, nodesAt, type Node } from '../../script-tree.ts'

export interface Key {
  readonly key: string
  /** Nothing but its own text says what it is. */
  readonly anonymous: boolean
}

/** The key of a statement or member in `text`. */
export function keyOf(node: Node, text: string): Key {
  const name = statementName(node, text) ?? memberName(node, text)
  return name === null
    ? { key: `code ${squeezed(node, text)}`, anonymous: true }
    : { key: name, anonymous: false }
}

function squeezed(node: Node | null, text: string): string {
  return node === null ? '' : text.slice(node.start, node.end).replaceAll(/\s+/g, ' ')
}

function statementName(node: Node, text: string): string | null {
  const declaration = nodeAt(node, 'declaration')
  switch (node.type) {
    case 'Directive':
      return squeezed(node, text).replace(/;$/, '')
    case 'ImportDeclaration':
      return `import ${importKind(node)} ${nameOf(nodeAt(node, 'source')) ?? ''}`
    case 'ExportNamedDeclaration':
      if (declaration !== null) return statementName(declaration, text)
      return `export ${String(node['exportKind'])} from ${nameOf(nodeAt(node, 'source')) ?? ''}`
    case 'ExportAllDeclaration':
      return `export all ${nameOf(nodeAt(node, 'source')) ?? ''}`
    case 'ExportDefaultDeclaration':
      return declaration !== null && nodeAt(declaration, 'id') !== null
        ? statementName(declaration, text)
        : 'export default'
    case 'VariableDeclaration':
      return variableName(node)
    case 'ExpressionStatement':
      return expressionName(nodeAt(node, 'expression'), text)
    default: {
      const name = nameOf(nodeAt(node, 'id'))
      if (name === null || !/Declar|Alias|Opaque/.test(node.type)) return null
      return `${/^(?:TSInterface|TSTypeAlias|TypeAlias|InterfaceDecl|OpaqueType)/.test(node.type) ? 'type' : 'name'} ${name}`
    }
  }
}

function importKind(node: Node): string {
  const specifiers = nodesAt(node, 'specifiers')
  if (specifiers.length === 0) return 'bare'
  if (specifiers.some(({ type }) => type === 'ImportNamespaceSpecifier')) return 'all'
  const kind = node['importKind']
  return typeof kind === 'string' ? kind : 'value'
}

function variableName(node: Node): string | null {
  const declarators = nodesAt(node, 'declarations')
  const [first] = declarators
  const source = declarators.length === 1 ? requiredBy(nodeAt(first ?? null, 'init')) : null
  if (source !== null && nodeAt(first ?? null, 'id')?.type === 'ObjectPattern') return `require ${source}`
  const names = boundNames(node)
  return names.length === 0 ? null : `name ${names.join(', ')}`
}

/** What `require('…')` asks for; null for any other expression. */
export function requiredBy(node: Node | null): string | null {
  if (node?.type !== 'CallExpression' || nameOf(nodeAt(node, 'callee')) !== 'require') return null
  const [source] = nodesAt(node, 'arguments')
  return source?.type === 'StringLiteral' ? nameOf(source) : null
}

function expressionName(node: Node | null, text: string): string | null {
  if (node?.type === 'AssignmentExpression') {
    return node['operator'] === '=' ? `set ${squeezed(nodeAt(node, 'left'), text)}` : null
  }
  if (node?.type !== 'CallExpression') return null
  // `test('name', …)`, and `Object.defineProperty(thing, 'name', …)`.
  const words = nodesAt(node, 'arguments').slice(0, 2)
  const title = words.findIndex(isConstant)
  if (title === -1) return null
  const call = [nodeAt(node, 'callee'), ...words.slice(0, title + 1)]
  return `call ${call.map((part) => squeezed(part, text)).join(' ')}`
}

function isConstant(node: Node): boolean {
  return (
    node.type === 'StringLiteral' ||
    (node.type === 'TemplateLiteral' && nodesAt(node, 'expressions').length === 0)
  )
}

function memberName(node: Node, text: string): string | null {
  const key = nodeAt(node, 'key')
  if (key === null) return node.type === 'TSIndexSignature' ? 'index' : null
  const access = node['kind'] === 'get' || node['kind'] === 'set' ? `${node['kind']} ` : ''
  const name = node['computed'] === true ? `[${squeezed(key, text)}]` : nameOf(key)
  return name === null ? null : `member ${node['static'] === true ? 'static ' : ''}${access}${name}`
}

/** The names that a statement binds in the scope that it stands in. */
export function boundNames(node: Node): readonly string[] {
  switch (node.type) {
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration': {
      const declaration = nodeAt(node, 'declaration')
      return declaration === null ? [] : boundNames(declaration)
    }
    case 'ImportDeclaration':
      return nodesAt(node, 'specifiers').flatMap((specifier) => nameOf(nodeAt(specifier, 'local')) ?? [])
    case 'VariableDeclaration':
      return nodesAt(node, 'declarations').flatMap((declarator) => patternNames(nodeAt(declarator, 'id')))
    default:
      return /Declaration$|^TSDeclareFunction$|Alias$/.test(node.type)
        ? [nameOf(nodeAt(node, 'id')) ?? []].flat()
        : []
  }
}

function patternNames(node: Node | null): readonly string[] {
  switch (node?.type) {
    case 'Identifier':
      return [nameOf(node) ?? []].flat()
    case 'ObjectPattern':
      return nodesAt(node, 'properties').flatMap((property) =>
        patternNames(nodeAt(property, 'value') ?? nodeAt(property, 'argument')),
      )
    case 'ArrayPattern':
      return nodesAt(node, 'elements').flatMap(patternNames)
    case 'AssignmentPattern':
      return patternNames(nodeAt(node, 'left'))
    case 'RestElement':
      return patternNames(nodeAt(node, 'argument'))
    case undefined:
    default:
      return []
  }
}
