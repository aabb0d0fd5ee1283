// Finding the daemon of a repository, and starting it when there is none.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, fstatSync, openSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { errorFromData, ignoring, QuintetError, type ErrorData } from '../contract/errors.ts'
import { VIEW_SCHEMA } from '../contract/view.ts'
import { quoted } from '../contract/shell.ts'
import { stateFolder, type Repository } from '../git/repository.ts'
import { childEnvironment } from '../process/environment.ts'
import { isAlive } from '../process/identity.ts'
import { createClient, type DaemonClient } from './client.ts'
import { loadDaemonFile, requireToken, type DaemonFile } from './files.ts'
import { endOtherVersion } from './version.ts'

export interface ConnectOptions {
  /** Start a daemon when none runs. */
  readonly start: boolean
  readonly signal?: AbortSignal
}

const SESSION_VARIABLES: ReadonlySet<string> = new Set([
  'QUINTET_SESSION',
  'QUINTET_RUN',
  'QUINTET_PIECE',
  'QUINTET_STATUS_FILE',
])
/** A daemon waits most of its life: a small young generation keeps its idle memory low and costs it nothing. */
const SMALL_HEAP: readonly string[] = ['--max-semi-space-size=2']
const START_TIMEOUT_MS = 30_000
const LOOK_AGAIN_MS = 25
const LOG_TAIL = 2_000
const NEARLY_FULL_BYTES = 1024 ** 2

/** A client of the running daemon; null when none runs and none is to be started. With `start`, an idle daemon of another
 *  version is replaced. Throws `E_DAEMON_TOKEN`, `E_DAEMON_START`, or what keeps the daemon from starting. */
export async function connectDaemon(repo: Repository, options: ConnectOptions): Promise<DaemonClient | null> {
  const running = await runningDaemon(repo)
  if (running !== null) {
    const client = await clientOf(repo, running)
    if (!options.start || !(await endOtherVersion({ daemon: running, client, ...options }))) return client
  }
  if (!options.start) return null
  return clientOf(repo, await startDaemon(repo, options.signal))
}

async function clientOf(repo: Repository, { port }: DaemonFile): Promise<DaemonClient> {
  return createClient({ port, token: await requireToken(repo) })
}

/** The daemon that serves this repository at the moment, proven alive by process id and start time. */
export async function runningDaemon(repo: Repository): Promise<DaemonFile | null> {
  const file = await loadDaemonFile(repo)
  return file !== null && (await isAlive({ pid: file.pid, startTime: file.startTime })) ? file : null
}

/** Starts a daemon detached from this terminal. Two callers at once get the same one: the second process finds the lock
 *  taken and ends. */
async function startDaemon(repo: Repository, signal?: AbortSignal): Promise<DaemonFile> {
  requireThere(repo)
  const logs = join(stateFolder(repo), 'logs')
  await mkdir(logs, { recursive: true, mode: 0o700 })
  const logPath = join(logs, 'daemon.log')
  const log = openSync(logPath, 'a', 0o600)
  const words = { path: logPath, from: fstatSync(log).size }
  const child = spawn(process.execPath, [...entry(), '-C', repo.root, '--json', 'daemon'], {
    cwd: repo.root,
    detached: true,
    stdio: ['ignore', log, log],
    env: childEnvironment({}, withoutSession()),
  })
  closeSync(log)
  let exited = false
  child.once('exit', () => {
    exited = true
  })
  child.unref()
  const deadline = performance.now() + START_TIMEOUT_MS
  for (let rounds = 0; ; rounds++) {
    signal?.throwIfAborted()
    const running = await runningDaemon(repo)
    if (running !== null) return running
    // A daemon that lost the race against another one ends at once; the other one needs a moment to come up.
    const own = exited ? await ownFailure(words) : null
    if (own !== null) throw own
    if (performance.now() > deadline || (exited && rounds > 200)) throw await startFailure(logPath)
    await delay(LOOK_AGAIN_MS)
  }
}

/** Folders of ours would stand in the way of whoever puts it back. */
function requireThere({ root, commonDir }: Repository): void {
  if (existsSync(commonDir)) return
  throw new QuintetError(
    'E_NOT_A_REPOSITORY',
    'precondition',
    `The repository ${root} is not there any more.`,
    {
      hints: [{ text: 'Go on where it is now.', command: 'quintet -C <folder> status' }],
    },
  )
}

/** A daemon that is started from inside a session belongs to no session. */
function withoutSession(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !SESSION_VARIABLES.has(name)))
}

/** The program that is running now is the one that knows the command `daemon`. */
function entry(): readonly string[] {
  const [, program] = process.argv
  if (program === undefined) throw new Error('The program has no entry file.')
  return [...process.execArgv, ...SMALL_HEAP, program]
}

const FAILURE = `{"schema":${VIEW_SCHEMA},"ok":false,"error":`

/** Why the daemon that was just started has ended, in its own words; null when it has none, or came second. */
async function ownFailure({
  path,
  from,
}: {
  readonly path: string
  readonly from: number
}): Promise<QuintetError | null> {
  const log = (await ignoring(['ENOENT'], readFile(path)))?.subarray(from).toString('utf8') ?? ''
  const line = log.split('\n').findLast((text) => text.startsWith(FAILURE))
  if (line === undefined) return null
  // The daemon is of the same package and version: its answer is taken at its word.
  const { error } = JSON.parse(line) as { error: ErrorData }
  return error.code === 'E_DAEMON_RUNNING' ? null : errorFromData(error)
}

async function startFailure(logPath: string): Promise<QuintetError> {
  const log = (await ignoring(['ENOENT'], readFile(logPath, 'utf8'))) ?? ''
  const { diskSpace } = await import('../workspace/disk.ts')
  // On a full disk a daemon cannot even write down why it ended.
  if ((await diskSpace(dirname(logPath))).free < NEARLY_FULL_BYTES) return diskFull(dirname(logPath))
  return new QuintetError('E_DAEMON_START', 'environment', 'The daemon could not be started.', {
    details: { log: logPath, tail: log.slice(-LOG_TAIL) },
    hints: [
      { text: 'See why.', command: `tail ${logPath}` },
      { text: 'Look for what is missing.', command: 'quintet doctor' },
    ],
  })
}

function diskFull(folder: string): QuintetError {
  return new QuintetError(
    'E_DISK_FULL',
    'environment',
    `The daemon could not be started: the disk that holds ${folder} is full.`,
    { hints: [{ text: 'See how much is left.', command: `df -h ${quoted(folder)}` }] },
  )
}
