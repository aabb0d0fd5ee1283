// Slots: how long it takes to claim one and to make a session of it, to give a session back that has landed, and to fill
// them, beside as many plain worktrees with the package manager's own install.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { claimSlot } from '../../src/workspace/pool/claim.ts'
import { fillSlot } from '../../src/workspace/pool/fill.ts'
import type { SlotSpec } from '../../src/workspace/pool/slot.ts'
import { prepareWorkspace } from '../../src/workspace/prepare.ts'
import { removeProven } from '../../src/workspace/release/removal.ts'
import { proveReleasable } from '../../src/workspace/release.ts'
import { trashFolder } from '../../src/store/trash.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { git, removeTree, settleDisk } from '../scratch.ts'
import { median, nearestRank, rounded, spread } from '../statistics.ts'
import { installFrozen, makeProject, type Project } from './project.ts'
import type { Registry } from './registry.ts'
import { workspaceSpec } from './spec.ts'

/** Slots that stand at the same time. */
const SLOTS = 5
/** Turns in which all slots are claimed at the same moment. */
const TOGETHER = 2
const P95 = 0.95

export interface PoolRequest {
  readonly files: number
  readonly registry: Registry
  /** Claims to measure. */
  readonly claims: number
}

export interface PoolTimes {
  readonly claim: readonly number[]
  /** As many as there are slots, at the same moment. */
  readonly together: readonly number[]
  /** Processes ended, all that is unsaved looked for: until it is known that the worktree may go. */
  readonly proof: readonly number[]
  readonly release: readonly number[]
  readonly fill: readonly number[]
  /** A plain worktree with the package manager's install, one for every slot of the first turn. */
  readonly plain: readonly number[]
}

/** Fills, claims and releases until there are enough claims. */
export async function measurePool(context: BenchContext, request: PoolRequest): Promise<PoolTimes> {
  const { scratch, note, signal } = context
  const { files, registry, claims } = request
  const folder = join(scratch.path, `pool-${files}`)
  note(`Generating a repository of ${files} files with ${registry.files} files of dependencies.`)
  const project = await makeProject({ folder, files, registry, manager: 'npm', program: 'npm' })
  await installFrozen(project, project.repo.root)
  await mkdir(project.worktrees, { recursive: true })
  const times = { claim: [], together: [], proof: [], release: [], fill: [], plain: [] }
  for (let done = 0; done < claims; done += SLOTS) {
    signal.throwIfAborted()
    const pieces = Array.from({ length: Math.min(SLOTS, claims - done) }, (_, n) => `piece-${done + n + 1}`)
    await playTurn({ context, project, times }, pieces, { first: done === 0, claiming: oneByOne })
    note(
      `${files} files: ${done + pieces.length} claims, ${spread(times.claim)}; releases ${spread(times.release)}`,
    )
  }
  for (let turn = 1; turn <= TOGETHER; turn += 1) {
    signal.throwIfAborted()
    const pieces = Array.from({ length: SLOTS }, (_, n) => `together-${turn}-${n + 1}`)
    await playTurn({ context, project, times }, pieces, { first: false, claiming: atOnce })
    note(`${files} files: ${SLOTS} claims at once, ${spread(times.together)}`)
  }
  await removeTree(folder)
  return times
}

interface Playing {
  readonly context: BenchContext
  readonly project: Project
  readonly times: { readonly [key in keyof PoolTimes]: number[] }
}

type Claiming = (playing: Playing, pieces: readonly string[]) => Promise<void>

interface Turn {
  /** Whether plain worktrees are made beside. */
  readonly first: boolean
  readonly claiming: Claiming
}

/** Slots for all pieces, then all claims, then all releases. */
async function playTurn(
  playing: Playing,
  pieces: readonly string[],
  { first, claiming }: Turn,
): Promise<void> {
  const { context, project, times } = playing
  const { signal } = context
  for (const piece of pieces) {
    await settleDisk()
    if (first) await timed(times.plain, () => plainly(project, `plain/${piece}`))
    await settleDisk()
    await timed(times.fill, () => fillSlot(slotSpec(project), signal))
  }
  await settleDisk()
  await claiming(playing, pieces)
  await settleDisk()
  for (const piece of pieces) await release(playing, piece)
  await removeTree(trashFolder(project.repo))
}

