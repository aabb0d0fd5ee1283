// The warnings of an early look at what branches mean to each other, as they are shown. Pure.
import { posix } from 'node:path'
import type { RadarWarning } from '../../contract/radar.ts'
import type { SemanticSide } from '../../integration/semantic/facts.ts'
import type { SemanticWarning } from '../../integration/semantic/warnings.ts'

/** Stands for the target where sessions are named; no session is called so. */
export const TARGET = ''

const MOST_WARNINGS = 40
const MOST_USES = 6

/** The most telling ones, and how many more there are. */
export function shownWarnings(all: readonly SemanticWarning[]): {
  readonly warnings: readonly RadarWarning[]
  readonly more: number
} {
  const sorted = all.toSorted((a, b) => rank(a) - rank(b))
  const warnings = sorted.slice(0, MOST_WARNINGS).map((warning) => shown(warning))
  return { warnings, more: all.length - warnings.length }
}

/** Endings of the files that were read by the look of their lines, sorted. */
export function readByLook(sides: readonly SemanticSide[]): readonly string[] {
  const files = sides.flatMap((side) => side.files)
  const looked = files.filter(({ before, after }) => (after ?? before)?.basis === 'grep')
  return [...new Set(looked.map(({ path }) => posix.extname(path)))].toSorted()
}

function shown({ kind, uses, by, used, ...rest }: SemanticWarning): RadarWarning {
  const fresh = uses.filter((use) => use.fresh)
  const others = uses.filter((use) => !use.fresh)
  const listed = [...fresh, ...others].slice(0, MOST_USES)
  const more = uses.length - listed.length
  return {
    ...rest,
    by: by === TARGET ? null : by,
    used: used === TARGET ? null : used,
    kind: kind === 'behaviour' ? kind : 'api',
    change: kind,
    uses: listed,
    more,
  }
}

/** What breaks before what may; what was parsed before what was guessed; what is used by new lines before the rest. */
function rank({ kind, basis, uses }: SemanticWarning): number {
  return (
    (kind === 'behaviour' ? 4 : 0) + (basis === 'grep' ? 2 : 0) + (uses.some(({ fresh }) => fresh) ? 0 : 1)
  )
}
