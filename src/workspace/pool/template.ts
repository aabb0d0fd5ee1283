// Whether a slot can be made as a snapshot of another one that stands ready. Pure.
import { pathTravels, RULES } from '../dependencies/ecosystems.ts'
import { ownedFolder } from '../dependencies/folders.ts'
import type { InstallRoot } from '../dependencies/policy.ts'
import type { IncludeRules } from '../include-rules.ts'
import { candidates, fitOf, type Surroundings } from './match.ts'
import { NONE } from './settings.ts'
import type { SlotRecord, SlotSpec } from './slot.ts'

/** Whether slots of this kind can be templates at all. A set-up writes ports and paths wherever it likes; and pnpm, which
 *  wants its store where it can link to, would make one at the top of a subvolume for a project further down.
 *  `tracked`: paths of the base. */
export function canBeTemplates({ setup }: Pick<SlotSpec, 'setup'>, tracked: readonly string[]): boolean {
  return setup === undefined && !tracked.some((path) => path.endsWith('/pnpm-lock.yaml'))
}

/** Slots that a new one at `base`, without a set-up, would be equal to; the best first. */
export function templates(
  records: readonly SlotRecord[],
  { base, coordinationFolder }: Pick<SlotSpec, 'base' | 'coordinationFolder'>,
  now: Surroundings,
): SlotRecord[] {
  const needs = { base, setup: null, portNames: [] }
  return candidates(records, base).filter(
    (record) =>
      record.marks !== null &&
      record.settings === NONE &&
      record.coordinationFolder === coordinationFolder &&
      fitOf(record, needs, now) === 'exact',
  )
}

/** Why a template's files may not come along, a phrase; null when they may. `ignored`: its paths that git ignores; `inside`:
 *  the entries of its dependency folders, with these; `includes` null: there are no environment files. */
export function whyNotWhole(template: {
  readonly roots: readonly InstallRoot[]
  readonly ignored: readonly string[]
  readonly inside: readonly string[]
  readonly includes: IncludeRules | null
}): string | null {
  const { roots, ignored, inside, includes } = template
  const never = roots.find(({ manager }) => RULES[manager].copy === 'never')
  if (never !== undefined) return RULES[never.manager].why
  const made = ignored.find((path) => ownedFolder(path) === null && includes?.judge(path) !== 'copy')
  if (made !== undefined) return `it holds ${made}, which may be of that slot alone`
  const left = inside.find((path) => !pathTravels(path))
  return left === undefined ? null : `it holds ${left}, which may be of another commit`
}
