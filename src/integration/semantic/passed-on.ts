// What has become of a symbol that a file does not define any more, and exports again from where it is now. Pure.
import type { FileFacts, SemanticSide, SymbolFact } from './facts.ts'
import { bare, placesOf, type ReExport } from './links.ts'

/** Longer chains are not followed. */
const DEEPEST = 4

/** What the symbol is now; `elsewhere` where it comes from a file that this side has left alone; null when it is not exported
 *  again. */
export function passedOn(
  symbol: SymbolFact,
  { before, after }: { readonly before: FileFacts; readonly after: FileFacts },
  by: SemanticSide,
): SymbolFact | 'elsewhere' | null {
  if (!symbol.exported) return null
  const known = new Set(before.again.map((again) => keyOf(again)))
  // What was exported as a whole all along had its chance to hide the symbol, or had none of that name.
  const again = after.again.filter((one) => one.as !== '*' || !known.has(keyOf(one)))
  return found(symbol.name, { ...after, again }, { by, depth: 0 })
}

function keyOf({ name, as, from }: ReExport): string {
  return `${name} ${as} ${from}`
}

function found(
  full: string,
  { again }: FileFacts,
  { by, depth }: { readonly by: SemanticSide; readonly depth: number },
): SymbolFact | 'elsewhere' | null {
  const dot = full.indexOf('.')
  const [name, rest] = dot === -1 ? [full, ''] : [full.slice(0, dot), full.slice(dot)]
  let elsewhere = false
  for (const one of again) {
    if (one.as !== name && one.as !== '*' && one.as !== 'default') continue
    const inner = one.as === name ? one.name : name
    const places = placesOf(one.from, one.at, by.links)
    const file = by.files.find(({ path, after }) => after !== null && places.includes(bare(path)))
    if (file?.after == null) {
      elsewhere ||= one.as !== 'default'
      continue
    }
    const there = file.after.symbols.find((other) => other.name === inner + rest && other.exported)
    if (there !== undefined) return there
    const further = depth < DEEPEST ? found(inner + rest, file.after, { by, depth: depth + 1 }) : null
    if (further !== null) return further
  }
  return elsewhere ? 'elsewhere' : null
}
