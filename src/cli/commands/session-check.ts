import type { BranchReading } from '../../git/branch-name.ts'
import { printable } from '../../tui/text.ts'
import { daemonOf, repositoryOf } from '../access.ts'
import type { Invocation } from '../command.ts'
import { loadSession } from '../session-argument.ts'

const SHORT = 10

/** Looks at the branch of an external session now, and says what is there. */
export async function run(invocation: Invocation): Promise<number> {
  const repo = await repositoryOf(invocation)
  const { session } = await loadSession(repo, invocation.arguments[0] ?? '')
  const client = await daemonOf(repo, invocation.signal)
  const { branch, reading } = await client.checkBranch(session.id)
  invocation.output.answer({ session: session.id, branch, ...reading }, () => [
    printable(`${branch}: ${words(reading)}`),
  ])
  return 0
}

function words(reading: BranchReading): string {
  switch (reading.kind) {
    case 'at':
      return `at ${reading.commit.slice(0, SHORT)}.`
    case 'absent':
      return 'not there.'
    case 'unreachable':
      return `cannot be looked at. ${reading.why}`
  }
}
