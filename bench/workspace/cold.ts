// A ready session without any slot, beside a plain worktree with the package manager's own best install, and beside
// published programs. `cold` has nothing to copy from; `copied` has a main worktree with dependencies, as people have.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { prepareWorkspace } from '../../src/workspace/prepare.ts'
import { releaseWorkspace } from '../../src/workspace/release.ts'
import { trashFolder } from '../../src/store/trash.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { interleaved, type Side } from '../interleave.ts'
import { removeTree, settleDisk } from '../scratch.ts'
import { median, ratio, rounded, spread } from '../statistics.ts'
import { createByPeer, removeByHand, type Peer } from './peers.ts'
import { plainly } from './pool.ts'
import { installFrozen, makeProject, programAt, type Manager, type Project } from './project.ts'
import type { Registry } from './registry.ts'
import { workspaceSpec } from './spec.ts'

export interface ColdRequest {
  readonly files: number
  readonly registry: Registry
  readonly manager: Manager
  readonly rounds: number
  readonly peers: readonly Peer[]
}

export interface ColdOutcome {
  readonly figures: Readonly<Record<string, Figure>>
  readonly details: readonly string[]
}

/** Null figures where the package manager is not installed. */
export async function measureCold(context: BenchContext, request: ColdRequest): Promise<ColdOutcome> {
  const { scratch, note } = context
  const { files, registry, manager } = request
  const suffix = manager === 'npm' ? '' : `_${manager}`
  const program = await programAt(manager)
  if (program === null)
    return { figures: { [`cold_ratio${suffix}`]: null }, details: [`There is no ${manager}.`] }
  const folder = join(scratch.path, `cold-${manager}`)
  const project = await makeProject({ folder, files, registry, manager, program })
  note(`${manager}: ${files} files with ${registry.files} files of dependencies.`)
  const cold = await measureSides(context, { ...request, project, what: 'cold' })
  await installFrozen(project, project.repo.root)
  const copied = await measureSides(context, { ...request, project, what: 'copied', peers: [] })
  await removeTree(folder)
  const [plain, ours] = [cold('plain'), cold('quintet')]
  const peers = request.peers.map(({ name }) => ({ name, times: cold(name) }))
  return {
    figures: {
      [`cold_ratio${suffix}`]: ratio(ours, plain),
      [`cold${suffix}_ms`]: rounded(median(ours), 0),
      [`cold_plain${suffix}_ms`]: rounded(median(plain), 0),
      [`copied_ratio${suffix}`]: ratio(copied('quintet'), copied('plain')),
      ...Object.fromEntries(
        peers.map(({ name, times }) => [`cold_ratio_${name.replaceAll('-', '_')}`, ratio(times, plain)]),
      ),
    },
    details: [
      `${manager}, nothing to copy: ${spread(ours)}; by hand: ${spread(plain)}`,
      `${manager}, dependencies in the main worktree: ${spread(copied('quintet'))}; by hand: ${spread(copied('plain'))}`,
      ...peers.map(({ name, times }) => `${name}, then ${manager}: ${spread(times)}`),
    ],
  }
}

interface Comparison extends ColdRequest {
  readonly project: Project
  readonly what: 'cold' | 'copied'
}

function measureSides(
  context: BenchContext,
  { project, peers, rounds, what }: Comparison,
): Promise<(side: string) => readonly number[]> {
  const { note, signal } = context
  let turn = 0
  const before = async (): Promise<void> => {
    turn += 1
    await mkdir(project.worktrees, { recursive: true })
    await settleDisk()
  }
  const sides: Side[] = [
    {
      name: 'plain',
      before,
      run: () => plainly(project, `plain-${what}-${turn}`),
      after: () => removeByHand(project, `plain-${what}-${turn}`),
    },
    {
      name: 'quintet',
      before,
      run: async () => void (await prepareWorkspace(workspaceSpec(project, `${what}-${turn}`), signal)),
      after: () => giveBack(project, `${what}-${turn}`),
    },
    ...peers.map((peer) => ({
      name: peer.name,
      before,
      run: async () => void (await createByPeer(peer, project, `peer-${turn}`)),
      after: () => removeByHand(project, `peer-${turn}`),
    })),
  ]
  return interleaved(sides, {
    rounds,
    warmUps: 0,
    signal,
    onRun: (name, round, ms) => note(`${what}, round ${round}: ${name} ${ms.toFixed(0)} ms`),
  })
}

async function giveBack(project: Project, piece: string): Promise<void> {
  const outcome = await releaseWorkspace(workspaceSpec(project, piece), { mode: 'keep-work' })
  if (outcome.kind !== 'removed') throw new Error(`${piece} was not removed: ${JSON.stringify(outcome)}`)
  await removeTree(trashFolder(project.repo))
}
