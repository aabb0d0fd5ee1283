// What a Rust file names of other files: modules that it declares, and paths that it uses. Pure.

const COMMENT = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g
const MODULE = /^\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;/gm
const USE = /\buse\s+([^;]+);/g
const PATHS = /\b(?:crate|super|self)(?:::\w+)+/g
const MOST = 400

/** `+name` per module in a file of its own, and the paths that are used: `crate::a::B`, `super::c`, `other::d`. */
export function rustImports(text: string): readonly string[] {
  const code = text.replaceAll(COMMENT, '')
  const found = new Set<string>()
  for (const [, name = ''] of code.matchAll(MODULE)) found.add(`+${name}`)
  for (const [, tree = ''] of code.matchAll(USE)) {
    for (const path of expand(tree.replaceAll(/\s+as\s+\w+/g, '').replaceAll(/\s+/g, ''))) found.add(path)
  }
  for (const [path] of code.matchAll(PATHS)) found.add(path)
  return [...found].slice(0, MOST)
}

/** The paths of a use tree: `a::{b, c::{d, e}}`. */
function expand(tree: string): readonly string[] {
  const open = tree.indexOf('{')
  if (open === -1) return [tree.replace(/^::/, '').replace(/::\*$/, '')]
  const before = tree.slice(0, open)
  const inside = tree.slice(open + 1, tree.lastIndexOf('}'))
  return parts(inside).flatMap((part) => expand(before + part))
}

function parts(list: string): readonly string[] {
  const found: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at <= list.length; at += 1) {
    const character = list[at]
    if (character === '{') depth += 1
    else if (character === '}') depth -= 1
    else if (character === undefined || (character === ',' && depth === 0)) {
      if (at > start) found.push(list.slice(start, at))
      start = at + 1
    }
  }
  return found
}
