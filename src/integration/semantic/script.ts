// JavaScript and TypeScript, with JSX: reads what a file defines and uses from its syntax tree. Pure. Names are not resolved
// as a compiler does; the rules that compare them know that.
import { childrenOf, nodeAt, nodesAt, parseScript, type Node } from '../script-tree.ts'
import type { FileFacts, Parameter, SymbolFact, UseFact } from './facts.ts'
import { reExportsOf } from './links.ts'

const SCRIPT = /\.[cm]?[jt]sx?$/

/** Whether a file is read this way. */
export function isScript(path: string): boolean {
  return SCRIPT.test(path) && !/\.min\.[cm]?js$/.test(path)
}

/** The facts of a text; null when it cannot be parsed. */
export function readScript(text: string, path: string): FileFacts | null {
  const program = nodeAt(parseScript(path, text), 'program')
  if (program === null) return null
  const reading = new Reading(text)
  reading.program(program)
  const again = reExportsOf(text, path)
  return { basis: 'parsed', symbols: reading.symbols(), uses: reading.uses, again }
}

function nameOf(node: Node | null): string | null {
  if (node === null) return null
  if (node.type === 'Identifier' || node.type === 'JSXIdentifier') return String(node['name'])
  return node.type === 'StringLiteral' ? String(node['value']) : null
}

function membersOf(value: Node): readonly Node[] {
  const body = nodeAt(value, 'body')
  if (body?.type === 'TSEnumBody') return nodesAt(body, 'members')
  return body?.type === 'ClassBody' || body?.type === 'TSInterfaceBody' ? nodesAt(body, 'body') : []
}

const KINDS: ReadonlyMap<string, 'interface' | 'enum'> = new Map([
  ['TSInterfaceDeclaration', 'interface'],
  ['TSEnumDeclaration', 'enum'],
])

/** Other values of an object are data, under names that any data may have. */
function functionsOf(value: Node): readonly Node[] {
  if (value.type !== 'ObjectExpression') return []
  return nodesAt(value, 'properties').filter((property) =>
    FUNCTIONS.has((nodeAt(property, 'value') ?? property).type),
  )
}

const FUNCTIONS: ReadonlySet<string> = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassMethod',
  'ObjectMethod',
  'TSDeclareFunction',
  'TSMethodSignature',
  'TSDeclareMethod',
])

type Draft = Omit<SymbolFact, 'exported'> & { readonly owner: string | null }

class Reading {
  readonly #text: string
  readonly #drafts: Draft[] = []
  readonly #exported = new Set<string>()
  /** Other names under which a local one is exported. */
  readonly #aliases = new Map<string, Set<string>>()
  readonly uses: UseFact[] = []

  constructor(text: string) {
    this.#text = text
  }

  program(program: Node): void {
    for (const statement of nodesAt(program, 'body')) this.#statement(statement)
    this.#walk(program, null)
  }

