// The queue on a real repository without sessions: branches are merged, checked and landed for real, in one worktree, and
// what was run is counted. The conversions, the stack and the checks are those of the product; only the record is missing.
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Check } from '../../src/contract/plan.ts'
import { treeOf } from '../../src/git/merge/merge.ts'
import { openRepository, resolveCommit, type Repository } from '../../src/git/repository.ts'
import { runGit } from '../../src/git/run.ts'
import { park, parkingFolder, unpark } from '../../src/integration/queue/parked.ts'
import {
  INSTALLATION,
  type FullObservation,
  type Happening,
  type LandingAnswer,
  type Purpose,
  type QueuePort,
  type SelectedObservation,
  type Stack,
  type State,
  type Unit,
} from '../../src/integration/queue/port.ts'
import { runUnits, type UnitsSeen } from '../../src/integration/queue/run.ts'
import { topOf } from '../../src/integration/queue/units.ts'
import { unitName } from '../../src/integration/queue/words.ts'
import { stackMerges } from '../../src/integration/stack.ts'
import { advanceTarget } from '../../src/integration/target.ts'
import { prepareIntegrationWorktree } from '../../src/integration/worktree.ts'
import { run } from '../../src/process/run.ts'

export interface RealBranch {
  readonly piece: string
  readonly title: string
  readonly tip: string
}

export interface RealQueue {
  readonly path: string
  readonly branches: readonly RealBranch[]
  readonly checks: readonly Check[]
  /** Files that decide what is installed. */
  readonly manifests: readonly string[]
  /** Folders that the installation makes. */
  readonly dependencies: readonly string[]
  /** Commands that install, from nothing. */
  readonly install: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Folder for worktree and logs. */
  readonly scratch: string
  readonly signal: AbortSignal
  readonly note: (line: string) => void
}

export interface RealCounts {
  full: number
  tiny: number
  fullSeconds: number
  tinySeconds: number
  installs: number
  installSeconds: number
}

const INSTALL_MS = 1_800_000
const RUN = 'bench'

export class RealPort implements QueuePort {
  readonly counts: RealCounts = {
    full: 0,
    tiny: 0,
    fullSeconds: 0,
    tinySeconds: 0,
    installs: 0,
    installSeconds: 0,
  }
  readonly happenings: Happening[] = []
  readonly #queue: RealQueue
  readonly #repo: Repository
  #runs = 0
  #installed: string | null = null

  private constructor(queue: RealQueue, repo: Repository) {
    this.#queue = queue
    this.#repo = repo
  }

  static async open(queue: RealQueue): Promise<RealPort> {
    return new RealPort(queue, await openRepository(queue.path))
  }

