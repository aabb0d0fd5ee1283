// What the contract suite needs from an engine under test, and worker processes that can be killed, stopped and heard.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Json } from '../../src/contract/json.ts'
import type { Engine } from '../../src/engine/port.ts'

export interface LoggedFact {
  readonly type: string
  readonly key: string
  readonly data: Json
  /** Milliseconds since 1970, by the process that wrote it. */
  readonly at: number
}

export interface EngineHarness extends AsyncDisposable {
  readonly leaseMs: number
  /** A folder for what effects leave behind. */
  readonly folder: string
  /** An engine in this process that drives nothing, on the same state. */
  readonly client: Engine
  /** Starts a worker process with the fixture workflows; resolves when it is up. */
  startWorker(): Promise<WorkerProcess>
  /** The facts that effects of a workflow have recorded so far. */
  facts(id: string): LoggedFact[]
  /** Resolves with the first fact of a workflow that matches, also when it was written earlier. */
  fact(id: string, matches: (fact: LoggedFact) => boolean): Promise<LoggedFact>
  /** Whether some process is in the middle of a write; stopping it then would stop everybody. */
  isWriting(): boolean
}

/** A worker process: what it says on standard output, and ways to hurt it. */
export class WorkerProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  readonly #listeners = new Set<() => void>()
  readonly exited: Promise<unknown>

  constructor(script: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.exited = once(this.#child, 'exit')
    if (this.#child.stdout === null) throw new Error('no output')
    createInterface(this.#child.stdout).on('line', (line) => {
      this.#lines.push(line)
      for (const listener of this.#listeners) listener()
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get exitCode(): number | null {
    return this.#child.exitCode
  }

  /** Resolves when the worker has said `line`. */
  async said(line: string): Promise<void> {
    while (!this.#lines.includes(line)) {
      await new Promise<void>((resolve) => {
        this.#listeners.add(resolve)
      })
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** kill -9; resolves when it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill()
  }
}