  symbols(): readonly SymbolFact[] {
    return this.#drafts.flatMap(({ owner, ...draft }): SymbolFact[] => {
      const aliases = [...(this.#aliases.get(owner ?? draft.name) ?? [])]
      const exported = this.#exported.has(owner ?? draft.name)
      const own = { ...draft, exported: exported || (draft.member && aliases.length > 0) }
      return draft.member ? [own] : [own, ...aliases.map((name) => this.#renamed(own, name))]
    })
  }

  /** What is defined under one name and exported under another; of a class, its members are told under its own. */
  #renamed(symbol: SymbolFact, name: string): SymbolFact {
    const members = this.#drafts.some(({ owner }) => owner === symbol.name)
    const body = members ? symbol.signature : symbol.body.split(symbol.name).join(name)
    return { ...symbol, name, body, exported: true }
  }

  #statement(statement: Node): void {
    const declaration = nodeAt(statement, 'declaration')
    switch (statement.type) {
      case 'ExportNamedDeclaration':
        if (nodeAt(statement, 'source') === null)
          for (const specifier of nodesAt(statement, 'specifiers'))
            this.#export(nameOf(nodeAt(specifier, 'local')), nameOf(nodeAt(specifier, 'exported')))
        if (declaration !== null) for (const name of this.#declare(declaration)) this.#export(name)
        break
      case 'ExportDefaultDeclaration':
        if (declaration !== null) for (const name of this.#declare(declaration)) this.#export(name)
        this.#export(nameOf(declaration))
        break
      case 'ExpressionStatement':
        this.#assignment(nodeAt(statement, 'expression'))
        break
      default:
        this.#declare(statement)
    }
  }

  #export(name: string | null, as: string | null = name): void {
    if (name === null) return
    // Whoever imports the default gives it a name of their own.
    if (as === name || as === null || as === 'default') this.#exported.add(name)
    else this.#aliases.set(name, (this.#aliases.get(name) ?? new Set()).add(as))
  }

  /** Notes what a declaration defines; the names. */
  #declare(node: Node): readonly string[] {
    const name = nameOf(nodeAt(node, 'id'))
    switch (node.type) {
      case 'VariableDeclaration':
        return nodesAt(node, 'declarations').flatMap((one) => {
          const declared = nameOf(nodeAt(one, 'id'))
          return declared === null ? [] : [this.#define(declared, one, nodeAt(one, 'init') ?? one)]
        })
      case 'ClassDeclaration':
      case 'TSInterfaceDeclaration':
      case 'FunctionDeclaration':
      case 'TSDeclareFunction':
      case 'TSTypeAliasDeclaration':
      case 'TSEnumDeclaration':
        return [this.#define(name ?? 'default', node, node)]
      default:
        return []
    }
  }

  /** CommonJS: `exports.a = …`, `module.exports = { a }`, `A.prototype.b = …`, `A.b = …`. */
  #assignment(node: Node | null): void {
    if (node?.type !== 'AssignmentExpression') return
    const [left, right] = [nodeAt(node, 'left'), nodeAt(node, 'right')]
    if (left === null || right === null) return
    const target = this.#source(left).replaceAll(/\s+/g, '')
    const own = /^(?:module\.)?exports\.(\w+)$/.exec(target)?.[1]
    const method = /^(\w+)(?:\.prototype)?\.(\w+)$/.exec(target)
    if (own !== undefined) {
      const local = nameOf(right)
      if (local === null) this.#define(own, node, right)
      this.#export(local ?? own, own)
    } else if (target === 'module.exports') this.#exports(right)
    else if (method !== null && FUNCTIONS.has(right.type))
      this.#note({ owner: method[1] ?? '', name: method[2] ?? '' }, node, right)
  }

  #exports(node: Node): void {
    this.#export(nameOf(node))
    if (node.type === 'ClassExpression' || FUNCTIONS.has(node.type))
      this.#export(this.#define(nameOf(nodeAt(node, 'id')) ?? 'default', node, node))
    for (const property of nodesAt(node, 'properties')) {
      const name = nameOf(nodeAt(property, 'key'))
      const value = nodeAt(property, 'value') ?? property
      if (name === null) continue
      if (nameOf(value) === null) this.#define(name, property, value)
      this.#export(nameOf(value) ?? name, name)
    }
  }

