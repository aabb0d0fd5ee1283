// The gate: what a branch brings, against the map in force, seen from outside of every box. The same question is asked
// before a session may finish and again before it may land.
import type { ScopeFinding } from '../../contract/scope.ts'
import { blobTexts } from '../../git/objects/blobs.ts'
import { changes, type Change } from '../../git/diff.ts'
import { trackedFiles } from '../../git/files.ts'
import { mergeBase } from '../../git/merge/merge.ts'
import { judgeDiff, LINK } from '../../scope/judge.ts'
import type { OwnershipMap } from '../../scope/ownership.ts'

/** Bytes of a link; a longer one can be followed by no system. */
const LINK_LIMIT = 4_096

export interface BranchRange {
  readonly piece: string
  /** Commit the branch started from. */
  readonly base: string
  readonly tip: string
}

/** What a branch changes, and what is wrong with it. */
export interface Judged {
  readonly changes: readonly Change[]
  readonly findings: readonly ScopeFinding[]
}

/** Judges `base...tip`; `cwd` is any folder of the repository. */
export async function judgeBranch(cwd: string, map: OwnershipMap, range: BranchRange): Promise<Judged> {
  const changed = await branchChanges(cwd, range)
  const links = changed.filter(({ newMode }) => newMode === LINK)
  const texts = await blobTexts(
    cwd,
    links.map(({ newBlob }) => newBlob),
    LINK_LIMIT,
  )
  const targets = links.flatMap(({ path, newBlob }): [string, string][] => {
    const text = texts.get(newBlob)
    return text === undefined ? [] : [[path, text]]
  })
  const tracked = changed.some(({ kind }) => kind === 'added') ? await trackedFiles(cwd, range.tip) : []
  const findings = judgeDiff(map, range.piece, { changes: changed, links: new Map(targets), tracked })
  return { changes: changed, findings }
}

/** What the branch changes since it left its base; renames as a deletion and an addition. */
export async function branchChanges(
  cwd: string,
  { base, tip }: Pick<BranchRange, 'base' | 'tip'>,
): Promise<readonly Change[]> {
  return changes(cwd, (await mergeBase(cwd, base, tip)) ?? base, tip)
}

/** The findings that keep a branch from finishing and from landing. */
export function blocking(findings: readonly ScopeFinding[]): readonly ScopeFinding[] {
  return findings.filter(({ blocks }) => blocks)
}

/** One line for the operator: the first findings, the rest counted. */
export function findingSummary(findings: readonly ScopeFinding[]): string {
  const [first, second, third, ...rest] = findings.map(({ path, text }) => `${path}: ${text}`)
  const more = rest.length > 0 ? [`and ${rest.length} more.`] : []
  return [first, second, third, ...more].filter((part) => part !== undefined).join(' ')
}
