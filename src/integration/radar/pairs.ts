// Which of any committed branches do not merge with each other, wherever each of them began. Git merges what the forecast
// suspects, and pairs that began at different commits where they change the same path: a few processes for all of them.
// Two that change nothing in common do not conflict with each other, though one may with what the other began at. Nothing is
// written to the repository.
import type { Change } from '../../git/diff.ts'
import { mergePairs } from '../../git/merge/batch.ts'
import type { ScratchObjects } from '../../git/objects/scratch.ts'
import { forecastConflicts } from './forecast.ts'

export interface StartedBranch {
  readonly name: string
  /** Commit it began at. */
  readonly base: string
  readonly commit: string
  /** What it has changed since. */
  readonly changes: readonly Pick<Change, 'path'>[]
}

interface PairsInput {
  readonly cwd: string
  readonly branches: readonly StartedBranch[]
  readonly scratch: ScratchObjects
  readonly signal?: AbortSignal
}

/** Names of branches that conflict, each pair once, sorted inside. */
export async function conflictingPairs(input: PairsInput): Promise<readonly (readonly [string, string])[]> {
  const { cwd, branches, scratch, signal } = input
  const options = { cwd, ...(signal === undefined ? {} : { signal }) }
  const found: (readonly [string, string])[] = []
  for (const [base, some] of Map.groupBy(branches, (branch) => branch.base)) {
    if (some.length < 2) continue
    const verdicts = await forecastConflicts({ ...options, base, branches: some, scratch })
    for (const { pair, conflict } of verdicts) if (conflict !== null) found.push(pair)
  }
  const across = meetingPairs(branches).filter(([left, right]) => left.base !== right.base)
  const merges = await mergePairs(
    across.map(([left, right]) => [left.commit, right.commit]),
    { ...options, env: scratch.env },
  )
  const conflicting = across.filter((_pair, index) => merges[index]?.kind === 'conflict')
  return [...found, ...conflicting.map(([left, right]) => [left.name, right.name] as const)]
}

/** Pairs that change the same path, or of which one makes a file where the other has a folder. */
function meetingPairs(
  branches: readonly StartedBranch[],
): readonly (readonly [StartedBranch, StartedBranch])[] {
  const touching = new Map<string, Set<StartedBranch>>()
  for (const branch of branches)
    for (const { path } of branch.changes) touching.set(path, (touching.get(path) ?? new Set()).add(branch))
  const pairs = new Map<string, readonly [StartedBranch, StartedBranch]>()
  for (const [path, some] of touching) {
    const above = foldersOf(path).flatMap((folder) => [...(touching.get(folder) ?? [])])
    const all = [...new Set([...some, ...above])].toSorted((a, b) => (a.name < b.name ? -1 : 1))
    for (const [index, left] of all.entries())
      for (const right of all.slice(index + 1)) pairs.set(`${left.name}\n${right.name}`, [left, right])
  }
  return [...pairs.values()]
}

function foldersOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}
