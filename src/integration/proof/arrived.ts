// Whether what a branch changed in a file is in a merge of it, where others have changed the same file as well. Read-only
// but for unreferenced objects.
import { changes } from '../../git/diff.ts'
import { commitTree, mergeTree, OWN_IDENTITY, treeOf } from '../../git/merge/merge.ts'
import { lineHunks, linesOf } from '../radar/line-diff.ts'
import { treeTexts } from '../tree-texts.ts'

export interface Arrival {
  /** What the branch is compared with: it changed `base..tip`. */
  readonly base: string
  readonly tip: string
  /** The merge. */
  readonly after: string
}

/** Those of `paths` of which a change of the branch is missing in the merge: merging the branch once more, as if it was not
 *  in there, would bring it, and its lines are not there as the branch has them. */
export async function lostPaths(
  cwd: string,
  { base, tip, after }: Arrival,
  paths: readonly string[],
): Promise<readonly string[]> {
  if (paths.length === 0) return []
  const again = await mergeTree(cwd, await childOf(cwd, base, after), await childOf(cwd, base, tip))
  const brought = new Set((await changes(cwd, after, again.tree)).map(({ path }) => path))
  // Of a file without lines, or one that a side has deleted, a conflict leaves what is there.
  if (again.kind === 'conflict') for (const path of again.files) brought.add(path)
  const asked = paths.filter((path) => brought.has(path))
  const [before, mine, now] = [
    await treeTexts(cwd, base, asked),
    await treeTexts(cwd, tip, asked),
    await treeTexts(cwd, after, asked),
  ]
  return asked.filter((path) => {
    const [own, merged] = [mine.get(path), now.get(path)]
    if (own === undefined || merged === undefined || own.includes('\0')) return true
    // What is missing is not in its lines then.
    if (own === merged) return true
    return !linesArrived({ base: before.get(path) ?? '', tip: own, after: merged })
  })
}

/** A commit with the files of another one, straight after `parent`; no reference points at it. */
export async function childOf(cwd: string, parent: string, commit: string): Promise<string> {
  const tree = await treeOf(cwd, commit)
  return commitTree(cwd, { tree, parents: [parent], message: 'child\n', identity: OWN_IDENTITY })
}

/** Whether each hunk of `base` to `tip` is found in `after`, with the line before and the line after it, as often as in
 *  `tip`: a hunk that was taken back may have a twin. Pure. */
export function linesArrived(texts: {
  readonly base: string
  readonly tip: string
  readonly after: string
}): boolean {
  const [base, tip, after] = [linesOf(texts.base), linesOf(texts.tip), linesOf(texts.after)]
  return lineHunks(base, tip).every(({ newStart, newEnd }) => {
    const wanted = tip.slice(Math.max(0, newStart - 1), newEnd + 1)
    const places = placesOf(wanted, after)
    // At the ends of the file there is no line to hold on to.
    const [first, last] = [newStart === 0, newEnd === tip.length]
    if (first && last) return after.length === wanted.length && places.length === 1
    if (first && !places.includes(0)) return false
    if (last && !places.includes(after.length - wanted.length)) return false
    return places.length >= placesOf(wanted, tip).length
  })
}

function placesOf(wanted: readonly string[], lines: readonly string[]): readonly number[] {
  const places: number[] = []
  for (let start = 0; start + wanted.length <= lines.length; start += 1)
    if (wanted.every((line, index) => lines[start + index] === line)) places.push(start)
  return places
}
