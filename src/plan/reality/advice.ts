// What the next plan should change, with the commands that do it. Pure.
import { typedWords } from '../../contract/shell.ts'
import type { PlanFile } from '../../contract/plan.ts'
import { enumerate } from '../findings.ts'
import type { ConflictReview, PieceReview } from './outcome.ts'

export interface Advice {
  /** One sentence. */
  readonly text: string
  readonly command?: string
}

export interface AdviceInput {
  readonly plan: PlanFile
  readonly name: string
  readonly pieces: readonly PieceReview[]
  readonly conflicts: readonly ConflictReview[]
}

/** Files of one piece that another wanted, or both, from which on the two are one piece of work. */
const MANY = 3
/** Of all that was changed, by one piece: the others wait for it. */
const MOST_OF_WORK = 0.6
/** Fewer files are not worth another session. */
const FEWEST_TO_SPLIT = 8

/** The most telling first. */
export function adviceOf(input: AdviceInput): readonly Advice[] {
  const merged = mergers(input)
  const together = (a: string, b: string | null): boolean =>
    merged.some(({ pieces }) => b !== null && pieces.includes(a) && pieces.includes(b))
  return [
    ...merged.map(({ advice }) => advice),
    ...wantedFiles(input, together),
    ...splits(input),
    ...idle(input),
  ]
}

interface Merger {
  readonly pieces: readonly [string, string]
  readonly advice: Advice
}

/** Pairs that kept getting in each other's way. */
function mergers({ name, pieces, conflicts }: AdviceInput): readonly Merger[] {
  const ids = pieces.map(({ piece }) => piece)
  return ids.flatMap((a, index) =>
    ids.slice(index + 1).flatMap((b): readonly Merger[] => {
      const files = new Set([
        ...wantedOf(pieces, a, b),
        ...wantedOf(pieces, b, a),
        ...conflictFiles(conflicts, a, b),
      ])
      if (files.size < MANY) return []
      const text = `The pieces ${a} and ${b} wanted ${files.size} of the same files, such as ${[...files][0] ?? ''}.`
      return [{ pieces: [a, b], advice: { text, command: command('merge', name, a, b) } }]
    }),
  )
}

/** Files of `owner` that `piece` changed, asked for or wrote all the same. */
function wantedOf(pieces: readonly PieceReview[], piece: string, owner: string): readonly string[] {
  const review = pieces.find((one) => one.piece === piece)
  return review === undefined
    ? []
    : wants(review).flatMap((want) => (want.owner === owner ? [want.path] : []))
}

function wants({
  moved,
  outside,
  requests,
}: PieceReview): readonly { readonly path: string; readonly owner: string | null }[] {
  const asked = requests.flatMap(({ paths, owner }) => paths.map((path) => ({ path, owner })))
  return [...moved, ...outside, ...asked]
}

function conflictFiles(conflicts: readonly ConflictReview[], a: string, b: string): readonly string[] {
  const found = conflicts.find(
    ({ pieces: [left, right] }) => (left === a && right === b) || (left === b && right === a),
  )
  return found?.files ?? []
}

/** What one piece alone needed goes to it; what several needed gets one writer. */
function wantedFiles(
  { name, pieces, plan }: AdviceInput,
  isMerged: (a: string, b: string | null) => boolean,
): readonly Advice[] {
  const wanted = new Map<string, { readonly owner: string | null; readonly by: Set<string> }>()
  for (const review of pieces) {
    for (const { path, owner } of wants(review)) {
      const one = wanted.get(path) ?? { owner, by: new Set() }
      one.by.add(review.piece)
      wanted.set(path, one)
    }
  }
  const shared = new Set(plan.shared.map(({ path }) => path))
  return [...wanted].flatMap(([path, { owner, by }]): readonly Advice[] => {
    const used = pieces.some(({ piece, touched }) => piece === owner && touched.includes(path))
    const needed = used && owner !== null ? [...by, owner] : [...by]
    const [first = ''] = needed
    if (isMerged(first, owner)) return []
    if (needed.length > 1) {
      const rule = `[[shared]] path = ${JSON.stringify(path)}, policy = "operator"`
      if (shared.has(path)) return []
      return [
        { text: `The pieces ${enumerate(needed)} all needed ${path}: give it one writer, or add ${rule}.` },
      ]
    }
    const whose =
      owner === null ? 'nobody owned' : owner === 'operator' ? 'the operator kept' : `${owner} did not touch`
    return [
      {
        text: `The piece ${first} needed ${path}, which ${whose}.`,
        command: command('move', name, path, '--to', first),
      },
    ]
  })
}

/** A piece that did most of the work, where a folder of it can stand by itself. */
function splits({ name, pieces, plan }: AdviceInput): readonly Advice[] {
  const all = pieces.reduce((sum, { touched }) => sum + touched.length, 0)
  const ids = plan.pieces.map(({ id }) => id)
  return pieces.flatMap(({ piece, touched }): readonly Advice[] => {
    if (pieces.length < 2 || touched.length < FEWEST_TO_SPLIT || touched.length < all * MOST_OF_WORK)
      return []
    const folder = halfOf(touched)
    if (folder === null) return []
    const id = newId(folder, ids)
    const text = `The piece ${piece} changed ${touched.length} of ${all} files while the others waited for it; ${folder} can stand by itself.`
    return [{ text, command: command('split', name, piece, id, folder) }]
  })
}

/** The folder nearest to half of the files; null when one folder holds them all and nothing below it tells them apart. */
function halfOf(files: readonly string[]): string | null {
  const counts = new Map<string, number>()
  for (const file of files) {
    for (let end = file.indexOf('/'); end !== -1; end = file.indexOf('/', end + 1)) {
      const folder = file.slice(0, end + 1)
      counts.set(folder, (counts.get(folder) ?? 0) + 1)
    }
  }
  const parts = [...counts].filter(
    ([, count]) => count >= files.length / 4 && count <= (files.length * 3) / 4,
  )
  const off = (count: number): number => Math.abs(count - files.length / 2)
  return parts.toSorted(([a, x], [b, y]) => off(x) - off(y) || a.length - b.length)[0]?.[0] ?? null
}

function newId(folder: string, taken: readonly string[]): string {
  const word = folder
    .slice(0, -1)
    .replace(/^.*\//, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-0-9]+|-+$/g, '')
    .slice(0, 36)
  const name = word === '' ? 'part' : word
  const free = [name, ...Array.from({ length: taken.length + 1 }, (_, index) => `${name}-${index + 2}`)]
  return free.find((id) => !taken.includes(id)) ?? name
}

function idle({ pieces }: AdviceInput): readonly Advice[] {
  return pieces
    .filter(
      ({ touched, moved, owned, outcome }) =>
        outcome === 'landed' && owned > 0 && touched.length + moved.length === 0,
    )
    .map(({ piece, owned }) => ({
      text: `The piece ${piece} changed none of its ${owned === 1 ? 'one file' : `${owned} files`}; perhaps it need not be one.`,
    }))
}

function command(verb: string, ...words: readonly string[]): string {
  return `quintet plan ${verb} ${typedWords(words)}`
}
