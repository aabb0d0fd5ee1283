// Whether sessions need files to coordinate through. Where no piece depends on, reads from or shares anything with
// another, decisions and status files are only noise in an agent's context. Pure.
import type { Piece, PlanFile } from '../contract/plan.ts'
import { overlap } from '../scope/overlap.ts'

export interface CoordinationNeed {
  readonly needed: boolean
  /** One sentence for the operator. */
  readonly why: string
}

type PlanPart = Pick<PlanFile, 'shared'> & {
  readonly coordination?: PlanFile['coordination']
  readonly pieces: readonly Pick<Piece, 'id' | 'scope' | 'reads' | 'depends_on'>[]
}

/** Resolves a plan's `coordination` setting; `auto` (also when absent) looks at the pieces. */
export function coordinationNeeded(plan: PlanPart): CoordinationNeed {
  if (plan.coordination === 'on') return { needed: true, why: 'The plan turns coordination on.' }
  if (plan.coordination === 'off') return { needed: false, why: 'The plan turns coordination off.' }
  const why = dependency(plan) ?? sharedFile(plan) ?? foreignReading(plan)
  if (why !== null) return { needed: true, why }
  return {
    needed: false,
    why: 'No piece depends on, reads from or shares a file with another, so the coordination files are left out.',
  }
}

function dependency(plan: PlanPart): string | null {
  const piece = plan.pieces.find(({ depends_on }) => depends_on.length > 0)
  return piece === undefined ? null : `Piece ${piece.id} depends on ${piece.depends_on.join(' and ')}.`
}

function sharedFile(plan: PlanPart): string | null {
  const file = plan.shared[0]
  return file === undefined ? null : `The plan names ${file.path} as a shared file.`
}

function foreignReading(plan: PlanPart): string | null {
  for (const reader of plan.pieces) {
    for (const owner of plan.pieces) {
      if (reader === owner || reader.reads.length === 0) continue
      const found = overlap({ include: reader.reads, exclude: [] }, owner.scope)
      if (found !== null) return `Piece ${reader.id} reads ${found.example}, which ${owner.id} owns.`
    }
  }
  return null
}