  async stack(pieces: readonly string[]): Promise<Stack> {
    const commit = (await resolveCommit(this.#repo.root, 'refs/heads/main')) ?? ''
    const base = { commit, tree: await treeOf(this.#repo.root, commit) }
    const stacked = await stackMerges({
      repo: this.#repo,
      tip: commit,
      branches: this.#branches(pieces),
      goOn: true,
    })
    return {
      base,
      baseProven: false,
      steps: stacked.steps.map(({ piece, ...state }) => ({ piece, state })),
      upToDate: stacked.upToDate,
      out: stacked.conflicts.map((conflict) => ({ kind: 'conflict', ...conflict })),
    }
  }

  async combine(onto: State, pieces: readonly string[]): Promise<State | null> {
    const branches = this.#branches(pieces)
    const stacked = await stackMerges({ repo: this.#repo, tip: onto.commit, branches })
    if (stacked.conflict !== null) return null
    const last = stacked.steps.at(-1)
    return last === undefined ? onto : { commit: last.commit, tree: last.tree }
  }

  async runAll(stack: Stack): Promise<FullObservation> {
    const { seen, seconds } = await this.#run(topOf(stack), null, 'union')
    this.counts.full += 1
    this.counts.fullSeconds += seconds
    const whole = seen.results.reduce((sum, { durationMs }) => sum + durationMs, 1)
    const checks = seen.results.map(({ name, durationMs }, index) => ({
      check: name,
      share: durationMs / whole,
      after: seen.results.slice(0, index).map((before) => before.name),
    }))
    return { red: seen.red, checks }
  }

  async runOnly(state: State, units: readonly Unit[], purpose: Purpose): Promise<SelectedObservation> {
    const { seen, seconds } = await this.#run(state, units, purpose)
    this.counts.tiny += 1
    this.counts.tinySeconds += seconds
    return { red: seen.red, unseen: seen.unseen }
  }

  async land(stack: Stack): Promise<LandingAnswer> {
    const [from, to] = [stack.base.commit, topOf(stack).commit]
    const moved = await advanceTarget({ repo: this.#repo, target: 'main', from, to })
    if (moved.kind === 'advanced') return { kind: 'landed' }
    return moved.kind === 'moved' ? { kind: 'moved' } : { kind: 'refused', reason: moved.kind }
  }

  tell(happening: Happening): Promise<void> {
    this.happenings.push(happening)
    const tests = happening.tests.map(unitName).join('; ')
    const verdict =
      happening.kind === 'culprit' ? ` ${happening.piece} ${JSON.stringify(happening.verdict)}` : ''
    this.#queue.note(`${happening.kind}${verdict}: ${tests}`)
    return Promise.resolve()
  }

  #branches(pieces: readonly string[]): readonly RealBranch[] {
    return pieces.flatMap((piece) => this.#queue.branches.find((branch) => branch.piece === piece) ?? [])
  }

  async #run(
    { commit, tree }: State,
    units: readonly Unit[] | null,
    purpose: Purpose,
  ): Promise<{ readonly seen: UnitsSeen; readonly seconds: number }> {
    const { scratch, checks, env, signal, note } = this.#queue
    const worktree = join(scratch, 'tree')
    const logs = join(scratch, 'logs', String(++this.#runs))
    const keeps = (path: string): boolean => path.startsWith('node_modules')
    await prepareIntegrationWorktree({ repo: this.#repo, path: worktree, run: RUN }, commit, keeps)
    const broken = await this.#install(worktree, tree)
    const started = performance.now()
    const seen =
      broken === null
        ? await runUnits({ worktree, commit, checks, units, logs, env, signal })
        : { results: [], red: [{ ...INSTALLATION, output: broken }], unseen: [] }
    const seconds = (performance.now() - started) / 1_000
    note(
      `${purpose}: ${units?.length ?? 'all'} → ${seen.red.map(unitName).join('; ') || 'green'} (${Math.round(seconds)} s)`,
    )
    return { seen, seconds }
  }

  /** A clean installation where a manifest differs; what the last one for the same manifests made is put back. */
  async #install(worktree: string, tree: string): Promise<string | null> {
    const { manifests, dependencies, install, env, signal, note } = this.#queue
    const blobs = await runGit(['ls-tree', tree, '--', ...manifests], {
      cwd: this.#repo.root,
      op: 'read manifests',
    })
    const wanted = createHash('sha256').update(blobs.stdout).digest('hex').slice(0, 16)
    if (wanted === this.#installed) return null
    const parking = { worktree, folder: parkingFolder(worktree) }
    if (this.#installed !== null) await park(parking, this.#installed, dependencies)
    this.#installed = null
    if (!(await unpark(parking, wanted))) {
      for (const path of dependencies) await rm(join(worktree, path), { recursive: true, force: true })
      const started = performance.now()
      const log = join(this.#queue.scratch, `install-${wanted}.log`)
      const script = ['set -e', ...install].join('\n')
      const { exitCode } = await run('sh', ['-c', script], {
        cwd: worktree,
        env,
        log,
        timeout: INSTALL_MS,
        signal,
      })
      if (exitCode !== 0) return `The installation failed: ${log}`
      this.counts.installs += 1
      this.counts.installSeconds += (performance.now() - started) / 1_000
      note(`installed for ${wanted} in ${Math.round((performance.now() - started) / 1_000)} s`)
    }
    this.#installed = wanted
    return null
  }
}
