// Runs checks, or single tests of them, on the tree that stands in the integration worktree, and says in the queue's words
// what was red.
import type { Check } from '../../contract/plan.ts'
import type { CheckResult } from '../../contract/session.ts'
import type { Box } from '../../process/box.ts'
import type { Environment } from '../../process/environment.ts'
import { runChecks, type TestsSeen } from '../checks.ts'
import type { TestCase } from '../reports/tests.ts'
import type { RedUnit, Unit } from './port.ts'
import { isWhole, wholeCheck } from './units.ts'

export interface UnitsRun {
  /** The integration worktree, at `commit` and with its dependencies. */
  readonly worktree: string
  readonly commit: string
  readonly checks: readonly Check[]
  /** What of the checks is to be run; null: everything. Checks without a unit are left out. */
  readonly units: readonly Unit[] | null
  /** A folder of this run alone. */
  readonly logs: string
  /** What runs them and where they report, as in `ChecksInput`. */
  readonly reports?: string
  readonly box?: Box | undefined
  readonly env?: Environment
  readonly signal?: AbortSignal
  readonly onResult?: (result: CheckResult) => void
}

export interface UnitsSeen {
  readonly results: readonly CheckResult[]
  readonly red: readonly RedUnit[]
  readonly unseen: readonly Unit[]
}

/** How much of what was printed is kept for whoever has to mend it; characters. */
const OUTPUT_KEPT = 3_000
/** Outputs that are kept; more failing tests are named only. */
const OUTPUTS_KEPT = 20

/** Runs them. Throws like `runChecks`. */
export async function runUnits({ units, checks, ...run }: UnitsRun): Promise<UnitsSeen> {
  const wanted =
    units === null ? checks : checks.filter(({ name }) => units.some(({ check }) => check === name))
  const only = new Map(units === null ? [] : wanted.flatMap((check) => selection(check, units)))
  const { results, seen } = await runChecks({ ...run, checks: wanted, only })
  const red = seen.flatMap((one, index) => redUnits(one, results[index]?.output ?? ''))
  return {
    results,
    red: red.map((unit, index) => ({ ...unit, output: index < OUTPUTS_KEPT ? unit.output : '' })),
    unseen: seen.flatMap(({ check, unseen }) => unseen.map((test) => unitOf(check, test))),
  }
}

/** The tests to which a check is cut down; nothing when it is wanted whole. */
function selection({ name }: Check, units: readonly Unit[]): [string, readonly TestCase[]][] {
  const own = units.filter(({ check }) => check === name)
  return own.some(isWhole) ? [] : [[name, own.map(testOf)]]
}

function redUnits({ check, verdict }: TestsSeen, output: string): RedUnit[] {
  switch (verdict.kind) {
    case 'green':
      return []
    case 'broken':
      return [{ ...wholeCheck(check), output: output.slice(-OUTPUT_KEPT) }]
    case 'red':
      return verdict.failed.map((test) => ({
        ...unitOf(check, test),
        output: (test.message ?? output.slice(-OUTPUT_KEPT)).slice(0, OUTPUT_KEPT),
      }))
  }
}

/** A file that fails as a whole, because it cannot be loaded, has no test name. */
function unitOf(check: string, { id, file, name }: TestCase): Unit {
  return { check, file, id: name === '' && file !== null ? null : id }
}

function testOf({ file, id }: Unit): TestCase {
  const prefix = file === null ? '' : `${file} > `
  const whole = id ?? file ?? ''
  const name = id === null ? '' : id.startsWith(prefix) ? id.slice(prefix.length) : id
  return { id: whole, file, name, outcome: 'failed' }
}
