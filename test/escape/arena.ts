// Where an escape is tried. `left` is the session that tries, `right` the neighbour. Everything that is not left's is taken
// down before, and compared after; in between, what the product does in the ordinary course of things is done, outside of
// every box, for it could be led astray by what was left behind.
import { errorData, QuintetError } from '../../src/contract/errors.ts'
import { readOwnStatus } from '../../src/coordination/folder.ts'
import type { Workspace } from '../../src/contract/session.ts'
import type { Services } from '../../src/engine/services.ts'
import type { SessionBox } from '../../src/engine/session/box.ts'
import { gatherEvidence } from '../../src/engine/session/evidence.ts'
import type { SessionSpec } from '../../src/engine/session/spec.ts'
import { refreshFolders } from '../../src/engine/session/words/folders.ts'
import { listRefs } from '../../src/git/refs.ts'
import { runGit } from '../../src/git/run.ts'
import { snapshotWorktree } from '../../src/git/snapshot.ts'
import { status } from '../../src/git/status.ts'
import { listWorktrees } from '../../src/git/worktree.ts'
import { isAlive } from '../../src/process/identity.ts'
import type { RunResult } from '../../src/process/run.ts'
import { runBoxed } from '../../src/process/run-boxed.ts'
import { closeBox } from '../../src/workspace/box/close.ts'
import { releaseWorkspace } from '../../src/workspace/release.ts'
import { blockingFindings } from './gate.ts'
import { effectOf, makeGround, type Ground } from './ground.ts'
import { differences, ownPictureOf, pictureOf, type Picture } from './picture.ts'

/** What a script may take, and each look afterwards; what takes longer is held against the script. */
const TIMEOUT_MS = 30_000
/** What goes, or is kept, when a session is given up. */
const GIVEN_BACK =
  /quintet\/(boxes\/escape-1$|guards\/config$|(guards|workspaces)\/escape-1\/left)|xdg-state\/quintet\/ports|refs\/quintet(\/backup|$)/
/** What judging a branch may fail with because of what the session did to it. */
const BROKEN = ['E_FORGED_OBJECTS', 'E_BRANCH_GONE', 'E_GIT']

export interface Deed {
  /** POSIX sh; ends with 0 exactly when what it tries was done. */
  readonly script: string
  /** The session is given up afterwards: its worktree, its branch and its box are taken down. */
  readonly released?: boolean
}

export interface Outcome {
  readonly exitCode: number | null
  readonly output: string
  /** What is different outside, one line each. */
  readonly outside: readonly string[]
  /** What the gate says against the branch, one line each; empty: it would let it pass. */
  readonly gate: readonly string[]
  /** Whether the checks were run, and were green. */
  readonly green: boolean | null
}

export class Arena implements AsyncDisposable {
  readonly services: Services
  readonly left: SessionSpec
  readonly workspace: Workspace
  readonly box: SessionBox
  readonly #ground: Ground
  readonly #before: Picture
  readonly #own: Picture
  #looks = 0

  private constructor(ground: Ground, before: Picture, own: Picture) {
    this.services = ground.services
    this.left = ground.left
    this.workspace = ground.workspace
    this.box = ground.box
    this.#ground = ground
    this.#before = before
    this.#own = own
  }

  /** `template`: the folder of a template. */
  static async make(template: string): Promise<Arena> {
    const ground = await makeGround(template)
    return new Arena(ground, await pictureOf(ground), await ownPictureOf(ground))
  }

