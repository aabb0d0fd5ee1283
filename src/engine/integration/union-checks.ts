// Which checks the union has to pass. Pure.
import type { Check, Piece } from '../../contract/plan.ts'
import type { RunInput } from '../run/input.ts'

/**
 * The plan's integration checks; where it names none, the checks of every piece that is in the union, so that no tree
 * lands unchecked. These are named `<piece>: <check>`; a command that several pieces name runs once, for the first.
 */
export function unionChecks(plan: RunInput['plan'], merged: ReadonlySet<string>): readonly Check[] {
  if (plan.integration.checks.length > 0) return plan.integration.checks
  const checks = new Map<string, Check>()
  for (const { id, checks: own } of plan.pieces.filter((piece: Piece) => merged.has(piece.id))) {
    for (const check of own) {
      const what = JSON.stringify([check.run, check.timeout_seconds])
      if (!checks.has(what)) checks.set(what, { ...check, name: `${id}: ${check.name}` })
    }
  }
  return [...checks.values()]
}
