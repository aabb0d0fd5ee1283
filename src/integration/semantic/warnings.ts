// Where two sessions will break each other although their changes merge: one takes away, renames or changes what the other
// uses. No model and no compiler: names and their places only. Pure.
import type { FileSide, SemanticSide, SymbolFact, UseFact } from './facts.ts'
import { namesAt, type Links } from './links.ts'
import { passedOn } from './passed-on.ts'

/** `removed`, `renamed`, `signature`: what is used is not there any more as it was. `behaviour`: it does something else, and
 *  the other session has just changed or written the place that uses it. */
type WarningKind = 'removed' | 'renamed' | 'signature' | 'behaviour'

export interface SemanticWarning {
  readonly kind: WarningKind
  /** The session that changes it, and the one that uses it. */
  readonly by: string
  readonly used: string
  readonly symbol: string
  /** What it is called now. */
  readonly now?: string
  readonly path: string
  readonly line: number
  /** `fresh`: on a line that the other session has written or changed. */
  readonly uses: readonly { readonly path: string; readonly line: number; readonly fresh: boolean }[]
  /** `grep`: found by the look of lines, not by parsing. */
  readonly basis: 'parsed' | 'grep'
}

/** Everything that changes in one of the two and is used in the other, both ways. */
export function semanticWarnings(a: SemanticSide, b: SemanticSide): readonly SemanticWarning[] {
  return [...oneWay(a, b), ...oneWay(b, a)]
}

interface Changed {
  readonly kind: WarningKind
  readonly symbol: SymbolFact
  readonly now?: string
}

function oneWay(by: SemanticSide, used: SemanticSide): readonly SemanticWarning[] {
  const own = new Set(by.files.map(({ path }) => path))
  const theirs = new Map(used.files.map((file) => [file.path, file]))
  return by.files.flatMap((file) =>
    changedSymbols(file, by)
      // What both change is for the merge to tell.
      .filter(({ symbol }) => !changesToo(theirs.get(file.path), symbol.name))
      .flatMap((changed): SemanticWarning[] => {
        const uses = used.files.flatMap((other) =>
          usesOf(changed, file.path, { other, own: own.has(other.path), links: used.links }),
        )
        if (uses.length === 0) return []
        const { kind, symbol, now } = changed
        const basis = file.before?.basis ?? 'parsed'
        return [
          {
            kind,
            by: by.session,
            used: used.session,
            symbol: symbol.name,
            ...(now === undefined ? {} : { now }),
            path: file.path,
            line: symbol.line,
            uses,
            basis,
          },
        ]
      }),
  )
}

/** What has become of the symbols that were there. */
function changedSymbols({ before, after }: FileSide, by: SemanticSide): readonly Changed[] {
  if (before === null) return []
  const now = byName(after?.symbols ?? [])
  const then = byName(before.symbols)
  return [...then.values()].flatMap((symbol): Changed[] => {
    const own = now.get(symbol.name)
    const same = own ?? (after === null ? null : passedOn(symbol, { before, after }, by))
    if (same === 'elsewhere') return []
    if (same === null) return [gone(symbol, now, then)]
    // It is still there, for its own file alone.
    if (symbol.exported && !same.exported && !symbol.member) return [{ kind: 'removed', symbol }]
    if (same.body === symbol.body) return []
    if (own?.of === 'interface' && symbol.of === 'interface' && !symbol.member)
      return asksOtherwise(symbol, own, [before.symbols, after?.symbols ?? []])
        ? [{ kind: 'signature', symbol }]
        : []
    // A class, an enumeration or an object is what its members are.
    if (hasMembers(before.symbols, symbol.name)) return []
    return [{ kind: compatible(symbol, same) ? 'behaviour' : 'signature', symbol }]
  })
}

function gone(
  symbol: SymbolFact,
  now: ReadonlyMap<string, SymbolFact>,
  then: ReadonlyMap<string, SymbolFact>,
): Changed {
  const heir = [...now.values()].find((other) => !then.has(other.name) && sameButName(symbol, other))
  return heir === undefined ? { kind: 'removed', symbol } : { kind: 'renamed', symbol, now: heir.name }
}

function sameButName(a: SymbolFact, b: SymbolFact): boolean {
  const without = ({ name, body }: SymbolFact): string => body.replaceAll(shortName(name), '')
  return a.member === b.member && a.body.length > shortName(a.name).length + 8 && without(a) === without(b)
}

function byName(symbols: readonly SymbolFact[]): ReadonlyMap<string, SymbolFact> {
  // Overloads and repeated definitions: the last one counts.
  return new Map(symbols.map((symbol) => [symbol.name, symbol]))
}

function hasMembers(symbols: readonly SymbolFact[], name: string): boolean {
  return symbols.some((other) => other.member && other.name.startsWith(`${name}.`))
}