  /** Runs a script in the box of `left`, and looks at everything afterwards. */
  async try({ script, released = false }: Deed): Promise<Outcome> {
    const { exitCode, stdout, timedOut } = await this.sh(script)
    const late = timedOut ? ['the script had to be ended'] : []
    const gate = await this.#gate()
    const led = await this.#goOn(released)
    const now = await pictureOf(this.#ground)
    const dead = (await isAlive(this.#ground.victim.identity)) ? [] : ['a process of others is gone']
    return {
      exitCode,
      output: stdout.toString('utf8').trim(),
      outside: [
        ...differences(this.#before, now).filter((line) => !(released && GIVEN_BACK.test(line))),
        ...dead,
        ...led,
        ...late,
      ],
      ...gate,
    }
  }

  /** Runs a script in the box of `left`; all that it leaves running ends with it. */
  async sh(script: string): Promise<RunResult> {
    const { box, env, level, gaps } = this.box
    if (box === null || level !== 'enforced') throw new Error(`It is ${level}: ${gaps.join(' ')}`)
    return await runBoxed('sh', ['-c', script], {
      cwd: this.workspace.path,
      env: { ...this.#ground.env, ...env, HOME: this.left.home },
      box,
      merged: true,
      timeout: TIMEOUT_MS,
      graceMs: 500,
    })
  }

  /** Runs a script in a box around the whole arena, in which all that is at stake can be written: what it would do if
   *  the session's box did not hold it. The machine is out of its reach all the same. */
  async behindOuterWalls(script: string): Promise<RunResult> {
    const { path, env } = this.#ground
    const mounts = [
      { kind: 'empty', path: '/tmp' },
      { kind: 'write', path },
    ] as const
    const visible = [import.meta.dirname, process.execPath].map(
      (seen) => ({ kind: 'read', path: seen }) as const,
    )
    return await runBoxed('sh', ['-c', script], {
      cwd: this.workspace.path,
      env: { ...env, HOME: this.left.home },
      box: { mounts: [...mounts, ...visible], network: 'shared' },
      merged: true,
      timeout: TIMEOUT_MS,
      graceMs: 500,
    })
  }

  /** Whether nothing at all is different from how it was made: another script can be tried here. */
  async isPristine(): Promise<boolean> {
    const [all, own] = [await pictureOf(this.#ground), await ownPictureOf(this.#ground)]
    return differences(this.#before, all).length === 0 && differences(this.#own, own).length === 0
  }

  /** What keeps the branch from landing, by the product's own judgement. */
  async #gate(): Promise<Pick<Outcome, 'gate' | 'green'>> {
    this.#looks += 1
    const input = { session: this.left, workspace: this.workspace, attempt: 1, turn: 1, look: this.#looks }
    try {
      const gathered = await inTime(gatherEvidence(this.services, effectOf(this.services, this.left), input))
      if (gathered.kind === 'interrupted') throw new Error('Nobody stepped in.')
      const { checks } = gathered.evidence
      return {
        gate: blockingFindings(gathered.evidence),
        green: checks.length === 0 ? null : checks.every((check) => check.green),
      }
    } catch (error) {
      if (error instanceof QuintetError && BROKEN.includes(error.code))
        return { gate: [errorData(error).message], green: null }
      throw error
    }
  }

  /** What runs outside in the ordinary course of things. */
  async #goOn(released: boolean): Promise<readonly string[]> {
    const { services, left, workspace } = this
    const { root } = services.repo
    const git = (...args: string[]): Promise<unknown> =>
      runGit(args, { cwd: root, op: 'go on', timeout: TIMEOUT_MS })
    const others = ['main', 'v1', 'refs/heads/quintet/escape-1/right/work']
    const steps: readonly (() => Promise<unknown>)[] = [
      () => refreshFolders(services, left.name.run),
      () => status(root),
      () => git('rev-list', '--objects', '--quiet', ...others),
      () => git('archive', '--output=/dev/null', 'main'),
      () => git('branch', '--list', '--all'),
      () => listRefs(services.repo, 'refs/'),
      () => listWorktrees(services.repo),
      ...(released ? [() => this.#release()] : []),
    ]
    const failed: string[] = []
    for (const step of steps)
      await inTime(step()).catch((error: unknown) => failed.push(`going on fails: ${String(error)}`))
    // These may fail where the session has broken its own branch; they may not do anything else.
    const looks: readonly (() => Promise<unknown>)[] = [
      () => readOwnStatus(workspace.path, services.config.coordination_folder),
      () => snapshotWorktree(workspace.path, 'x'),
      () => status(workspace.path),
    ]
    for (const look of looks)
      await inTime(look()).catch((error: unknown) => {
        if (error instanceof Late) failed.push(`a look at the session fails: ${error.message}`)
      })
    return failed
  }

  async #release(): Promise<void> {
    const { services, left, workspace } = this
    const place = {
      repo: services.repo,
      ...left.name,
      path: workspace.path,
      branch: left.branch,
      marker: left.marker,
      coordinationFolder: services.config.coordination_folder,
    }
    const outcome = await releaseWorkspace(place, { mode: 'keep-work' })
    if (outcome.kind !== 'removed') throw new Error(`The session was not released: ${outcome.kind}`)
    await closeBox(services.repo, services.state, left.name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ground.resources.disposeAsync()
  }
}

class Late extends Error {}

/** What hangs must not hang the suite. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late(`it takes longer than ${TIMEOUT_MS} ms`)), TIMEOUT_MS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
