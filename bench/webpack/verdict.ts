// What became of the pull requests, judged from the gate's evidence and from the history of the target. Pure.
import type { Case, CaseBranch } from './case.ts'
import { pieceOf } from './plan.ts'

/** Paths outside its scope that the gate found in a piece. */
export type OutOfScope = Readonly<Record<string, readonly string[]>>

export interface Flagged {
  readonly branch: CaseBranch
  readonly files: readonly string[]
}

/** The pull requests that the gate has found out: those with a file that it named to the session that replayed them. */
export function flagged(spec: Case, outOfScope: OutOfScope): readonly Flagged[] {
  return spec.branches.flatMap((branch) => {
    const named = new Set(outOfScope[pieceOf(branch.area)])
    const files = branch.files.filter((file) => named.has(file))
    return files.length === 0 ? [] : [{ branch, files }]
  })
}

export interface GateScore {
  readonly right: readonly string[]
  readonly wrong: readonly string[]
  readonly missed: readonly string[]
}

/** The gate's findings against what is known. */
export function gateScore(spec: Case, found: readonly Flagged[]): GateScore {
  const names = found.map(({ branch }) => branch.branch)
  const { crossingAnArea } = spec.truth
  return {
    right: names.filter((name) => crossingAnArea.includes(name)),
    wrong: names.filter((name) => !crossingAnArea.includes(name)),
    missed: crossingAnArea.filter((name) => !names.includes(name)),
  }
}

export interface LoggedCommit {
  readonly hash: string
  readonly body: string
}

export interface History {
  /** Branches that were replayed, taken back or not. */
  readonly replayed: readonly CaseBranch[]
  /** Branches that are in. */
  readonly kept: readonly CaseBranch[]
}

/** Which branches are in a history: replayed commits name their upstream commit, reverts the commit they take back. */
export function historyOf(spec: Case, commits: readonly LoggedCommit[]): History {
  const reverted = new Set(commits.flatMap(({ body }) => capture(/^This reverts commit ([0-9a-f]+)/m, body)))
  const headsOf = (wanted: readonly LoggedCommit[]): ReadonlySet<string> =>
    new Set(wanted.flatMap(({ body }) => capture(/^Upstream: ([0-9a-f]+)$/m, body)))
  const [replayed, kept] = [headsOf(commits), headsOf(commits.filter(({ hash }) => !reverted.has(hash)))]
  return {
    replayed: spec.branches.filter(({ head }) => replayed.has(head)),
    kept: spec.branches.filter(({ head }) => kept.has(head)),
  }
}

function capture(pattern: RegExp, text: string): string[] {
  const found = pattern.exec(text)?.[1]
  return found === undefined ? [] : [found]
}
