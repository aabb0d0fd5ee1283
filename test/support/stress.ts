// Workspaces under load: several processes prepare and release sessions of one repository at once, with slots filled and
// claimed, lists and prunes beside them, and, if asked for, kill -9 at moments that a seed decides. What must hold after
// every round is counted: nothing fails, no two sessions have one port, nothing is left, and every word that was written
// into a session is found again.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { openRepository, type Repository } from '../../src/git/repository.ts'
import { listWorktrees } from '../../src/git/worktree.ts'
import { belongings } from '../../src/workspace/list.ts'
import type { SlotSpec } from '../../src/workspace/pool/slot.ts'
import { listSlots } from '../../src/workspace/pool/records.ts'
import { leasesOf } from '../../src/workspace/ports/lease.ts'
import type { WorkspaceSpec } from '../../src/workspace/spec.ts'
import { seeded, type Random } from '../scope/random.ts'
import { gitIn, writeFiles } from './repository.ts'

const exec = promisify(execFile)
const WORKER = join(import.meta.dirname, '../fixtures/workspace/stress.ts')
const WORKS = ['nothing', 'committed', 'detached', 'untracked', 'changed', 'ignored'] as const

export interface Stage {
  readonly root: string
  /** Folder above the worktrees. */
  readonly trees: string
  readonly commit: string
}

export interface Piece {
  readonly name: string
  /** What the session leaves in its worktree. */
  readonly work: (typeof WORKS)[number]
}

export interface Order {
  readonly recover: boolean
  readonly prepare: readonly Piece[]
  readonly release: readonly Piece[]
  /** Slots to fill, lists to read, beside the rest. */
  readonly fill: number
  readonly list: number
  /** Remove all slots. */
  readonly empty: boolean
}

export type Told =
  | { readonly kind: 'idle' }
  | { readonly kind: 'filled'; readonly id: string }
  | { readonly kind: 'failed'; readonly name: string; readonly why: string }
  | { readonly kind: 'wrote'; readonly name: string; readonly word: string }
  | { readonly kind: 'released'; readonly name: string; readonly outcome: string; readonly why: string }
  | {
      readonly kind: 'prepared'
      readonly name: string
      readonly path: string
      readonly port: number
      readonly claimed: boolean
    }

export interface StressOptions {
  /** Is made; resolved. Everything is below it, port leases too. */
  readonly folder: string
  readonly seed: number
  readonly rounds: number
  readonly processes: number
  /** Of each round, all at once. */
  readonly sessions: number
  /** Processes killed per round; 0: none. */
  readonly kills: number
  readonly note?: (line: string) => void
  readonly signal?: AbortSignal
}

export interface StressResult {
  readonly prepared: number
  readonly claimed: number
  readonly kills: number
  /** Sentences, with the round they are of. */
  readonly failures: readonly string[]
  readonly orphanBranches: readonly string[]
  readonly portCollisions: readonly string[]
  /** Worktrees, entries, journals, leases and slots that nobody answers for. */
  readonly left: readonly string[]
  /** Words that were written into a session and are nowhere. */
  readonly lost: readonly string[]
  readonly roundMs: readonly number[]
}

/** A session's spec, as the worker and the judge see it. */
export function workspaceSpec(repo: Repository, stage: Stage, { name }: Piece): WorkspaceSpec {
  const refs = `refs/heads/quintet/r-1/${name}/`
  return {
    repo,
    run: 'r-1',
    piece: name,
    path: join(stage.trees, 'r-1', name),
    branch: `quintet/r-1/${name}/work`,
    marker: `${repo.commonDir}/r-1/${name}`,
    base: stage.commit,
    env: {},
    portNames: [],
    setupTimeout: 60_000,
    coordinationFolder: '.quintet/session',
    logFile: join(stage.trees, `${name}.log`),
    guard: {
      branch: `${refs}work`,
      refs,
      pieces: [{ id: name, title: name, scope: { include: ['/'], exclude: [] } }],
      shared: [],
      grants: [],
      coordinationFolder: '.quintet/session',
      ignoreCase: false,
      writable: [],
      ask: [],
      program: ['true', 'true'],
    },
    onProgress: () => undefined,
  }
}

