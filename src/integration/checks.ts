// Runs the checks on the union, and vouches for what they saw: exactly the tree of one commit. A check that changes tracked
// files or moves HEAD is reported, and the tree is put back before the next one runs.
import { join } from 'node:path'
import type { Check } from '../contract/plan.ts'
import type { CheckResult } from '../contract/session.ts'
import { QuintetError } from '../contract/errors.ts'
import { quoted } from '../contract/shell.ts'
import { head } from '../git/repository.ts'
import type { Box } from '../process/box.ts'
import { runCheck } from '../process/check.ts'
import type { Environment } from '../process/environment.ts'
import { trackedChanges } from './files.ts'
import { note, removeUntracked, resetFiles } from './worktree.ts'

export interface ChecksInput {
  /** The integration worktree, at `commit`. */
  readonly worktree: string
  readonly commit: string
  readonly checks: readonly Check[]
  /** Folder for one log file per check; made when missing. */
  readonly logs: string
  readonly env?: Environment
  /** What the checks run in; absent where none can be had. */
  readonly box?: Box | undefined
  readonly signal?: AbortSignal
  /** Told of each result as it comes. */
  readonly onResult?: (result: CheckResult) => void
}

/** What a check did to the worktree that it should not have. */
interface Interference {
  readonly check: string
  /** Tracked files it changed. */
  readonly files: readonly string[]
  readonly movedHead: boolean
}

export interface ChecksOutcome {
  /** All checks, in order; a red one does not keep the others from running. */
  readonly results: readonly CheckResult[]
  readonly interference: readonly Interference[]
}

/** Runs all checks in order. Throws `E_INTEGRATION_TREE` when the worktree is not cleanly at the commit to begin with, and
 *  the signal's reason on abort. */
export async function runChecks(input: ChecksInput): Promise<ChecksOutcome> {
  const { worktree, commit, checks } = input
  await requireExactly(worktree, commit)
  // While checks run, what appears in the worktree is theirs and not worth saving, also after a crash.
  await note(worktree, null)
  const results: CheckResult[] = []
  const interference: Interference[] = []
  for (const [index, check] of checks.entries()) {
    input.signal?.throwIfAborted()
    const raw = await runCheck(check, {
      cwd: worktree,
      log: join(input.logs, logName(index, check.name)),
      box: input.box,
      ...(input.env === undefined ? {} : { env: input.env }),
      ...(input.signal === undefined ? {} : { signal: input.signal }),
    })
    const found = await interferenceOf(check.name, worktree, commit)
    if (found !== null) {
      interference.push(found)
      await resetFiles(worktree, commit)
    }
    const result = judged(raw, found)
    results.push(result)
    input.onResult?.(result)
  }
  await removeUntracked(worktree)
  await note(worktree, commit)
  return { results, interference }
}

/** A check that moves HEAD has not checked what it was given: it is red. One that edits files saw the right tree first. */
function judged(result: CheckResult, found: Interference | null): CheckResult {
  if (found === null) return result
  const notes = [
    ...(found.files.length === 0 ? [] : [`The check changed tracked files: ${found.files.join(', ')}.`]),
    ...(found.movedHead ? ['The check moved HEAD.'] : []),
  ]
  return {
    ...result,
    green: result.green && !found.movedHead,
    output: [result.output, ...notes].join('\n').trim(),
  }
}

async function interferenceOf(check: string, worktree: string, commit: string): Promise<Interference | null> {
  const movedHead = (await head(worktree)).commit !== commit
  const files = await trackedChanges(worktree)
  return movedHead || files.length > 0 ? { check, files, movedHead } : null
}

/** Untracked files are the work of the installation that goes before: the worktree was prepared without any. */
async function requireExactly(worktree: string, commit: string): Promise<void> {
  const at = (await head(worktree)).commit
  const files = await trackedChanges(worktree)
  if (at === commit && files.length === 0) return
  throw new QuintetError(
    'E_INTEGRATION_TREE',
    'precondition',
    at === commit
      ? `The integration worktree ${worktree} differs from the commit to be checked in ${files.slice(0, 5).join(', ')}.`
      : `The integration worktree ${worktree} is not at the commit to be checked.`,
    {
      details: { worktree, commit, at, files: files.slice(0, 20) },
      hints: [{ text: 'See what is there.', command: `git -C ${quoted(worktree)} status` }],
    },
  )
}

/** `2-type-check.log`. */
function logName(index: number, name: string): string {
  const stem = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60)
  return `${index + 1}-${stem === '' ? 'check' : stem}.log`
}
