// The demo under kill -9: a command is started, something of it is killed when the log has come to a certain length, and
// the same command is called until it is content. What came of it is then compared with a demo that nobody disturbed.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import * as v from 'valibot'
import { ignoring, QuintetError } from '../../src/contract/errors.ts'
import { runningDaemon } from '../../src/daemon/connect.ts'
import { DATABASE, readRun } from '../../src/daemon/projection/read.ts'
import { stateFolder, type Repository } from '../../src/git/repository.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import type { Random } from '../scope/random.ts'
import { killNow, processesOf, type Haunt } from './processes.ts'
import { gitIn } from './repository.ts'

export type Victim = 'daemon' | 'agent' | 'both'

export interface CrashPoint {
  readonly victim: Victim
  /** The command that was called is killed as well. */
  readonly command: boolean
  /** The kill comes when the log holds this many events … */
  readonly event: number
  /** … and this much later, in milliseconds. */
  readonly delayMs: number
}

export interface DemoOptions {
  /** bin/quintet.js */
  readonly program: string
  /** Is made; resolved. The service, the worktrees and the port leases are below it. */
  readonly folder: string
  readonly point?: CrashPoint
  /** Factor on the pauses of the scripts; default 1. */
  readonly speed?: number
  /** Milliseconds for one call of the command; default 4 minutes. */
  readonly timeout?: number
  readonly signal?: AbortSignal
}

/** Everything about a demo that must not depend on who was killed on the way. */
export interface DemoResult {
  readonly exitCode: number | null
  readonly verdict: string | null
  /** Pieces that the command says have landed, sorted. */
  readonly landed: readonly string[]
  /** Tree of the target. */
  readonly tree: string
  /** Subjects of all commits of the target, sorted: a commit that was made twice shows. */
  readonly subjects: readonly string[]
  /** How often each fact stands in the log that must stand there a certain number of times. */
  readonly facts: Readonly<Record<string, number>>
  /** What the command itself calls left over, and what was found besides. */
  readonly left: readonly string[]
  /** What the run waited for when the command took too long; empty when it came to an end. */
  readonly waitsFor: readonly string[]
}

export interface DemoRun {
  readonly result: DemoResult
  /** What was killed; empty when the command had ended before there was anything to kill. */
  readonly killed: readonly string[]
  /** How often the command was called. */
  readonly calls: number
  /** Length of the log in the end. */
  readonly events: number
  readonly durationMs: number
  /** The last words of the last call. */
  readonly stderr: string
}

const VICTIMS: readonly Victim[] = ['daemon', 'agent', 'both']
const MOST_DELAY_MS = 400
const POLL_MS = 15
const CALLS = 4
const TIMEOUT_MS = 240_000
/** A child of a process that was killed may need a moment to notice. */
const ORPHAN_GRACE_MS = 3_000
const STDERR_TAIL = 2_000
const AGENT = /agents\/scripted\/main\.(js|ts)/
const COUNTED = ['decision.made', 'session.landed', 'run.ended', 'question.answered'] as const

/** `count` points in a log of `events` events; every victim in turn, and the command itself one time in three. Agents are
 *  gone by the last fifth of the log. */
export function crashPoints(random: Random, count: number, events: number): readonly CrashPoint[] {
  return Array.from({ length: count }, (_, index) => {
    const victim = VICTIMS[index % VICTIMS.length] ?? 'daemon'
    return {
      victim,
      command: random.below(3) === 0,
      event: 1 + random.below(victim === 'daemon' ? events : Math.ceil(events * 0.8)),
      delayMs: random.below(MOST_DELAY_MS),
    }
  })
}

/** In which respects a demo came out differently from the one that nobody disturbed; empty when in none. */
export function differences(result: DemoResult, reference: DemoResult): readonly string[] {
  if (result.waitsFor.length > 0) return result.waitsFor.map((what) => `the run does not end: ${what}`)
  const found: string[] = []
  const compare = (what: string, was: unknown, expected: unknown): void => {
    const [text, wanted] = [JSON.stringify(was), JSON.stringify(expected)]
    if (text !== wanted) found.push(`${what} is ${text}, not ${wanted}`)
  }
  compare('the exit code', result.exitCode, 0)
  compare('the verdict', result.verdict, 'landed')
  compare('the list of what landed', result.landed, reference.landed)
  compare('the tree of the target', result.tree, reference.tree)
  for (const [subject, times] of counted(result.subjects)) {
    compare(`the number of commits "${subject}"`, times, counted(reference.subjects).get(subject) ?? 0)
  }
  for (const subject of counted(reference.subjects).keys()) {
    if (!result.subjects.includes(subject)) found.push(`the commit "${subject}" is missing`)
  }
  for (const [type, times] of Object.entries(reference.facts)) {
    compare(`the number of facts ${type}`, result.facts[type] ?? 0, times)
  }
  for (const left of result.left) found.push(`left behind: ${left}`)
  return found
}

