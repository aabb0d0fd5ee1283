// What a session still lacks before it counts as finished. Pure.
import type { ScopeFinding } from '../contract/scope.ts'
import type { CheckResult, Evidence } from '../contract/session.ts'
import { count } from './markdown.ts'

/** One thing that is missing; the session is finished when there is none. */
export type Missing =
  | { readonly kind: 'no-commits' }
  | { readonly kind: 'uncommitted'; readonly paths: readonly string[] }
  | { readonly kind: 'out-of-scope'; readonly paths: Evidence['outOfScope'] }
  | { readonly kind: 'finding'; readonly finding: ScopeFinding }
  | { readonly kind: 'red-check'; readonly check: CheckResult }
  | { readonly kind: 'check-not-run'; readonly name: string }

/** Everything that is missing, in the order in which it should be mended. `required`: names of the piece's checks. */
export function missingEvidence(evidence: Evidence, required: readonly string[] = []): Missing[] {
  const missing: Missing[] = []
  if (evidence.uncommitted.length > 0) missing.push({ kind: 'uncommitted', paths: evidence.uncommitted })
  else if (evidence.commits === 0) missing.push({ kind: 'no-commits' })
  if (evidence.outOfScope.length > 0) missing.push({ kind: 'out-of-scope', paths: evidence.outOfScope })
  for (const finding of evidence.findings ?? [])
    if (finding.blocks) missing.push({ kind: 'finding', finding })
  for (const check of evidence.checks) if (!check.green) missing.push({ kind: 'red-check', check })
  const ran = new Set(evidence.checks.map(({ name }) => name))
  for (const name of required) if (!ran.has(name)) missing.push({ kind: 'check-not-run', name })
  return missing
}

/** What is missing as one line for the operator, `2 uncommitted files; check unit is red`; empty when nothing is. */
export function missingSummary(missing: readonly Missing[]): string {
  return missing.map(label).join('; ')
}

function label(missing: Missing): string {
  if (missing.kind === 'no-commits') return 'no commits'
  if (missing.kind === 'uncommitted') return count(missing.paths.length, 'uncommitted file')
  if (missing.kind === 'out-of-scope') return `${count(missing.paths.length, 'path')} out of scope`
  if (missing.kind === 'finding') return `${missing.finding.path}: ${missing.finding.kind}`
  if (missing.kind === 'red-check') return `check ${missing.check.name} is red`
  return `check ${missing.name} has not run`
}
