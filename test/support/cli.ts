// The built command line on a machine of its own: a home folder without anybody's configuration, an environment that
// inherits nothing, and a mark in every process that is started on it. When the machine is given back its daemons are
// stopped, and no process with the mark may be left.
import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, realpath, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFailed } from 'vitest'
import { ignoring } from '../../src/contract/errors.ts'
import { type FactData, type FactType, parseFact } from '../../src/contract/facts.ts'
import { killNow } from './processes.ts'
import { temporaryFolder, writeFiles } from './repository.ts'

const exec = promisify(execFile)

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const BIN = join(ROOT, 'bin', 'quintet.js')
const MARK = 'QUINTET_E2E'
/** What a process may take to leave the process table once its parent is gone. */
const LAST_MOMENTS_MS = 1_000
/** Characters of a call, and calls, that are told when a test fails. */
const TOLD = 1_000
const TOLD_CALLS = 6

export interface CliResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CallOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** A fact of the NDJSON stream that `run --json` and `log --follow --json` write. */
interface StreamedFact {
  readonly stream: string
  readonly type: string
  readonly data: unknown
}

interface Waiter {
  readonly look: () => boolean
  readonly fail: (error: Error) => void
}

/** One call of the command line while it goes on. */
export class Call {
  readonly ended: Promise<CliResult>
  readonly facts: StreamedFact[] = []
  readonly #child: ChildProcessWithoutNullStreams
  readonly #args: readonly string[]
  readonly #waiters = new Set<Waiter>()
  readonly #written = { stdout: '', stderr: '' }
  #rest = ''

  constructor(child: ChildProcessWithoutNullStreams, args: readonly string[]) {
    this.#child = child
    this.#args = args
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => this.#take('stdout', chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => this.#take('stderr', chunk))
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => {
        const result = { code, signal, ...this.#written }
        resolve(result)
        for (const { fail } of this.#waiters) fail(new Error(`The call ended: ${JSON.stringify(result)}`))
      })
    })
  }

  /** The first fact of `type`, also one that came already, for which `matches` holds. Rejects when the call ends before. */
  async until<T extends FactType>(
    type: T,
    matches: (data: FactData<T>, stream: string) => boolean = () => true,
  ): Promise<FactData<T>> {
    let found: FactData<T> | undefined
    await this.#when(() => {
      found ??= factsOf(this.facts, type).find(({ data, stream }) => matches(data, stream))?.data
      return found !== undefined
    })
    if (found === undefined) throw new Error(`No ${type} came.`)
    return found
  }

  /** Resolves once `text` was written to standard error. */
  said(text: string): Promise<void> {
    return this.#when(() => this.#written.stderr.includes(text))
  }

  /** What was called, how it ended, and its last words. */
  toString(): string {
    const { exitCode, signalCode } = this.#child
    const { stdout, stderr } = this.#written
    const words = `${stdout.slice(-TOLD)}${stderr.slice(-TOLD)}`
    return `${this.#args.join(' ')}: ${exitCode ?? signalCode ?? 'still running'}\n${words}`
  }

  /** Sends a signal to the process. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  #when(look: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (look()) return resolve()
      if (this.#child.exitCode !== null) return reject(new Error('The call has ended.'))
      const waiter: Waiter = {
        fail: reject,
        look: () => {
          if (!look()) return false
          this.#waiters.delete(waiter)
          resolve()
          return true
        },
      }
      this.#waiters.add(waiter)
    })
  }

  #take(name: 'stdout' | 'stderr', chunk: string): void {
    this.#written[name] += chunk
    if (name === 'stdout') {
      const lines = `${this.#rest}${chunk}`.split('\n')
      this.#rest = lines.pop() ?? ''
      this.facts.push(...lines.flatMap(streamedFact))
    }
    for (const { look } of this.#waiters) look()
  }
}

function streamedFact(line: string): StreamedFact[] {
  if (!line.startsWith('{"kind":"fact"')) return []
  const { stream, type, data }: StreamedFact = JSON.parse(line)
  return [{ stream, type, data }]
}

/** The facts of one type, oldest first. */
export function factsOf<T extends FactType>(
  facts: readonly StreamedFact[],
  type: T,
): { readonly stream: string; readonly data: FactData<T> }[] {
  return facts.flatMap(({ stream, type: own, data }) => {
    const fact = own === type ? parseFact(own, data) : null
    return fact === null ? [] : [{ stream, data: fact.data }]
  })
}

