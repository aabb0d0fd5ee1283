// What the gate holds against a branch, as sentences.
import type { Evidence } from '../../src/contract/session.ts'

/** Everything for which a session does not count as finished, checks aside. That nothing was committed is none of it. */
export function blockingFindings({ uncommitted, outOfScope, findings = [] }: Evidence): readonly string[] {
  return [
    ...uncommitted.map((path) => `not committed: ${path}`),
    ...outOfScope.map(({ path, owner }) => `out of scope: ${path} (${owner ?? 'nobody'})`),
    ...findings.filter(({ blocks }) => blocks).map(({ path, text }) => `${path}: ${text}`),
  ]
}