/** What slots are filled for. */
export function slotSpec(repo: Repository, stage: Stage): SlotSpec {
  return {
    repo,
    place: (id) => ({ path: join(stage.trees, 'pool', id), exclude: null }),
    base: stage.commit,
    env: {},
    portNames: [],
    setupTimeout: 60_000,
    logFile: join(stage.trees, 'pool.log'),
    coordinationFolder: '.quintet/session',
    gentle: false,
    onProgress: () => undefined,
  }
}

/** Plays the rounds. Whatever goes wrong is in the result; a process that hangs is an error. */
export async function playStress(options: StressOptions): Promise<StressResult> {
  await using play = await begin(options)
  for (let round = 1; round <= options.rounds; round += 1) {
    options.signal?.throwIfAborted()
    await playRound(play, round)
  }
  return play.result
}

interface Play extends AsyncDisposable {
  readonly options: StressOptions
  readonly stage: Stage
  readonly repo: Repository
  readonly random: Random
  readonly env: NodeJS.ProcessEnv
  readonly result: {
    prepared: number
    claimed: number
    kills: number
    readonly failures: string[]
    readonly orphanBranches: string[]
    readonly portCollisions: string[]
    readonly left: string[]
    readonly lost: string[]
    readonly roundMs: number[]
  }
  /** Ports of the sessions that stand now, by name. */
  readonly ports: Map<string, number>
  readonly words: Set<string>
  workers: Worker[]
}

async function begin(options: StressOptions): Promise<Play> {
  const root = join(options.folder, 'repo')
  const before = process.env['XDG_STATE_HOME']
  const state = join(options.folder, 'state')
  process.env['XDG_STATE_HOME'] = state
  await mkdir(root, { recursive: true })
  await gitIn(root, 'init', '--quiet', '--initial-branch=main')
  const files = Array.from({ length: 30 }, (_, n): [string, string] => [`file-${n}.txt`, `${n}\n`.repeat(20)])
  await writeFiles(root, { ...Object.fromEntries(files), '.gitignore': '.env\n' })
  await gitIn(root, 'add', '--all')
  await gitIn(root, 'commit', '--quiet', '--message=first')
  const commit = await gitIn(root, 'rev-parse', 'HEAD')
  const stage: Stage = { root, trees: join(options.folder, 'repo.quintet'), commit }
  await mkdir(stage.trees, { recursive: true })
  const workers: Worker[] = []
  return {
    options,
    stage,
    workers,
    repo: await openRepository(root),
    random: seeded(options.seed),
    env: { ...process.env, XDG_STATE_HOME: state },
    ports: new Map(),
    words: new Set(),
    result: {
      prepared: 0,
      claimed: 0,
      kills: 0,
      failures: [],
      orphanBranches: [],
      portCollisions: [],
      left: [],
      lost: [],
      roundMs: [],
    },
    async [Symbol.asyncDispose]() {
      for (const worker of workers) worker.child.kill('SIGKILL')
      if (before === undefined) delete process.env['XDG_STATE_HOME']
      else process.env['XDG_STATE_HOME'] = before
    },
  }
}

interface Worker {
  readonly child: ChildProcess
  /** What it was told to do and has not answered for. */
  order: Order | null
  idle: PromiseWithResolvers<boolean>
}

const liveWorkers = ({ workers }: Play): Worker[] =>
  workers.filter(({ child }) => child.exitCode === null && child.signalCode === null)

