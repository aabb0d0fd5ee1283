// Which file a module path stands for: endings, index files, and the sources of what a build would have put there. Pure.
import { type FileIndex } from './paths.ts'

const ENDINGS = [
  '.ts',
  '.tsx',
  '.mts',
  '.cts',
  '.js',
  '.jsx',
  '.mjs',
  '.cjs',
  '.vue',
  '.svelte',
  '.astro',
  '.d.ts',
  '.json',
]
/** TypeScript imports its files under the names they will have. */
const SOURCES: readonly (readonly [ending: RegExp, sources: readonly string[]])[] = [
  [/\.js$/, ['.ts', '.tsx', '.d.ts', '.jsx']],
  [/\.jsx$/, ['.tsx']],
  [/\.mjs$/, ['.mts', '.d.mts']],
  [/\.cjs$/, ['.cts', '.d.cts']],
]
const BUILT = /^(?:lib|dist|build|out|esm|cjs|es|umd|output|types|compiled)(?=\/|$)/

/** The file for a module path as bundlers and compilers look for it; null when none is tracked. */
export function moduleFile(index: FileIndex, path: string): number | null {
  const exact = index.get(path)
  if (exact !== undefined) return exact
  for (const [ending, sources] of SOURCES) {
    if (!ending.test(path)) continue
    const stem = path.replace(ending, '')
    for (const source of sources) {
      const found = index.get(stem + source)
      if (found !== undefined) return found
    }
  }
  for (const ending of ENDINGS) {
    const found = index.get(path + ending)
    if (found !== undefined) return found
  }
  const inside = path === '' ? 'index' : `${path}/index`
  for (const ending of ENDINGS) {
    const found = index.get(inside + ending)
    if (found !== undefined) return found
  }
  return null
}

/** The file for what a manifest names inside of its package, or the source that it will be built from. */
export function packageFile(index: FileIndex, folder: string, target: string): number | null {
  const inside = target.replace(/^\.?\//, '')
  const base = folder === '' ? '' : `${folder}/`
  const direct = moduleFile(index, base + inside)
  if (direct !== null || !BUILT.test(inside)) return direct
  const stem = inside.replace(/(?:\.d)?\.[cm]?[jt]sx?$/, '')
  for (const source of ['src', 'source', '']) {
    const rest = stem.replace(BUILT, '').replace(/^\//, '')
    for (const path of [rest, rest.replace(/^[^/]+\//, '')]) {
      const found = moduleFile(index, base + [source, path].filter((part) => part !== '').join('/'))
      if (found !== null) return found
    }
  }
  return null
}