/** The facts of a finished call. */
export function factsIn(stdout: string): StreamedFact[] {
  return stdout.split('\n').flatMap(streamedFact)
}

/** The answer of a call with `--json`: its last line. */
export function answerOf({ stdout }: Pick<CliResult, 'stdout'>): Answer {
  const answer: Answer = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
  return answer
}

export interface Answer {
  readonly schema: number
  readonly ok: boolean
  readonly data?: unknown
  readonly error?: { readonly code: string; readonly kind: string; readonly message: string }
}

/** A machine for one test. */
export class Machine implements AsyncDisposable {
  /** Where everything of the test stands. */
  readonly path: string
  readonly env: Readonly<Record<string, string>>
  readonly #folder: AsyncDisposable
  readonly #mark: string
  readonly #repositories: string[] = []
  readonly #calls: Call[] = []
  readonly #last: (() => Promise<void>)[] = []

  private constructor(folder: AsyncDisposable & { readonly path: string }, mark: string) {
    this.#folder = folder
    this.#mark = mark
    this.path = folder.path
    this.env = environment(folder.path, mark)
  }

  static async make(): Promise<Machine> {
    const machine = new Machine(await temporaryFolder(), randomUUID())
    onTestFailed(() => {
      process.stderr.write(machine.#transcript())
    })
    for (const name of ['HOME', 'TMPDIR', 'XDG_RUNTIME_DIR']) {
      await mkdir(machine.env[name] ?? '', { recursive: true, mode: 0o700 })
    }
    return machine
  }

  /** A repository with one commit on `main`, in a folder of its own, so that worktrees fit beside it. */
  async repository(
    files: Readonly<Record<string, string>> = { 'readme.md': '' },
    name = 'repo',
  ): Promise<Home> {
    const path = join(await realpath(this.path), 'work', name)
    const home = this.home(path)
    await mkdir(path, { recursive: true })
    await home.git('init', '--quiet', '--initial-branch=main')
    await home.git('config', 'user.name', 'Test')
    await home.git('config', 'user.email', 'test@example.invalid')
    await writeFiles(path, files)
    await home.git('add', '--all')
    await home.git('commit', '--quiet', '--allow-empty', '--message=first')
    return home
  }

  /** A folder in which commands are called; when it is a repository, its daemon is stopped in the end. */
  home(path: string): Home {
    if (!this.#repositories.includes(path)) this.#repositories.push(path)
    return new Home(this, path)
  }

  /** Starts a program on this machine; it is ended with the test at the latest. */
  start(command: string, args: readonly string[], options: CallOptions & { readonly cwd: string }): Call {
    const { cwd, env = {}, input = '' } = options
    const child = spawn(command, args, { cwd, env: { ...this.env, ...env } })
    const call = new Call(child, args)
    this.#calls.push(call)
    // A program that does not read its input is free to do so.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    return call
  }

  /** Does `work` when the daemons have been stopped, before the folder is removed. */
  afterwards(work: () => Promise<void>): void {
    this.#last.push(work)
  }

  /** Ids of the live processes that were started on this machine. */
  async processes(): Promise<number[]> {
    return process.platform === 'linux' ? await markedInProc(this.#mark) : await markedInPs(this.#mark)
  }

  /** Stops the daemons; throws when a process is left after that, or a daemon does not end. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for (const call of this.#calls) call.signal('SIGKILL')
      await Promise.all(this.#calls.map(({ ended }) => ended))
      for (const path of this.#repositories) await this.#stopDaemon(path)
      const left = await this.#left()
      if (left.length > 0) throw new Error(`Processes are left: ${(await described(left)).join('\n')}`)
    } finally {
      for (const pid of await this.processes()) killNow(pid)
      for (const work of this.#last) await work()
      await this.#folder[Symbol.asyncDispose]()
    }
  }

  /** The calls before a test failed, for whoever looks for the reason. */
  #transcript(): string {
    return this.#calls.slice(-TOLD_CALLS).join('\n')
  }

  async #stopDaemon(path: string): Promise<void> {
    const found = ['.git/quintet', 'quintet'].some((folder) => existsSync(join(path, folder, 'daemon.json')))
    if (!found) return
    const stopped = await this.home(path).quintet('stop', '--force')
    if (stopped.code !== 0) throw new Error(`The daemon does not stop: ${stopped.stderr}`)
  }

  async #left(): Promise<number[]> {
    const deadline = performance.now() + LAST_MOMENTS_MS
    for (;;) {
      const left = await this.processes()
      if (left.length === 0 || performance.now() > deadline) return left
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** Variables by which no box can be had on a machine: its sessions can meet in one file, and what they commit is seen at
 *  once. */
export async function withoutBoxes(machine: Machine): Promise<Record<string, string>> {
  const folder = join(machine.path, 'no-box')
  await mkdir(folder)
  await writeFile(join(folder, 'bwrap'), '#!/bin/sh\nexit 1\n')
  await chmod(join(folder, 'bwrap'), 0o755)
  return { PATH: [folder, machine.env['PATH'] ?? ''].join(delimiter) }
}

/** A folder on a machine, and the commands that are called in it. */
export class Home {
  readonly machine: Machine
  readonly path: string

  constructor(machine: Machine, path: string) {
    this.machine = machine
    this.path = path
  }

  /** Runs `quintet <args>` to its end. */
  quintet(...args: readonly string[]): Promise<CliResult> {
    return this.call(args).ended
  }

  /** Runs `quintet <args> --json`; the data of the answer. Throws when the answer is an error. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const result = await this.quintet(...args, '--json')
    const answer = answerOf(result)
    if (!answer.ok) throw new Error(`quintet ${args.join(' ')}: ${JSON.stringify(answer)}`)
    // The caller names the view that the command answers with.
    return answer.data as T
  }

  /** Starts `quintet <args>`. */
  call(args: readonly string[], options: CallOptions = {}): Call {
    return this.machine.start(process.execPath, [BIN, ...args], { cwd: this.path, ...options })
  }

  /** Runs git here; standard output without the final line end. */
  async git(...args: readonly string[]): Promise<string> {
    const { stdout } = await exec('git', args, { cwd: this.path, env: { ...this.machine.env } })
    return stdout.replace(/\n$/, '')
  }

  /** Writes files and commits them on the branch that is checked out. */
  async commit(files: Readonly<Record<string, string>>, message = 'change'): Promise<string> {
    await writeFiles(this.path, files)
    await this.git('add', '--all')
    await this.git('commit', '--quiet', '--message', message)
    return this.git('rev-parse', 'HEAD')
  }

  /** Text of a file below this folder. */
  read(path: string): Promise<string> {
    return readFile(join(this.path, path), 'utf8')
  }

  /** Process id of the daemon that serves this repository. */
  async daemon(): Promise<number> {
    const file: { pid: number } = JSON.parse(await this.read('.git/quintet/daemon.json'))
    return file.pid
  }
}

function environment(folder: string, mark: string): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
    XDG_CONFIG_HOME: join(folder, 'home', 'config'),
    XDG_STATE_HOME: join(folder, 'home', 'state'),
    XDG_CACHE_HOME: join(folder, 'home', 'cache'),
    XDG_RUNTIME_DIR: join(folder, 'run'),
    NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: 'file',
    QUINTET_SCRIPT_SPEED: '0',
    [MARK]: mark,
  }
}

async function markedInProc(mark: string): Promise<number[]> {
  const entry = `${MARK}=${mark}\0`
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const environ = await ignoring(
      ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'],
      readFile(`/proc/${name}/environ`, 'utf8'),
    )
    if (environ?.includes(entry) === true) found.push(Number(name))
  }
  return found
}

async function markedInPs(mark: string): Promise<number[]> {
  const { stdout } = await exec('ps', ['-A', '-E', '-ww', '-o', 'pid=,command='], {
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
    .split('\n')
    .filter((line) => line.includes(`${MARK}=${mark}`))
    .map((line) => Number.parseInt(line.trim(), 10))
}

async function described(pids: readonly number[]): Promise<string[]> {
  const { stdout } = await exec('ps', ['-o', 'pid=,ppid=,stat=,args=', '-p', pids.join(',')])
  return stdout.split('\n')
}