/** Whether what was made for an interface does not fit it any more: only members that may be left out were added. */
function asksOtherwise(
  before: SymbolFact,
  after: SymbolFact,
  [then, now]: readonly [readonly SymbolFact[], readonly SymbolFact[]],
): boolean {
  const head = ({ body }: SymbolFact): string => body.slice(0, body.indexOf('{')).replace(/^declare /, '')
  if (head(before) !== head(after)) return true
  const [old, young] = [membersOf(then, before.name), membersOf(now, after.name)]
  if ([...old].some(([name, body]) => young.get(name) !== body)) return true
  return [...young].some(([name, body]) => !old.has(name) && !MAY_BE_LEFT_OUT.test(body))
}

const MAY_BE_LEFT_OUT = /^(?:readonly )?(?:[\w$]+|"[^"]*"|'[^']*')\?/

function membersOf(symbols: readonly SymbolFact[], owner: string): ReadonlyMap<string, string> {
  const own = symbols.filter(({ member, name }) => member && name.startsWith(`${owner}.`))
  return new Map(own.map(({ name, body }) => [shortName(name), body]))
}

/** Whether old callers can go on: what is new may be left out. */
function compatible(before: SymbolFact, after: SymbolFact): boolean {
  if (before.signature === after.signature) return true
  if (before.parameters === null || after.parameters === null) return false
  const added = after.parameters.slice(before.parameters.length)
  const kept = before.parameters.every(({ text }, index) => after.parameters?.[index]?.text === text)
  return kept && added.every(({ optional }) => optional)
}

function changesToo(file: FileSide | undefined, name: string): boolean {
  if (file === undefined) return false
  const [then, now] = [
    byName(file.before?.symbols ?? []).get(name),
    byName(file.after?.symbols ?? []).get(name),
  ]
  return then?.body !== now?.body
}

/** Names that any object may have: behind a dot they say nothing about whose they are. */
const COMMON: ReadonlySet<string> = new Set(
  'name type value data index length size list item items node text path file files error message options args result state apply bind call map filter forEach find push pop join split slice replace keys values entries has get set add delete clear then catch finally emit on once off next return throw test exec toString valueOf parse stringify write read open close start stop run init update create remove render handle log warn info debug'.split(
    ' ',
  ),
)

interface Place {
  readonly other: FileSide
  /** The changing session has changed this file as well, and has had its chance to bring it in line. */
  readonly own: boolean
  readonly links: Links
}

function usesOf(changed: Changed, path: string, { other, own, links }: Place): SemanticWarning['uses'] {
  const { symbol, kind } = changed
  if (other.after === null || (!symbol.exported && other.path !== path)) return []
  const reaches = reachOf(symbol, path, { file: other, links })
  const found = other.after.uses.filter((use) => reaches(use))
  const fresh = (line: number): boolean =>
    other.changed.some(({ first, last }) => first <= line && line <= last)
  return found
    .map(({ line }) => ({ path: other.path, line, fresh: fresh(line) }))
    .filter((use) => use.fresh || (kind !== 'behaviour' && !own && other.path !== path))
    .filter((use, index, all) => all.findIndex(({ line }) => line === use.line) === index)
}

/** Which uses in a file mean the symbol. */
function reachOf(
  symbol: SymbolFact,
  path: string,
  { file, links }: { readonly file: FileSide; readonly links: Links },
): (use: UseFact) => boolean {
  const name = shortName(symbol.name)
  const uses = file.after?.uses ?? []
  if (file.after?.basis === 'grep') {
    const distinct = name.length > 3 && !COMMON.has(name)
    const counts = distinct || uses.some((use) => use.name === name && isImportOf(path, use))
    return (use) => counts && use.name === name
  }
  if (symbol.of === 'enum' && symbol.member) {
    const owner = reachOf({ ...symbol, name: ownerName(symbol.name), member: false }, path, { file, links })
    return (use) => use.how === 'member' && use.name === name && uses.some((other) => owner(other))
  }
  if (symbol.member) return (use) => use.how === 'member' && use.name === name && !COMMON.has(name)
  const meant = new Set<UseFact>()
  const called = new Set<string>(file.path === path ? [name] : [])
  let whole = false
  for (const use of uses) {
    if (use.how !== 'import') continue
    const names = namesAt(path, { name: use.name, from: use.from ?? '', at: file.path }, links)
    if (names.includes(name)) meant.add(use)
    if (names.includes(name)) called.add(use.name)
    if (names.includes('default')) called.add(name)
    if (names.includes('*')) whole = true
  }
  return (use) =>
    meant.has(use) ||
    (use.how === 'name' && called.has(use.name)) ||
    (use.how === 'member' && whole && use.name === name)
}

/** Whether a line that is an import by its look names the file, or the folder of which the file is a part. */
function isImportOf(path: string, { how, from = '' }: UseFact): boolean {
  const [file = '', folder = ''] = path.split('/').toReversed()
  const names = new Set(from.match(/\w+/g))
  if (how !== 'import') return false
  return names.has(file.replace(/\..*$/, '')) || (names.has(folder) && OF_FOLDER.test(file))
}

const OF_FOLDER = /\.(?:go|java|kt|cs|scala)$|^(?:__init__|mod|lib|main)\./

function ownerName(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')))
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
