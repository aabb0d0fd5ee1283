// The gate before landing. Every branch is judged once more, at the very tip that is to land and by the map that is in
// force now; then every merge is: what it changes belongs to its piece, and what its piece changed has arrived.
import type { ScopeFinding } from '../../contract/scope.ts'
import { changes, type Change } from '../../git/diff.ts'
import { stackMerges, type StackOutcome } from '../../integration/stack.ts'
import type { OwnershipMap } from '../../scope/ownership.ts'
import type { EffectContext } from '../port.ts'
import { record } from '../record.ts'
import type { IntegrationInput, RunInput } from '../run/input.ts'
import { blocking, branchChanges, findingSummary, judgeBranch } from '../scope/gate.ts'
import { mapInForce } from '../scope/map.ts'
import type { Services } from '../services.ts'

type Branch = IntegrationInput['branches'][number]
type GateServices = Pick<Services, 'repo' | 'store' | 'config'>

/** A branch that may not land as it is. */
interface RefusedBranch {
  readonly piece: string
  readonly findings: readonly ScopeFinding[]
}

export interface Admitted {
  readonly stacked: StackOutcome
  /** One sentence for each branch that was stopped here, for the operator. */
  readonly refused: readonly string[]
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
  for (;;) {
    const out = withDependents(union.run, refused, input.branches)
    const branches = input.branches.filter(({ piece }) => !out.has(piece))
    const stacked = await stackMerges({
      repo: services.repo,
      tip: union.from,
      branches,
      signal: effect.signal,
    })
    const bad = await judgeMerges(services, map, { branches, stacked, from: union.from })
    if (bad.length === 0)
      return { stacked, refused: recordRefused(effect, { refused, out, round: union.round }) }
    refused.push(...bad)
  }
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
    const needs = plan.pieces.find((piece) => piece.id === id)?.depends_on ?? []
    const missing = needs.find((need) => out.has(need))
    if (missing !== undefined && waiting.has(id) && !out.has(id)) {
      out.set(id, `It builds on ${missing}, which may not land.`)
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
    const findings = await judgeMerge(services.repo.root, map, { branch, from, before, after })
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
}

async function judgeMerge(cwd: string, map: OwnershipMap, merge: Merge): Promise<readonly ScopeFinding[]> {
  const { branch, from, before, after } = merge
  const [brought, own, differing, moved] = await Promise.all([
    changes(cwd, before, after),
    branchChanges(cwd, branch),
    changes(cwd, branch.tip, after),
    changes(cwd, branch.base, from),
  ])
  return [
    ...brought.filter(({ path }) => !map.owns(branch.piece, path)).map((change) => strayed(map, change)),
    ...lost({ own, differing, moved }).map((path) => gone(branch.piece, path)),
  ]
}

/** Paths that the branch changed and that are otherwise after the merge although nobody else was to write them. */
function lost(sides: {
  readonly own: readonly Change[]
  readonly differing: readonly Change[]
  readonly moved: readonly Change[]
}): readonly string[] {
  const differing = new Set(sides.differing.map(({ path }) => path))
  const moved = new Set(sides.moved.map(({ path }) => path))
  return sides.own.map(({ path }) => path).filter((path) => differing.has(path) && !moved.has(path))
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
): readonly string[] {
  for (const { piece, findings } of refused) {
    record(effect, 'integration.refused', `${round}:${piece}`, { piece, findings: [...findings] })
  }
  for (const [piece, reason] of out) {
    record(effect, 'integration.left-out', `${round}:${piece}`, { piece, reason })
  }
  return [...out.values()]
}