function counted(items: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return counts
}

/** Plays the demo in a new folder, with a kill at the point if there is one, calling the command again while it fails. */
export async function playDemo(options: DemoOptions): Promise<DemoRun> {
  const started = performance.now()
  const stage = await stageIn(options.folder)
  const killed: string[] = []
  let call = startCommand(stage, options)
  let calls = 1
  try {
    if (options.point !== undefined) killed.push(...(await killAt(stage, options.point, call)))
    for (; calls < CALLS && (await call.ended) === 'failed'; calls += 1) {
      options.signal?.throwIfAborted()
      call = startCommand(stage, options)
    }
    await call.ended
    options.signal?.throwIfAborted()
    const { events, result } = await examine(stage, call)
    const durationMs = performance.now() - started
    return { result, killed, calls, events, durationMs, stderr: call.stderr() }
  } finally {
    for (const { pid } of await processesOf(stage)) killNow(pid)
  }
}

interface Stage extends Haunt {
  readonly repo: Repository
  readonly env: Readonly<Record<string, string>>
}

async function stageIn(folder: string): Promise<Stage> {
  await mkdir(folder, { recursive: true })
  const root = join(folder, 'accounts')
  const repo = { root, commonDir: join(root, '.git'), name: 'accounts' }
  return {
    folder,
    repo,
    commonDir: repo.commonDir,
    env: { XDG_STATE_HOME: join(folder, 'state'), NO_COLOR: '1' },
  }
}

interface Call {
  readonly child: ChildProcess
  readonly ended: Promise<'done' | 'failed' | 'timed out'>
  hasEnded(): boolean
  lastLine(): string
  stderr(): string
}

function startCommand({ folder, env }: Stage, options: DemoOptions): Call {
  const { program, speed = 1, timeout = TIMEOUT_MS, signal } = options
  const child = spawn(process.execPath, [program, 'demo', '--dir', folder, '--json'], {
    cwd: folder,
    env: { ...process.env, ...env, QUINTET_SCRIPT_SPEED: String(speed) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const abort = (): boolean => child.kill('SIGKILL')
  signal?.addEventListener('abort', abort, { once: true })
  let [lastLine, stderr, hasEnded, timedOut] = ['', '', false, false]
  const timer = setTimeout(() => {
    timedOut = child.kill('SIGKILL')
  }, timeout)
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (lastLine + chunk).split('\n')
    lastLine = lines.slice(lines.at(-1) === '' ? -2 : -1).join('\n')
  })
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-STDERR_TAIL)
  })
  const ended = once(child, 'close').then(() => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    hasEnded = true
    if (timedOut) return 'timed out'
    return child.exitCode === 0 ? 'done' : 'failed'
  })
  return { child, ended, hasEnded: () => hasEnded, lastLine: () => lastLine.trim(), stderr: () => stderr }
}

/** Waits for the point and kills; what was killed, or nothing when the command has ended before. */
async function killAt(stage: Stage, point: CrashPoint, call: Call): Promise<readonly string[]> {
  await logReaches(stage, point.event, call)
  await delay(point.delayMs)
  for (; !call.hasEnded(); await delay(POLL_MS)) {
    const killed = await kill(stage, point.victim)
    if (killed.length === 0) continue
    if (point.command && call.child.kill('SIGKILL')) killed.push('command')
    return killed
  }
  return []
}

/** Kills all that the victim means, or nothing while not all of it is there. */
async function kill({ repo, ...haunt }: Stage, victim: Victim): Promise<string[]> {
  const daemon = victim === 'agent' ? undefined : (await runningDaemon(repo))?.pid
  const agents =
    victim === 'daemon' ? [] : (await processesOf(haunt)).filter(({ command }) => AGENT.test(command))
  // Any of them will do; which one is in the middle depends on process ids and hence on the moment.
  const agent = agents[Math.floor(agents.length / 2)]?.pid
  if ((victim !== 'agent' && daemon === undefined) || (victim !== 'daemon' && agent === undefined)) return []
  return [
    ...(daemon !== undefined && killNow(daemon) ? ['daemon'] : []),
    ...(agent !== undefined && killNow(agent) ? ['agent'] : []),
  ]
}

