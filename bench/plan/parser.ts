// The scanner of imports beside a parser, over all scripts of a repository: where do they differ, and what does each cost.
import { parse, type ParserPlugin } from '@babel/parser'
import { readBlobs } from '../../src/git/objects/blob-stream.ts'
import { scriptImports } from '../../src/plan/facts/imports/script.ts'
import { importLanguage, languageOf } from '../../src/plan/facts/languages.ts'
import { loadTree } from '../../src/plan/facts/tree.ts'

export interface Comparison {
  /** Files that the parser takes without a complaint; the others are not compared. */
  readonly files: number
  readonly imports: number
  readonly differing: readonly string[]
  readonly missed: number
  readonly invented: number
  readonly scannerMs: number
  readonly parserMs: number
}

/** Compares both on every script of HEAD. */
export async function compareWithParser(root: string): Promise<Comparison> {
  const { files } = await loadTree(root, 'HEAD')
  const scripts = files.filter(
    ({ path, link, present, bytes }) =>
      !link &&
      present &&
      bytes > 0 &&
      /\.[cm]?[jt]sx?$/.test(path) &&
      importLanguage(languageOf(path)) !== null,
  )
  const sum = { files: 0, imports: 0, missed: 0, invented: 0, scannerMs: 0, parserMs: 0 }
  const differing: string[] = []
  await readBlobs(
    scripts.map(({ blob }) => blob),
    { cwd: root },
    (position, content) => {
      const text = content.toString('latin1')
      const path = scripts[position]?.path ?? ''
      const started = performance.now()
      const scanned = new Set(scriptImports(text))
      const between = performance.now()
      const parsed = parsedImports(path, text)
      sum.scannerMs += between - started
      sum.parserMs += performance.now() - between
      if (parsed === null) return
      sum.files += 1
      sum.imports += parsed.size
      const missed = [...parsed].filter((one) => !scanned.has(one))
      const invented = [...scanned].filter((one) => !parsed.has(one))
      if (missed.length + invented.length === 0) return
      sum.missed += missed.length
      sum.invented += invented.length
      differing.push(`${path}: not found ${missed.join(' ')}, not there ${invented.join(' ')}`)
    },
  )
  return { ...sum, differing, scannerMs: Math.round(sum.scannerMs), parserMs: Math.round(sum.parserMs) }
}

const COMMON: readonly ParserPlugin[] = ['decorators', 'sourcePhaseImports', 'deferredImportEvaluation']

function pluginsFor(path: string): ParserPlugin[] {
  if (/\.[cm]?ts$/.test(path)) return ['typescript', ...COMMON]
  return [path.endsWith('.tsx') ? 'typescript' : 'flow', 'jsx', ...COMMON]
}

/** Null where the text is no program. */
function parsedImports(path: string, text: string): ReadonlySet<string> | null {
  try {
    const { program, errors, comments } = parse(text, {
      sourceType: 'unambiguous',
      errorRecovery: true,
      allowReturnOutsideFunction: true,
      plugins: pluginsFor(path),
    })
    if ((errors?.length ?? 0) > 0) return null
    const found = new Set<string>()
    collect(program, found)
    const types = /\bimport\(\s*(["'])([^"'\n]+)\1\s*[),]|@import\s[^"'@]*?\bfrom\s+(["'])([^"'\n]+)\3/g
    for (const { type, value } of comments ?? []) {
      if (type !== 'CommentBlock' || !value.startsWith('*')) continue
      for (const [, , called, , tagged] of value.matchAll(types)) found.add(called ?? tagged ?? '')
    }
    return found
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

type Fields = Readonly<Record<string, unknown>>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const PLACES = new Set(['loc', 'extra', 'leadingComments', 'trailingComments', 'innerComments'])

function collect(node: unknown, found: Set<string>): void {
  if (Array.isArray(node)) for (const one of node) collect(one, found)
  if (!isFields(node)) return
  const specifier = specifierOf(node)
  if (specifier !== null && specifier !== '') found.add(specifier)
  for (const [key, value] of Object.entries(node)) if (!PLACES.has(key)) collect(value, found)
}

function specifierOf(node: Fields): string | null {
  const { type, source, expression, argument, callee } = node
  if (type === 'ImportDeclaration' || type === 'ExportNamedDeclaration' || type === 'ExportAllDeclaration')
    return textOf(source)
  if (type === 'ImportExpression') return textOf(source)
  if (type === 'TSExternalModuleReference') return textOf(expression)
  if (type === 'TSImportType') return textOf(argument) ?? textOf(source)
  if (type !== 'CallExpression' || !isFields(callee)) return null
  const first: unknown = Array.isArray(node['arguments']) ? node['arguments'][0] : null
  if (callee['type'] === 'Import' || callee['name'] === 'require') return textOf(first)
  const { object, property } = callee
  const resolves =
    isFields(object) && object['name'] === 'require' && isFields(property) && property['name'] === 'resolve'
  return resolves ? textOf(first) : null
}

function textOf(node: unknown): string | null {
  if (!isFields(node)) return null
  if (typeof node['value'] === 'string') return node['value']
  if (node['type'] === 'TSLiteralType') return textOf(node['literal'])
  const { quasis, expressions } = node
  if (!Array.isArray(quasis) || !Array.isArray(expressions) || expressions.length > 0) return null
  const [quasi]: unknown[] = quasis
  const value = isFields(quasi) && isFields(quasi['value']) ? quasi['value']['cooked'] : null
  return typeof value === 'string' ? value : null
}