  #define(name: string, whole: Node, value: Node): string {
    const of = KINDS.get(value.type)
    const kind = of === undefined ? {} : { of }
    this.#note({ owner: null, name, ...kind }, whole, value)
    for (const member of [...membersOf(value), ...functionsOf(value)]) {
      const key = member['computed'] === true ? null : nameOf(nodeAt(member, 'key') ?? nodeAt(member, 'id'))
      if (key === null || key === 'constructor') continue
      this.#note({ owner: name, name: key, ...kind }, member, nodeAt(member, 'value') ?? member)
    }
    return name
  }

  #note({ owner, name, ...kind }: Pick<Draft, 'owner' | 'name' | 'of'>, whole: Node, value: Node): void {
    this.#drafts.push({
      owner,
      name: owner === null ? name : `${owner}.${name}`,
      member: owner !== null,
      ...kind,
      ...this.#shape(value),
      body: squeezed(this.#source(whole)),
      line: whole.loc.start.line,
    })
  }

  #shape(value: Node): Pick<SymbolFact, 'signature' | 'parameters'> {
    // A class is called through its constructor, whether it is written as one or as a function.
    const made = membersOf(value).find((member) => nameOf(nodeAt(member, 'key')) === 'constructor')
    if (made !== undefined) return this.#shape(made)
    if (FUNCTIONS.has(value.type)) {
      const params = nodesAt(value, value.type === 'TSMethodSignature' ? 'parameters' : 'params')
      const parameters = params.map((param) => this.#parameter(param))
      const result = nodeAt(value, 'returnType') ?? nodeAt(value, 'typeAnnotation')
      const texts = parameters.map(({ text }) => text).join(', ')
      return { signature: `(${texts})${result === null ? '' : squeezed(this.#source(result))}`, parameters }
    }
    const shape =
      value.type === 'TSTypeAliasDeclaration' || value.type === 'TSPropertySignature'
        ? value
        : nodeAt(value, 'typeAnnotation')
    return { signature: shape === null ? '' : squeezed(this.#source(shape)), parameters: null }
  }

  #parameter(param: Node): Parameter {
    const optional =
      param.type === 'AssignmentPattern' || param.type === 'RestElement' || param['optional'] === true
    return { text: squeezed(this.#source(param)), optional }
  }

  #source(node: Node): string {
    return this.#text.slice(node.start, node.end)
  }

  #walk(node: Node, parent: Node | null): void {
    this.#use(node, parent)
    for (const child of childrenOf(node)) this.#walk(child, node)
  }

  #use(node: Node, parent: Node | null): void {
    const { line } = node.loc.start
    if (
      node.type === 'ImportDeclaration' ||
      (node.type === 'ExportNamedDeclaration' && nodeAt(node, 'source') !== null)
    ) {
      this.#imports(node, line)
    } else if (node.type === 'VariableDeclarator') this.#required(node, line)
    const name = nameOf(node)
    if (name === null || node.type === 'StringLiteral' || parent === null) return
    const place = placeOf(node, parent)
    if (place !== null) this.uses.push({ name, how: place, line })
  }

  #imports(node: Node, line: number): void {
    const from = nameOf(nodeAt(node, 'source')) ?? ''
    for (const specifier of nodesAt(node, 'specifiers')) {
      const imported =
        nodeAt(specifier, 'imported') ??
        (node.type === 'ExportNamedDeclaration' ? nodeAt(specifier, 'local') : null)
      const name = specifier.type === 'ImportNamespaceSpecifier' ? '*' : (nameOf(imported) ?? 'default')
      this.uses.push({ name, how: 'import', from, line: specifier.loc.start.line || line })
    }
  }

  /** `const { a } = require('x')`, `const x = require('x')`, `require('x').a`. */
  #required(node: Node, line: number): void {
    const call = /^require\(\s*(['"])([^'"]+)\1\s*\)(?:\.(\w+))?$/.exec(
      this.#source(nodeAt(node, 'init') ?? node),
    )
    const from = call?.[2]
    if (from === undefined) return
    const pattern = nodesAt(nodeAt(node, 'id'), 'properties').flatMap(
      (property) => nameOf(nodeAt(property, 'key')) ?? [],
    )
    const names = call?.[3] === undefined ? (pattern.length > 0 ? pattern : ['default', '*']) : [call[3]]
    for (const name of names) this.uses.push({ name, how: 'import', from, line })
  }
}

/** What a name is used as where it stands; null where it is a definition or a key. */
function placeOf(node: Node, parent: Node): UseFact['how'] | null {
  const is = (key: string): boolean => parent[key] === node
  if (is('id') || (parent.type.startsWith('Import') && parent.type !== 'ImportExpression')) return null
  const behindDot = /^(?:Optional|JSX)?MemberExpression$|^TSQualifiedName$/.test(parent.type)
  if (behindDot && (is('property') || is('right'))) return parent['computed'] === true ? 'name' : 'member'
  if (is('key')) return parent['shorthand'] === true ? 'name' : null
  if (parent.type === 'ExportSpecifier') return null
  return 'name'
}

function squeezed(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\/|(?<![:\\'"`])\/\/.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/[;,]$/, '')
}