async function logReaches(stage: Stage, event: number, call: Call): Promise<void> {
  while (!call.hasEnded()) {
    using store = openLog(stage)
    if (store !== null) {
      while (store.lastSeq() < event && !call.hasEnded()) await delay(POLL_MS)
      return
    }
    await delay(POLL_MS)
  }
}

/** The log, read-only; null while there is none, or one that is only just being made. */
function openLog({ repo }: Stage): Store | null {
  try {
    return openStore(join(stateFolder(repo), DATABASE), { readOnly: true })
  } catch (error) {
    if (error instanceof QuintetError && error.code === 'E_NO_STATE') return null
    throw error
  }
}

const Answer = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    data: v.object({
      verdict: v.nullable(v.string()),
      landed: v.array(v.string()),
      leftovers: v.array(v.string()),
    }),
  }),
)

async function examine(
  stage: Stage,
  call: Call,
): Promise<{ readonly events: number; readonly result: DemoResult }> {
  const stuck = (await call.ended) === 'timed out'
  const { exitCode } = call.child
  const parsed = v.safeParse(Answer, call.lastLine())
  const said = parsed.success
    ? parsed.output.data
    : { verdict: null, landed: [], leftovers: ['an unreadable answer'] }
  const git = (...args: string[]): Promise<string> => gitIn(stage.repo.root, ...args)
  using store = openLog(stage)
  const result: DemoResult = {
    exitCode,
    verdict: said.verdict,
    landed: said.landed.toSorted(),
    tree: await git('rev-parse', 'main^{tree}'),
    subjects: (await git('log', '--format=%s', 'main')).split('\n').toSorted(),
    facts: store === null ? {} : factCounts(store),
    left: stuck ? [] : [...said.leftovers, ...(await leftBehind(stage))],
    waitsFor: stuck ? await standstill(stage) : [],
  }
  return { events: store?.lastSeq() ?? 0, result }
}

/** Where the run stands, one line for every session that has not landed. */
async function standstill({ repo }: Stage): Promise<readonly string[]> {
  const { state, sessions } = await readRun(repo)
  const open = sessions.filter((session) => session.state !== 'landed')
  return [
    `it is ${state}`,
    ...open.map(({ piece, state, reason }) => `${piece} is ${state}: ${reason ?? 'no reason'}`),
  ]
}

function factCounts(store: Store): Readonly<Record<string, number>> {
  return Object.fromEntries(COUNTED.map((type) => [type, [...store.events({ types: [type] })].length]))
}

/** What is there that was not there before the demo, apart from the service itself. */
async function leftBehind(stage: Stage): Promise<readonly string[]> {
  const git = (...args: string[]): Promise<string> => gitIn(stage.repo.root, ...args)
  const lines = async (text: Promise<string>): Promise<string[]> =>
    (await text).split('\n').filter((line) => line !== '')
  const [folders, ports, worktrees, branches, changes, orphans] = await Promise.all([
    readdir(stage.folder),
    ignoring(['ENOENT'], readdir(join(stage.folder, 'state', 'quintet', 'ports'))),
    lines(git('worktree', 'list', '--porcelain')),
    lines(git('for-each-ref', '--format=%(refname)', 'refs/heads/quintet', 'refs/quintet')),
    lines(git('status', '--porcelain', '--untracked-files=all')),
    orphansOf(stage),
  ])
  return [
    ...folders.filter((name) => !['accounts', 'state'].includes(name)).map((name) => `folder ${name}`),
    ...(ports ?? []).filter((name) => /^\d+$/.test(name)).map((name) => `port lease ${name}`),
    ...worktrees.filter((line) => line.startsWith('worktree ')).slice(1),
    ...branches.map((ref) => `ref ${ref}`),
    ...changes.map((line) => `change ${line}`),
    ...orphans.map(({ pid, command }) => `process ${pid} ${command.slice(0, 120)}`),
  ]
}

async function orphansOf(stage: Stage): ReturnType<typeof processesOf> {
  const deadline = performance.now() + ORPHAN_GRACE_MS
  for (;;) {
    const found = await processesOf(stage)
    if (found.length === 0 || performance.now() > deadline) return found
    await delay(POLL_MS)
  }
}