async function oneByOne(playing: Playing, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) await claim(playing, piece, 'claim')
}

async function atOnce(playing: Playing, pieces: readonly string[]): Promise<void> {
  await Promise.all(pieces.map((piece) => claim(playing, piece, 'together')))
}

async function claim(
  { context: { signal }, project, times }: Playing,
  piece: string,
  kind: 'claim' | 'together',
): Promise<void> {
  const spec = workspaceSpec(project, piece)
  await timed(times[kind], async () => {
    const path = await claimSlot(spec, signal)
    if (path === null) throw new Error(`No slot was given to ${piece}.`)
    await prepareWorkspace({ ...spec, path }, signal)
  })
}

/** A session that has committed its work, as one does that has landed. */
async function release({ context: { signal }, project, times }: Playing, piece: string): Promise<void> {
  const asked = workspaceSpec(project, piece)
  // The session lives where its slot was.
  const path = await claimSlot(asked, signal)
  const spec = { ...asked, path: path ?? asked.path }
  await writeFile(join(spec.path, `${piece}.txt`), 'work\n')
  await git(spec.path, 'add', `${piece}.txt`)
  await git(spec.path, '-c', 'core.hooksPath=/dev/null', 'commit', '--quiet', '--message', piece)
  const tip = await git(spec.path, 'rev-parse', 'HEAD')
  const proof = await timed(times.proof, () => proveReleasable(spec, { mode: 'landed', tip }))
  if (proof.kind !== 'proven') throw new Error(`${piece} cannot be released: ${JSON.stringify(proof)}`)
  const outcome = await timed(times.release, () => removeProven(proof))
  if (outcome.kind !== 'removed') throw new Error(`${piece} was not removed: ${JSON.stringify(outcome)}`)
}

/** What a person does by hand. */
export async function plainly(project: Project, branch: string): Promise<void> {
  const path = join(project.worktrees, branch.replaceAll('/', '-'))
  await git(project.repo.root, 'worktree', 'add', '--quiet', '-b', branch, path, project.commit)
  await installFrozen(project, path)
}

function slotSpec({ repo, commit, worktrees }: Project): SlotSpec {
  return {
    repo,
    place: (id) => ({ path: join(worktrees, '..', 'pool', id), exclude: null }),
    base: commit,
    env: {},
    portNames: [],
    setupTimeout: 60_000,
    logFile: join(worktrees, 'pool.log'),
    coordinationFolder: '.quintet/session',
    gentle: false,
    onProgress: () => undefined,
  }
}

async function timed<T>(times: number[], work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  const result = await work()
  times.push(performance.now() - started)
  return result
}

/** Figures of one size; `suffix` tells it from the others. */
export function poolFigures(times: PoolTimes, suffix: string): Readonly<Record<string, Figure>> {
  const { claim, together, proof, release, fill, plain } = times
  const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)
  const total = release.map((value, index) => value + (proof[index] ?? 0))
  return {
    [`claim${suffix}_p95_ms`]: rounded(nearestRank(claim, P95), 1),
    [`claim${suffix}_median_ms`]: rounded(median(claim), 1),
    [`claim${suffix}_together_p95_ms`]: rounded(nearestRank(together, P95), 1),
    [`release${suffix}_p95_ms`]: rounded(nearestRank(release, P95), 1),
    [`release${suffix}_proof_ms`]: rounded(median(proof), 0),
    [`release${suffix}_total_ms`]: rounded(median(total), 0),
    [`pool_fill${suffix}_ratio`]: rounded(sum(fill.slice(0, plain.length)) / sum(plain), 2),
    [`pool_fill${suffix}_ms`]: rounded(median(fill), 0),
  }
}
