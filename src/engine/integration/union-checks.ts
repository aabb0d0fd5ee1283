// Which checks the union has to pass. Pure.
import type { Check, Piece } from '../../contract/plan.ts'
import type { RunInput } from '../run/input.ts'

type Plan = Pick<RunInput['plan'], 'integration' | 'pieces'>

/**
 * The plan's integration checks; where it names none, the checks of every piece that is in the union, so that no tree
 * lands unchecked. These are named `<piece>: <check>`; a command that several pieces name runs once, for the first.
 */
export function unionChecks(plan: Plan, merged: ReadonlySet<string>): readonly Check[] {
  if (plan.integration.checks.length > 0) return plan.integration.checks
  const checks = new Map<string, Check>()
  for (const { id, checks: own } of plan.pieces.filter((piece: Piece) => merged.has(piece.id))) {
    for (const check of own) {
      if (!checks.has(commandOf(check)))
        checks.set(commandOf(check), { ...check, name: `${id}: ${check.name}` })
    }
  }
  return [...checks.values()]
}

/** Those of the union's checks that a part of it has to pass: a piece's own check says nothing without the piece. */
export function partChecks(
  plan: Plan,
  checks: readonly Check[],
  pieces: ReadonlySet<string>,
): readonly Check[] {
  const wanted = new Set(unionChecks(plan, pieces).map(commandOf))
  return checks.filter((check) => wanted.has(commandOf(check)))
}

/** Names of the checks before it that a check may build on: all of the plan's integration checks; of the pieces' own only
 *  those that stand before it in a piece, since each of them is green without the other pieces' checks. */
export function checksBefore(plan: Plan, checks: readonly Check[], check: Check): readonly string[] {
  const before = checks.slice(
    0,
    checks.findIndex(({ name }) => name === check.name),
  )
  if (plan.integration.checks.length > 0) return before.map(({ name }) => name)
  const wanted = new Set(
    plan.pieces.flatMap(({ checks: own }) => {
      const commands = own.map(commandOf)
      return commands.slice(0, Math.max(0, commands.indexOf(commandOf(check))))
    }),
  )
  return before.filter((one) => wanted.has(commandOf(one))).map(({ name }) => name)
}

const commandOf = ({ run, timeout_seconds }: Check): string => JSON.stringify([run, timeout_seconds])
