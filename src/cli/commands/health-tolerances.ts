import { readTolerances } from '../../daemon/projection/read.ts'
import { ruleNames } from '../../health/rule-names.ts'
import type { Tolerance } from '../../health/tolerance.ts'
import { daemonOf, repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { usageError } from '../failure.ts'

const EVERY_RULE = 'all'

/** Prints what "not stuck" has taught this repository, or forgets it; 0 also when there is nothing. Throws `E_USAGE` for a
 *  rule that does not exist. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, options, signal } = invocation
  const repo = await repositoryOf(invocation)
  const rule = options.text('forget')
  if (rule === undefined) {
    const tolerances = readTolerances(repo)
    output.answer({ tolerances }, () => rendered(tolerances))
    return 0
  }
  requireRule(rule, readTolerances(repo))
  const client = await daemonOf(repo, signal)
  const { forgotten } = await client.forgetTolerance(rule === EVERY_RULE ? null : rule)
  output.answer({ forgotten }, () => [
    forgotten.length === 0 ? 'Nothing of it was tolerated.' : `Forgotten: ${forgotten.join(', ')}.`,
  ])
  return 0
}

/** One that is tolerated is known by that, also when it came from another version. */
function requireRule(rule: string, tolerances: readonly Tolerance[]): void {
  const known = [...new Set([...ruleNames(), ...tolerances.map((tolerance) => tolerance.rule)])].sort()
  if (rule === EVERY_RULE || known.includes(rule)) return
  throw usageError(
    `There is no rule ${rule}; the rules are ${known.join(', ')}, and ${EVERY_RULE} for each of them.`,
    [{ text: 'See what is tolerated.', command: 'quintet health tolerances' }],
  )
}

function rendered(tolerances: readonly Tolerance[]): string[] {
  if (tolerances.length === 0)
    return ['Nothing is tolerated: every rule is believed from its own threshold on.']
  return [
    ...tolerances.map(
      ({ rule, count, said, until }) =>
        `${rule}: believed from a count of ${count} on ("not stuck" was said ${said}x), until ${new Date(until).toISOString().slice(0, 10)} at most`,
    ),
    'Take one back with quintet health tolerances --forget <rule>.',
  ]
}
