// The gate before landing. Every branch is judged once more, at the very tip that is to land and by the map that is in
// force now; then every merge is: what it changes belongs to its piece, and what its piece changed has arrived.
import type { ScopeFinding } from '../../contract/scope.ts'
import { changes, type Change } from '../../git/diff.ts'
import { mergeBase } from '../../git/merge/merge.ts'
import { lostPaths } from '../../integration/proof/arrived.ts'
import { stackMerges, type StackOutcome } from '../../integration/stack.ts'
import type { OwnershipMap } from '../../scope/ownership.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { IntegrationInput, RunInput } from '../run/input.ts'
import { blocking, branchChanges, findingSummary, judgeBranch } from '../scope/gate.ts'
import { mapInForce } from '../scope/map.ts'
import type { Services } from '../services.ts'
import { landedTips } from './landed-tips.ts'
import { mergingOf } from './merging.ts'

type Branch = IntegrationInput['branches'][number]
type GateServices = Pick<Services, 'repo' | 'store' | 'state' | 'config'>

/** A branch that may not land as it is. */
interface RefusedBranch {
  readonly piece: string
  readonly findings: readonly ScopeFinding[]
}

export interface Admitted {
  readonly stacked: StackOutcome
  /** Branches that were stopped here, each with a sentence for the operator. */
  readonly refused: readonly RefusedPiece[]
}

export interface RefusedPiece {
  readonly piece: string
  readonly reason: string
}

interface Union {
  readonly run: RunInput
  readonly from: string
  readonly round: number
}

/** Stacks the branches that pass; the others are recorded, with what depends on them, and stay as they are. */
export async function stackAdmitted(
  services: GateServices,
  effect: EffectContext,
  input: IntegrationInput,
  union: Union,
): Promise<Admitted> {
  const map = mapInForce(services.store, union.run, services.config.coordination_folder)
  const refused = await judgeBranches(services, map, input.branches)
  const landed = await landedTips(services, union.run, union.from)
  for (;;) {
    const out = withDependents(union.run, refused, input.branches)
    const branches = input.branches.filter(({ piece }) => !out.has(piece))
    const stacked = await stackMerges({
      repo: services.repo,
      tip: union.from,
      branches: branches.map((branch) => ({ ...branch, needs: needsOf(union.run, branch.piece) })),
      goOn: true,
      landed,
      ...mergingOf(services, union.run, effect),
    })
    const bad = await judgeMerges(services, map, { branches, stacked, from: union.from })
    if (bad.length === 0)
      return { stacked, refused: recordRefused(effect, { refused, out, round: union.round }) }
    refused.push(...bad)
  }
}

function needsOf({ plan }: Pick<RunInput, 'plan'>, piece: string): readonly string[] {
  return plan.pieces.find(({ id }) => id === piece)?.depends_on ?? []
}

async function judgeBranches(
  { repo }: GateServices,
  map: OwnershipMap,
  branches: readonly Branch[],
): Promise<RefusedBranch[]> {
  const refused: RefusedBranch[] = []
  for (const { piece, base, tip } of branches) {
    const findings = blocking((await judgeBranch(repo.root, map, { piece, base, tip })).findings)
    if (findings.length > 0) refused.push({ piece, findings })
  }
  return refused
}

/** Pieces that are out, each with the reason; a piece cannot land before what it builds on. */
function withDependents(
  { plan, order }: RunInput,
  refused: readonly RefusedBranch[],
  branches: readonly Branch[],
): ReadonlyMap<string, string> {
  const out = new Map(refused.map(({ piece, findings }) => [piece, refusedSentence(piece, findings)]))
  const waiting = new Set(branches.map(({ piece }) => piece))
  for (const id of order) {
    const needs = needsOf({ plan }, id)
    const missing = needs.find((need) => out.has(need))
    if (missing !== undefined && waiting.has(id) && !out.has(id)) {
      out.set(id, `${id} builds on ${missing}, which may not land.`)
    }
  }
  return out
}

interface Merges {
  readonly branches: readonly Branch[]
  readonly stacked: StackOutcome
  readonly from: string
}

