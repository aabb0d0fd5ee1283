// What a branch changes, as facts for the warnings: read from objects, nothing is checked out. The parser is loaded with the
// first file that needs it.
import { blobTexts } from '../../git/objects/blobs.ts'
import { treeChanges } from '../../git/hunks.ts'
import type { TreeChange } from '../../git/hunk-text.ts'
import type { FileFacts, FileSide, SemanticSide } from './facts.ts'
import { isSource, readByLines } from './grep.ts'
import { readLinks } from './linked.ts'

/** Larger files are data, or made by a program. */
const FILE_BYTES = 512 * 1024
/** A branch that changes more is read in part: reading all of it would take seconds, and hold much memory. */
const MOST_FILES = 200
const MOST_CHARACTERS = 4_000_000
const FILES_AT_ONCE = 25
const NO_BLOB = /^0+$/

/** The side of a session whose branch has gone from `base` to `tip`. Files that no reader knows are left out; those that
 *  cannot be parsed, and those beyond the limits, are counted. */
export async function semanticSide(
  cwd: string,
  { session, base, tip }: { readonly session: string; readonly base: string; readonly tip: string },
  signal?: AbortSignal,
): Promise<SemanticSide> {
  const options = { cwd, hunks: true, ...(signal === undefined ? {} : { signal }) }
  const [changes = []] = await treeChanges([{ base, tip }], options)
  const relevant = changes.filter(
    ({ path, from, binary }) => !binary && (isReadable(path) || isReadable(from ?? '')),
  )
  const within = relevant.slice(0, MOST_FILES)
  const files: FileSide[] = []
  let left = relevant.length - within.length
  let characters = 0
  for (let at = 0; at < within.length; at += FILES_AT_ONCE) {
    signal?.throwIfAborted()
    const some = within.slice(at, at + FILES_AT_ONCE)
    if (characters > MOST_CHARACTERS) {
      left += some.length
      continue
    }
    const texts = await textsOf(cwd, some)
    for (const text of texts.values()) characters += text.length
    for (const change of some) {
      const sides = await fileSides(change, texts)
      if (sides === null) left += 1
      else files.push(...sides)
    }
  }
  return { session, files, links: await readLinks(cwd, tip, files), left }
}

function isReadable(path: string): boolean {
  return isSource(path) || (/\.[cm]?[jt]sx?$/.test(path) && !/\.min\.[cm]?js$/.test(path))
}

function textsOf(cwd: string, changes: readonly TreeChange[]): Promise<ReadonlyMap<string, string>> {
  const blobs = changes.flatMap(({ oldBlob, newBlob }) => [oldBlob, newBlob])
  return blobTexts(
    cwd,
    blobs.filter((blob) => !NO_BLOB.test(blob)),
    FILE_BYTES,
  )
}

/** A renamed file is one that goes and one that comes: imports name the path. Null when what it is now cannot be read: its
 *  symbols are not gone for that. */
async function fileSides(
  change: TreeChange,
  texts: ReadonlyMap<string, string>,
): Promise<readonly FileSide[] | null> {
  const { path, from = path, oldBlob, newBlob, hunks } = change
  const before = await readFacts(from, texts.get(oldBlob))
  const after = await readFacts(path, texts.get(newBlob))
  if (after === null && !NO_BLOB.test(newBlob) && isReadable(path)) return null
  const changed = (hunks ?? []).map(({ newStart, newEnd }) => ({ first: newStart + 1, last: newEnd }))
  if (from === path) {
    const whole = NO_BLOB.test(oldBlob) ? [{ first: 1, last: Number.MAX_SAFE_INTEGER }] : changed
    return [{ path, before, after, changed: whole }]
  }
  return [
    { path: from, before, after: null, changed: [] },
    { path, before: null, after, changed },
  ]
}

/** The facts of one file; null when there is no text, or none that can be read. */
async function readFacts(path: string, text: string | undefined): Promise<FileFacts | null> {
  if (text === undefined) return null
  if (isSource(path)) return readByLines(text)
  const { isScript, readScript } = await import('./script.ts')
  return isScript(path) ? readScript(text, path) : null
}
