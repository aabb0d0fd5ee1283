// Figures of a session's change, taken again and again while it is at work: what it has committed is compared anew only when
// its branch has moved.
import type { FactData } from '../../../contract/facts.ts'
import { changes, commitCount, lineCounts } from '../../../git/diff.ts'
import { KnownMarks } from '../../../git/known-marks.ts'
import { isGitFailure, resolveCommit } from '../../../git/repository.ts'
import { status } from '../../../git/status.ts'

const ATTEMPTS = 4

/** Figures of the log. */
export type Counts = FactData<'changes.observed'>

export interface CountedChange {
  /** The worktree. */
  readonly path: string
  /** Commit that the session began with. */
  readonly base: string
  /** Its branch, as a full name. */
  readonly ref: string
  /** Which paths are inside the scope. */
  readonly judge: (paths: readonly string[]) => {
    readonly inScope: readonly unknown[]
    readonly outOfScope: readonly unknown[]
  }
}

interface Committed {
  readonly tip: string
  readonly paths: readonly string[]
  readonly commits: number
  readonly added: number
  readonly deleted: number
}

export class ChangeCounts {
  readonly #change: CountedChange
  readonly #marks = new KnownMarks()
  #committed: Committed | null = null

  constructor(change: CountedChange) {
    this.#change = change
  }

  /** The figures as they are now. Throws `E_GIT`, among others while objects of a commit are not in the repository yet. */
  async take(): Promise<Counts> {
    const { path, ref, judge } = this.#change
    const now = await status(path, { marks: this.#marks })
    const onBranch = now.tip !== null && `refs/heads/${now.branch ?? ''}` === ref
    const tip = (onBranch ? now.tip : await resolveCommit(path, ref)) ?? ref
    if (this.#committed?.tip !== tip) this.#committed = await this.#compare(tip)
    const { paths, commits, added, deleted } = this.#committed
    const judged = judge([...new Set([...paths, ...now.entries.map((entry) => entry.path)])])
    return { commits, added, deleted, inScope: judged.inScope.length, outOfScope: judged.outOfScope.length }
  }

  async #compare(tip: string): Promise<Committed> {
    const { path, base } = this.#change
    const [committed, commits, lines] = await Promise.all([
      changes(path, base, tip),
      commitCount(path, base, tip),
      lineCounts(path, base, tip),
    ])
    return { tip, paths: committed.map((one) => one.path), commits, ...lines }
  }
}

/** Takes the figures. What was committed in a box can be read once it is brought into the repository, which happens beside
 *  us as a rule: only where git cannot read it is `bring` called, before each further attempt; a commit that comes in between
 *  is waited for. Throws what `bring` throws, and `E_GIT` after the last attempt. */
export async function countOnceReadable(
  counts: Pick<ChangeCounts, 'take'>,
  bring: () => Promise<void>,
): Promise<Counts> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await counts.take()
    } catch (error) {
      if (attempt === ATTEMPTS || !isGitFailure(error)) throw error
    }
    await bring()
  }
}
