// Runs the checks on the union, and vouches for what they saw: exactly the tree of one commit. A check that changes tracked
// files or moves HEAD is not green, since it may have tested what it made of them; the tree is put back before the next one
// runs. Which tests failed is read from what the runners report; a check can be cut down to single tests.
import { appendFile, rm } from 'node:fs/promises'
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
import {
  presentTests,
  readReport,
  reportingCheck,
  selectionOf,
  type ReportingCheck,
} from './reports/report.ts'
import { selectionVerdict, testVerdict, type TestCase, type TestReport } from './reports/tests.ts'
import { changedFilesSentence } from './sentences.ts'
import { note, removeUntracked, resetFiles } from './worktree.ts'

export interface ChecksInput {
  /** The integration worktree, at `commit`. */
  readonly worktree: string
  readonly commit: string
  readonly checks: readonly Check[]
  /** Tests per name of a check: it is cut down to those of them that are there, and left out when none is. A check that is
   *  not in the map is run whole, and so is one whose runner cannot select. */
  readonly only?: ReadonlyMap<string, readonly TestCase[]>
  /** Folder for one log file per check; made when missing. */
  readonly logs: string
  /** Existing folder for what the runners report, which a check in a box can write; the logs' where none is given. */
  readonly reports?: string | undefined
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

/** What a run says about the tests. `unseen`: asked for, and not reached by the selection. */
export interface TestsSeen {
  readonly check: string
  readonly verdict: ReturnType<typeof testVerdict>
  readonly unseen: readonly TestCase[]
}

export interface ChecksOutcome {
  /** All checks, in order; a red one does not keep the others from running. */
  readonly results: readonly CheckResult[]
  /** Per result: which tests failed, as far as the runner says. */
  readonly seen: readonly TestsSeen[]
  readonly interference: readonly Interference[]
}

/** Runs all checks in order. Throws `E_INTEGRATION_TREE` when the worktree is not cleanly at the commit to begin with, and
 *  the signal's reason on abort. */
export async function runChecks(input: ChecksInput): Promise<ChecksOutcome> {
  const { worktree, commit } = input
  await requireExactly(worktree, commit)
  // While checks run, what appears in the worktree is theirs and not worth saving, also after a crash.
  await note(worktree, null)
  const results: CheckResult[] = []
  const seen: TestsSeen[] = []
  const interference: Interference[] = []
  for (const [index, check] of input.checks.entries()) {
    input.signal?.throwIfAborted()
    const stem = stemOf(index, check.name)
    const wanted = await asked(input, check, join(input.reports ?? input.logs, `${stem}.report`))
    if (wanted === null) continue
    const { raw, report } = await runReporting(input, wanted, join(input.logs, `${stem}.log`))
    const found = await interferenceOf(check.name, worktree, commit)
    if (found !== null) {
      interference.push(found)
      await resetFiles(worktree, commit)
      await appendFile(raw.log, `\n${interferenceNotes(found)}\n`)
    }
    const verdict = trusted(testVerdict(raw, report), found)
    const result = judged({ ...raw, green: verdict.kind === 'green' }, found)
    results.push(result)
    seen.push({ check: check.name, verdict, unseen: unseenIn(input, check, { raw, report }) })
    input.onResult?.(result)
  }
  await removeUntracked(worktree)
  await note(worktree, commit)
  return { results, seen, interference }
}

interface Reported {
  readonly raw: CheckResult
  readonly report: TestReport
}

function unseenIn({ only }: ChecksInput, check: Check, { raw, report }: Reported): readonly TestCase[] {
  const tests = only?.get(check.name)
  if (tests === undefined) return []
  const verdict = selectionVerdict(tests, raw, report)
  return verdict.kind === 'named' ? verdict.unseen : []
}

/** The check as it is to be run: with a report, and only with the tests that are asked for; null when none of them is there. */
async function asked(
  { worktree: cwd, only, env }: ChecksInput,
  check: Check,
  file: string,
): Promise<ReportingCheck | null> {
  const nodeOptions = env?.['NODE_OPTIONS']
  const reporting = await reportingCheck(check, {
    cwd,
    file,
    ...(nodeOptions === undefined ? {} : { nodeOptions }),
  })
  const tests = only?.get(check.name)
  if (tests === undefined) return reporting
  const present = await presentTests(tests, cwd)
  return present.length === 0 ? null : (selectionOf(reporting, present) ?? reporting)
}

/** The only place that runs a check on a union. */
async function runReporting(
  { worktree: cwd, box, env, signal }: ChecksInput,
  check: ReportingCheck,
  log: string,
): Promise<Reported> {
  // What a run that was cut off by a crash has printed would be read as if it belonged to this one.
  await rm(log, { force: true })
  const raw = await runCheck(check, {
    cwd,
    log,
    box,
    ...(env === undefined ? {} : { env }),
    ...(signal === undefined ? {} : { signal }),
  })
  return { raw, report: await readReport(check, { cwd, output: raw.output, log }) }
}

/** Nothing that a check says of a tree that it has changed is green. Tests that fail there are red all the same, and are
 *  found sooner by their names; where HEAD has moved, even those may be tests of something else. */
function trusted(verdict: TestsSeen['verdict'], found: Interference | null): TestsSeen['verdict'] {
  if (found === null || (verdict.kind === 'red' && !found.movedHead)) return verdict
  return { kind: 'broken' }
}

function judged(result: CheckResult, found: Interference | null): CheckResult {
  if (found === null) return result
  return { ...result, output: [result.output, interferenceNotes(found)].join('\n').trim() }
}

function interferenceNotes({ files, movedHead }: Interference): string {
  return [
    ...(files.length === 0 ? [] : [changedFilesSentence(files)]),
    ...(movedHead ? ['The check moved HEAD.'] : []),
  ].join('\n')
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

/** `2-type-check`. */
function stemOf(index: number, name: string): string {
  const stem = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60)
  return `${index + 1}-${stem === '' ? 'check' : stem}`
}
