// What a change has brought into a plan that was not in it before. A change hands files and findings on from piece to piece:
// an overlap that one piece had is no news under the name of the piece that took its patterns over. Pure.
import type { PlanReport } from '../check.ts'
import { isOfEnvironment, type Finding } from '../findings.ts'
import type { Overlap } from '../survey.ts'

/** Per piece of the changed plan that took something over: the pieces of the old plan, itself included, that had it. */
export type Lineage = ReadonlyMap<string, readonly string[]>

/** Warnings and errors of the plan after a change that it had not before. What the machine lacks is none of them. */
export function newFindings(before: PlanReport, after: PlanReport, lineage: Lineage): readonly Finding[] {
  const names = [...new Set([...lineage].flatMap(([piece, from]) => [piece, ...from]))]
  const known = new Set(before.findings.map((finding) => told(finding, names)))
  const overlaps = newOverlaps(before, after, lineage)
  return after.findings.filter((finding) => {
    if (finding.severity === 'info' || isOfEnvironment(finding)) return false
    if (finding.code === 'E_OVERLAP') return overlaps.has(finding)
    return !known.has(told(finding, names))
  })
}

/** The check makes one finding of each overlap, in their order. */
function newOverlaps(before: PlanReport, after: PlanReport, lineage: Lineage): ReadonlySet<Finding> {
  const findings = after.findings.filter(({ code }) => code === 'E_OVERLAP')
  return new Set(
    findings.filter((_, index) => {
      const overlap = after.overlaps[index]
      return overlap === undefined || !wasThere(overlap, before.overlaps, lineage)
    }),
  )
}

/** Changes widen nothing, so what two pieces share now, some two that they have it from shared before. */
function wasThere({ left, right }: Overlap, before: readonly Overlap[], lineage: Lineage): boolean {
  const [mine, theirs] = [left, right].map(({ piece }) => lineage.get(piece) ?? [piece])
  return before.some((old) => {
    const pair = [old.left.piece, old.right.piece] as const
    return [pair, [pair[1], pair[0]] as const].some(
      ([a, b]) => mine?.includes(a) === true && theirs?.includes(b) === true,
    )
  })
}

/** A finding in words in which pieces that have something from each other are one. What is likely to be touched by several
 *  stays so, whoever they are. */
function told({ code, message, path }: Finding, names: readonly string[]): string {
  if (code === 'W_HUB_FILE' && path !== undefined) return `${code} ${path}`
  if (names.length === 0) return `${code} ${message}`
  const anyName = new RegExp(String.raw`(?<![\w-])(?:${names.join('|')})(?![\w-])`, 'g')
  return `${code} ${message.replaceAll(anyName, '§')}`
}
