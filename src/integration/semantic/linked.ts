// Reads from the tree of a commit what its imports lead through: the names of its packages, and what the imported files
// export again.
import { posix } from 'node:path'
import { blobTexts } from '../../git/objects/blobs.ts'
import { treeBlobs } from '../../git/files.ts'
import type { FileSide } from './facts.ts'
import { bare, NO_LINKS, placesOf, reExportsOf, type Links, type ReExport } from './links.ts'

/** Larger ones are data, or made by a program. */
const FILE_BYTES = 256 * 1024
const MOST_MANIFESTS = 500
/** Files that are looked at for what they export again; those further on are not followed. */
const MOST_FILES = 300
const ROUNDS = 3
const SCRIPT = /\.[cm]?[jt]sx?$/

/** What the imports of these files, as they are at `tip`, lead through. */
export async function readLinks(cwd: string, tip: string, files: readonly FileSide[]): Promise<Links> {
  const imports = files.flatMap(({ path, after }) =>
    (after?.uses ?? []).flatMap(({ how, from }) =>
      how === 'import' && from !== undefined ? { from, at: path } : [],
    ),
  )
  if (imports.length === 0) return NO_LINKS
  const tree = await treeBlobs(cwd, tip)
  const named = imports.some(({ from }) => !/^(?:\.|node:)/.test(from))
  const packages = named ? await packagesOf(cwd, tree) : NO_LINKS.packages
  const places = new Map<string, string[]>()
  for (const path of tree.keys())
    if (SCRIPT.test(path)) places.set(bare(path), [...(places.get(bare(path)) ?? []), path])
  const through = new Map<string, readonly ReExport[]>()
  const seen = new Set<string>()
  let left = MOST_FILES
  let next: readonly { readonly from: string; readonly at: string }[] = imports
  for (let round = 1; round <= ROUNDS && next.length > 0; round += 1) {
    const wanted = new Set(next.flatMap(({ from, at }) => placesOf(from, at, { packages, through })))
    const paths = [...wanted].filter((place) => !seen.has(place)).flatMap((place) => places.get(place) ?? [])
    const some = paths.slice(0, left)
    left -= some.length
    for (const place of wanted) seen.add(place)
    const texts = await blobTexts(
      cwd,
      some.flatMap((path) => tree.get(path) ?? []),
      FILE_BYTES,
    )
    const found = some.map((path) => ({
      path,
      again: reExportsOf(texts.get(tree.get(path) ?? '') ?? '', path),
    }))
    for (const { path, again } of found)
      through.set(bare(path), [...(through.get(bare(path)) ?? []), ...again])
    next = found.flatMap(({ again }) => again)
  }
  return { packages, through }
}

/** The folder of each package by its name; of two with the same name the first counts. */
async function packagesOf(cwd: string, tree: ReadonlyMap<string, string>): Promise<Links['packages']> {
  const manifests = [...tree.keys()].filter(
    (path) => posix.basename(path) === 'package.json' && !path.includes('node_modules/'),
  )
  const some = manifests.slice(0, MOST_MANIFESTS)
  const texts = await blobTexts(
    cwd,
    some.flatMap((path) => tree.get(path) ?? []),
    FILE_BYTES,
  )
  const packages = new Map<string, string>()
  for (const path of some) {
    const name = nameIn(texts.get(tree.get(path) ?? '') ?? '')
    if (name !== null && !packages.has(name)) packages.set(name, posix.dirname(path))
  }
  return packages
}

/** The name in a manifest; null where there is none, or what there is cannot be read. */
function nameIn(manifest: string): string | null {
  try {
    const value: unknown = JSON.parse(manifest)
    const named = typeof value === 'object' && value !== null && 'name' in value ? value.name : null
    return typeof named === 'string' ? named : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