/** Resolves when the process waits for an order: a kill before that would hit nothing. */
async function startWorker(play: Play): Promise<Worker> {
  const child = spawn(process.execPath, [WORKER, JSON.stringify(play.stage)], {
    env: play.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const worker: Worker = { child, order: null, idle: Promise.withResolvers() }
  child.stdin?.on('error', () => undefined)
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', (line) => hear(play, worker, JSON.parse(line)))
  child.once('exit', (_code, signal) => {
    if (signal !== 'SIGKILL') play.result.failures.push(`A process ended by itself: ${errors.slice(-2_000)}`)
    worker.idle.resolve(false)
  })
  play.workers.push(worker)
  if (!(await worker.idle.promise)) throw new Error(`A process could not be started. ${errors.slice(-2_000)}`)
  return worker
}

function hear(play: Play, worker: Worker, told: Told): void {
  if (told.kind === 'idle') worker.idle.resolve(true)
  else if (told.kind === 'failed') failed(play, `${told.name} ${told.why}`)
  else if (told.kind === 'wrote') play.words.add(told.word)
  else if (told.kind === 'prepared') prepared(play, told)
  else if (told.kind === 'released') {
    play.ports.delete(told.name)
    if (told.outcome !== 'removed') failed(play, `${told.name} release: ${told.why}`)
  }
}

function failed({ result, options }: Play, why: string): void {
  result.failures.push(why)
  options.note?.(why)
}

function prepared({ ports, result }: Play, told: Extract<Told, { kind: 'prepared' }>): void {
  result.prepared += 1
  if (told.claimed) result.claimed += 1
  const other = [...ports].find(([name, port]) => port === told.port && name !== told.name)
  if (other !== undefined) result.portCollisions.push(`${told.name} and ${other[0]} have ${told.port}.`)
  ports.set(told.name, told.port)
}

/** True when it has done all of it, false when it was killed. */
async function give(worker: Worker, order: Order): Promise<boolean> {
  worker.order = order
  worker.idle = Promise.withResolvers()
  worker.child.stdin?.write(`${JSON.stringify(order)}\n`)
  const done = await worker.idle.promise
  if (done) worker.order = null
  return done
}

const NOTHING: Order = { recover: false, prepare: [], release: [], fill: 0, list: 0, empty: false }

/** Three turns: prepare the sessions of the round; release them while the other half of the next ones is prepared; release
 *  those. Beside them somebody else lists and prunes. */
async function playRound(play: Play, round: number): Promise<void> {
  const { options, random } = play
  const started = performance.now()
  const pieces = Array.from({ length: options.sessions }, (_, n) => ({
    name: `p${round}-${n}`,
    work: random.pick(WORKS),
  }))
  const [early, late] = [pieces.filter((_, n) => n % 2 === 0), pieces.filter((_, n) => n % 2 === 1)]
  while (liveWorkers(play).length < options.processes) await startWorker(play)
  const beside = disturb(play)
  await turn(play, { ...NOTHING, fill: Math.ceil(options.sessions / 4) })
  await turn(play, { ...NOTHING, prepare: early, list: 6 })
  await turn(play, { ...NOTHING, prepare: late, release: early, list: 6, fill: 3 })
  await turn(play, { ...NOTHING, release: late, list: 6 })
  await turn(play, { ...NOTHING, empty: true }, 1)
  await beside.end()
  await judge(play, round)
  play.result.roundMs.push(performance.now() - started)
  options.note?.(
    `Round ${round}: ${(performance.now() - started).toFixed(0)} ms, ${play.result.kills} killed so far, ` +
      `${play.result.failures.length} failures, ${play.result.left.length} left, ${play.result.lost.length} lost.`,
  )
}

/** Deals the parts of an order out to the processes, kills some of them, and has what was cut off done again. */
async function turn(play: Play, order: Order, processes: number = play.options.processes): Promise<void> {
  const dealt = liveWorkers(play)
    .slice(0, processes)
    .map((worker, index) => ({
      worker,
      order: {
        ...order,
        prepare: order.prepare.filter((_, n) => n % processes === index),
        release: order.release.filter((_, n) => n % processes === index),
        fill: Math.ceil(order.fill / processes),
        list: Math.ceil(order.list / processes),
      },
    }))
  const victims = play.options.kills > 0 && play.random.below(3) < 2 ? play.options.kills : 0
  // From here on their ports may be anybody's.
  for (const { name } of order.release) play.ports.delete(name)
  const cut: Order[] = []
  await Promise.all(
    dealt.map(async ({ worker, order: part }, index) => {
      const timer = index < victims ? killSoon(play, worker) : null
      if (!(await give(worker, part))) cut.push(part)
      timer?.abort()
    }),
  )
  for (const part of cut) await goOn(play, part)
  await checkPorts(play)
}

/** Every session that stands holds the lease of the ports that it was given. */
async function checkPorts({ repo, ports, result }: Play): Promise<void> {
  const holders = new Map((await leasesOf(repo.commonDir)).map((lease) => [lease.ports.first, lease.session]))
  for (const [name, port] of ports) {
    const holder = holders.get(port) ?? 'nobody'
    if (holder !== `r-1/${name}`) result.portCollisions.push(`${name} has ${port}, which ${holder} holds.`)
  }
}

/** Short delays are as likely as long ones: most of what matters happens in a few milliseconds. */
function killSoon({ random, result }: Play, worker: Worker): AbortController {
  const ms = 2 ** (random.below(1_200) / 100)
  const controller = new AbortController()
  void delay(ms, undefined, { signal: controller.signal }).then(
    () => {
      result.kills += 1
      worker.child.kill('SIGKILL')
    },
    () => undefined,
  )
  return controller
}

/** Another process does again what was cut off, after it has looked at what is left of the pool. */
async function goOn(play: Play, cut: Order): Promise<void> {
  const successor = await startWorker(play)
  if (!(await give(successor, { ...cut, recover: true, fill: 0 }))) throw new Error('A successor has died.')
}

/** Somebody who knows nothing of us and looks at the same repository. */
function disturb({ stage, result }: Play): { end(): Promise<void> } {
  const stop = new AbortController()
  const work = (async () => {
    while (!stop.signal.aborted) {
      for (const args of [
        ['list', '--porcelain'],
        ['prune', '--expire=now'],
      ]) {
        // Its own failures are git's affair: what it does to us is looked at.
        await gitIn(stage.root, 'worktree', ...args).catch(() => undefined)
        await delay(20)
      }
    }
  })()
  return {
    end: async () => {
      stop.abort()
      await work.catch((error: unknown) => result.failures.push(String(error)))
    },
  }
}

/** What must hold when no session stands: counted, and cleared so that the next round begins anew. */
async function judge(play: Play, round: number): Promise<void> {
  const { repo, stage, result, words } = play
  const found = await belongings(repo)
  const entries = await readdir(join(repo.commonDir, 'worktrees')).catch(() => [])
  const folders = await readdir(stage.trees, { recursive: true }).catch(() => [])
  const stray = folders.filter((name) => !name.endsWith('.log') && !['r-1', 'pool'].includes(name))
  const left = [
    ...(await listWorktrees(repo)).slice(1).map(({ path }) => `worktree ${path}`),
    ...entries.map((id) => `entry ${id}`),
    ...stray.slice(0, 5).map((name) => `folder ${name}`),
    ...found.journals.map(({ piece }) => `journal ${piece}`),
    ...found.leases.map(({ session }) => `lease ${session}`),
    ...(await listSlots(repo)).map(({ id }) => `slot ${id}`),
  ]
  result.left.push(...left.map((what) => `round ${round}: ${what}`))
  const orphans = found.branches.filter(({ commit }) => commit === stage.commit)
  result.orphanBranches.push(...orphans.map(({ ref }) => `round ${round}: ${ref}`))
  const present = await wordsIn(
    play,
    [...found.branches, ...found.backups].map(({ ref }) => ref),
  )
  result.lost.push(...[...words].filter((word) => !present.has(word)))
  words.clear()
  await forget(play)
}

/** Every word that a reference or a kept file holds. */
async function wordsIn({ repo, stage }: Play, refs: readonly string[]): Promise<ReadonlySet<string>> {
  const kept = join(repo.commonDir, 'quintet', 'kept')
  const pattern = 'word-[-a-z0-9]+'
  const inRefs =
    refs.length === 0 ? '' : await gitIn(stage.root, 'grep', '-hoE', pattern, ...refs).catch(() => '')
  const inFiles = await exec('grep', ['-rhoE', pattern, kept]).then(
    ({ stdout }) => stdout,
    () => '',
  )
  return new Set(`${inRefs}\n${inFiles}`.split('\n'))
}

/** The next round begins without what this one has saved. */
async function forget({ stage, repo }: Play): Promise<void> {
  const refs = await gitIn(
    stage.root,
    'for-each-ref',
    '--format=delete %(refname)',
    'refs/heads/quintet',
    'refs/quintet',
  )
  if (refs !== '') {
    const child = spawn('git', ['update-ref', '--stdin'], {
      cwd: stage.root,
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    child.stdin.end(`${refs}\n`)
    await once(child, 'close')
  }
  for (const name of ['kept', 'trash'])
    await rm(join(repo.commonDir, 'quintet', name), { recursive: true, force: true })
}
