// What a plan says of work that is done elsewhere: the branch it arrives on. Pure.
import { EXTERNAL } from '../contract/external.ts'
import type { Piece, PlanFile } from '../contract/plan.ts'
import { branchPlace, isBranchName, shortBranch, type BranchPlace } from '../git/branch-name.ts'
import type { PlanFacts } from './facts.ts'
import { finding, quote, type Finding } from './findings.ts'

/** Branches below it are made, moved and deleted by runs. */
const OWN = /^quintet(?:-rehearsal)?\//

/** What is wrong with the branches of external pieces. */
export function externalFindings(plan: PlanFile, facts: PlanFacts): readonly Finding[] {
  const seen = new Map<string, string>()
  return plan.pieces.flatMap((piece) => {
    if (piece.agent !== EXTERNAL) return unused(piece)
    const { id, branch } = piece
    if (branch === undefined) {
      const hints = [{ text: `Add branch = "origin/${id}", or wherever the work arrives.` }]
      return [finding('E_BRANCH_MISSING', `The external piece ${id} names no branch.`, { piece: id, hints })]
    }
    const place = branchPlace(branch, facts.remotes ?? [])
    const problem = nameProblem(id, branch, place) ?? targetProblem(id, place, facts)
    if (problem !== null) return [problem]
    const key = `${place.remote ?? ''} ${place.ref}`
    const other = seen.get(key)
    if (other === undefined) seen.set(key, id)
    return other === undefined ? [] : [twice(id, branch, other)]
  })
}

function unused({ id, branch, done }: Piece): readonly Finding[] {
  const key = branch !== undefined ? 'branch' : done !== undefined ? 'done' : null
  if (key === null) return []
  const hints = [{ text: `Set agent = "${EXTERNAL}", or take \`${key}\` out.` }]
  const message = `The piece ${id} has \`${key}\`, but its agent is not ${quote(EXTERNAL)}.`
  return [finding('E_BRANCH_UNUSED', message, { piece: id, hints })]
}

function nameProblem(piece: string, branch: string, place: BranchPlace): Finding | null {
  const name = shortBranch(place)
  if (!isBranchName(name))
    return finding(
      'E_BRANCH_NAME',
      `The branch ${quote(branch)} of ${piece} is not a name that git allows.`,
      {
        piece,
      },
    )
  if (place.remote !== null || !OWN.test(name)) return null
  const message = `The branch ${quote(branch)} of ${piece} is one of those that runs make themselves.`
  return finding('E_BRANCH_NAME', message, { piece })
}

/** The target, there as here: what is on it has landed. */
function targetProblem(piece: string, place: BranchPlace, { target }: PlanFacts): Finding | null {
  if (target.branch === null || shortBranch(place) !== target.branch) return null
  const message = `The branch of ${piece} is the target ${quote(target.branch)}; the work needs a branch of its own.`
  return finding('E_BRANCH_TARGET', message, { piece })
}

function twice(piece: string, branch: string, other: string): Finding {
  const message = `The branch ${quote(branch)} of ${piece} is that of ${other} already.`
  return finding('E_BRANCH_TWICE', message, { piece })
}