async function judgeMerges(
  services: GateServices,
  map: OwnershipMap,
  merges: Merges,
): Promise<RefusedBranch[]> {
  const { branches, stacked, from } = merges
  let before = from
  for (const branch of branches) {
    const step = stacked.steps.find(({ piece }) => piece === branch.piece)
    if (step === undefined && !stacked.upToDate.includes(branch.piece)) continue
    const after = step?.commit ?? before
    const merge = { branch, from, before, after, resolved: step?.resolved ?? [] }
    const findings = await judgeMerge(services.repo.root, map, merge)
    // What comes after it was stacked on top of it and has to be looked at anew.
    if (findings.length > 0) return [{ piece: branch.piece, findings }]
    before = after
  }
  return []
}

interface Merge {
  readonly branch: Branch
  /** Commit of the target that everything is stacked on. */
  readonly from: string
  readonly before: string
  readonly after: string
  /** Paths that both sides have changed and that a resolution has brought together: they are like neither side. */
  readonly resolved: readonly string[]
}

async function judgeMerge(cwd: string, map: OwnershipMap, merge: Merge): Promise<readonly ScopeFinding[]> {
  const { branch, before, after } = merge
  const [brought, lost] = await Promise.all([changes(cwd, before, after), lostOf(cwd, merge)])
  return [
    ...brought.filter(({ path }) => !map.owns(branch.piece, path)).map((change) => strayed(map, change)),
    ...lost.map((path) => gone(branch.piece, path)),
  ]
}

/** Paths of which what the branch changed is not in the merge, and no resolution has put something in its place. What the
 *  target has since done with what it already had of the branch is the target's. */
async function lostOf(
  cwd: string,
  { branch: { base, tip }, from, after, resolved }: Merge,
): Promise<readonly string[]> {
  const [own, differing, moved] = await Promise.all([
    branchChanges(cwd, { base, tip }),
    changes(cwd, tip, after),
    changes(cwd, base, from),
  ])
  const unlike = new Set(differing.map(({ path }) => path))
  for (const path of resolved) unlike.delete(path)
  const asked = own.map(({ path }) => path).filter((path) => unlike.has(path))
  if (asked.length === 0) return []
  const lost = await lostPaths(cwd, { base: (await mergeBase(cwd, base, tip)) ?? base, tip, after }, asked)
  const known = await mergeBase(cwd, from, tip)
  const targets = new Set(moved.map(({ path }) => path))
  const again = lost.filter((path) => targets.has(path))
  if (known === null || again.length === 0) return lost
  const still = new Set(await lostPaths(cwd, { base: known, tip, after }, again))
  return lost.filter((path) => !targets.has(path) || still.has(path))
}

function strayed(map: OwnershipMap, { path }: Change): ScopeFinding {
  const [owner = null] = map.ownersOf(path)
  const whose = owner === null ? 'which no session owns' : `which belongs to ${owner}`
  return { kind: 'history', path, owner, text: `Merging it would change this path, ${whose}.`, blocks: true }
}

function gone(piece: string, path: string): ScopeFinding {
  const text = 'What it changed here would not arrive: another branch holds its commits and takes them back.'
  return { kind: 'history', path, owner: piece, text, blocks: true }
}

function refusedSentence(piece: string, findings: readonly ScopeFinding[]): string {
  return `${piece} may not land. ${findingSummary(findings)}`
}

function recordRefused(
  effect: EffectContext,
  {
    refused,
    out,
    round,
  }: {
    readonly refused: readonly RefusedBranch[]
    readonly out: ReadonlyMap<string, string>
    readonly round: number
  },
): readonly RefusedPiece[] {
  for (const { piece, findings } of refused) {
    record(effect, 'integration.refused', `${round}:${piece}`, { piece, findings: [...findings] })
  }
  for (const [piece, reason] of out) {
    record(effect, 'integration.left-out', `${round}:${piece}`, { piece, reason })
  }
  return [...out].map(([piece, reason]) => ({ piece, reason }))
}
