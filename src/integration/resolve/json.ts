// Merges JSON by its structure: key by key, lists as sets where neither side has changed their order, version ranges by
// taking the higher. The result is our text with edits, so that order, indentation and comments stay. Pure.
import { applyEdits, modify, parse, parseTree, type Node, type ParseError } from 'jsonc-parser'
import type { Sides } from './sides.ts'
import { mergeOrder } from './sequence.ts'
import { higherRange } from './versions.ts'

type Json = null | boolean | number | string | readonly Json[] | JsonObject
interface JsonObject {
  readonly [key: string]: Json
}
type Path = readonly (string | number)[]

interface Edit {
  readonly path: Path
  /** Undefined: the key goes. */
  readonly value: Json | undefined
}

/** Files that are merged this way. */
const MERGED =
  /(?:^|\/)(?:package|composer|bower|deno|component|manifest|jsconfig[^/]*|tsconfig[^/]*)\.jsonc?$/
/** Maps from names to version ranges. */
const VERSIONS =
  /^(?:dev|peer|optional|bundled)?[dD]ependencies$|^(?:require(?:-dev)?|resolutions|overrides|engines|imports)$/
const MISSING = undefined

/** Whether a file is one whose structure is known well enough. */
export function isManifest(path: string): boolean {
  return MERGED.test(path)
}

/** Our text with their changes; null when both have changed one thing in different ways, or a side cannot be parsed. */
export function mergeJson({ base, ours, theirs }: Pick<Sides, 'base' | 'ours' | 'theirs'>): string | null {
  const [before, mine, other] = [base ?? '{}', ours, theirs].map(parsed)
  if (before === MISSING || mine === MISSING || other === MISSING) return null
  const edits = mergeValue([], { base: before, ours: mine, theirs: other })
  if (edits === null) return null
  const text = edited(ours, edits, theirs)
  return parsed(text) === MISSING ? null : text
}

function parsed(text: string): Json | undefined {
  const errors: ParseError[] = []
  const value: unknown = parse(text, errors, { allowTrailingComma: true })
  const tree = parseTree(text, [], { allowTrailingComma: true })
  if (errors.length > 0 || tree === undefined || hasRepeatedKey(tree) || !isJson(value)) return MISSING
  return value
}

function isJson(value: unknown): value is Json {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return true
  if (typeof value !== 'object') return false
  return (Array.isArray(value) ? value : Object.values(value)).every(isJson)
}

/** Of two equal keys the last counts; an edit would change the first. */
function hasRepeatedKey(node: Node): boolean {
  const children = node.children ?? []
  if (node.type === 'object') {
    const keys = children.map((property): unknown => property.children?.[0]?.value)
    if (new Set(keys).size < keys.length) return true
  }
  return children.some(hasRepeatedKey)
}

interface Three {
  readonly base: Json | undefined
  readonly ours: Json | undefined
  readonly theirs: Json | undefined
}

/** The edits that bring their changes to our value; null for a conflict. */
function mergeValue(path: Path, { base, ours, theirs }: Three): readonly Edit[] | null {
  if (equal(ours, theirs) || equal(base, theirs)) return []
  if (equal(base, ours)) return [{ path, value: theirs }]
  if (isObject(ours) && isObject(theirs))
    return mergeObjects(path, { base: isObject(base) ? base : {}, ours, theirs })
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    const merged = mergeLists(Array.isArray(base) ? base : [], ours, theirs)
    return merged === null ? null : [{ path, value: merged }]
  }
  const range = isVersion(path) ? higherRange({ base, ours, theirs }) : null
  if (range === null) return null
  return range === ours ? [] : [{ path, value: range }]
}

function mergeObjects(
  path: Path,
  {
    base,
    ours,
    theirs,
  }: { readonly base: JsonObject; readonly ours: JsonObject; readonly theirs: JsonObject },
): readonly Edit[] | null {
  const edits: Edit[] = []
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
    const found = mergeValue([...path, key], {
      base: own(base, key),
      ours: own(ours, key),
      theirs: own(theirs, key),
    })
    if (found === null) return null
    edits.push(...found)
  }
  return edits
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** Both sides' additions, without what either has taken out; null when a side has moved elements or repeats one. */
function mergeLists(
  base: readonly Json[],
  ours: readonly Json[],
  theirs: readonly Json[],
): readonly Json[] | null {
  const keys = (list: readonly Json[]): readonly string[] => list.map((element) => JSON.stringify(element))
  const merged = mergeOrder(keys(base), keys(ours), keys(theirs))
  return merged?.map((element): Json => JSON.parse(element)) ?? null
}

function isVersion(path: Path): boolean {
  return path.slice(0, -1).some((key) => typeof key === 'string' && VERSIONS.test(key))
}

/** Applies edits one after the other; what is added stands where the other side has it, or where its name sorts. */
function edited(text: string, edits: readonly Edit[], theirs: string): string {
  const options = { formattingOptions: formatting(text) }
  const other = parseTree(theirs)
  let result = text
  for (const { path, value } of edits) {
    const insertion = { ...options, getInsertionIndex: (keys: string[]) => place(keys, path, other) }
    result = applyEdits(result, modify(result, [...path], value, insertion))
  }
  return result
}

function formatting(text: string): { insertSpaces: boolean; tabSize: number; eol: string } {
  const [, indent = '  '] = /^\s*[{[][^\S\n]*\r?\n([ \t]+)\S/.exec(text) ?? []
  return {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  }
}

function place(keys: readonly string[], path: Path, theirs: Node | undefined): number {
  const key = String(path.at(-1))
  const sorted = keys.every((name, index) => index === 0 || (keys[index - 1] ?? '') <= name)
  if (sorted && keys.length > 1) {
    const next = keys.findIndex((name) => name > key)
    return next === -1 ? keys.length : next
  }
  const others = keysAt(theirs, path.slice(0, -1))
  const before = others.slice(0, others.indexOf(key)).findLast((name) => keys.includes(name))
  return before === undefined ? keys.length : keys.indexOf(before) + 1
}

function keysAt(node: Node | undefined, path: Path): readonly string[] {
  let at = node
  for (const key of path)
    at = at?.children?.find((property) => property.children?.[0]?.value === key)?.children?.[1]
  return (at?.children ?? []).map((property) => String(property.children?.[0]?.value))
}

function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((element, index) => equal(element, b[index]))
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
  )
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
